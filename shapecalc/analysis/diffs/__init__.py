"""Two models compared: which layer of one is which of the other, what changed in each, and how that is said shortly."""
