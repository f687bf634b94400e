"""A spec of a family with other arguments, as a text: expectations of the one that it was written for are left out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fault
from shapecalc.document.files import Reader
from shapecalc.document.nodes import MappingNode
from shapecalc.document.read import read
from shapecalc.formats.huggingface.tables import read_plain
from shapecalc.formats.model_files import SpecText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapecalc.formats.huggingface.config import Argument


def fill_spec(path: str, name: str, arguments: Mapping[str, Argument]) -> SpecText:
    """The spec of the family at a path, with these arguments and this name. Raises Fault."""
    document = read(Reader().read(path), path)
    root = document.root
    if document.diagnostics or not isinstance(root, MappingNode):
        raise Fault(*document.diagnostics)
    starts = [key.start_mark.line for key in root.keys]
    ends = [*starts[1:], len(document.lines)]
    lines, places = [f"name: {name}"], ["model_type"]
    for key, start, end in zip(root.keys, starts, ends, strict=True):
        if key.value == "args":
            written = _write_arguments(read_plain(root.fields["args"]), arguments)
            lines += [line for line, _ in written]
            places += [place for _, place in written]
        elif key.value not in ("name", "expect"):
            lines += document.lines[start:end]
            places += [f"{os.path.basename(path)}:{number + 1}" for number in range(start, end)]
    text = "\n".join(lines) + "\n"
    return SpecText(text.encode("utf-8", "replace"), os.path.dirname(path), places)


def _write_arguments(defaults: dict[str, Any], arguments: Mapping[str, Argument]) -> list[tuple[str, str]]:
    """The lines of `args`, each with the keys of the config that it comes from."""
    written = [("args:", "model_type")]
    for name, default in defaults.items():
        argument = arguments.get(name)
        value, keys = (default, ()) if argument is None else (argument.value, argument.keys)
        written.append((f"  {name}: {json.dumps(value, ensure_ascii=False)}", ", ".join(keys) or "model_type"))
    return written
