"""Models read and asked from Python: what `shapecalc.load` gives, and what the commands read with."""
