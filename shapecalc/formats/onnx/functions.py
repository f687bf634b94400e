"""The functions that a model itself defines, each call written out as the nodes that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.formats.onnx.messages import MAX_NODES, Attribute, Function, Graph, Model, Node
from shapecalc.formats.onnx.wire import TooManyError, WireError

STANDARD = ("", "ai.onnx", "ai.onnx.preview")
"""What the standard calls its own operators."""
MAX_DEPTH = 50
"""Functions that call functions."""


def expand_functions(model: Model) -> Graph:
    """The graph of a model with no call of its own functions left in it. Raises WireError."""
    assert model.graph is not None
    if not model.functions:
        return model.graph
    return _Expansion(model.functions).expand_graph(model.graph, {}, {}, "", 0)


class _Expansion:
    """Writes out the calls in a graph; names of a function's tensors and nodes begin with those of the call."""

    def __init__(self, functions: Sequence[Function]) -> None:
        self.functions = {(made.domain, made.name, made.overload): made for made in functions}
        self.left = MAX_NODES
        """Nodes that may still be written out: a function that calls others doubles them at each level."""
        self.opset = 0  # the version of the standard's operators that the function at hand names

    def expand_graph(
        self, graph: Graph, names: Mapping[str, str], values: Mapping[str, Attribute], prefix: str, depth: int
    ) -> Graph:
        """A graph whose tensors have other names, and whose calls are written out."""
        names = dict(names)
        new: Graph = _copy(graph)
        own = [*(given.name for given in graph.input), *(tensor.name for tensor in graph.initializer)]
        names |= {name: prefix + name for name in own if prefix}
        new.input = [_rename(given, names) for given in graph.input]
        new.initializer = [_rename(tensor, names) for tensor in graph.initializer]
        new.node = self.expand_nodes(graph.node, names, values, prefix, depth)
        new.output = [_rename(given, names) for given in graph.output]
        return new

    def expand_nodes(
        self, nodes: Sequence[Node], names: dict[str, str], values: Mapping[str, Attribute], prefix: str, depth: int
    ) -> list[Node]:
        """Nodes with their tensors renamed, attributes of the function filled in and calls written out."""
        result: list[Node] = []
        for node in nodes:
            self.left -= 1
            if depth > MAX_DEPTH or self.left < 0:
                raise TooManyError(f"functions that call each other without end, or more than {MAX_NODES:,} nodes")
            new: Node = _copy(node)
            new.opset = self.opset
            if prefix:
                names |= {output: prefix + output for output in node.output if output and output not in names}
            new.input = [names.get(name, name) for name in node.input]
            new.output = [names.get(name, name) for name in node.output]
            new.name = (
                prefix + (node.name or (node.output[0] if node.output else node.op_type)) if prefix else node.name
            )
            new.attribute = self.fill_in(node.attribute, names, values, prefix, depth)
            made = self.functions.get((node.domain, node.op_type, node.overload))
            if made is None:
                result.append(new)
            else:
                result += self.expand_call(new, made, depth)
        return result

    def fill_in(
        self,
        given: Sequence[Attribute],
        names: dict[str, str],
        values: Mapping[str, Attribute],
        prefix: str,
        depth: int,
    ) -> list[Attribute]:
        """Attributes with those of the function in the place of references to them."""
        result = []
        for attribute in given:
            new = _copy(attribute)
            if attribute.ref_attr_name:
                value = values.get(attribute.ref_attr_name)
                if value is None:
                    continue  # the call leaves it out, and so does the node
                new = _copy(value)
                new.name = attribute.name
            elif attribute.g is not None:
                new.g = self.expand_graph(attribute.g, names, values, prefix, depth)
            result.append(new)
        return result

    def expand_call(self, call: Node, made: Function, depth: int) -> list[Node]:
        """The nodes that one call stands for."""
        if len(call.input) > len(made.input) or len(call.output) > len(made.output):
            raise WireError(f"a call of the function `{shorten(made.name)}` has more inputs or outputs than it")
        prefix = f"{call.name or next(iter(call.output), made.name)}/"
        names = {**dict.fromkeys(made.input, ""), **dict(zip(made.input, call.input, strict=False))}
        names |= {inner: outer for inner, outer in zip(made.output, call.output, strict=False) if outer}
        values = {attribute.name: attribute for attribute in (*made.attribute_proto, *call.attribute)}
        passed = [name for name in made.output if name in made.input]
        outer, self.opset = (
            self.opset,
            max((kept.version for kept in made.opset_import if kept.domain in STANDARD), default=0),
        )
        nodes = self.expand_nodes(made.node, names, values, prefix, depth + 1)
        self.opset = outer
        for name in passed:
            raise WireError(f"the function `{shorten(made.name)}` gives its own input `{shorten(name)}`")
        return nodes


def _copy(message: Any) -> Any:
    new = type(message)()
    new.__dict__.update(message.__dict__)
    return new


def _rename(message: Any, names: Mapping[str, str]) -> Any:
    new = _copy(message)
    new.name = names.get(message.name, message.name)
    return new
