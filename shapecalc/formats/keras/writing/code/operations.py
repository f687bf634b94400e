"""Calls of functions of keras.ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode
from shapecalc.formats.keras.writing.code.arguments import reads_names
from shapecalc.formats.keras.writing.code.layout import Call, Code, call, keyword, sequence, write_flat
from shapecalc.formats.keras.writing.code.literals import write_list
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.ops.slicing import KeyKind, key_text

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.formats.keras.writing.code.arguments import Expressions
    from shapecalc.formats.keras.writing.code.plan import Fed
    from shapecalc.layers.base import Layer


def write_operation(type_name: str, args: Node | None, fed: Fed, writer: Expressions) -> Code:
    """A call of `ops.NAME`: tensors and the constants in their place in order, the rest by name."""
    layer_type = find(type_name)
    assert layer_type is not None
    fields = args.fields if isinstance(args, MappingNode) else {}
    if type_name == "ops.get_item":
        return f"{fed['x']}[{_write_key(fields['key'], layer_type, writer)}]"
    operands: tuple[str, ...] = getattr(layer_type, "operands", ())
    codes = _write_tensors(layer_type, operands, fields, fed, writer)
    if type_name == "ops.einsum":
        subscripts = write_flat(writer.write(fields["subscripts"])).replace(" ", "")
        return call(type_name, subscripts, *codes)
    return Call(type_name, (*codes, *write_arguments(layer_type, fields, writer, leave_out=operands)))


def write_arguments(
    layer_type: type[Layer], fields: dict[str, Node], writer: Expressions, leave_out: tuple[str, ...] = ()
) -> list[Code]:
    """The arguments that are given, by their names."""
    codes: list[Code] = []
    for argument in layer_type.args.values():
        if argument.name in fields and argument.name not in leave_out:
            code = writer.write_argument(fields[argument.name], argument, layer_type)
            codes += [] if code is None else [keyword(argument.name, code)]
    return codes


def _write_tensors(
    layer_type: type[Layer], operands: tuple[str, ...], fields: dict[str, Node], fed: Fed, writer: Expressions
) -> list[Code]:
    """What the ports are fed: constants that stand among the arguments, and for the rest the tensors in order."""
    waiting = iter([fed[name] for name in operands if name in fed])
    codes: list[Code] = []
    for name in map(port_name, layer_type.ports):
        if name in operands and name in fields:
            codes.append(_write_constant(fields[name], writer, layer_type.type_name))
            continue
        item = next(waiting) if name in operands else fed.get(name)
        if isinstance(item, list) and layer_type.type_name == "ops.einsum":
            codes += item
        elif item is not None:
            codes.append(sequence([*item]) if isinstance(item, list) else item)
    return codes


def _write_key(node: Node, layer_type: type[Layer], writer: Expressions) -> str:
    """What stands between brackets. Raises NoForm for what is read from an argument, but for a position."""
    if not reads_names(node):
        return key_text(KeyKind().read(writer.read(node), layer_type))
    if isinstance(node, ScalarNode):
        raise NoForm("a key that is read from an argument")
    entries = []
    for item in node.items if isinstance(node, SequenceNode) else []:
        if reads_names(item):
            entries.append(write_flat(writer.write(item)))
        else:
            entries.append(key_text(KeyKind().read([writer.read(item)], layer_type)))
    return ", ".join(entries)


def _write_constant(node: Node, writer: Expressions, type_name: str) -> Code:
    """A number, or an array in the place of a tensor."""
    code = writer.write(node)
    if isinstance(code, str):
        return code
    numbers = write_list(writer.read(node))
    return numbers if type_name == "ops.take" else call("ops.convert_to_tensor", numbers)
