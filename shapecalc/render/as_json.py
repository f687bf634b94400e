"""Reports as JSON, the contract for scripts. `schema_version` changes when a key changes its meaning or goes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic, json_escapes
from shapecalc.dims import Shape, Unranked, to_json
from shapecalc.inference.masks import find_mask_use
from shapecalc.render.columns import SHARED_OUT, Column, Totals, count_used_params, list_columns
from shapecalc.render.findings.json import json_rows
from shapecalc.render.sorting import sort_rows
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row

SCHEMA_VERSION = 1

OPTIONAL = ("time", "bound", *SHARED_OUT)
"""Columns that a layer has as keys where they are asked for; the others it has always, or can be computed from it."""

_OPEN_LEVELS = 4  # deeper values stand on one line: a layer is a line, and long models print quickly


def document(models: list[dict[str, Any]], diagnostics: Iterable[Diagnostic], key: str = "models") -> str:
    """The envelope of every command: version, models (or what `key` names), findings."""
    envelope = {"schema_version": SCHEMA_VERSION, key: models, "diagnostics": json_rows(diagnostics)}
    return json_escapes(write_json(envelope)) + "\n"


def write_json(value: Any, level: int = 0) -> str:
    """JSON with a line for each item down to the layers of a model."""
    if level >= _OPEN_LEVELS or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, allow_nan=False)
    inner = "  " * (level + 1)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {write_json(item, level + 1)}" for key, item in value.items()]
    else:
        lines = [inner + write_json(item, level + 1) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n" + ",\n".join(lines) + f"\n{'  ' * level}{closing}"


def summary_json(
    reports: Sequence[Report], diagnostics: Iterable[Diagnostic], options: SummaryOptions | None = None
) -> str:
    """Models with all their layers, blocks opened; with `memory` where the options ask for it."""
    models = [model_json(report, options) for report in reports]
    if options is not None and (options.budget or "activations" in options.columns):
        from shapecalc.analysis.memory import Memory
        from shapecalc.render.budget import memory_json

        for model, report in zip(models, reports, strict=True):
            model["memory"] = memory_json(Memory(report, options.training))
    if options is not None and options.device is not None:
        from shapecalc.render.device import device_json

        for model, report in zip(models, reports, strict=True):
            model["device"] = device_json(report, options)
    return document(models, diagnostics)


def model_json(report: Report, options: SummaryOptions | None = None) -> dict[str, Any]:
    """One model: name, file, totals, layers, outputs."""
    options = options or SummaryOptions()
    names = [name for name in options.columns if name in OPTIONAL]
    added = dict(zip(names, list_columns(report, options._replace(columns=tuple(names))), strict=True))
    return head_json(report) | {
        "layers": [_layer_json(row, added, options) for row in sort_rows(report.rows, options)],
        "outputs": [{"name": name, "shape": shape_json(tensor.shape)} for name, tensor in report.outputs.items()],
    }


def head_json(report: Report) -> dict[str, Any]:
    """The keys of a model as a whole: name, file, totals."""
    return {"name": report.name, "file": report.file, "totals": totals_json(Totals(report))}


def totals_json(totals: Totals) -> dict[str, Any]:
    """Sums over a model, shared weights once; `used_params` counts them each time they are used."""
    return {
        "params": to_json(totals.params),
        "trainable": to_json(totals.trainable),
        "non_trainable": to_json(totals.params - totals.trainable),
        "macs": to_json(totals.macs),
        "weights_bytes": to_json(totals.bytes),
        "used_params": to_json(totals.used),
        "active_params": to_json(totals.active.params),
        "active_macs": to_json(totals.active.macs),
    }


def layer_json(row: Row) -> dict[str, Any]:
    """One layer, as `_layer_json` without columns that must be asked for."""
    return _layer_json(row, {}, SummaryOptions())


def _layer_json(row: Row, added: Mapping[str, Column], options: SummaryOptions) -> dict[str, Any]:
    """One layer; a block has `layers` of its own, a wrapper those that it applies.

    A shape has the batch axis first, null for an unknown size and text for a symbolic one; a count that is recorded
    nowhere is null.
    """
    shapes: list[Any] = [shape_json(shape) for shape in row.shapes]
    data: dict[str, Any] = {
        "name": row.name,
        "type": row.type,
        "line": row.line,
        "inputs": row.inputs,
        "output_shape": shapes[0] if len(shapes) == 1 else shapes,
        "params": to_json(row.params),
        "trainable": to_json(row.trainable),
        "non_trainable": to_json(row.params - row.trainable),
        "used_params": to_json(count_used_params(row)),
        "macs": to_json(row.macs),
        "weights": [
            {"name": path, "shape": [to_json(size) for size in weight.shape], "trainable": weight.trainable}
            for path, weight in row.weights
            if weight.is_recorded
        ],
        "mask": mask_json(row),
    }
    data |= {name: column.write_data(row, options) for name, column in added.items()}
    if row.inferred.inner and (inner := row.parts):
        data["layers"] = [_layer_json(inner_row, added, options) for inner_row in sort_rows(inner, options)]
    return data


def mask_json(row: Row) -> dict[str, list[str]] | None:
    """What a layer does with masks, and the edges that bring one; None where there are none."""
    use = find_mask_use(row.walk, row.node)
    return None if use is None else {"does": list(use.words), "from": list(use.edges)}


def verdict_json(report: Report, diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """What `check` says of one model: its totals, and how much was found."""
    severities = [finding.severity for finding in diagnostics]
    return {
        "name": report.name,
        "file": report.file,
        "totals": totals_json(Totals(report)) if report.ok else None,
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "notes": severities.count("note"),
    }


def shape_json(shape: Shape) -> list[int | str | None] | None:
    """A shape's sizes, batch axis first; None where not even their number is known."""
    return None if isinstance(shape, Unranked) else [to_json(size) for size in shape]
