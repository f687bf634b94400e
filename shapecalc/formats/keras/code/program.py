"""A report as a Python module: a function for the model and one for each of its blocks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from shapecalc.dims import Dim, symbols
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.expressions.evaluate import names as names_in
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.code.arguments import Expressions, reads_names
from shapecalc.formats.keras.code.block_calls import BlockCalls
from shapecalc.formats.keras.code.function import FunctionWriter
from shapecalc.formats.keras.code.helpers import HELPERS
from shapecalc.formats.keras.code.layout import INDENT, WIDTH, Code, Group, call, keyword, lay_out, sequence, tuple_of
from shapecalc.formats.keras.code.literals import write_literal, write_text
from shapecalc.formats.keras.code.plan import identifier, target_of
from shapecalc.formats.keras.code.uses import Uses
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import find
from shapecalc.layers.class_names import snake_case
from shapecalc.model.values import is_required

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.code.plan import Plan, Plans
    from shapecalc.model.spec import ModelSpec


class Program:
    """Writes the functions of a report, each after those that it calls."""

    def __init__(self, report: Report) -> None:
        assert report.walk is not None
        self.report = report
        self.walk = report.walk
        self.root = report.walk.graph.spec
        self.uses = Uses(report.walk)
        self.helpers: set[str] = set()
        self.separator = "_"
        self.functions: dict[ModelSpec, str] = {}
        self.texts: list[str] = []
        self.reserved = {"build_model", *HELPERS}
        self.calls = BlockCalls(self.root)
        for spec, type_name in self.calls.names.items():
            self.functions[spec] = self.fresh_function(type_name)
        self.written: set[ModelSpec] = set()
        self._extras: dict[ModelSpec, tuple[str, ...]] = {}

    def write(self) -> str:
        """The whole module."""
        model = self.model()
        body = "\n\n".join([*[HELPERS[name] for name in sorted(self.helpers)], *self.texts, model])
        if "make_divisible(" in body:
            body = HELPERS["make_divisible"] + "\n\n" + body
        text = "".join([body, '\n\nif __name__ == "__main__":\n    build_model().summary()\n'])
        imports = ["import math\n\n"] if "math." in text else []
        names = [name for name in ("layers", "ops") if f"{name}." in text]
        imports += ["import keras\n", f"from keras import {', '.join(names)}\n" if names else ""]
        return "".join(imports) + "\n\n" + text

    def model(self) -> str:
        """The function of the model."""
        function = FunctionWriter(self, self.root)
        scope = self.walk.graph.scope
        read = {*self.names_read(self.root), *(name for spec in self.functions for name in self.extras(spec))}
        read |= {name for name in function.names if name not in self.root.args}
        parameters: list[Code] = []
        for name, node in function.names.items():
            if isinstance(scope.get(name), Dim) or name not in read:
                continue
            parameters.append(keyword(node, write_literal(_plain(scope[name]))))
        if self.root.dtype is not None:
            function.add("dtype = ", write_literal(self.report.dtype))
        self.add_inputs(function)
        function.add_entries()
        outputs = function.outputs()
        inputs = list(function.inputs.values())
        ends = [inputs[0] if len(inputs) == 1 else sequence([*inputs]), outputs[0] if len(outputs) == 1 else sequence([*outputs])]
        name = self.report.name.replace("/", "_")
        function.add("return ", call("keras.Model", *ends, keyword("name", write_text(name))))
        head = lay_out("def build_model", Group("(", tuple(parameters), ")"), ":")
        return "\n".join([*head, *docstring(self.root.description), *function.lines]) + "\n"

    def add_inputs(self, function: FunctionWriter) -> None:
        """The inputs of the model."""
        for name, tensor in self.report.inputs.items():
            shape = self.input_shape(function, name)
            arguments: list[Code] = [shape]
            batch = tensor.shape[0]
            if isinstance(batch, int):
                arguments.append(keyword("batch_size", str(batch)))
            if tensor.dtype not in (None, "float32"):
                arguments.append(keyword("dtype", write_text(str(tensor.dtype))))
            arguments.append(keyword("name", write_text(name)))
            function.add(f"{function.inputs[name]} = ", call("keras.Input", *arguments))

    def input_shape(self, function: FunctionWriter, name: str) -> Code:
        """The shape of an input, in the names of the model's arguments where it is written so."""
        tensor = self.report.inputs[name]
        node = self.root.inputs[name]
        if isinstance(node, MappingNode):
            node = node.fields.get("shape")
        sizes = [size if isinstance(size, int) else None for size in tensor.shape[1:]]
        codes: list[Code] = [write_literal(size) for size in sizes]
        if isinstance(node, SequenceNode) and len(node.items) == len(codes):
            writer = function.expressions()
            for axis, item in enumerate(node.items):
                value = resolve(item) if isinstance(item, ScalarNode) else None
                if sizes[axis] is not None and reads_names(item):
                    codes[axis] = writer.write(item)
                elif sizes[axis] is not None and isinstance(value, str) and value in function.names:
                    codes[axis] = function.names[value]
        return tuple_of(codes)

    def fresh_function(self, type_name: str) -> str:
        """A name for the function of a block that no other has."""
        base = name = identifier(snake_case(type_name))
        count = 1
        while name in self.reserved:
            count += 1
            name = f"{base}_{count}"
        self.reserved.add(name)
        return name

    def function_of(self, spec: ModelSpec) -> str:
        """The name of a block's function, which is written when it is first asked for."""
        name = self.functions[spec]
        if spec in self.written:
            return name
        self.written.add(spec)
        function = FunctionWriter(self, spec)
        function.add_entries()
        outputs = function.outputs()
        function.add("return ", ", ".join(outputs))
        head = lay_out(f"def {name}", Group("(", tuple(self.parameters(spec, function)), ")"), ":")
        self.texts.append("\n".join([*head, *docstring(spec.description), *function.lines]) + "\n")
        return name

    def parameters(self, spec: ModelSpec, function: FunctionWriter) -> list[Code]:
        """The parameters of a block's function: tensors, then what is given by name alone."""
        found: list[Code] = [*function.inputs.values(), "*"]
        writer = Expressions(spec, {}, [])
        for name, default in spec.args.items():
            own = self.parameter(name)
            if is_required(default):
                found.append(own)
            elif reads_names(default):  # which is worked out in the function
                found.append(keyword(own, "None"))
            else:
                found.append(keyword(own, writer.write(default)))
        found += [self.parameter(name) for name in self.extras(spec)]
        if self.is_frozen_somewhere(spec):
            found.append("trainable=True")
        if self.has_dtype(spec):
            found.append("dtype=None")
        return [*found, "name"]

    def parameter(self, name: str) -> str:
        """An argument of a spec as a parameter."""
        return identifier(name)

    def names_read(self, spec: ModelSpec) -> set[str]:
        """What the expressions of a spec read, those of its blocks apart."""
        nodes: list[Node | None] = [spec.outputs, *spec.inputs.values(), *spec.args.values()]
        for entry in spec.entries:
            nodes += [entry.args, *([] if entry.wiring is None else entry.wiring.fields.values())]
        return {name for node in nodes for name in _names_in(node)}

    def extras(self, spec: ModelSpec) -> tuple[str, ...]:
        """The arguments of the file's model that a block reads, or that blocks in it read."""
        if spec is self.root or spec.parent is None:
            return ()
        if spec not in self._extras:
            self._extras[spec] = ()
            read = self.names_read(spec)
            for entry in spec.entries:
                block = spec.find_block(str(entry.key.value))
                if block is not None:
                    read |= set(self.extras(block))
            self._extras[spec] = tuple(name for name in spec.root.args if name in read and name not in spec.args)
        return self._extras[spec]

    def is_frozen_somewhere(self, spec: ModelSpec) -> bool:
        """Whether a block is given `trainable` anywhere, or one that it stands in."""
        return spec in self.calls.frozen

    def has_dtype(self, spec: ModelSpec) -> bool:
        """Whether a block is given a dtype anywhere, or one that it stands in, or the model."""
        return spec in self.calls.typed

    def class_of(self, type_name: str) -> str:
        """What makes a layer of this type."""
        if type_name == "Weight":
            self.helpers.add("Weight")
            return "Weight"
        return f"layers.{type_name}"

    def ports_of(self, spec: ModelSpec, plan: Plan, plans: Plans) -> tuple[str, ...] | None:
        """The ports of an entry's layer; None for one that takes no input."""
        if plan.is_reuse:
            return self.ports_of(spec, plans.find_target(target_of(plan.entry))[0], plans)
        nodes = self.uses.nodes_of(plan.entry)
        layer: Layer | type[Layer] | None = nodes[0][0].layer if nodes else None
        if layer is None:
            block = spec.find_block(str(plan.entry.key.value))
            if block is not None:
                return tuple(block.inputs)
            layer = find(str(plan.entry.key.value))
        assert layer is not None
        return None if layer.is_source or not layer.ports else layer.ports




def _names_in(node: Node | None) -> set[str]:
    if node is None:
        return set()
    if isinstance(node, ScalarNode):
        return set(names_in(node.value)) if reads_names(node) else set()
    return {name for item in (node.fields.values() if isinstance(node, MappingNode) else node.items) for name in _names_in(item)}


def docstring(text: str) -> list[str]:
    """A description as a docstring."""
    if not text:
        return []
    lines = textwrap.wrap(text.replace("\\", "\\\\").replace('"""', "'''"), WIDTH - INDENT - 3)
    body = [" " * INDENT + line for line in lines]
    body[0] = f'{" " * INDENT}"""{lines[0]}'
    if len(lines) == 1 and len(body[0]) + 3 <= WIDTH:
        return [body[0] + '"""']
    return [*body, " " * INDENT + '"""']


def _plain(value: Any) -> Any:
    """A value of a scope as a literal."""
    from shapecalc.layers.arguments.plain import plain_number

    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return plain_number(value)
