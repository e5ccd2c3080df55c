"""Versions of a mini program's code and the platform's audit of them (代码审核)."""
