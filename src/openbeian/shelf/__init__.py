"""The shelf (货架): which mini programs there are, and which of them may be on it."""
