"""What is meant at a place in a spec: a layer type, an argument of one, a reference, an expectation, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from shapecalc.model.references import WIRING

if TYPE_CHECKING:
    from shapecalc.lsp.context import Context, Step
    from shapecalc.model.spec import ModelSpec

Kind: TypeAlias = Literal[
    "top key", "block key", "block name", "block file", "declared argument", "input key", "dtype", "size",
    "batch size", "list of entries", "entry", "entry key", "layer", "argument", "argument value", "call argument",
    "call value", "reference", "port", "layer name", "reuse key", "condition", "rounds", "expect key", "expect layer",
    "layer expect key", "expected value", "text", "part",
]  # fmt: skip
"""What may stand at a place: see `completion.py` for what is offered at each."""


class Meaning(NamedTuple):
    """What is meant at a place. `blocks` are the names of the blocks that it lies in, `entry` is the position of its
    entry in `layers`, `type_name` what that entry calls, or the layer that stands within it; `name` is the argument, or
    the path in `expect`.
    """

    kind: Kind
    blocks: tuple[str, ...] = ()
    entry: int | None = None
    type_name: str = ""
    name: str = ""


def find_meaning(context: Context) -> Meaning | None:
    """What is meant where a context says; None where nothing is known of it."""
    return _find_in_spec(context, context.path, 0, ())


def find_spec(root: ModelSpec | None, blocks: tuple[str, ...]) -> ModelSpec | None:
    """The spec of a block by the names of the blocks that it stands in; of another file too."""
    spec = root
    for name in blocks:
        spec = spec.blocks.get(name) if spec is not None else None
    return spec


def _find_in_spec(context: Context, path: tuple[Step, ...], level: int, blocks: tuple[str, ...]) -> Meaning | None:
    """The meaning of a path that begins at a spec, whose keys are those of the mapping at a level."""
    if not path:
        return Meaning("block key" if blocks else "top key", blocks) if context.is_key else None
    key, rest = path[0], path[1:]
    if key == "layers":
        return _find_in_layers(context, rest, level + 1, blocks)
    if key == "blocks":
        if len(rest) < 2 and not (rest and context.is_key):
            return None if rest else Meaning("block name", blocks)
        name = str(rest[0])
        if rest[1:] == ("file",) and not context.is_key:
            return Meaning("block file", blocks)
        return _find_in_spec(context, rest[1:], level + 2, (*blocks, name))
    if key in ("input", "inputs"):
        return _find_in_inputs(context, rest if key == "input" else rest[1:], blocks, bool(rest))
    if key == "outputs":
        return None if context.is_key else Meaning("reference", blocks, None)
    if key == "dtype" and not rest:
        return Meaning("dtype", blocks)
    if key == "args":
        return Meaning("declared argument", blocks) if len(rest) == 1 and not context.is_key else None
    if key == "batch_size" and not rest:
        return Meaning("batch size", blocks)
    if key == "expect" and not blocks:
        return _find_in_expect(context, rest)
    return Meaning("text", blocks) if not context.is_key else None


def _find_in_inputs(
    context: Context, rest: tuple[Step, ...], blocks: tuple[str, ...], has_name: bool
) -> Meaning | None:
    if context.is_key:
        return Meaning("input key", blocks) if not rest and has_name else None
    if rest == ("dtype",):
        return Meaning("dtype", blocks, name="input")
    return Meaning("size", blocks)


def _find_in_layers(context: Context, rest: tuple[Step, ...], level: int, blocks: tuple[str, ...]) -> Meaning | None:
    if not rest:
        return Meaning("list of entries", blocks)
    entry = rest[0] if isinstance(rest[0], int) else None
    if len(rest) == 1:
        keys = context.keys[level] if len(context.keys) > level else ()
        has_type = any(key not in WIRING for key in keys)
        type_name = next((key for key in keys if key not in WIRING), "")
        if not context.is_key:
            return Meaning("entry", blocks, entry)
        return Meaning("entry key" if has_type else "entry", blocks, entry, type_name)
    keys = context.keys[level] if len(context.keys) > level else ()
    type_name = next((key for key in keys if key not in WIRING), "")
    key, inner = str(rest[1]), rest[2:]
    if key in WIRING:
        return _find_in_wiring(context, key, inner, Meaning("port", blocks, entry, type_name))
    if key == "reuse":
        if context.is_key:
            return Meaning("reuse key", blocks, entry)
        return Meaning("layer name", blocks, entry) if inner in ((), ("layer",)) else None
    return _find_in_call(context, key, inner, blocks, entry)


def _find_in_wiring(context: Context, key: str, inner: tuple[Step, ...], call: Meaning) -> Meaning | None:
    if key == "from":
        return call if context.is_key and not inner else call._replace(kind="reference")
    if key == "call":
        if not inner:
            return call._replace(kind="call argument")
        return call._replace(kind="call value", name=str(inner[0]))
    if context.is_key:
        return None
    return call._replace(kind="condition" if key == "if" else "rounds")


def _find_in_call(
    context: Context, type_name: str, inner: tuple[Step, ...], blocks: tuple[str, ...], entry: int | None
) -> Meaning | None:
    """The meaning within the arguments of a type; the type may stand within another."""
    if not inner:
        return Meaning("argument", blocks, entry, type_name)
    name = str(inner[0])
    inner = inner[1:]
    if holds_layers(type_name, name):
        while inner and isinstance(inner[0], int):
            inner = inner[1:]
        if not inner:
            return Meaning("layer", blocks, entry, type_name, name)
        if inner[0] == "reuse":
            return Meaning("layer name", blocks, entry)
        return _find_in_call(context, str(inner[0]), inner[1:], blocks, entry)
    if inner and isinstance(inner[0], str):
        return Meaning("part", blocks, entry, type_name, inner[0]) if context.is_key else None
    return Meaning("argument value", blocks, entry, type_name, name)


def holds_layers(type_name: str, argument: str) -> bool:
    """Whether an argument of a type is a layer, or a list of layers."""
    from shapecalc.layers.catalogue import find

    layer_type = find(type_name)
    declared = layer_type.args.get(argument) if layer_type is not None else None
    return declared is not None and declared.holds_layers


def _find_in_expect(context: Context, rest: tuple[Step, ...]) -> Meaning | None:
    if not rest:
        return Meaning("expect key")
    if rest[0] != "layers":
        return Meaning("expected value", name=str(rest[0])) if not context.is_key else None
    if len(rest) == 1:
        return Meaning("expect layer")
    path = str(rest[1])
    if len(rest) == 2:
        return Meaning("layer expect key", name=path)
    return Meaning("expected value", type_name=path, name=str(rest[2])) if not context.is_key else None
