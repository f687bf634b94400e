"""A flat model as a person would write it: without defaults, and with blocks and repeats for what recurs."""
