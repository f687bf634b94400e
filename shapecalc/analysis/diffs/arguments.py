"""The arguments of layers: what differs between two, said in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from shapecalc.dims import Dim, size_text
from shapecalc.layers.arguments.plain import Config, as_yaml
from shapecalc.layers.base import Layer
from shapecalc.model.block import Block


class Detail(NamedTuple):
    """Something that differs: `what` it is, and how it was and is; nothing where words are all."""

    what: str
    old: str = ""
    new: str = ""

    @property
    def text(self) -> str:
        """`units 64 → 128`."""
        change = f"{self.old} → {self.new}" if self.old or self.new else ""
        return f"{self.what} {change}".strip()


def list_argument_changes(old: Layer, new: Layer, prefix: str = "") -> Iterator[Detail]:
    """Arguments of two layers of one type that differ, those of layers within included.

    A layer below code may have no arguments in one of the files: it is known by its class alone.
    """
    if type(old) is not type(new):
        return
    before, after = _read_arguments(old), _read_arguments(new)
    for name in {**before, **after}:
        was, value = before.get(name), after.get(name)
        if isinstance(was, Layer) and isinstance(value, Layer) and was.type_name == value.type_name:
            yield from list_argument_changes(was, value, f"{prefix}{name}.")
        elif describe_value(was) != describe_value(value):
            yield Detail(f"{prefix}{name}", _write_value(was), _write_value(value))


def _read_arguments(layer: Layer) -> dict[str, Any]:
    """The arguments of a layer by name; those of a block are its own."""
    own = {name: layer.scope.get(name) for name in layer.spec.args} if isinstance(layer, Block) else {}
    return own | {name: getattr(layer, name) for name in type(layer).args}


def describe_arguments(layer: Layer | None) -> Any:
    """The arguments of a layer by name, as `describe_value` has each."""
    return None if layer is None else {name: describe_value(value) for name, value in _read_arguments(layer).items()}


def describe_value(value: Any) -> Any:
    """A value of an argument that can be compared: a layer as its type and arguments, an unknown size as it prints."""
    if isinstance(value, Layer):
        return value.type_name, describe_arguments(value)
    if isinstance(value, Dim):
        return size_text(value)  # each `null` of a spec is unlike every other; in two files it is written alike
    return [describe_value(item) for item in value] if isinstance(value, tuple) else value


def freeze(value: Any) -> Hashable:
    """A value as one that can be a key: equal where the values are."""
    if isinstance(value, (list, tuple)):
        return tuple(map(freeze, value))
    if isinstance(value, dict):
        return tuple((key, freeze(item)) for key, item in value.items())
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return type(value) is bool, value


def _write_value(value: Any) -> str:
    if isinstance(value, Config):
        return getattr(value, "type_name", "a layer")
    return as_yaml(list(value)) if isinstance(value, tuple) else as_yaml(value)
