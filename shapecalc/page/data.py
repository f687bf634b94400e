"""What a page knows of a model: its graphs, and of each layer the formulas of its numbers and their derivations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from shapecalc.analysis.costs import activation_bytes
from shapecalc.analysis.explain import Explanation, Product, explain_row
from shapecalc.analysis.reasons import Note
from shapecalc.analysis.report import Report, Row
from shapecalc.diagnostics import Diagnostic, clean
from shapecalc.dims import Relation, Size, add_up, symbol
from shapecalc.document.nodes import MappingNode, ScalarNode
from shapecalc.inference.masks import write_mask
from shapecalc.inference.parts import Parts
from shapecalc.inference.walk import walk_within
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.values import Inferred
from shapecalc.page.formulas import Table
from shapecalc.page.live import Live
from shapecalc.page.scenes import list_scenes
from shapecalc.render.explain import factors_text

MOST_ROWS = 5_000
"""Most layers that a page lists; a model of more is shown with its rounds folded alone."""

BATCH = symbol("batch")


def write_page_data(live: Live, base: Report, findings: Iterable[Diagnostic], lines: list[str]) -> dict[str, Any]:
    """The data of a page. `base` is the model as it is written, `lines` those of its spec."""
    report = live.report
    writer = _Writer(report.file)
    rows = writer.write_rows(report.rows, base.rows)
    return {
        "name": clean(base.name),
        "description": clean(base.spec.description),
        "file": clean(base.file),
        "controls": [
            [clean(control.name), writer.table.write(control.value), control.kind] for control in live.controls
        ],
        "scenes": list_scenes(base),
        "rows": rows,
        "calls": writer.calls,
        "outputs": [
            [clean(name), [writer.table.write(size) for size in tensor.shape]]
            for name, tensor in report.outputs.items()
        ],
        "atoms": writer.table.atoms,
        "totals": {
            "params": writer.table.write(report.params),
            "trainable": writer.table.write(report.trainable),
            "macs": writer.table.write(report.macs),
            "bytes": writer.table.write(report.weights_bytes),
        },
        "findings": [_write_finding(finding) for finding in findings],
        "lines": lines,
    }


def _write_finding(finding: Diagnostic) -> dict[str, Any]:
    span = finding.span
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": clean(f"{finding.subject}: {finding.message}" if finding.subject else finding.message),
        "help": clean(str(finding.help or "")),
        "line": span.line if span is not None else 0,
    }


class _Writer:
    """Writes rows. What is the same of several is written once, in `calls`, and rows say which it is."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.table = Table()
        self.calls: list[dict[str, Any]] = []
        self.places: dict[tuple[object, ...], int] = {}
        self.written: dict[str, int] = {}
        self.count = 0

    def write_rows(self, rows: list[Row], plain: list[Row]) -> list[dict[str, Any]]:
        """Rows on symbols, each with the row of the model as it is written."""
        return [self.write_row(*pair) for pair in zip(rows, plain, strict=True)]

    def write_row(self, row: Row, plain: Row) -> dict[str, Any]:
        """A layer: its name, place, and what it is fed; its numbers are those of its call."""
        self.count += 1
        data: dict[str, Any] = {"name": clean(row.name), "call": self.find_call(row, plain)}
        if row.line is not None:
            data["line"] = row.line
            if row.file != self.file:
                data["file"] = clean(row.file)
        if row.reused:
            data["shares"] = clean(row.node.weights_of)
        if row.inputs:
            data["inputs"] = [clean(name) for name in row.inputs]
        mask = write_mask(row.walk, row.node)
        if mask:
            data["mask"] = clean(mask)
        parts = row.parts if self.count < MOST_ROWS else []
        if parts:
            data["rows"] = self.write_rows(parts, plain.parts)
            within = walk_within(row.inferred)
            if within is not None and within[0]:
                data["within"] = clean(within[0])
        return data

    def find_call(self, row: Row, plain: Row) -> int:
        """The place of a row's numbers among all calls."""
        layer = row.node.layer
        # The layers of a wrapper are made when they are asked for, those of entries are there for good.
        key = (id(row.inferred), layer if _is_part(row) else id(layer), row.calls)
        if key not in self.places:
            call = self.write_call(row, plain)
            place = self.written.setdefault(json.dumps(call), len(self.calls))
            if place == len(self.calls):
                self.calls.append(call)
            self.places[key] = place
        return self.places[key]

    def write_call(self, row: Row, plain: Row) -> dict[str, Any]:
        """The numbers of a call as formulas, its arguments, and how its numbers are derived."""
        write = self.table.write
        inferred = row.inferred
        weights = [weight for _, weight in inferred.all_weights()]
        data: dict[str, Any] = {
            "type": clean(row.type),
            "shapes": [[write(size) for size in shape] for shape in row.shapes],
            "params": write(inferred.params),
            "trainable": write(inferred.trainable_params),
            "macs": write(row.macs),
            "bytes": write(add_up(weight.bytes for weight in weights)),
            "memory": write(activation_bytes(inferred, BATCH)),
        }
        arguments = _list_arguments(plain)
        if arguments:
            data["arguments"] = arguments
        if row.node.entry is not None:
            data |= self.write_explanation(explain_row(row, renames=True), explain_row(plain))
        assumed = list(dict.fromkeys(_list_assumed(inferred)))
        if assumed:
            data["assumes"] = [self.write_relation(relation) for relation in assumed]
        return data

    def write_explanation(self, explanation: Explanation, plain: Explanation) -> dict[str, Any]:
        """The derivation: products of named sizes, and the same in the page's own sizes."""
        data: dict[str, Any] = {"outputs": [[port, str(shape)] for port, shape, _ in explanation.outputs]}
        if not plain.row.rows:
            data["weights"] = [self.write_product(product) for product in explanation.weights]
            data["weights_formula"] = explanation.params_formula
            data["products"] = [self.write_product(product) for product in explanation.macs]
            data["products_formula"] = explanation.macs_formula
        if explanation.values:
            data["where"] = [[name, self.table.write(size)] for name, size in explanation.values.items()]
        if explanation.notes:
            data["notes"] = [self.write_note(note) for note in explanation.notes]
        return data

    def write_product(self, product: Product) -> list[Any]:
        numbers = [self.table.write(size) for size in product.numbers]
        return [clean(product.name), factors_text(product.factors), numbers]

    def write_note(self, note: str) -> list[Any]:
        """A sentence: its texts, with the sizes between them."""
        if not isinstance(note, Note):
            return [clean(note)]
        first, *texts = map(clean, note.texts)
        sizes = map(self.table.write, note.sizes)
        return [first, *(part for pair in zip(sizes, texts, strict=True) for part in pair)]

    def write_relation(self, relation: Relation) -> dict[str, Any]:
        """An assumption: both sides and how they must compare."""
        sides = [self.table.write(side) for side in (relation.left, relation.right)]
        return {"text": str(relation), "op": relation.op, "sides": sides}


def _list_assumed(inferred: Inferred) -> Iterable[Relation]:
    """What a call assumes, and the layers within that are no block: a block's layers have rows of their own."""
    yield from inferred.assumes
    if inferred.walk is None:
        for part in inferred.inner:
            yield from _list_assumed(part.inferred)


def _is_part(row: Row) -> bool:
    """Whether it is a layer that a wrapper applies, which has no entry of its own."""
    return isinstance(row.walk.graph, Parts)


def _list_arguments(row: Row) -> list[list[str]]:
    """The arguments of an entry as they are written; of a layer in a wrapper those that it is given."""
    entry = row.node.entry
    if _is_part(row) and row.node.layer is not None:
        given = {name: value for name, value in vars(row.node.layer).items() if name in row.node.layer.args}
        return [[name, clean(value if isinstance(value, str) else as_yaml(value))] for name, value in given.items()]
    if entry is None or not isinstance(entry.args, MappingNode):
        return []
    return [
        [clean(name), clean(str(node.value)) if isinstance(node, ScalarNode) else "..."]
        for name, node in entry.args.fields.items()
    ]


def list_sizes(live: Live) -> dict[str, Size]:
    """The values of a page's sizes at first, by symbol."""
    return {control.name: control.value for control in live.controls}
