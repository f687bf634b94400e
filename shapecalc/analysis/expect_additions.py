"""Keys that `check --update-expect --add` puts into `expect`, in the style of what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.expect import QUANTITIES, read_of_model
from shapecalc.analysis.expect_texts import write_list, write_size
from shapecalc.diagnostics import yaml_escapes
from shapecalc.document.flow import write_flow
from shapecalc.document.nodes import MappingNode

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.dims import Shape
    from shapecalc.document.edits import TextEdits
    from shapecalc.document.nodes import Node
    from shapecalc.document.spots import Spot

KEYS = (*QUANTITIES, "output", "outputs", "layers")
"""The keys of `expect`, in the order in which new ones are written."""

_GROUPED = re.compile(r"\d,\d{3}\b")
_INDENT = "  "


class _Pair(NamedTuple):
    """A key with its value in flow style, or with pairs below it that may stand line by line."""

    key: str
    value: str
    pairs: Sequence[_Pair] = ()


class Additions:
    """The keys that are to be added to the `expect` of a model."""

    def __init__(self, report: Report, edits: TextEdits, wanted: set[str]) -> None:
        self.report = report
        self.edits = edits
        self.text = report.spec.document.text
        self.wanted = wanted
        self.quoted = False
        self.grouped = False

    def add_to(self, root: Spot, expect: Node | None, spot: Spot | None) -> None:
        """Puts in the keys that are wanted and not there; `spot` is that of the value of `expect`."""
        if not self.wanted or root.target is not None:
            return
        self.quoted = root.is_flow and bool(root.keys) and root.keys[0].style == '"'
        if isinstance(expect, MappingNode) and spot is not None:
            if spot.resolved.count_paths() == 1 and set(KEYS) >= expect.fields.keys():
                self.add_to_mapping(expect, spot)
            return
        pairs = [pair for pair in map(self.make_pair, KEYS) if pair is not None and pair.key in self.wanted]
        if not pairs or (expect is not None and str(getattr(expect, "value", "")) not in ("", "~", "null")):
            return
        if spot is not None:
            self.fill(spot, pairs)
        elif root.is_flow:
            self.insert_in_braces(root, len(root.keys) - 1, [_Pair("expect", self.write_flow(pairs))])
        else:
            self.append(root, pairs)

    def add_to_mapping(self, expect: MappingNode, spot: Spot) -> None:
        numbers = [self.text[value.start.index : value.end.index] for value in spot.items if value.kind == "scalar"]
        self.grouped = not spot.is_flow and any(map(_GROUPED.search, numbers))
        missing = [key for key in KEYS if key in self.wanted and key not in expect.fields]
        self.insert(spot, [pair for pair in map(self.make_pair, missing) if pair is not None], KEYS)
        layers = expect.fields.get("layers")
        if "layers" in self.wanted and isinstance(layers, MappingNode):
            rows = self.list_rows()
            pairs = [pair for row in rows if row.name not in layers.fields and (pair := self.make_layer(row))]
            inner = next(value for key, value in zip(expect.keys, spot.items, strict=False) if key.value == "layers")
            if inner.target is None and inner.count_paths() == 1:
                self.insert(inner, pairs, [row.name for row in rows])

    # What is added

    def list_rows(self) -> list[Row]:
        return [row for row in self.report.rows if row.node.entry is not None]

    def make_pair(self, key: str) -> _Pair | None:
        """A key of the model with its value; None where that is not known."""
        outputs = {name: tensor.shape for name, tensor in self.report.outputs.items()}
        if key == "layers":
            pairs = [pair for row in self.list_rows() if (pair := self.make_layer(row))]
            return _Pair(key, self.write_flow(pairs), pairs) if pairs else None
        if key in ("output", "outputs"):
            return self.make_shapes(key, outputs)
        size = read_of_model(self.report, key)
        text = None if size is None else write_size(size)
        if text is not None and self.grouped and isinstance(size, int):
            text = f"{size:,}"
        return None if text is None else _Pair(key, text)

    def make_layer(self, row: Row) -> _Pair | None:
        """A layer with its parameters and shapes."""
        outputs = {name: tensor.shape for name, tensor in row.outputs.items()}
        params = write_size(row.params)
        pairs = [] if params is None else [_Pair("params", params)]
        shapes = self.make_shapes("outputs" if len(outputs) > 1 else "output", outputs)
        pairs += [shapes] if shapes is not None else []
        return _Pair(row.name, self.write_flow(pairs)) if pairs else None

    def make_shapes(self, key: str, outputs: dict[str, Shape]) -> _Pair | None:
        """The first shape for `output`, all by name for `outputs`."""
        texts = {name: write_list(shape) for name, shape in outputs.items()}
        if key == "output":
            texts = dict(list(texts.items())[:1])
        if not texts or None in texts.values():
            return None
        if key == "output":
            return _Pair(key, str(next(iter(texts.values()))))
        return _Pair(key, self.write_flow([_Pair(name, str(text)) for name, text in texts.items()]))

    # How it is written

    def write_key(self, key: str) -> str:
        return yaml_escapes(f'"{key}"') if self.quoted else write_flow(key)

    def write_pair(self, pair: _Pair) -> str:
        return f"{self.write_key(pair.key)}: {pair.value}"

    def write_flow(self, pairs: Sequence[_Pair]) -> str:
        return f"{{{', '.join(map(self.write_pair, pairs))}}}"

    def write_lines(self, pairs: Sequence[_Pair], indent: str) -> list[str]:
        """Pairs line by line, those with pairs below them over several."""
        lines = []
        for pair in pairs:
            if pair.pairs:
                lines.append(f"{indent}{self.write_key(pair.key)}:")
                lines += self.write_lines(pair.pairs, indent + _INDENT)
            else:
                lines.append(indent + self.write_pair(pair))
        return lines

    # Where it is written

    def insert(self, spot: Spot, pairs: list[_Pair], order: Sequence[str]) -> None:
        """Puts pairs into a mapping: each behind the last key that stands before it in the order."""
        places = {name: position for position, name in enumerate(order)}
        groups: dict[int, list[_Pair]] = {}
        for pair in pairs:
            before = [
                position
                for position, key in enumerate(spot.keys)
                if places.get(self.read_key(key), len(places)) < places[pair.key]
            ]
            groups.setdefault(max(before, default=-1), []).append(pair)
        for position, group in groups.items():
            if spot.is_flow:
                self.insert_in_braces(spot, position, group)
            else:
                self.insert_lines(spot, position, group)

    def read_key(self, key: Spot) -> str:
        return self.text[key.start.index : key.end.index].strip("'\"")

    def insert_in_braces(self, spot: Spot, position: int, pairs: list[_Pair]) -> None:
        texts = [self.write_pair(pair) for pair in pairs]
        if position >= 0:
            end = max(spot.items[position].end.index, spot.keys[position].end.index)
            self.edits.replace(end, end, "".join(f", {text}" for text in texts))
        elif spot.keys:
            start = spot.keys[0].start.index
            self.edits.replace(start, start, "".join(f"{text}, " for text in texts))
        else:
            start = self.text.index("{", spot.start.index) + 1
            self.edits.replace(start, start, ", ".join(texts))

    def insert_lines(self, spot: Spot, position: int, pairs: list[_Pair]) -> None:
        indent = " " * spot.keys[0].start.column
        lines = self.write_lines(pairs, indent)
        if position >= 0:
            end = self.edits.find_line_end(max(spot.items[position].end.index, spot.keys[position].end.index))
            self.edits.replace(end, end, "".join(f"\n{line}" for line in lines))
        else:
            start = spot.keys[0].start.index
            text = "".join(f"{line}\n" for line in lines)
            self.edits.replace(start, start, text[len(indent) :] + indent)

    def fill(self, spot: Spot, pairs: list[_Pair]) -> None:
        """Puts pairs where `expect` has no value."""
        parent = spot.parent
        if spot.start.index < spot.end.index or parent is None or parent.is_flow:
            lead = " " if self.text[spot.start.index - 1] == ":" else ""
            self.edits.replace(spot.start.index, spot.end.index, lead + self.write_flow(pairs))
            return
        end = self.edits.find_line_end(spot.end.index)
        lines = self.write_lines(pairs, " " * parent.keys[0].start.column + _INDENT)
        self.edits.replace(end, end, "".join(f"\n{line}" for line in lines))

    def append(self, root: Spot, pairs: list[_Pair]) -> None:
        """Puts `expect` with pairs at the end of a spec that has none, before a mark that ends the document."""
        end = len(self.text)
        closing = re.compile(r"^\.\.\.(?=\s|\Z)", re.MULTILINE).search(self.text, root.end.index)
        if closing is not None:
            end = closing.start()
        ends_line = self.text[end - 1 : end] in ("\n", "\r")
        lines = self.write_lines([_Pair("expect", "", pairs)], " " * root.keys[0].start.column)
        text = "\n".join(lines)
        self.edits.replace(end, end, f"{text}\n" if ends_line else f"\n{text}")
