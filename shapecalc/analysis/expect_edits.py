"""Edits that write the present numbers of a model into its `expect`, and leave everything else as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
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
from shapecalc.dims import parse_size, symbols
from shapecalc.document.edits import TextEdits
from shapecalc.document.ignores import read_ignores, silence
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.document.spots import Spot, pair_fields, pair_items, read_spots

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.diagnostics import Edit
    from shapecalc.dims import Shape, Size
    from shapecalc.document.nodes import Node

_COLON = re.compile(r"\s*:")
_ANCHOR = re.compile(r"&\S+\s*")


def list_expect_edits(report: Report, add: Iterable[str] = ()) -> list[Edit]:
    """Edits after which every exact number and shape that `expect` states is true, as far as it says so itself.

    Bounds, `$` expressions, formulas in arguments that have values, and expectations that are not compared, or whose
    findings a comment silences, stay.
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


class _ListWish(NamedTuple):
    """What one expectation wants a list to hold; `texts` is None where it is content with what it holds."""

    spot: Spot
    items: tuple[Spot, ...]
    texts: tuple[str, ...] | None
    kept: tuple[bool, ...]
    """Whether each item may stay as it is written."""
    whole: str


class _Change(NamedTuple):
    """A text to put in the place of what stands from one position to another."""

    start: int
    end: int
    text: str


class _PlainJudge(Judge):
    """A judge that looks for no way out: what is not met is about to be."""

    def find_help(self, wanted: Shape, actual: Shape, subject: str, output: str) -> None:
        return None


