"""Findings for specs that could not be read, with what was probably meant: loaded only where a mistake was met."""
