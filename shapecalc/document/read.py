"""YAML text to nodes that know where they stand.

The nodes are built straight from libyaml's event stream. A scalar's node is the event itself; mappings and sequences
keep the mark of their start, so a position costs nothing until a message asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from shapecalc.diagnostics import Fault, Span, error
from shapecalc.document.builder import Builder
from shapecalc.document.files import MAX_BYTES
from shapecalc.document.nodes import (
    MAX_DIGITS,
    Document,
    Node,
    ScalarNode,
    is_number,
    list_children,
)

if TYPE_CHECKING:
    from shapecalc.document.scene import AnswerCall


def read(data: bytes | str, file: str, answer_call: AnswerCall | None = None) -> Document:
    """Read one YAML document. Never raises: what is wrong stands in the document's `diagnostics`."""
    document = Document(file, "")
    try:
        _decode(data, document)
        has_long_lines = max(map(len, document.text.split("\n"))) > MAX_DIGITS
        root = Builder(document).build()
        if has_long_lines:
            _refuse_long_numbers(root, document)
        document.root = root
    except Fault as fault:
        document.diagnostics.extend(fault.diagnostics)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML passes on exceptions of Python's: surrogates, escapes beyond Unicode, versions of 5,000 digits.
        from shapecalc.document.faults import translate

        document.diagnostics.append(translate(error, document, answer_call))
    return document


def _decode(data: bytes | str, document: Document) -> None:
    """Fill in the document's text, or report why the bytes are no text."""
    if len(data) > MAX_BYTES:
        message = f"{len(data):,} bytes; a spec may have {MAX_BYTES:,}"
        raise Fault(error("SC602", message, Span(document.file, 0, 0, 0)))
    if isinstance(data, bytes):
        try:
            document.text = data.decode("utf-8")
        except UnicodeDecodeError as failure:
            from shapecalc.document.faults import report_undecodable

            document.text = data.decode("utf-8", "replace")
            raise Fault(report_undecodable(failure, document.file)) from None
    else:
        document.text = data
    document.text = document.text.removeprefix("\ufeff")


def _refuse_long_numbers(root: Node, document: Document) -> None:
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ScalarNode):
            if id(node) not in seen:
                seen.add(id(node))
                waiting.extend(list_children(node))
        elif len(node.value) > MAX_DIGITS and not node.style and is_number(node.value):
            message = f"a number of more than {MAX_DIGITS:,} digits"
            raise Fault(error("SC602", message, document.span(node), help="quote it if it is text"))
