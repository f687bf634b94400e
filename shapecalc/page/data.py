"""What a page knows of a model: its graphs, and of each layer the formulas of its numbers and their derivations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shapecalc.analysis.costs import activation_bytes
from shapecalc.analysis.explain import Explanation, Product, explain_row
from shapecalc.analysis.report import Report, Row
from shapecalc.diagnostics import Diagnostic, clean
from shapecalc.dims import Relation, Size, add_up, symbol
from shapecalc.document.nodes import MappingNode, ScalarNode
from shapecalc.inference.masks import write_mask
from shapecalc.inference.walk import walk_within
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
        "controls": [[clean(control.name), control.value, control.kind] for control in live.controls],
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
    """Writes rows. What was inferred of equal calls is written once, in `calls`, and rows say which it is."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.table = Table()
        self.calls: list[dict[str, Any]] = []
        self.places: dict[tuple[int, int], int] = {}
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
        if row.rows and self.count < MOST_ROWS:
            data["rows"] = self.write_rows(row.rows, plain.rows)
            within = walk_within(row.inferred)
            if within is not None and within[0]:
                data["within"] = clean(within[0])
        return data

    def find_call(self, row: Row, plain: Row) -> int:
        """The place of a row's numbers among all calls."""
        key = (id(row.inferred), id(row.node.layer))
        if key not in self.places:
            self.places[key] = len(self.calls)
            self.calls.append({})
            self.calls[self.places[key]] = self.write_call(row, plain)
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
        """The derivation: products of named sizes, and the same in the page's own sizes; notes are those as written."""
        data: dict[str, Any] = {"outputs": [[port, str(shape)] for port, shape, _ in explanation.outputs]}
        if not plain.row.rows:
            data["weights"] = [self.write_product(product) for product in explanation.weights]
            data["weights_formula"] = explanation.params_formula
            data["products"] = [self.write_product(product) for product in explanation.macs]
            data["products_formula"] = explanation.macs_formula
        if explanation.values:
            data["where"] = [[name, self.table.write(size)] for name, size in explanation.values.items()]
        if plain.notes:
            data["notes"] = [clean(note) for note in plain.notes]
        return data

    def write_product(self, product: Product) -> list[Any]:
        numbers = [self.table.write(size) for size in product.numbers]
        return [clean(product.name), factors_text(product.factors), numbers]

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


def _list_arguments(row: Row) -> list[list[str]]:
    """The arguments of an entry as they are written."""
    entry = row.node.entry
    if entry is None or not isinstance(entry.args, MappingNode):
        return []
    return [
        [clean(name), clean(str(node.value)) if isinstance(node, ScalarNode) else "..."]
        for name, node in entry.args.fields.items()
    ]


def list_sizes(live: Live) -> dict[str, Size]:
    """The values of a page's sizes at first, by symbol."""
    return {control.name: control.value for control in live.controls}
