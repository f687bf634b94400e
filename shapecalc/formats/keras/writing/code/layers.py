"""Layers with their arguments: what is called, before it is called."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.writing.code.layout import Call, Code, Group, Named, call, keyword, sequence, write_flat
from shapecalc.formats.keras.writing.code.literals import write_text
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import automatic_name, canonical, find

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.body import Body
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.model.spec import ModelSpec

_FIRST = {
    "rate": ("Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout"),
    "pool_size": ("MaxPooling", "AveragePooling"),
    "padding": ("ZeroPadding",),
    "cropping": ("Cropping",),
    "size": ("UpSampling",),
}
"""Arguments that have defaults and yet are given by position: those that stand first, of types that begin so."""

_UNCALLED = ("Equalization",)
"""Types that Keras cannot call in a functional model, since they hand on their very input; in a Pipeline it can."""


class Layers:
    """Writes the layers of one function."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.module = body.module
        self.spec = body.spec
        self.has_weights = True
        self.rank = 0

    def write(self, type_name: str, args: Node | None, name: str | None, fed: str | None = None) -> Code:
        """A layer; arguments that say what the default says are left out. `fed` is its sole input, where it has one.

        One without weights is not told of being frozen: `has_weights` says whether it has any. `rank` is that of the
        shape of a `Weight`, which is the kernel of a layer over ones.
        """
        type_name = canonical(type_name)
        fields = args.fields if isinstance(args, MappingNode) else {}
        own = fields.get("name")
        if name is None and isinstance(own, ScalarNode):
            name = write_text(str(own.value))
        named = [] if name is None else [keyword("name", name)]
        if type_name == "TimeDistributedDense":
            dense = Call("layers.Dense", tuple(self.arguments("Dense", fields, None)))
            return call("layers.TimeDistributed", dense, *named)
        if type_name == "Weight":
            equation, shape, *rest = write_weight(self.rank, self.arguments(type_name, fields, None))
            return Call("layers.EinsumDense", (equation, shape, *rest, *named))
        codes = self.arguments(type_name, fields, fed)
        if type_name in _UNCALLED:
            return call("layers.Pipeline", sequence([Call(f"layers.{type_name}", tuple(codes))]), *named)
        return Call(f"layers.{type_name}", (*codes, *named))

    def arguments(self, type_name: str, fields: dict[str, Node], fed: str | None) -> list[Code]:
        """The arguments of a layer, its name apart."""
        layer_type = find(type_name)
        assert layer_type is not None
        codes: list[Code] = []
        for position, argument in enumerate(layer_type.args.values()):
            node = fields.get(argument.name)
            if node is None or argument.call or argument.name in ("trainable", "dtype"):
                continue
            code = self.argument(argument, node, layer_type, fed)
            if type_name == "EinsumDense" and argument.name == "output_shape" and fed is not None:
                code = self.fill_sizes(fields["equation"], fed, code)
            if code is not None:
                is_next = argument.required and len(codes) == position
                is_next = is_next and not any(isinstance(given, Named) for given in codes)
                is_first = not codes and type_name.startswith(_FIRST.get(argument.name, ("?",)))
                codes.append(code if is_next or is_first else keyword(argument.name, code))
        return codes + self.common_arguments(layer_type, fields)

    def argument(self, argument: Arg[object], node: Node, layer_type: type[Layer], fed: str | None) -> Code | None:
        """One argument; None where it says what the default says."""
        if not argument.holds_layers:
            return self.body.expressions().write_argument(node, argument, layer_type)
        if isinstance(node, SequenceNode):
            return sequence([self.inner_layer(item, None) for item in node.items])
        return self.inner_layer(node, fed)

    def common_arguments(self, layer_type: type[Layer], fields: dict[str, Node]) -> list[Code]:
        """`trainable` and `dtype`: a layer's own, else those of the block it stands in."""
        codes: list[Code] = []
        writer = self.body.expressions()
        if "trainable" in layer_type.args:
            node = fields.get("trainable")
            own = None if node is None else writer.write_argument(node, Layer.args["trainable"], layer_type)
            if self.module.is_frozen_somewhere(self.spec) and layer_type.freezes and self.has_weights:
                own = "trainable" if own is None else f"trainable and {write_flat(own)}"
            codes += [] if own is None else [keyword("trainable", own)]
        if "dtype" in layer_type.args:
            node = fields.get("dtype")
            if node is not None:
                codes.append(keyword("dtype", writer.write(node)))
            elif self.module.has_dtype(self.spec) and layer_type.args["dtype"] is Layer.args["dtype"]:
                codes.append(keyword("dtype", "dtype"))
        return codes

    def fill_sizes(self, equation: Node, fed: str, code: Code | None) -> Code | None:
        """The output shape of an EinsumDense with its nulls filled in from its input, which Keras does not do."""
        text = self.body.expressions().read(equation)
        if not isinstance(text, str) or "." in text or not isinstance(code, Group):
            return code
        given, _, output = text.replace(" ", "").replace(",", "->").split("->")
        items = list(code.items)
        for position, letter in enumerate(output[1:][: len(items)]):
            if items[position] == "None" and letter in given:
                items[position] = f"{fed}.shape[{given.index(letter)}]"
        return Group(code.opening, tuple(items), code.closing)

    def inner_layer(self, node: Node, fed: str | None) -> Code:
        """A layer that stands within another: a type, a block or a layer above. Raises NoForm."""
        key: ScalarNode | None = None
        args: Node | None = None
        if isinstance(node, ScalarNode):
            key = None if resolve(node) is None else node
        elif isinstance(node, MappingNode):
            key, args = node.only() or (None, None)
        if key is None:
            return "None"
        type_name = str(key.value)
        if type_name == "reuse" and isinstance(args, ScalarNode):
            return self.body.layer_of(str(args.value))
        block = self.spec.find_block(type_name)
        if block is None:
            return self.write(type_name, args, None)
        if fed is None or len(block.inputs) != 1:
            raise NoForm(f"in Keras a layer holds a model of one input, and {type_name} is none here")
        own = args.fields.get("name") if isinstance(args, MappingNode) else None
        name = str(own.value) if isinstance(own, ScalarNode) else automatic_name(type_name)
        (port,) = block.inputs
        return self.model_of(block, args, write_text(name), {port: f"{fed}.shape[2:]"}, name)

    def model_of(self, block: ModelSpec, args: Node | None, name: str, shapes: dict[str, str], variable: str) -> Code:
        """A block as a model of its own, for its weights to be shared; statements make its inputs.

        `shapes` says of each what `keras.Input` takes; their names begin with `variable`.
        """
        body = self.body
        inputs: list[Code] = []
        for port, shape in shapes.items():
            made = body.fresh(f"{variable}_{'inputs' if port == 'input' else port}")
            body.add(f"{made} = ", call("keras.Input", shape))
            inputs.append(made)
        outputs = call(self.module.functions[block], *inputs, *self.block_arguments(block, args), keyword("name", name))
        return call("keras.Model", inputs[0] if len(inputs) == 1 else sequence(inputs), outputs, keyword("name", name))

    def block_arguments(self, block: ModelSpec, args: Node | None) -> list[Code]:
        """The arguments of a block's function, its name apart."""
        fields = args.fields if isinstance(args, MappingNode) else {}
        writer = self.body.expressions()
        parameter = self.module.parameter
        codes: list[Code] = [
            keyword(parameter(name), writer.write(fields[name])) for name in block.args if name in fields
        ]
        codes += [keyword(parameter(name), self.body.names[name]) for name in self.module.extras(block)]
        given: list[Code] = []
        if self.module.is_frozen_somewhere(self.spec):
            given.append("trainable")
        if "trainable" in fields and "trainable" not in block.args:
            own = writer.write_argument(fields["trainable"], Layer.args["trainable"], Layer)
            given += [] if own is None else [own]
        if given:
            codes.append(keyword("trainable", " and ".join(map(write_flat, given))))
        if self.module.has_dtype(block):
            dtype = fields.get("dtype", block.dtype)
            if dtype is not None:
                codes.append(keyword("dtype", writer.write(dtype)))
            elif self.module.has_dtype(self.spec):
                codes.append(keyword("dtype", "dtype"))
        return codes


def write_weight(rank: int, codes: list[Code]) -> list[Code]:
    """The arguments of a `Weight` as those of an EinsumDense whose kernel is the weight. Raises Fault."""
    axes = ascii_lowercase[1 : rank + 1]
    if not 0 < rank == len(axes):
        raise refusal(f"Keras has no layer for a weight of {rank} axes")
    renamed = [
        keyword("kernel_initializer", code.value) if isinstance(code, Named) and code.name == "initializer" else code
        for code in codes
    ]
    shape = [code.value if isinstance(code, Named) and code.name == "shape" else code for code in renamed]
    return [write_text(f"a,{axes}->a{axes}"), *shape]
