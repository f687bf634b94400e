"""The names that a model offers to whoever types: what can be set, the values it may take, the paths of layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.dims import parse_shape, symbols
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.arguments.words import ActivationKind, ChoiceKind, DtypeKind, FlagKind, InitializerKind
from shapecalc.layers.catalogue import find
from shapecalc.model.declarations import is_size_name
from shapecalc.model.values import is_required

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.document.nodes import Node
    from shapecalc.layers.arguments.kind import Kind
    from shapecalc.model.spec import ModelSpec

_MOST_BLOCKS = 50


class Setting(NamedTuple):
    """What `--set` gives a value: an argument with the text of its default, or a declared size, which has none."""

    name: str
    default: str | None = None
    is_size: bool = False


def list_settings(spec: ModelSpec) -> list[Setting]:
    """The arguments of a model, then the sizes that its inputs and its batch declare."""
    settings = {
        name: Setting(name, None if is_required(node) else write_value(node)) for name, node in spec.args.items()
    }
    nodes = [*spec.inputs.values(), spec.batch_size]
    for name in (name for node in nodes if node is not None for name in _list_sizes(node)):
        settings.setdefault(name, Setting(name, is_size=True))
    return list(settings.values())


def write_value(node: Node) -> str | None:
    """A value as it may be typed behind `--set NAME=`; None where it is no number, word or short list of these."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    if not isinstance(node, SequenceNode) or len(node.items) > 8:
        return None
    items = [str(item.value) if isinstance(item, ScalarNode) else None for item in node.items]
    return None if None in items else f"[{', '.join(map(str, items))}]"


def _list_sizes(node: Node) -> Iterator[str]:
    """The names that the shape of an input declares."""
    if isinstance(node, MappingNode):
        for key in ("shape", "batch_shape"):
            if key in node.fields:
                yield from _list_sizes(node.fields[key])
    elif isinstance(node, SequenceNode):
        for item in node.items:
            if isinstance(item, ScalarNode):
                yield from _list_sizes(item)
    else:
        value = resolve(node)
        if isinstance(value, str) and is_size_name(value):
            yield value
        elif isinstance(value, str) and value.lstrip()[:1] == "(":
            try:
                yield from (name for size in parse_shape(value) for name in sorted(symbols(size)))
            except ValueError:
                return


def list_values(spec: ModelSpec, name: str) -> list[str]:
    """The words that an argument may be set to: those of the layers' arguments that read it, `activation: $name`."""
    words: dict[str, None] = {}
    for kind in _list_readers(spec, name, set()):
        words |= dict.fromkeys(list_words(kind))
    default = spec.args.get(name)
    if isinstance(default, ScalarNode) and isinstance(resolve(default), bool):
        words |= dict.fromkeys(("true", "false"))
    return list(words)


def list_words(kind: Kind) -> list[str]:
    """The words that a kind of argument takes; none where it takes other values."""
    from shapecalc.layers.arguments.names import ACTIVATIONS, DTYPES, INITIALIZERS, POLICIES

    if isinstance(kind, FlagKind):
        return ["true", "false"]
    if isinstance(kind, ChoiceKind):
        return [option for option in kind.options if option]
    if isinstance(kind, ActivationKind):
        return list(ACTIVATIONS)
    if isinstance(kind, DtypeKind):
        return [*DTYPES, *POLICIES]
    return list(INITIALIZERS) if isinstance(kind, InitializerKind) else []


def _list_readers(spec: ModelSpec, name: str, seen: set[tuple[int, str]]) -> Iterator[Kind]:
    """The kinds of the arguments whose value is `$name`, in blocks too that it is handed to."""
    if (id(spec), name) in seen or len(seen) > _MOST_BLOCKS:
        return
    seen.add((id(spec), name))
    for entry in spec.entries:
        wiring = entry.wiring.fields if entry.wiring is not None else {}
        if _is_read(wiring.get("if"), name):
            yield FlagKind()
        yield from _list_readers_of(spec, entry.key, entry.args, name, seen)


def _list_readers_of(
    spec: ModelSpec, key: ScalarNode, args: Node | None, name: str, seen: set[tuple[int, str]]
) -> Iterator[Kind]:
    """The kinds of the arguments of one layer or block that read `$name`."""
    block = spec.find_block(str(key.value))
    if block is not None and name not in block.args:  # a block sees what surrounds it
        yield from _list_readers(block, name, seen)
    if not isinstance(args, MappingNode):
        return
    layer_type = find(str(key.value)) if block is None else None
    for argument, node in args.fields.items():
        inner = node.only() if isinstance(node, MappingNode) else None
        if inner is not None:
            yield from _list_readers_of(spec, *inner, name, seen)
        elif not _is_read(node, name):
            continue
        elif block is not None:
            yield from _list_readers(block, argument, seen)
        elif layer_type is not None and argument in layer_type.args:
            yield layer_type.args[argument].kind


def _is_read(node: Node | None, name: str) -> bool:
    """Whether a value is `$name` and nothing else."""
    return isinstance(node, ScalarNode) and node.value == f"${name}"


def list_paths(rows: list[Row], prefix: str = "") -> Iterator[tuple[str, Row]]:
    """The layers by their paths, each before those within it, in a block or by a wrapper."""
    for row in rows:
        yield prefix + row.name, row
        yield from list_paths(row.parts, f"{prefix}{row.name}/")
