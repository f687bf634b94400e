"""The forward pass in NumPy: a second opinion on every shape and count, and the numbers themselves."""