class _Updater:
    """Collects what the expectations of a model want to stand where, then writes what they agree about.

    A value with an anchor is changed only where all that it is read by want the same; else an alias is replaced.
    """

    def __init__(self, report: Report, edits: TextEdits) -> None:
        self.report = report
        self.edits = edits
        self.text = report.spec.document.text
        self.judge = _PlainJudge(report)
        ignores = read_ignores(report.spec.document)
        self.comments = ignores.comments if ignores is not None else []
        self.wishes: dict[int, list[_Wish]] = {}
        self.lists: dict[int, list[_ListWish]] = {}

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
                    row = self.report.find_row(path.value)
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
            items = list(pair_items(node, spot))
            for shape, (item, inner) in zip(shapes, items, strict=False):
                self.update_shape(shape, item, inner, subject)
            if len(shapes) != len(items) and not self.judge.changed:
                texts = [write_list(shape) for shape in shapes]
                wanted = tuple(map(str, texts))
                size = self.plan_size(spot.resolved, [inner for _, inner in items], wanted, f"[{', '.join(wanted)}]")
                if None not in texts and size is not None and spot.resolved.count_paths() == 1:
                    self.edits.replace(*size)
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
        """The sizes of a list: those that are met keep their text, and it is changed as a whole or not at all."""
        kept = tuple(
            position < len(actual) and self.is_met(item, actual[position])
            for position, (item, _) in enumerate(items, 1)
        )
        texts = [write_item(size) for size in actual[1:]]
        own = any(self.is_own(item) for (item, _), met in zip(items, kept, strict=True) if not met)
        wanted = None if not unmet or own or None in texts else tuple(map(str, texts))
        wish = _ListWish(spot, tuple(inner for _, inner in items), wanted, kept, str(write_list(actual)))
        self.lists.setdefault(id(spot.resolved), []).append(wish)

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
        """Whether an expectation is compared, not met, and not left so on purpose, by a comment that silences it.

        One that says nothing yet wants to be filled in.
        """
        if isinstance(node, ScalarNode) and resolve(node) is None:
            return not self.judge.changed
        findings = self.judge.findings.diagnostics
        before = len(findings)
        compare()
        return any(finding.code == "SC501" for finding in silence(findings[before:], self.comments))

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
        for lists in self.lists.values():
            self.write_list(lists)
        for wishes in self.wishes.values():
            self.write_place(wishes)

    def write_place(self, wishes: list[_Wish]) -> None:
        """Writes what all that is said of one place agrees about; else each alias of it by itself."""
        place = wishes[0].spot.resolved
        if len({wish.text for wish in wishes}) == 1 and len(wishes) == place.count_paths():
            if wishes[0].text is not None:
                self.replace_scalar(place, wishes[0].text)
            return
        for wish in wishes:
            if wish.text is not None:
                self.replace_alias(wish.spot, wish.text)

    def write_list(self, wishes: list[_ListWish]) -> None:
        """As `write_place`, of a list; its items say what they want in turn."""
        first = wishes[0]
        place = first.spot.resolved
        agreed = len({wish.texts for wish in wishes}) == 1 and len(wishes) == place.count_paths()
        size = None if first.texts is None else self.plan_size(place, first.items, first.texts, first.whole)
        changes = agreed and first.texts is not None and size is not None and self.has_own_items(first, place)
        if changes and size is not None and size.start < size.end + len(size.text):
            self.edits.replace(*size)
        if not agreed:
            for wish in wishes:
                if wish.texts is not None:
                    self.replace_alias(wish.spot, wish.whole)
        for wish in wishes:
            for position, item in enumerate(wish.items):
                new = changes and not wish.kept[position] and first.texts is not None and position < len(first.texts)
                self.want(item, first.texts[position] if new and first.texts is not None else None)

    def has_own_items(self, wish: _ListWish, place: Spot) -> bool:
        """Whether each item that is to change is read by nothing but its list, or stands in it by an alias."""
        return all(
            kept or (item.count_paths() == place.count_paths() and (item.target is None or place.count_paths() == 1))
            for item, kept in zip(wish.items, wish.kept, strict=True)
        )

    def replace_alias(self, spot: Spot, text: str) -> None:
        """Puts a text in the place of an alias that nothing else is read by."""
        if spot.target is not None and spot.count_paths() == 1:
            self.edits.replace(spot.start.index, spot.end.index, text)

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
        elif start == end and anchor:
            text = f" {text}"
        elif start == end and spot.key is not None:
            start, text = self.place_behind_key(spot, spot.key, text)
            end = start
        self.edits.replace(start, end, text)

    def place_behind_key(self, spot: Spot, key: Spot, text: str) -> tuple[int, str]:
        """Where a value is put that is not there yet, and its text with what it needs before it."""
        colon = _COLON.match(self.text, key.end.index)
        if colon is None:
            return key.end.index, f": {text}"
        between = self.text[colon.end() : spot.start.index]
        if between and not between.strip(" \t"):
            return spot.start.index, text
        return colon.end(), f" {text}"

    def plan_size(self, place: Spot, items: Sequence[Spot], texts: tuple[str, ...], whole: str) -> _Change | None:
        """The change that appends items to a list, or takes some from its end, so that it has one for each text.

        A list that had no items, or has none, gives way to `whole`.
        None where that cannot be done, or comments would be lost.
        """
        end = place.end.index
        if len(texts) == len(items) > 0:
            return _Change(end, end, "")
        if not items or not texts:
            start = place.start.index
            is_plain = place.is_flow and not place.anchor and "#" not in self.text[start:end]
            return _Change(start, end, whole) if is_plain else None
        if len(texts) > len(items):
            return self.plan_items(place, items, texts[len(items) :])
        start, end = items[len(texts) - 1].end.index, items[-1].end.index
        if not place.is_flow:
            start, end = self.edits.find_line_end(start), self.edits.find_line_end(end)
        return None if "#" in self.text[start:end] else _Change(start, end, "")

    def plan_items(self, place: Spot, items: Sequence[Spot], texts: tuple[str, ...]) -> _Change:
        """The change that puts items at the end of a list, in its style."""
        last = items[-1].end.index
        if place.is_flow:
            between = self.text[items[0].end.index : items[1].start.index] if len(items) > 1 else ", "
            gap = between if re.fullmatch(r",\s*", between) else ", "
            return _Change(last, last, "".join(gap + text for text in texts))
        end = self.edits.find_line_end(last)
        lead = "\n" + " " * place.start.column + "- "
        return _Change(end, end, "".join(lead + text for text in texts))
