"""Edits that write the present numbers of a model into its `expect`, and leave everything else as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.expect import (
    NAME,
    QUANTITIES,
    Judge,
    is_size,
    parse_bound,
    read_of_model,
    read_of_row,
    read_size,
)
from shapecalc.analysis.expect_additions import Additions
from shapecalc.analysis.expect_texts import split_shape, write_count, write_item, write_list, write_shape_text
from shapecalc.analysis.report import find_row
from shapecalc.dims import parse_size, symbols
from shapecalc.document.edits import TextEdits
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.document.spots import Spot, pair_fields, pair_items, read_spots

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.diagnostics import Edit
    from shapecalc.dims import Shape, Size
    from shapecalc.document.nodes import Node

_ANCHOR = re.compile(r"&\S+\s*")


def list_expect_edits(report: Report, add: Iterable[str] = ()) -> list[Edit]:
    """Edits after which every exact number and shape that `expect` states is true, as far as it says so itself.

    Bounds, `$` expressions, formulas in arguments that have values, and expectations that are not compared stay.
    `add` names keys that are to be written even where they are not there; `layers` are those without expectations.
    """
    document = report.spec.document
    if report.walk is None or not report.ok or document.places or not isinstance(document.root, MappingNode):
        return []
    root = read_spots(document.text)
    if root is None:
        return []
    edits = TextEdits(document)
    updater = _Updater(report, edits)
    pairs = {str(key.value): (value, spot) for key, value, _, spot in pair_fields(document.root, root)}
    expect, spot = pairs.get("expect", (None, None))
    if isinstance(expect, MappingNode) and spot is not None:
        updater.update_model(expect, spot)
    if not updater.judge.changed:
        Additions(report, edits, set(add)).add_to(root, expect, spot)
    updater.write()
    return edits.edits


class _Wish(NamedTuple):
    """What one expectation wants to stand at a spot; `text` is None where it is content with what stands there."""

    spot: Spot
    text: str | None


class _Whole(NamedTuple):
    """A shape that an alias stands for: the text to put in place of the alias where its sizes cannot be changed."""

    alias: Spot
    text: str
    sizes: list[Spot]


class _Updater:
    """Collects what the expectations of a model want to stand where, then writes what they agree about.

    A value with an anchor is changed only where all that it is read by want the same; else an alias is replaced.
    """

    def __init__(self, report: Report, edits: TextEdits) -> None:
        self.report = report
        self.edits = edits
        self.text = report.spec.document.text
        self.judge = Judge(report)
        self.wishes: dict[int, list[_Wish]] = {}
        self.wholes: list[_Whole] = []

    # Which expectations there are

    def update_model(self, expect: MappingNode, spot: Spot) -> None:
        outputs = {name: tensor.shape for name, tensor in self.report.outputs.items()}
        for key, value, _, inner in pair_fields(expect, spot):
            if key.value in QUANTITIES:
                self.update_quantity(key.value, read_of_model(self.report, key.value), value, inner, "")
            elif key.value in ("output", "outputs"):
                self.update_outputs(outputs, value, inner, "")
            elif key.value == "layers" and isinstance(value, MappingNode):
                for path, wanted, _, layer in pair_fields(value, inner):
                    row = find_row(self.report.rows, path.value)
                    if row is not None and isinstance(wanted, MappingNode):
                        self.update_layer(row, wanted, layer, path.value)

    def update_layer(self, row: Row, wanted: MappingNode, spot: Spot, path: str) -> None:
        outputs = {name: tensor.shape for name, tensor in row.outputs.items()}
        for key, value, _, inner in pair_fields(wanted, spot):
            if key.value in ("output", "outputs"):
                self.update_outputs(outputs, value, inner, path)
            elif key.value in QUANTITIES and key.value != "peak_activation":
                self.update_quantity(key.value, read_of_row(row, key.value), value, inner, path)

    def update_outputs(self, actual: dict[str, Shape], node: Node, spot: Spot, subject: str) -> None:
        if isinstance(node, MappingNode):
            for key, value, _, inner in pair_fields(node, spot):
                if key.value in actual:
                    self.update_shape(actual[key.value], value, inner, subject)
        elif isinstance(node, SequenceNode) and node.items and isinstance(node.items[0], SequenceNode):
            shapes = list(actual.values())
            for shape, (item, inner) in zip(shapes, pair_items(node, spot), strict=False):
                self.update_shape(shape, item, inner, subject)
            if len(shapes) != len(node.items) and not self.judge.changed:
                texts = [write_list(shape) for shape in shapes]
                if None not in texts:
                    self.resize(spot, list(map(str, texts)), len(node.items))
        elif actual:
            self.update_shape(next(iter(actual.values())), node, spot, subject)

    # What they want

    def update_quantity(self, key: str, actual: Size | None, node: Node, spot: Spot, subject: str) -> None:
        if isinstance(node, ScalarNode):
            unmet = self.is_unmet(node, lambda: self.judge.compare_quantity(key, actual, node, subject))
            unmet = unmet or (isinstance(actual, int) and self.is_lost_formula(node))
            text = None if actual is None or not unmet or self.is_own(node) else write_count(node.value, actual)
            self.want(spot, text)

    def update_shape(self, actual: Shape, node: Node, spot: Spot, subject: str) -> None:
        unmet = self.is_unmet(node, lambda: self.judge.compare_shape(actual, node, subject, ""))
        if isinstance(node, ScalarNode):
            self.want(spot, self.write_shape(actual, node) if unmet else None)
        elif isinstance(node, SequenceNode):
            self.update_sizes(actual, list(pair_items(node, spot)), spot, unmet)

    def update_sizes(self, actual: Shape, items: list[tuple[Node, Spot]], spot: Spot, unmet: bool) -> None:
        """The sizes of a list, each for itself: those that are met keep their text."""
        kept = [
            not unmet or (position < len(actual) and self.is_met(item, actual[position]))
            for position, (item, _) in enumerate(items, 1)
        ]
        texts = [write_item(size) for size in actual[1:]]
        own = any(self.is_own(item) for (item, _), met in zip(items, kept, strict=True) if not met)
        if own or None in texts or (unmet and not actual):
            kept, texts = [True] * len(items), [None] * len(items)
        for (_, inner), met, text in zip(items, kept, texts, strict=False):
            self.want(inner, None if met else text)
        if len(texts) != len(items) and unmet and spot.target is None:
            self.resize(spot, list(map(str, texts)), len(items))
        if spot.target is not None and not all(kept):
            self.wholes.append(_Whole(spot, str(write_list(actual)), [inner.resolved for _, inner in items]))

    def write_shape(self, actual: Shape, node: ScalarNode) -> str | None:
        """The text of a shape that stands as text; None where it is the user's own, or has none."""
        value = resolve(node)
        if value is None:
            return write_list(actual)
        texts = split_shape(str(value))
        if "$" in str(value) or any(write_item(size) is None for size in actual):
            return None
        try:
            sizes = [parse_size(text) for text in texts]
        except ValueError:
            return None
        kept = [
            is_size(self.judge.bind_size(size), actual[position]) if position < len(actual) else False
            for position, size in enumerate(sizes)
        ]
        if any(self.reads_values(text) for text, met in zip(texts, kept, strict=True) if not met):
            return None
        return write_shape_text(str(value), actual, kept)

    def is_unmet(self, node: Node, compare: Callable[[], None]) -> bool:
        """Whether an expectation is compared and not met; one that says nothing yet wants to be filled in."""
        if isinstance(node, ScalarNode) and resolve(node) is None:
            return not self.judge.changed
        findings = self.judge.findings.diagnostics
        before = len(findings)
        compare()
        return any(finding.code == "SC501" for finding in findings[before:])

    def is_lost_formula(self, node: ScalarNode) -> bool:
        """Whether a count is a formula in symbols that the model has no more: `192*T`, where the count is a number."""
        value = resolve(node)
        if not isinstance(value, str) or value.strip().isidentifier() or self.judge.is_skipped(node):
            return False
        try:
            return bool(symbols(parse_size(value)))
        except ValueError:
            return False

    def is_met(self, item: Node, size: Size) -> bool:
        """Whether the size that stands in a list is the actual one."""
        try:
            return is_size(self.judge.bind_size(read_size(self.judge.read(item))), size)
        except ValueError:
            return False

    def is_own(self, node: Node) -> bool:
        """Whether a value is a bound, or an expression that has its value from elsewhere: the user's own words."""
        value = resolve(node) if isinstance(node, ScalarNode) else None
        if not isinstance(value, str):
            return False
        try:
            return "$" in value or parse_bound(value)[0] != "=="
        except ValueError:
            return self.reads_values(value)

    def reads_values(self, formula: str) -> bool:
        """Whether a formula has a name in it that has a value here, so that it says more than a number would."""
        return any(isinstance(self.judge.scope.get(name), int) for name in NAME.findall(formula))

    def want(self, spot: Spot, text: str | None) -> None:
        self.wishes.setdefault(id(spot.resolved), []).append(_Wish(spot, text))

    # What is written

    def write(self) -> None:
        changed = {id(wishes[0].spot.resolved) for wishes in self.wishes.values() if self.write_place(wishes)}
        for whole in self.wholes:
            wanted = [wish for size in whole.sizes for wish in self.wishes.get(id(size), ()) if wish.text is not None]
            left = not whole.sizes or any(id(wish.spot.resolved) not in changed for wish in wanted)
            if (left or not wanted) and whole.alias.count_paths() == 1:
                self.edits.replace(whole.alias.start.index, whole.alias.end.index, whole.text)

    def write_place(self, wishes: list[_Wish]) -> bool:
        """Writes what all that is said of one place agrees about, and whether it did; else each alias by itself."""
        place = wishes[0].spot.resolved
        texts = {wish.text for wish in wishes}
        if len(texts) == 1 and len(wishes) == place.count_paths():
            if None not in texts:
                self.replace_scalar(place, str(wishes[0].text))
            return True
        for wish in wishes:
            if wish.spot.target is not None and wish.text is not None and wish.spot.count_paths() == 1:
                self.edits.replace(wish.spot.start.index, wish.spot.end.index, wish.text)
        return False

    def replace_scalar(self, spot: Spot, text: str) -> None:
        """Puts a text in the place of a scalar's, within its quotes and behind its anchor."""
        start, end = spot.start.index, spot.end.index
        anchor = _ANCHOR.match(self.text, start, end) if spot.anchor else None
        start = anchor.end() if anchor else start
        if spot.style in ("'", '"'):
            start, end = start + 1, end - 1
        elif spot.style:  # a block scalar: what stands below its first line
            body = re.compile(r"[^\r\n]*\s*(.*?)\s*", re.DOTALL).fullmatch(self.text, start, end)
            start, end = body.span(1) if body else (start, end)
            text = text.strip()
        elif start == end:
            before = self.text[:start].rstrip()
            text = (" " if self.text[start - 1 : start] not in (" ", "\t", "\n") else "") + text
            if not before.endswith(":") and not spot.anchor:
                text = ":" + text
        self.edits.replace(start, end, text)

    def resize(self, spot: Spot, texts: list[str], count: int) -> None:
        """Appends items to a list that has `count`, or takes some from its end; not where comments would be lost."""
        place = spot.resolved
        if place.count_paths() != 1:
            return
        if not count or not texts:
            start, end = place.start.index, place.end.index
            if place.is_flow and "#" not in self.text[start:end] and not place.anchor:
                self.edits.replace(start, end, f"[{', '.join(texts)}]")
            return
        if len(texts) > count:
            self.append_items(place, texts[count:])
            return
        start = place.items[len(texts) - 1].end.index
        end = place.items[count - 1].end.index
        if not place.is_flow:
            start, end = self.edits.find_line_end(start), self.edits.find_line_end(end)
        if "#" not in self.text[start:end]:
            self.edits.replace(start, end, "")

    def append_items(self, place: Spot, texts: list[str]) -> None:
        last = place.items[-1].end.index
        if place.is_flow:
            between = self.text[place.items[0].end.index : place.items[1].start.index] if len(place.items) > 1 else ", "
            gap = between if re.fullmatch(r",\s*", between) else ", "
            self.edits.replace(last, last, "".join(gap + text for text in texts))
        else:
            end = self.edits.find_line_end(last)
            lead = "\n" + " " * place.start.column + "- "
            self.edits.replace(end, end, "".join(lead + text for text in texts))
