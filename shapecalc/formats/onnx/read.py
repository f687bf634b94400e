"""An ONNX file as a flat model: an `onnx.NAME` layer for each node, constants as arguments of the nodes they serve."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from shapecalc.diagnostics import Fault, Span, error, note, shorten
from shapecalc.document.files import HeldFile
from shapecalc.formats.flat_model import FlatModel, Input, Source
from shapecalc.formats.onnx.attributes import read_attribute, write_constant
from shapecalc.formats.onnx.external import require_sound_place
from shapecalc.formats.onnx.functions import STANDARD, expand_functions
from shapecalc.formats.onnx.messages import EXTERNAL, Graph, Model, Node, SparseTensor, Tensor, ValueInfo
from shapecalc.formats.onnx.names import list_needed, list_operators
from shapecalc.formats.onnx.order import require_order, sort_nodes, write_node
from shapecalc.formats.onnx.sequences import OPERATORS as SEQUENCE_OPERATORS
from shapecalc.formats.onnx.sequences import add_call, drop_unused, read_sequence_node
from shapecalc.formats.onnx.subgraphs import read_subgraphs
from shapecalc.formats.onnx.tensors import dtype_of, require_size
from shapecalc.formats.onnx.versions import complete_arguments, place_inputs
from shapecalc.formats.onnx.wire import TooManyError, WireError, read_message
from shapecalc.formats.signatures import is_onnx
from shapecalc.layers.base import port_name, takes_many
from shapecalc.layers.onnx import index
from shapecalc.layers.onnx.base import PREFIX, Operator
from shapecalc.layers.onnx.dtypes import PLAIN
from shapecalc.model.references import TAKEN

OLDEST = 7
"""The first version of the operators whose broadcasting is NumPy's."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SHOWN = 8
_LETTERS = 150
"""Letters of a name that are kept: a spec's have at most 200, and some are made longer here."""
_START = 8
"""Bytes that are enough to tell an ONNX file."""


def read_onnx(data: memoryview | HeldFile, path: str) -> FlatModel:
    """The model in an ONNX file, or in the bytes of one. Raises Fault: SC617, and SC609 for what is not known."""
    start = bytes(data[:_START]) if isinstance(data, memoryview) else data.read(0, min(_START, len(data)))
    try:
        if not is_onnx(start):
            raise WireError("it is empty" if not start else "it does not begin as ONNX files do")
        model = read_message(Model, data)
        if model.graph is None or not model.graph.output:
            raise WireError("no graph with outputs")
        graph = expand_functions(model)
        late = _settle_order(graph)
        flat = GraphReader(model, path).read(graph)
        if late:
            names = _list_some([write_node(node) for node in late])
            verb = "a node uses" if len(late) == 1 else f"{len(late):,} nodes use"
            message = f"{verb} what nodes below give, and so the nodes are sorted: {names}"
            flat.notes.append(note("SC616", message, Span(path, 0, 0, 0)))
        return flat
    except TooManyError as failure:
        raise Fault(error("SC602", f"the file holds {failure}", Span(path, 0, 0, 0))) from None
    except WireError as failure:
        raise Fault(error("SC617", f"is no ONNX file that can be read: {failure}", Span(path, 0, 0, 0))) from None


def _settle_order(graph: Graph) -> list[Node]:
    """Sorts the nodes of a graph where they need it; returns those that used what was given below. Raises WireError."""
    try:
        require_order(graph)
    except WireError:
        late = sort_nodes(graph)
        require_order(graph)
        return late
    return []


def find_version(model: Model) -> int:
    """The version of the standard's operators: the first where a file names none at all, as the oldest files do."""
    if not model.opset_import:
        return 1
    return max((known.version for known in model.opset_import if known.domain in STANDARD), default=OLDEST)


