"""An argument of a spec that comes from a config."""

from __future__ import annotations

from typing import Any


class Argument:
    """The value of an argument of a spec, and the keys of the config that it was made of."""

    __slots__ = ("keys", "value")

    def __init__(self, value: Any, keys: tuple[str, ...]) -> None:
        self.value = value
        self.keys = keys
