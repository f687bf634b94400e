"""Nodes to the configs of blocks: a block's spec with the values of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fix, did_you_mean, shorten
from shapecalc.layers.base import Layer
from shapecalc.model.block import Block
from shapecalc.model.values import UNREAD, Values, is_required

if TYPE_CHECKING:
    from shapecalc.document.nodes import MappingNode, ScalarNode
    from shapecalc.model.context import Context
    from shapecalc.model.spec import ModelSpec

_COMMON = ("trainable", "dtype")
"""What every block takes besides its own arguments, and its name."""


def build_block(
    values: Values, spec: ModelSpec, key: ScalarNode, args: MappingNode | None, context: Context, dtype: str
) -> Layer | None:
    """The config of the block `spec`, whose arguments are read by `values`; None where something was reported."""
    findings = values.findings
    before = len(findings)
    own, common = _read_arguments(values, spec, key, args)
    scope = _fill_scope(values, spec, own)
    if len(findings) > before:
        return None
    if spec.dtype is not None and "dtype" not in common:
        inside = Values(spec, scope, findings.diagnostics)
        own_dtype = inside.read_argument(Layer.args["dtype"], spec.dtype, Layer, spec.name)
        if own_dtype is not UNREAD:
            common["dtype"] = own_dtype
    common.setdefault("dtype", dtype)
    # Equal blocks are one config, so that they are walked once: blocks of blocks would double at every level.
    memo = (spec, key.value, *map(_freeze, scope.items()), *map(_freeze, common.items()))
    layer = context.configs.get(memo)
    if layer is None:
        layer = context.configs[memo] = Block(spec, scope, context, str(key.value), **common)
    return layer


def _read_arguments(
    values: Values, spec: ModelSpec, key: ScalarNode, args: MappingNode | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a block's own arguments, and of those that every block takes."""
    own: dict[str, Any] = {}
    common: dict[str, Any] = {}
    present = set(args.fields) if args else set()
    for name_node in args.keys if args else ():
        name = str(name_node.value)
        node = args.fields[name]  # type: ignore[union-attr]  # a key of it was met
        if name in spec.args:
            own[name] = values.read(node)
        elif name in _COMMON:
            common[name] = values.read_argument(Layer.args[name], node, Layer, spec.name)
        elif name != "name":
            guess = did_you_mean(name, spec.args) or ""
            present.add(guess)
            takes = f"it takes {', '.join(spec.args)}"
            if not spec.args:
                takes = f"it takes no arguments: `args: {{{shorten(name)}: ...}}` in the block declares one"
            help: str | Fix = takes
            if guess:
                from shapecalc.document.fixes import suggest

                help = suggest(values.document, name_node, guess, spec.args)
            message = f"the block {shorten(spec.name)} has no argument `{shorten(name)}`"
            values.findings.error("SC202", message, name_node, help=help)
    missing = [name for name, default in spec.args.items() if is_required(default) and name not in present]
    if missing:
        shown = ", ".join(f"{name}: ..." for name in missing)
        message = f"the block {shorten(spec.name)} needs {list_arguments(missing)}"
        values.findings.error("SC203", message, key, help=f"write `{shorten(spec.name)}: {{{shown}}}`")
    return own, common


def _fill_scope(outer: Values, spec: ModelSpec, own: dict[str, Any]) -> dict[str, Any]:
    """What `$name` reads inside a block: the model's arguments, then its own, as they are set or by default."""
    scope = {}
    if spec.parent is not None:
        scope = {name: outer.scope[name] for name in spec.root.args if name in outer.scope}
    defaults = Values(spec, scope, outer.findings.diagnostics)
    defaults.assumed = outer.assumed
    for name, default in spec.args.items():
        if name in own:
            scope[name] = own[name]
        elif not is_required(default):
            scope[name] = defaults.read(default)
    return scope


def list_arguments(names: list[str]) -> str:
    """`the argument `a``, `the arguments `a` and `b``."""
    listed = " and ".join(f"`{shorten(name)}`" for name in names)
    return f"the argument {listed}" if len(names) == 1 else f"the arguments {listed}"


def _freeze(value: object) -> object:
    """A value as a key of a dictionary: hashable, and different for 1 and true, which Python takes for equal."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_freeze, value))
    if isinstance(value, dict):
        return tuple((name, _freeze(item)) for name, item in value.items())
    return value.__class__, value
