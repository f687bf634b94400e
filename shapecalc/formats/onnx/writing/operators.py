"""Operators of ONNX in a model that was read of such a file, as they are."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.dims import Dim
from shapecalc.formats.onnx.writing.base import NoForm, Value, WeightView, number_type, writer
from shapecalc.layers.base import Layer, port_name, takes_many
from shapecalc.layers.onnx.base import PREFIX, Operator, is_weight
from shapecalc.layers.onnx.given import Given, GivenKind

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes


@writer(PREFIX)
def operator(nodes: Nodes, cfg: Operator, weight: WeightView, *feed: Any) -> tuple[Value, ...]:
    """The operator with its attributes; what it is given in place of tensors are constants of the file again."""
    kind = cfg.type_name.removeprefix(PREFIX)
    tensors: list[Value | None] = []
    for port, fed in zip_longest(cfg.ports, feed):
        given = None if takes_many(port) else getattr(cfg, port_name(port))
        if given is not None:
            fed = _hold(nodes, cfg, weight, port_name(port), given)
        tensors += fed if isinstance(fed, tuple) else () if fed is None and takes_many(port) else (fed,)
    if kind == "Initializer":
        return (_hold(nodes, cfg, weight, "value", cfg.value),)  # type: ignore[attr-defined]
    while tensors and tensors[-1] is None:
        tensors.pop()
    outputs = nodes.place(kind, tensors, list(nodes.results), _list_attributes(nodes, cfg, kind))
    if nodes.path not in ("", nodes.nodes[-1].name) and nodes.nodes[-1].outputs[0] == outputs[0].name:
        nodes.nodes[-1].name = nodes.name_node(nodes.path)
    return tuple(outputs)


def _list_attributes(nodes: Nodes, cfg: Operator, kind: str) -> dict[str, Any]:
    """The arguments that are attributes. Raises NoForm for one that the version of the file has not."""
    known = nodes.require_version(kind).attributes
    ports = {port_name(port) for port in cfg.ports}
    attributes: dict[str, Any] = {}
    for name, value in cfg.__dict__.items():
        if name in ports or name not in cfg.args or value is None:
            continue
        if isinstance(value, Layer):
            raise NoForm(f"{kind} holds a graph, which is not written again", "copy the file as it is")
        if name not in known:
            message = f"version {nodes.opset} of ONNX knows no `{name}` of {kind}"
            raise NoForm(message, "raise `--opset`")
        if str(known[name].type).endswith(".TENSOR"):
            value = GivenKind().read(value, type(cfg)) if not isinstance(value, Given) else value
            value = np.array(value.values, number_type(value.dtype)).reshape(value.shape)
        attributes[name] = int(value) if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value
    return attributes


def _hold(nodes: Nodes, cfg: Operator, weight: WeightView, name: str, given: Given) -> Value:
    """A constant: a weight, or the numbers that the model says."""
    kind = number_type(given.dtype)
    if any(isinstance(item, Dim) for item in given.values or ()):
        return nodes.reshape(nodes.sizes(given.values or ()), given.shape)
    said = None if given.values is None else np.array(given.values, kind).reshape(given.shape)
    if is_weight(cfg, name, given):
        start = "glorot_uniform" if said is None else ("constant", {"value": said})
        return nodes.weight(weight, name, weight.of_dtype(given.dtype)(name, given.shape, start))
    array = weight.find_constant(name)
    array = said if array is None else array.astype(kind, copy=False)
    if array is None:
        raise NoForm(f"the numbers of `{name}` are not said", "give `values`, or convert the file that has them")
    return nodes.array("constant", array)
