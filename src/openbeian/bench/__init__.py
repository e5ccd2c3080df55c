"""``openbeian bench``: how fast the system is, always as a ratio to a yardstick of the same run.

Machines differ and are noisy; a ratio says what our code costs. Every run uses a database of its own, with durable
commits, and leaves nothing behind.
"""
