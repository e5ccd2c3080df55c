"""The calls of the open API, by group."""
