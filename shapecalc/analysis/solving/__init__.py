"""The sizes that limits admit, and models measured over a grid of values."""
