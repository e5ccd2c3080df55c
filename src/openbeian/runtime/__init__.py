"""How the system runs: the embedded database, the processes, the worker, temporary instances."""
