"""What a spec says and a function with parameters cannot: the model is then laid flat."""

from __future__ import annotations


class NoForm(Exception):
    """Says what has no form in a function, in words for a comment."""
