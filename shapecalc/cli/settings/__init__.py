"""Settings of a project: which file has them, the defaults of commands, and the rules of `check`."""
