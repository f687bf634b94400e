"""The text of a spec in pieces, one for each of its keys, and with the files of its blocks written in."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from shapecalc.diagnostics import Fault
from shapecalc.document.files import Reader
from shapecalc.document.nodes import MappingNode, Node
from shapecalc.document.read import read

_FILE = re.compile(r"( +)(\w+): \{file: ([\w./-]+)\}\s*\Z")
_OF_FILES = ("name", "expect")
"""Keys that say something of the spec in a file, and nothing of a block."""


class Piece(NamedTuple):
    """A key at the top of a spec, its lines, the first of which is that of the key, and its value."""

    key: str
    first: int
    lines: list[str]
    value: Node


def split_spec(text: bytes | str, file: str) -> list[Piece]:
    """The pieces of a spec. Raises Fault where it is no mapping."""
    document = read(text, file)
    root = document.root
    if document.diagnostics or not isinstance(root, MappingNode):
        raise Fault(*document.diagnostics)
    starts: list[int] = [document.span(key).line - 1 for key in root.keys]
    ends = [*starts[1:], len(document.lines)]
    return [
        Piece(str(key.value), start, document.lines[start:end], root.fields[key.value])
        for key, start, end in zip(root.keys, starts, ends, strict=True)
    ]


def inline_blocks(text: str, folder: str) -> str:
    """A spec of this package with the files of its blocks written in; paths are relative to `folder`. Raises Fault."""
    lines: list[str] = []
    for line in text.splitlines():
        match = _FILE.match(line)
        if match is None:
            lines.append(line)
            continue
        indent, name, path = match.groups()
        lines.append(f"{indent}{name}:")
        lines += [f"{indent}  {inner}".rstrip() for inner in _read_block(os.path.join(folder, path))]
    return "\n".join(lines) + "\n"


def _read_block(path: str) -> list[str]:
    """The lines of a block that stands in a file. Raises Fault."""
    pieces = split_spec(Reader().read(path), path)
    text = "\n".join(line for piece in pieces if piece.key not in _OF_FILES for line in piece.lines)
    return inline_blocks(text, os.path.dirname(path)).rstrip("\n").split("\n")
