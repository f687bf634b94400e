"""What a YAML text is read as: plain values, and findings on a line each."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Diagnostic
from shapecalc.model.document import Mapping, Node, Sequence, read, resolve


def plain(node: Node | None) -> Any:
    """The nodes as plain values."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.fields.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node is None else resolve(node)


def fault(text: str | bytes) -> Diagnostic:
    """The only finding."""
    (found,) = read(text, "m.yaml").diagnostics
    return found


def shown(text: str | bytes) -> str:
    """The only finding: place, code, message, help."""
    found = fault(text)
    assert found.span is not None
    return f"{found.span.line}:{found.span.column}-{found.span.end} {found.code} {found.message} | {found.help}"
