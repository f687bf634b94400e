"""What a YAML text is read as: plain values, and findings on a line each."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Diagnostic
from shapecalc.document.nodes import MappingNode, Node, SequenceNode, resolve
from shapecalc.document.read import read


def plain(node: Node | None) -> Any:
    """The nodes as plain values."""
    if isinstance(node, MappingNode):
        return {key: plain(value) for key, value in node.fields.items()}
    if isinstance(node, SequenceNode):
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
