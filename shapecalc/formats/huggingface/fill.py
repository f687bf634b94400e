"""A spec of a family with other arguments, as a text: expectations of the one that it was written for are left out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from shapecalc.document.files import Reader
from shapecalc.formats.huggingface.tables import read_plain
from shapecalc.formats.made_spec import SpecText
from shapecalc.formats.spec_pieces import split_spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecalc.formats.huggingface.argument import Argument


def fill_spec(path: str, name: str, arguments: Mapping[str, Argument]) -> SpecText:
    """The spec of the family at a path, with these arguments and this name. Raises Fault."""
    lines, places = [f"name: {name}"], ["model_type"]
    for piece in split_spec(Reader().read(path), path):
        if piece.key == "args":
            written = _write_arguments(read_plain(piece.value), arguments)
            lines += [line for line, _ in written]
            places += [place for _, place in written]
        elif piece.key not in ("name", "expect"):
            lines += piece.lines
            places += [f"{os.path.basename(path)}:{piece.first + number}" for number in range(1, len(piece.lines) + 1)]
    text = "\n".join(lines) + "\n"
    return SpecText(text.encode("utf-8", "replace"), os.path.dirname(path), places)


def read_defaults(path: str) -> dict[str, Any]:
    """The arguments of the spec at a path with their defaults, in which expressions are still texts. Raises Fault."""
    pieces = split_spec(Reader().read(path), path)
    defaults: dict[str, Any] = next(read_plain(piece.value) for piece in pieces if piece.key == "args")
    return defaults


def _write_arguments(defaults: dict[str, Any], arguments: Mapping[str, Argument]) -> list[tuple[str, str]]:
    """The lines of `args`, each with the keys of the config that it comes from."""
    written = [("args:", "model_type")]
    for name, default in defaults.items():
        argument = arguments.get(name)
        value, keys = (default, ()) if argument is None else (argument.value, argument.keys)
        written.append((f"  {name}: {json.dumps(value, ensure_ascii=False)}", ", ".join(keys) or "model_type"))
    return written
