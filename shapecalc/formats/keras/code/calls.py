"""The calls of a function: of layers, functions of keras.ops, blocks, and layers above called again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.code.layout import INDENT, Call, Code, call, keyword, sequence, write_flat
from shapecalc.formats.keras.code.literals import write_list, write_text
from shapecalc.formats.keras.code.plan import identifier, target_of
from shapecalc.layers.base import Layer, takes_many
from shapecalc.layers.catalogue import automatic_name, canonical, find
from shapecalc.layers.ops.slicing import KeyKind, key_text

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.code.function import FunctionWriter
    from shapecalc.formats.keras.code.plan import Plan
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.model.spec import ModelSpec

Fed: TypeAlias = "dict[str, str | list[str]]"
"""What a call is fed, by port: code of a tensor, or a list of such."""


_FIRST = {
    "rate": ("Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout"), "pool_size": ("MaxPooling", "AveragePooling"),
    "padding": ("ZeroPadding",), "cropping": ("Cropping",), "size": ("UpSampling",),
}  # fmt: skip
"""Arguments that have defaults and yet are given by position: those that stand first, of types that begin so."""


class Calls:
    """Writes the calls of one function."""

    def __init__(self, function: FunctionWriter) -> None:
        self.function = function
        self.program = function.program
        self.spec = function.spec

    def add(self, plan: Plan, fed: Fed, round_name: str) -> None:
        """The statements of one call, in the round that `round_name` counts."""
        function = self.function
        if plan.is_reuse:
            code = Call(self.layer_of(target_of(plan.entry)), self.arguments_of_call(plan, fed))
            self.assign(plan, code)
            return
        key = str(plan.entry.key.value)
        name = self.name_code(plan.name or "", round_name)
        block = self.spec.find_block(key)
        if block is not None:
            self.add_block(plan, block, fed, name)
        elif key.startswith("ops."):
            self.assign(plan, self.operation(plan, key, fed, name))
        else:
            layer_type = find(key)
            assert layer_type is not None
            made = self.layer(plan.entry.key, plan.entry.args, name, next(iter(fed.values()), None))
            must_freeze = self.program.is_frozen_somewhere(self.spec) and not layer_type.freezes
            must_freeze = must_freeze and "trainable" in layer_type.args
            called: Code = made
            if plan.is_called_again or must_freeze:
                called = self.keep_layer(plan, made)
            arguments = self.arguments_of_call(plan, fed)
            if layer_type.is_source:
                arguments = (self.like(),)
            self.assign(plan, Call(called, arguments))
            if must_freeze:
                function.add("if not trainable:")
                function.indent += INDENT
                function.add(f"{write_flat(called)}.trainable = False")
                function.indent -= INDENT

    def like(self) -> str:
        """The tensor that lends its batch axis to a layer that takes no input."""
        return next(iter(self.function.inputs.values()))

    def keep_layer(self, plan: Plan, made: Code) -> str:
        """A variable for a layer that is needed once more."""
        variable = self.variable_of(plan)
        self.function.add(f"{variable} = ", made)
        if plan.layers:
            self.function.add(f"{plan.variable}_layers.append({variable})")
        return variable

    def variable_of(self, plan: Plan) -> str:
        """The variable of an entry's layer; of a repeated one that of the last round."""
        return f"{identifier(plan.name or '')}_layer"

    def layer_of(self, text: str) -> str:
        """The code of a layer above."""
        plan, number = self.function.plans.find_target(text)
        return f"{plan.variable}_layers[{number}]" if number else self.variable_of(plan)

    def name_code(self, name: str, round_name: str) -> str:
        """The name of a layer: that of the spec, behind that of the block it stands in."""
        sign = self.program.separator
        own = f"{name}{sign}{{{round_name}}}" if round_name else name
        if self.spec is not self.program.root:
            return f'f"{{name}}{sign}{own}"'
        return f'f"{own}"' if round_name else f'"{own}"'

    def assign(self, plan: Plan, code: Code) -> None:
        """A statement that gives a call's outputs their variables."""
        function, after = self.function, ""
        targets = plan.variable
        if plan.is_unpacked:
            is_needed = plan.ports if plan.wiring("repeat") else plan.used
            targets = ", ".join([function.code_of(plan, port) if port in is_needed else "_" for port in plan.ports])
        elif len(plan.ports) > 1 and not plan.is_list:
            after = "[0]"
        function.add(f"{targets} = ", code, after)

    def arguments_of_call(self, plan: Plan, fed: Fed) -> tuple[Code, ...]:
        """The arguments of a layer's call: the first port, and others that it must be fed, by position."""
        ports = self.program.ports_of(self.spec, plan, self.function.plans) or ()
        codes: list[Code] = []
        block = self.spec.find_block(str(self.function.plans.find_target(target_of(plan.entry))[0].entry.key.value if plan.is_reuse else plan.entry.key.value))
        if block is not None and len(fed) > 1:
            return (sequence([*fed.values()]),)  # a model of several inputs takes a list
        for position, port in enumerate(ports):
            name = port.rstrip("?*+")
            if name not in fed:
                continue
            item = fed[name]
            code: Code = sequence([*item]) if isinstance(item, list) else item
            by_position = position == 0 or (port[-1] not in "?*" and len(codes) == position)
            codes.append(code if by_position else keyword(name, code))
        called = plan.wiring("call")
        if isinstance(called, MappingNode):
            writer = self.function.expressions()
            codes += [keyword(name, writer.write(node)) for name, node in called.fields.items() if name != "training"]
        return tuple(codes)

    def layer(self, key: ScalarNode, args: Node | None, name: str | None, fed: Any = None) -> Code:
        """A layer with its arguments; those that say what the default says are left out."""
        type_name = canonical(str(key.value))
        if type_name == "TimeDistributedDense":
            return self.dense_at_every_step(args, name)
        layer_type = find(type_name)
        assert layer_type is not None
        fields = args.fields if isinstance(args, MappingNode) else {}
        codes: list[Code] = []
        for argument in layer_type.args.values():
            node = fields.get(argument.name)
            if node is None or argument.call or argument.name in ("trainable", "dtype"):
                continue
            code = self.argument(argument, node, layer_type, fed)
            if code is not None:
                is_first = not codes and type_name.startswith(_FIRST.get(argument.name, ("?",)))
                is_next = argument.required and len(codes) == list(layer_type.args).index(argument.name)
                is_next = is_next or is_first
                codes.append(code if is_next else keyword(argument.name, code))
        codes += self.common_arguments(layer_type, fields)
        own = fields.get("name")
        if name is None and isinstance(own, ScalarNode):
            name = write_text(str(own.value))
        if name is not None:
            codes.append(keyword("name", name))
        return Call(self.program.class_of(type_name), tuple(codes))

    def argument(self, argument: Arg[Any], node: Node, layer_type: type[Layer], fed: Any) -> Code | None:
        """One argument; None where it says what the default says."""
        if not argument.holds_layers:
            return self.function.expressions().write_argument(node, argument, layer_type)
        if isinstance(node, SequenceNode):
            return sequence([self.inner_layer(item, None) for item in node.items])
        return self.inner_layer(node, fed)

    def inner_layer(self, node: Node, fed: Any) -> Code:
        """A layer that stands within another: a type, a block or a layer above."""
        key: ScalarNode | None = None
        args: Node | None = None
        if isinstance(node, ScalarNode):
            key = None if resolve(node) is None else node
        elif isinstance(node, MappingNode):
            key, args = node.only() or (None, None)
        if key is None:
            return "None"
        if key.value == "reuse" and isinstance(args, ScalarNode):
            return self.layer_of(str(args.value))
        block = self.spec.find_block(str(key.value))
        if block is None:
            return self.layer(key, args, None)
        if not isinstance(fed, str) or len(block.inputs) != 1:
            raise refusal(f"in Keras a layer holds a model of one input, and {key.value} is none here", self.spec.name)
        own = args.fields.get("name") if isinstance(args, MappingNode) else None
        name = str(own.value) if isinstance(own, ScalarNode) else automatic_name(str(key.value))
        (port,) = block.inputs
        return self.model_of(key, args, block, write_text(name), {port: f"{fed}.shape[2:]"}, name)

    def model_of(
        self, key: ScalarNode, args: Node | None, block: ModelSpec, name: str, shapes: dict[str, str], like: str
    ) -> Code:
        """A block as a model of its own, for its weights to be shared; its inputs are added as statements."""
        function = self.function
        inputs: list[Code] = []
        for port, shape in shapes.items():
            variable = function.fresh(f"{like}_{'inputs' if port == 'input' else port}")
            function.add(f"{variable} = ", call("keras.Input", shape))
            inputs.append(variable)
        function_name = self.program.function_of(block)
        outputs = Call(function_name, (*inputs, *self.block_arguments(args, block), keyword("name", name)))
        return call("keras.Model", inputs[0] if len(inputs) == 1 else sequence(inputs), outputs, keyword("name", name))

    def common_arguments(self, layer_type: type[Layer], fields: dict[str, Node]) -> list[Code]:
        """`trainable` and `dtype`: a layer's own, else those of the block it stands in."""
        codes: list[Code] = []
        writer = self.function.expressions()
        if "trainable" in layer_type.args:
            node = fields.get("trainable")
            own = None if node is None else writer.write_argument(node, Layer.args["trainable"], layer_type)
            if self.program.is_frozen_somewhere(self.spec) and layer_type.freezes:
                own = "trainable" if own is None else f"trainable and {write_flat(own)}"
            codes += [] if own is None else [keyword("trainable", own)]
        if layer_type.args.get("dtype") is not None and not layer_type.type_name.startswith("ops."):
            node = fields.get("dtype")
            if node is not None:
                codes.append(keyword("dtype", writer.write(node)))
            elif self.program.has_dtype(self.spec) and layer_type.args["dtype"] is Layer.args["dtype"]:
                codes.append(keyword("dtype", "dtype"))
        return codes

    def dense_at_every_step(self, args: Node | None, name: str | None) -> Code:
        """What Keras 1 called TimeDistributedDense."""
        fields = {key: node for key, node in args.fields.items() if key != "name"} if isinstance(args, MappingNode) else {}
        inner = MappingNode()
        inner.fields, inner.keys = fields, []
        dense = self.layer(ScalarNode(None, None, (True, False), "Dense"), inner, None)
        codes = [dense] if name is None else [dense, keyword("name", name)]
        return Call("layers.TimeDistributed", tuple(codes))

    def operation(self, plan: Plan, key: str, fed: Fed, name: str) -> Code:
        """A call of a function of keras.ops."""
        layer_type = find(key)
        assert layer_type is not None
        fields = plan.entry.args.fields if isinstance(plan.entry.args, MappingNode) else {}
        writer = self.function.expressions()
        if key == "ops.get_item":
            return f"{fed['x']}[{self.key(fields['key'], layer_type)}]"
        if key == "ops.arange":
            return self.arange(layer_type, fields, name)
        operands: tuple[str, ...] = getattr(layer_type, "operands", ())
        waiting = [fed[name] for name in operands if name in fed]
        codes: list[Code] = []
        for port in layer_type.ports:
            port_name = port.rstrip("?*+")
            if port_name in operands:
                codes.append(self.constant(fields[port_name]) if port_name in fields else waiting.pop(0))  # type: ignore[arg-type]
            elif port_name in fed:
                item = fed[port_name]
                codes += item if isinstance(item, list) and key == "ops.einsum" else [
                    sequence([*item]) if isinstance(item, list) else item
                ]
        for argument in layer_type.args.values():
            node = fields.get(argument.name)
            if node is None or argument.name in operands:
                continue
            code = writer.write_argument(node, argument, layer_type)
            if key == "ops.einsum":
                codes.insert(0, code or "")
            elif code is not None:
                codes.append(keyword(argument.name, code))
        return Call(f"{key}", tuple(codes))

    def constant(self, node: Node) -> Code:
        """A number, or an array in the place of a tensor."""
        writer = self.function.expressions()
        code = writer.write(node)
        if isinstance(code, str):
            return code
        return call("ops.convert_to_tensor", write_list(writer.read(node)))

    def key(self, node: Node, layer_type: type[Layer]) -> str:
        """What stands between brackets."""
        return key_text(KeyKind().read(self.function.expressions().read(node), layer_type))

    def arange(self, layer_type: type[Layer], fields: dict[str, Node], name: str) -> Code:
        """Numbers in order; they hang on an input, so that layers which are fed them are the model's."""
        writer = self.function.expressions()
        codes: list[Code] = []
        for argument in layer_type.args.values():
            if argument.name in fields:
                code = writer.write_argument(fields[argument.name], argument, layer_type)
                if code is not None:
                    named = "of" if argument.name == "dtype" else argument.name
                    codes.append(code if argument.required else keyword(named, code))
        self.program.helpers.add("Arange")
        return Call(Call("Arange", (*codes, keyword("name", name))), (self.like(),))

    def add_block(self, plan: Plan, block: ModelSpec, fed: Fed, name: str) -> None:
        """A call of the function of a block; of one that is called again, the model of it."""
        arguments = self.block_arguments(plan.entry.args, block)
        if plan.is_called_again:
            shapes = {port: f"batch_shape={fed[port]}.shape, dtype={fed[port]}.dtype" for port in block.inputs}
            made = self.model_of(plan.entry.key, plan.entry.args, block, name, shapes, plan.name or "")
            self.assign(plan, Call(self.keep_layer(plan, made), self.arguments_of_call(plan, fed)))
            return
        feeds: list[Code] = [fed[port] for port in block.inputs if port in fed]  # type: ignore[misc]
        function_name = self.program.function_of(block)
        self.assign(plan, Call(function_name, (*feeds, *arguments, keyword("name", name))))

    def block_arguments(self, args: Node | None, block: ModelSpec) -> list[Code]:
        """The arguments of a block's function, its name apart."""
        fields = args.fields if isinstance(args, MappingNode) else {}
        writer = self.function.expressions()
        codes: list[Code] = []
        for name in block.args:
            if name in fields:
                codes.append(keyword(self.program.parameter(name), writer.write(fields[name])))
        for name in self.program.extras(block):
            codes.append(keyword(self.program.parameter(name), self.function.names[name]))
        if self.program.is_frozen_somewhere(block):
            own = writer.write_argument(fields["trainable"], Layer.args["trainable"], Layer) if "trainable" in fields else None
            outer = "trainable" if self.program.is_frozen_somewhere(self.spec) else None
            both = [write_flat(code) for code in (outer, own) if code is not None]
            codes += [keyword("trainable", " and ".join(both))] if both else []
        if self.program.has_dtype(block):
            node = fields.get("dtype", block.dtype)
            code = writer.write(node) if node is not None else "dtype" if self.program.has_dtype(self.spec) else None
            codes += [] if code is None else [keyword("dtype", code)]
        return codes
