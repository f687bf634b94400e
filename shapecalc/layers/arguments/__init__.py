"""The kinds of argument: how each is read, bounded and documented."""
