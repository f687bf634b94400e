"""What a layer is called with in a Keras file: tensors by port, and other arguments."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.formats.flat_model import Feed, refusal
from shapecalc.formats.keras.reading.constants import PlaceArray, place_arrays
from shapecalc.formats.keras.reading.nodes import is_tensors, list_sources
from shapecalc.formats.keras.reading.values import call_argument
from shapecalc.layers.base import Layer, port_name, takes_many


def with_arrays(layer_type: type[Layer], node: dict[str, Any], place: PlaceArray) -> dict[str, Any]:
    """A call of a layer with the sources of arrays in their place. Raises Fault."""
    ports = [port_name(port) for port in layer_type.ports]
    given = (node.get("kwargs") or {}).items()
    kwargs = {name: place_arrays(value, place) if name in ports else value for name, value in given}
    return {**node, "args": [place_arrays(value, place) for value in node["args"]], "kwargs": kwargs}


def sort_arguments(
    layer_type: type[Layer], node: dict[str, Any], subject: str, said: dict[str, Any]
) -> tuple[Feed, dict[str, Any]]:
    """Tensors by the port they feed, and the other arguments of a call; `said` are the layer's. Raises Fault."""
    ports = [port_name(port) for port in layer_type.ports]
    many = {port_name(port) for port in layer_type.ports if takes_many(port)}
    given = node.get("kwargs") or {}
    if len(node["args"]) > len(ports):
        raise refusal(f"it is called with {len(node['args'])} arguments, and a spec knows {', '.join(ports)}", subject)
    values = {**dict(zip(ports, node["args"], strict=False)), **given}
    feed: Feed = {}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        tensors = list_sources(value)
        if not tensors:
            arguments |= call_argument(layer_type, name, value, subject, said)
        elif not is_tensors(value):
            raise refusal(f"it is fed something beside tensors as `{shorten(name)}`, which a spec cannot say", subject)
        elif name not in ports or (len(tensors) > 1 and name not in many):
            raise refusal(f"a spec has no way to feed it tensors as `{shorten(name)}`", subject)
        else:
            feed[name] = tensors if name in many else tensors[0]
    return feed, arguments
