"""Models in the manner of public examples, a file a field: each function builds one. Only the recorder imports them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import getmembers, isfunction
from typing import Any, NamedTuple

FIELDS = ("audio", "generative", "odd", "tabular", "text", "vision")

Builder = Callable[[], Any]


class Example(NamedTuple):
    """A model and what it is fed: whole numbers below `high`, text out of `words`, `size` where a size is not known."""

    name: str
    build: Builder
    high: int
    words: list[str]
    size: int
    random: bool
    """Whether its numbers are drawn anew at each call."""


def fed(
    *, high: int = 4, words: str = "the cat sat on a mat", size: int = 8, random: bool = False
) -> Callable[[Builder], Builder]:
    """Says what a model is fed, and whether it draws numbers."""

    def note(build: Builder) -> Builder:
        build.__dict__["fed"] = {"high": high, "words": words.split(), "size": size, "random": random}
        return build

    return note


_USUAL = {"high": 4, "words": ["the", "cat", "sat", "on", "a", "mat"], "size": 8, "random": False}


def list_examples(fields: tuple[str, ...] = FIELDS) -> list[Example]:
    """All examples, by the order of their names in each field."""
    examples = []
    for field in fields:
        module = import_module(f"{__name__}.{field}")
        for name, build in getmembers(module, isfunction):
            if build.__module__ == module.__name__ and not name.startswith("_"):
                examples.append(Example(f"{field}.{name}", build, **getattr(build, "fed", _USUAL)))
    return examples
