"""The key `active` of a spec: the part of its weights that one token needs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.model.values import UNREAD

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.values import Values


def read_active(values: Values, node: Node) -> int | Fraction:
    """The part that a node says; 1 where it was reported that it says none."""
    value = values.read(node)
    if value is UNREAD:
        return 1
    part = Fraction(repr(value)) if isinstance(value, float) and 0 < value <= 1 else value
    if not isinstance(part, int | Fraction) or isinstance(part, bool) or not 0 < part <= 1:
        message = f"`active` is a number above 0 and at most 1, got {as_yaml(value)}"
        values.findings.error("SC204", message, node, help="write what is used through all: `$chosen / $experts`")
        return 1
    return part
