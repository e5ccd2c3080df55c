"""What HTTP needs in every room: bodies, addresses, JSON answers, parsing of parameters."""
