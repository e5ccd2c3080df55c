"""Telling people and clients (通知): in-site notices, and encrypted pushes that leave after commit."""
