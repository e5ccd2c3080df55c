"""The ministry's V3.0 interface: what travels between a platform and a provincial administration. No Django."""