class GraphReader:
    """Reads one graph into a flat model; those within it into blocks of the model that `top` reads."""

    def __init__(self, model: Model, path: str) -> None:
        self.model = model
        self.path = path
        self.top: GraphReader = self
        self.opset = find_version(model)
        self.flat = FlatModel("")
        self.flat.has_operators = True
        self.sources: dict[str, Source | None] = {"": None}
        self.constants: dict[str, Tensor] = {}
        self.uses: Counter[str] = Counter()
        self.sizes: dict[str, str] = {}
        self.operators: dict[str, type[Operator]] = {}
        self.sequences: dict[str, list[Source]] = {}
        self.nothing: set[str] = set()  # optional values that are not there
        self.declared: dict[str, ValueInfo] = {}

    def read(self, graph: Graph) -> FlatModel:
        """The whole model. Raises Fault, WireError."""
        oldest = min([self.opset, *(node.opset for node in list_operators(graph.node) if node.opset)])
        if oldest < OLDEST:
            message = f"its operators are of version {oldest}, and those from {OLDEST} on are read"
            help = "convert it: `onnx.version_converter.convert_version(model, 17)`"
            raise Fault(error("SC609", message, Span(self.path, 0, 0, 0), help=help))
        self.flat.name = graph.name or "model"
        self.read_constants(graph)
        needed = list_needed(graph)
        self.note_left_out([node for node, is_needed in zip(graph.node, needed, strict=True) if not is_needed])
        nodes = [node for node, is_needed in zip(graph.node, needed, strict=True) if is_needed]
        self.require_operators(list_operators(nodes))
        for given in graph.input:
            if given.name not in self.constants:
                self.add_input(given)
        self.uses.update(name for node in list_operators(graph.node) for name in node.input)
        self.declared = {value.name: value for value in (*graph.value_info, *graph.input)}
        self.add_nodes(graph, needed)
        self.note_types([*graph.value_info, *graph.output])
        return self.flat

    def read_inner(self, graph: Graph) -> None:
        """A graph within the model, whose inputs are there already. Raises Fault, WireError."""
        self.read_constants(graph)
        self.add_nodes(graph, list_needed(graph))

    def add_nodes(self, graph: Graph, needed: Sequence[bool]) -> None:
        """The nodes of a graph that lead to its outputs, and the outputs."""
        for position, node in enumerate(graph.node):
            if node.op_type != "Constant" and needed[position] and not read_sequence_node(self, node):
                self.add_node(node, position)
        for output in graph.output:
            source = self.find_source(output.name)
            if not self.flat.calls:  # nothing is left to compute, and a spec has one entry at least
                source = add_call(self, output.name, "Identity", {}, {"X": source})
            self.flat.outputs[self.flat_name(output.name, self.flat.outputs)] = source
        if self.sequences:
            drop_unused(self.flat)

    def make_inner(self) -> GraphReader:
        """A reader of a graph within this one: it sees the constants of this one."""
        inner = GraphReader(self.model, self.path)
        inner.top, inner.uses, inner.operators = self.top, self.uses, self.operators
        inner.constants = dict(self.constants)
        return inner

    @property
    def blocks(self) -> dict[str, FlatModel]:
        """The blocks of the whole model."""
        return self.top.flat.blocks

    def must_be_fed(self, name: str) -> bool:
        """Whether a graph within this one is fed a tensor of it: all but constants that can stand in its own nodes."""
        if self.sources.get(name) is not None or name not in self.constants:
            return True
        return self.uses[name] > 1 and self.is_weight(name)

    def read_constants(self, graph: Graph) -> None:
        """The constants by name: those of the graph, and those that nodes hold."""
        for tensor in graph.initializer:
            self.require_numbers(tensor)
            self.constants[tensor.name] = tensor
        for sparse in graph.sparse_initializer:
            if sparse.values is not None:
                self.constants[sparse.values.name] = _fill_sparse(sparse)
        for node in graph.node:
            if node.op_type == "Constant" and node.output:
                tensor = self.constants[node.output[0]] = _read_constant(node)
                self.require_numbers(tensor)

    def require_numbers(self, tensor: Tensor) -> None:
        """Demands that the numbers of a tensor are where they are said to be, as many as there are to be.

        Raises Fault, WireError.
        """
        if tensor.data_location != EXTERNAL:
            require_size(tensor)
        elif tensor.sparse is None:
            require_sound_place(tensor, self.path)

    def require_operators(self, nodes: Iterable[Node]) -> None:
        """Looks up all operators. Raises Fault with those that are not known."""
        unknown: Counter[str] = Counter()
        for node in nodes:
            name = node.op_type if node.domain in STANDARD else f"{node.domain}.{node.op_type}"
            if name == "Constant" or name in self.operators or name in SEQUENCE_OPERATORS:
                continue
            operator = index.find(PREFIX + name) if node.domain in STANDARD else None
            if operator is None:
                unknown[name] += 1
            else:
                self.operators[name] = operator
        if unknown:
            names = [shorten(name) for name in unknown]
            listed = _list_some(names)
            verb = "an operator that is" if len(names) == 1 else "operators that are"
            raise Fault(error("SC609", f"it has {verb} not known here: {listed}", Span(self.path, 0, 0, 0)))

    def note_left_out(self, nodes: Sequence[Node]) -> None:
        """Says which nodes lead to no output, and so are left out."""
        names = [shorten(node.name or node.output[0]) for node in nodes if node.op_type != "Constant" and node.output]
        if not names:
            return
        listed = _list_some(names)
        verb = "a node that leads" if len(names) == 1 else f"{len(names):,} nodes that lead"
        message = f"{verb} to no output {'is' if len(names) == 1 else 'are'} left out: {listed}"
        self.flat.notes.append(note("SC616", message, Span(self.path, 0, 0, 0)))

    def flat_name(self, name: str, taken: Any = ()) -> str:
        """A name that a spec can have, as near as can be to one of the file."""
        plain = _NO_NAME.sub("_", name[:_LETTERS]).strip("_") or "value"
        plain = plain if plain[0].isalpha() else f"n{plain}"
        while plain in taken or plain in TAKEN:
            plain += "_"
        return plain

    def add_input(self, given: ValueInfo) -> None:
        """An input with all its axes; a size has the file's name for it."""
        tensor = given.type.tensor_type if given.type is not None else None
        if tensor is None or tensor.shape is None:
            message = f"its input `{shorten(given.name)}` {_name_type(given)}, and so nothing can be inferred"
            raise Fault(error("SC609", message, Span(self.path, 0, 0, 0)))
        name = self.flat.fresh("input" if given.name == "input" else self.flat_name(given.name))
        axes = [self.read_size(axis.dim_value, axis.dim_param) for axis in tensor.shape.dim]
        first, *rest = [size if isinstance(size, int) else None for size in axes] or [None]
        self.flat.inputs.append(Input(name, rest, dtype_of(tensor.elem_type), first, axes))
        self.sources[given.name] = (name, 0, 0)
        self.flat.places[name] = given.name[:_LETTERS]

    def read_size(self, number: int | None, name: str | None) -> int | str | None:
        """A size: a number, a name, or None for one that is not known."""
        if number is not None and number > 0:
            return number
        name = (name or "").strip()
        if not name or name in ("?", "None", "-1"):
            return None
        if _IDENTIFIER.match(name) and len(name) <= _LETTERS:
            return name
        if name not in self.sizes:
            self.sizes[name] = self.flat_name(name, self.sizes.values())
        return self.sizes[name]

    def find_source(self, name: str) -> Source:
        """Where a tensor comes from; a constant that leaves the model becomes a node. Raises WireError."""
        source = self.sources.get(name)
        if name in self.sequences or name in self.nothing:
            message = f"`{shorten(name)}` is a sequence or an optional value where only a tensor can stand"
            raise Fault(error("SC609", message, Span(self.path, 0, 0, 0)))
        if source is None and name in self.constants:
            source = self.sources[name] = self.add_initializer(name)
        if source is None:
            raise WireError(f"nothing gives the tensor `{shorten(name)}` before it is used")
        return source

    def find_size(self, name: str, axis: int) -> int | None:
        """How long an axis of a tensor is, where the file says it as a number."""
        value = self.declared.get(name)
        tensor = value.type.tensor_type if value is not None and value.type is not None else None
        axes = tensor.shape.dim if tensor is not None and tensor.shape is not None else ()
        return axes[axis].dim_value if axis in range(-len(axes), len(axes)) else None

    def add_initializer(self, name: str) -> Source:
        """A constant as a node of its own."""
        layer = self.flat.fresh(self.flat_name(name))
        self.flat.layers[layer] = f"{PREFIX}Initializer", {"value": write_constant(self.constants[name])}
        self.flat.held[layer] = {"value": self.constants[name]}
        self.flat.places[layer] = name[:_LETTERS]
        self.flat.call(layer, {}, {})
        return layer, 0, 0

    def add_node(self, node: Node, position: int) -> None:
        """A node, with the constants that only it uses as its arguments."""
        operator = self.operators[node.op_type]
        arguments: dict[str, Any] = {}
        _refuse_repeated(node)
        for attribute in node.attribute:
            if attribute.g is None:
                key, value = read_attribute(operator, node.op_type, attribute)
                arguments[key] = value
        complete_arguments(node, node.opset or self.opset, arguments)
        held: dict[str, Tensor] = {}
        feed = self.read_feed(node, operator, arguments, held)
        layer = self.flat.fresh(self.flat_name(node.name or (node.output[0] if node.output else node.op_type)))
        captured = read_subgraphs(self, node, layer, arguments)
        if captured:
            last = port_name(operator.ports[-1])
            feed[last] = [*feed.get(last, ()), *captured]
        if operator.ports and not any(feed.values()):
            raise WireError(f"the node {write_node(node)} is fed nothing")
        self.flat.layers[layer] = operator.type_name, arguments
        self.flat.held[layer] = held
        place = position if node.position is None else node.position
        self.flat.places[layer] = node.name[:_LETTERS] or f"graph.node[{place}]"
        number = self.flat.call(layer, feed, {})
        for port, output in enumerate(node.output):
            if output:
                self.sources[output] = (layer, number, port)

    def read_feed(
        self, node: Node, operator: type[Operator], arguments: dict[str, Any], held: dict[str, Tensor]
    ) -> dict[str, Any]:
        """What the ports of a node are fed; constants go to its arguments, and their tensors to what it has `held`."""
        feed: dict[str, Any] = {}
        names = place_inputs(node, node.opset or self.opset)
        for port in operator.ports:
            if takes_many(port):
                feed[port_name(port)] = [self.find_source(name) for name in names if name]
                names = []
                break
            name = names.pop(0) if names else ""
            if not name:
                continue
            is_last_chance = not feed and not any(names)
            if (
                self.sources.get(name) is None
                and name in self.constants
                and self.is_argument(operator, port, name)
                and not is_last_chance
            ):
                is_number = port_name(port) in operator.numbers
                tensor = held[port_name(port)] = self.constants[name]
                arguments[port_name(port)] = write_constant(tensor, 4096) if is_number else write_constant(tensor)
            else:
                feed[port_name(port)] = self.find_source(name)
        if names:
            raise WireError(f"the node {write_node(node)} has too many inputs")
        return feed

    def is_argument(self, operator: type[Operator], port: str, name: str) -> bool:
        """Whether a constant is an argument: one that counts as weights, and that others use too, is a node."""
        return self.uses[name] == 1 or port_name(port) in operator.numbers or not self.is_weight(name)

    def is_weight(self, name: str) -> bool:
        """Whether a constant counts as parameters."""
        tensor = self.constants[name]
        return bool(tensor.dims) and dtype_of(tensor.data_type) not in PLAIN

    def note_types(self, values: list[ValueInfo]) -> None:
        """What the file says of the tensors that flow."""
        for value in values:
            source = self.sources.get(value.name)
            tensor = value.type.tensor_type if value.type is not None else None
            if source is not None and tensor is not None and tensor.shape is not None:
                sizes = [axis.dim_value if axis.dim_value else None for axis in tensor.shape.dim]
                self.flat.tensors[source] = sizes, dtype_of(tensor.elem_type)


