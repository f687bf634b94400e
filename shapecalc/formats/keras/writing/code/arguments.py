"""Arguments of layers, as they stand in a spec, as Python: literals, and `$` expressions in the names of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.formats.flat_model import plain_arguments
from shapecalc.formats.keras.writing.code.expressions import in_python
from shapecalc.formats.keras.writing.code.layout import Code, sequence, tuple_of
from shapecalc.formats.keras.writing.code.literals import write_literal, write_object, write_value
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.formats.keras.writing.json import single_item
from shapecalc.model.values import Values

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.base import Layer
    from shapecalc.model.spec import ModelSpec

_WINDOWS = ("kernel_size", "strides", "pool_size", "dilation_rate", "padding", "cropping", "size")
"""Arguments of which one number stands for as many as there are axes."""


class Expressions:
    """Writes the values of one spec: `names` are the Python names of what `$name` reads, `scopes` what it read."""

    def __init__(self, spec: ModelSpec, names: dict[str, str], scopes: list[dict[str, Any]]) -> None:
        self.spec = spec
        self.names = names
        self.scopes = scopes

    def write(self, node: Node) -> Code:
        """A value by itself. Raises NoForm."""
        if not reads_names(node):
            return write_literal(self.read(node))
        if isinstance(node, ScalarNode):
            source = in_python(node.value, self.names, self.scopes)
            if source is None:
                raise NoForm(f"`{node.value}` has no form in Python that comes to the same")
            return source
        if isinstance(node, SequenceNode):
            items = [self.write(item) for item in node.items]
            return tuple_of(items) if len(items) <= 4 else sequence(items)
        raise NoForm("a mapping of expressions has no form in Python")

    def write_argument(self, node: Node, argument: Arg[Any], owner: type[Layer]) -> Code | None:
        """The value of an argument; None where it says what the default says. Raises NoForm."""
        if reads_names(node):
            only = node.only() if isinstance(node, MappingNode) else None
            if only is None or not isinstance(only[1], MappingNode):
                return self.write(node)
            given = {key: self.write(item) for key, item in only[1].fields.items()}
            return write_object(argument, str(only[0].value), given)
        value = self.read(node)
        held = argument.read(value, owner)
        if not argument.required and held == argument.default_for(owner):
            return None
        plain = plain_arguments(owner(**{argument.name: held}), self.spec.name, call=argument.call)[argument.name]
        if type(value) is int and argument.name in _WINDOWS:
            plain = value
        return write_value(argument, single_item(owner.type_name, argument.name, plain))

    def read(self, node: Node) -> Any:
        """The value of a node without expressions."""
        return Values(self.spec, {}, []).read(node)


def reads_names(node: Node) -> bool:
    """Whether an expression stands in a value."""
    if isinstance(node, ScalarNode):
        value = resolve(node)
        return isinstance(value, str) and "$" in value
    return any(map(reads_names, node.fields.values() if isinstance(node, MappingNode) else node.items))
