"""Django's PostgreSQL backend, which finds out without asking the server whether a kept connection still stands."""