def _refuse_repeated(node: Node) -> None:
    """Refuses a node that says an attribute twice. Raises WireError."""
    names: set[str] = set()
    for attribute in node.attribute:
        if attribute.name in names:
            raise WireError(f"the node {write_node(node)} has two attributes `{shorten(attribute.name)}`")
        names.add(attribute.name)


def _list_some(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    return ", ".join(names[:_SHOWN]) + ("" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more")


def _name_type(given: ValueInfo) -> str:
    """What is wrong with an input of which no axes are known."""
    if given.type is None or given.type.tensor_type is not None:
        return "has no shape"
    if given.type.sequence_type is not None:
        return "is a sequence"
    return "is an optional value" if given.type.optional_type is not None else "is no tensor"


def _read_constant(node: Node) -> Tensor:
    """The tensor of a `Constant` node. Raises WireError."""
    for attribute in node.attribute:
        if attribute.name == "value" and attribute.t is not None:
            return attribute.t
        if attribute.name == "sparse_value" and attribute.sparse_tensor is not None:
            return _fill_sparse(attribute.sparse_tensor)
        if attribute.name.startswith("value_"):
            return _make_tensor(attribute)
    raise WireError(f"the constant `{shorten(node.name or node.output[0])}` has no value")


def _make_tensor(attribute: Any) -> Tensor:
    """The tensor of `value_ints` and its like."""
    import struct

    tensor = Tensor()
    many = attribute.name.endswith("s")
    if "float" in attribute.name:
        numbers = list(attribute.floats) if many else [attribute.f]
        tensor.data_type, tensor.raw_data = 1, memoryview(struct.pack(f"<{len(numbers)}f", *numbers))
    elif "int" in attribute.name:
        numbers = list(attribute.ints) if many else [attribute.i]
        tensor.data_type, tensor.raw_data = 7, memoryview(struct.pack(f"<{len(numbers)}q", *numbers))
    else:
        numbers = list(attribute.strings) if many else [attribute.s or memoryview(b"")]
        tensor.data_type, tensor.string_data = 8, numbers
    tensor.dims = [len(numbers)] if many else []
    return tensor


def _fill_sparse(sparse: SparseTensor) -> Tensor:
    """A sparse tensor as the full one that it stands for, of which the numbers are not listed."""
    tensor = Tensor()
    values = sparse.values or Tensor()
    tensor.name, tensor.data_type, tensor.dims = values.name, values.data_type, list(sparse.dims)
    tensor.data_location, tensor.sparse = 1, sparse
    return tensor
