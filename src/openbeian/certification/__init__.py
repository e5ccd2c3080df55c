"""Certification (微信认证) of a mini program together with its filing: what the combined call needs, and no more."""
