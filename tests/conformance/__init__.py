"""Clients that others wrote, unmodified, on the road."""
