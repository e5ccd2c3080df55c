"""The sandbox: a whole platform for developers of API clients, in which test values say how everything ends."""
