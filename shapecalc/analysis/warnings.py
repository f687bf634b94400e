"""What is not wrong, but not what the author meant either: deprecated types, lost masks, declarations without a use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from yaml.events import ScalarEvent

from shapecalc.analysis.masks import loses_mask, made_within
from shapecalc.diagnostics import Diagnostic, shorten
from shapecalc.model.document import Mapping, children

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.model.document import Node
    from shapecalc.model.spec import ModelSpec

_READ = re.compile(r"\$\{?([^\W\d]\w*)")


def warnings(report: Report) -> list[Diagnostic]:
    """Every warning of a model that has no errors, each once."""
    found = [one for row in report.rows for one in _of_row(row)]
    return list(dict.fromkeys(found + list(_unused(report.spec))))


def deprecations(report: Report) -> list[Diagnostic]:
    """The warnings of deprecated types alone."""
    return [one for one in warnings(report) if one.code == "SC209"]


def _of_row(row: Row) -> Iterator[Diagnostic]:
    entry, layer = row.node.entry, row.node.layer
    if entry is None or layer is None:
        return
    span = row.walk.graph.document.span(entry.key)
    if layer.deprecated:
        message = f"`{layer.type_name}` is deprecated"
        yield Diagnostic("SC209", "warning", row.name, message, span, help=f"write `{layer.deprecated}`")
    if loses_mask(row):
        mixed = layer.masking == "pass"
        when = "hands on a mask only where all it is fed have one" if mixed else "does not hand on the mask it is fed"
        message = f"{layer.type_name} {when}: from here on padded steps count as data"
        more = "mask its other inputs too" if mixed else "start no mask"
        help = f"put it behind the layers that use the mask, or {more}"
        yield Diagnostic("SC505", "warning", row.name, message, span, help=help)
    maker = made_within(row)
    if maker is not None:
        message = f"the mask that {maker} starts within a step never leaves it: from here on padded steps count as data"
        help = _without_steps(maker)
        yield Diagnostic("SC505", "warning", row.name, message, span, help=help)
    for inner in row.rows:
        yield from _of_row(inner)


def _without_steps(maker: str) -> str:
    """The way out where a mask is started within each step."""
    if maker == "Masking":
        return "write `Masking` without `TimeDistributed`: it masks the steps whose every feature is `mask_value`"
    if maker == "Embedding":
        return "write `Embedding` without `TimeDistributed`: it takes ids of any shape, and its mask has their shape"
    return f"let the layers that use the mask stand within `{maker}` too"


def _unused(spec: ModelSpec) -> Iterator[Diagnostic]:
    """Arguments and blocks that a spec declares and nothing in it names."""
    texts = _texts(spec.node)
    read = {name for text in texts if "$" in text for name in _READ.findall(text)}
    for name in spec.args:
        if name not in read:
            help = f"read it with `${shorten(name)}`, or delete it"
            yield _never(spec, "args", name, f"the argument `{shorten(name)}` is never read", help)
    called = {text for user in _with_blocks(spec) for text in _texts(user.node.fields.get("layers"))}
    for name in spec.blocks:
        if name not in called:
            yield _never(spec, "blocks", name, f"the block `{shorten(name)}` is never used", "use it, or delete it")
    for block in spec.blocks.values():
        if block is not None and block.parent is spec:
            yield from _unused(block)


def _never(spec: ModelSpec, key: str, name: str, message: str, help: str) -> Diagnostic:
    """The warning at the key that declares a name."""
    declared = spec.node.fields[key]
    span = spec.document.key_span(declared, name) if isinstance(declared, Mapping) else spec.document.span(declared)
    return Diagnostic("SC506", "warning", "", message, span, help=help)


def _with_blocks(spec: ModelSpec) -> Iterator[ModelSpec]:
    """A spec and the blocks that stand in it, at any depth."""
    yield spec
    for block in spec.blocks.values():
        if block is not None and block.parent is spec:
            yield from _with_blocks(block)


def _texts(node: Node | None) -> set[str]:
    """Every key and every value below a node."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [] if node is None else [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ScalarEvent):
            found.add(inner.value)
        elif id(inner) not in seen:
            seen.add(id(inner))
            found.update(inner.fields if isinstance(inner, Mapping) else ())
            waiting += children(inner)
    return found
