"""Edits that write the present numbers of a model into its `expect`, and leave everything else as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from shapecalc.analysis.expect import (
    NAME,
    OF_LAYER,
    QUANTITIES,
    Judge,
    is_size,
    parse_bound,
    read_of_model,
    read_of_row,
    read_size,
)
from shapecalc.analysis.expect_additions import KEYS, Additions
from shapecalc.analysis.expect_texts import split_shape, write_count, write_item, write_list, write_shape_text
from shapecalc.analysis.expect_wishes import ListWish, Wishes
from shapecalc.dims import parse_size, symbols
from shapecalc.document.edits import TextEdits
from shapecalc.document.ignores import read_ignores, silence
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.document.spots import pair_fields, pair_items, read_spots

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.diagnostics import Edit
    from shapecalc.dims import Shape, Size
    from shapecalc.document.nodes import Node
    from shapecalc.document.spots import Spot


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
    updater.wishes.write()
    return edits.edits


def _knows_keys(expect: MappingNode) -> bool:
    """Whether all keys have a meaning: one without may be the rest of a value that a comma has split."""
    layers = expect.fields.get("layers")
    wanted = layers.fields.values() if isinstance(layers, MappingNode) else ()
    return set(KEYS) >= expect.fields.keys() and all(
        set(KEYS) >= layer.fields.keys() for layer in wanted if isinstance(layer, MappingNode)
    )


class _PlainJudge(Judge):
    """A judge that looks for no way out: what is not met is about to be."""

    def find_help(self, wanted: Shape, actual: Shape, subject: str, output: str) -> None:
        return None


class _Updater:
    """Collects what the expectations of a model want to stand where."""

    def __init__(self, report: Report, edits: TextEdits) -> None:
        self.report = report
        self.wishes = Wishes(edits)
        self.judge = _PlainJudge(report)
        ignores = read_ignores(report.spec.document)
        self.comments = ignores.comments if ignores is not None else []
        self.fills = False
        """Whether keys without a value are given one."""

    # Which expectations there are

    def update_model(self, expect: MappingNode, spot: Spot) -> None:
        outputs = {name: tensor.shape for name, tensor in self.report.outputs.items()}
        self.fills = not self.judge.changed and _knows_keys(expect)
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
            elif key.value in OF_LAYER:
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
                if None not in texts:
                    self.wishes.resize(spot.resolved, [inner for _, inner in items], tuple(map(str, texts)))
        elif actual:
            self.update_shape(next(iter(actual.values())), node, spot, subject)

    # What they want

    def update_quantity(self, key: str, actual: Size | None, node: Node, spot: Spot, subject: str) -> None:
        if isinstance(node, ScalarNode):
            unmet = self.is_unmet(node, lambda: self.judge.compare_quantity(key, actual, node, subject))
            unmet = unmet or (isinstance(actual, int) and self.is_lost_formula(node))
            text = None if actual is None or not unmet or self.is_own(node) else write_count(node.value, actual)
            self.wishes.want(spot, text)

    def update_shape(self, actual: Shape, node: Node, spot: Spot, subject: str) -> None:
        unmet = self.is_unmet(node, lambda: self.judge.compare_shape(actual, node, subject, ""))
        if isinstance(node, ScalarNode):
            self.wishes.want(spot, self.write_shape(actual, node) if unmet else None)
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
        inner = tuple(inner for _, inner in items)
        self.wishes.want_list(ListWish(spot, inner, wanted, kept, str(write_list(actual))))

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
            return self.fills
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
