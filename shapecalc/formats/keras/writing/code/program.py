"""A report as a Python module: a function for the model and one for each of its blocks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import clean
from shapecalc.dims import Dim
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.formats.keras.writing.code.arguments import Expressions, reads_names
from shapecalc.formats.keras.writing.code.function import FunctionWriter
from shapecalc.formats.keras.writing.code.helpers import HELPERS
from shapecalc.formats.keras.writing.code.layout import (
    INDENT,
    WIDTH,
    Code,
    Group,
    call,
    keyword,
    lay_out,
    sequence,
    tuple_of,
)
from shapecalc.formats.keras.writing.code.literals import write_default, write_literal, write_text
from shapecalc.formats.keras.writing.code.module import Module
from shapecalc.model.values import is_required

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.model.spec import ModelSpec


class Program:
    """Writes the functions of a report, each after those that it calls."""

    def __init__(self, report: Report) -> None:
        assert report.walk is not None
        self.report = report
        self.scope = report.walk.graph.scope
        self.module = Module(report)
        self.root = self.module.root

    def write(self) -> str:
        """The whole module. Raises NoForm."""
        functions = [self.block(spec, name) for spec, name in self.module.functions.items()] + [self.model()]
        return assemble(functions, self.module.helpers)

    def model(self) -> str:
        """The function of the model."""
        function = FunctionWriter(self.module, self.root)
        scope = self.scope
        read = {
            *self.module.names_read(self.root),
            *(name for spec in self.module.functions for name in self.module.extras(spec)),
        }
        read |= {name for name in function.names if name not in self.root.args}
        parameters: list[Code] = []
        for name, node in function.names.items():
            if isinstance(scope.get(name), Dim) or name not in read:
                continue
            parameters.append(keyword(node, write_default(_plain(scope[name]))))
        if self.root.dtype is not None:
            function.add("dtype = ", write_literal(self.report.dtype))
        self.add_inputs(function)
        function.add_entries()
        outputs = function.outputs()
        inputs = list(function.inputs.values())
        ends = [codes[0] if len(codes) == 1 else sequence([*codes]) for codes in (inputs, outputs)]
        name = self.report.name.replace("/", "_")
        function.add("return ", call("keras.Model", *ends, keyword("name", write_text(name))))
        head = lay_out("def build_model", Group("(", tuple(parameters), ")"), ":")
        return "\n".join([*head, *docstring(self.root.description), *function.lines]) + "\n"

    def add_inputs(self, function: FunctionWriter) -> None:
        """The inputs of the model."""
        for name, tensor in self.report.inputs.items():
            shape = self.input_shape(function, name)
            arguments: list[Code] = [shape]
            batch = tensor.shape[0] if tensor.shape.ndim else None
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

    def block(self, spec: ModelSpec, name: str) -> str:
        """The function of a block."""
        function = FunctionWriter(self.module, spec)
        function.add_entries()
        function.add("return ", ", ".join(function.outputs()))
        head = lay_out(f"def {name}", Group("(", tuple(self.parameters(spec, function)), ")"), ":")
        return "\n".join([*head, *docstring(spec.description), *function.lines]) + "\n"

    def parameters(self, spec: ModelSpec, function: FunctionWriter) -> list[Code]:
        """The parameters of a block's function: tensors, then what is given by name alone."""
        found: list[Code] = [*function.inputs.values(), "*"]
        writer = Expressions(spec, {}, [])
        for name, default in spec.args.items():
            own = self.module.parameter(name)
            if is_required(default):
                found.append(own)
            elif reads_names(default):  # which is worked out in the function
                found.append(keyword(own, "None"))
            else:
                found.append(keyword(own, write_default(writer.read(default))))
        found += [self.module.parameter(name) for name in self.module.extras(spec)]
        if self.module.is_frozen_somewhere(spec):
            found.append("trainable=True")
        if self.module.has_dtype(spec):
            found.append("dtype=None")
        return [*found, "name"]


def docstring(text: str) -> list[str]:
    """A description as a docstring."""
    if not text:
        return []
    lines = textwrap.wrap(clean(text).replace("\\", "\\\\").replace('"', "'"), WIDTH - INDENT - 6)
    if not lines:
        return []
    body = [" " * INDENT + line for line in lines]
    body[0] = f'{" " * INDENT}"""{lines[0]}'
    if len(lines) == 1:
        return [body[0] + '"""']
    return [*body, " " * INDENT + '"""']


def _plain(value: Any) -> Any:
    """A value of a scope as a literal."""
    from shapecalc.layers.arguments.plain import convert_fraction

    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return convert_fraction(value)


def assemble(functions: list[str], helpers: set[str], comment: str = "") -> str:
    """The text of a module of these functions."""
    body = "\n\n".join([*[HELPERS[name] for name in sorted(helpers)], *functions])
    if "make_divisible(" in body:
        body = HELPERS["make_divisible"] + "\n\n" + body
    text = "".join([body, '\n\nif __name__ == "__main__":\n    build_model().summary()\n'])
    imports = [comment, "import math\n\n" if "math." in text else "", "import keras\n"]
    names = [name for name in ("layers", "ops") if f"{name}." in text]
    imports.append(f"from keras import {', '.join(names)}\n" if names else "")
    return "".join(imports) + "\n\n" + text
