"""Whole numbers that are the same whatever a model is fed, and the tables that they are looked up in."""

from __future__ import annotations

import pytest

from shapecalc.analysis.report import Row, find_row
from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.inference.assumptions import list_assumptions
from shapecalc.layers.catalogue import CATALOGUE, find
from tests.specs.analysed import clean, found_in, report_of, said_of

POSITIONS = "ops.arange: {start: 2, stop: 14}"
KEPT = {
    "Reshape": "Reshape: {target_shape: [4]}",
    "Flatten": "Flatten: {}",
    "Permute": "Permute: {dims: [1]}",
    "RepeatVector": "RepeatVector: {n: 2}",
    "Identity": "Identity: {}",
    "Dropout": "Dropout: {rate: 0.5}",
    "SpatialDropout1D": "SpatialDropout1D: {rate: 0.5}",
    "SpatialDropout2D": "SpatialDropout2D: {rate: 0.5}",
    "SpatialDropout3D": "SpatialDropout3D: {rate: 0.5}",
    "GaussianDropout": "GaussianDropout: {rate: 0.5}",
    "GaussianNoise": "GaussianNoise: {stddev: 0.5}",
    "AlphaDropout": "AlphaDropout: {rate: 0.5}",
    "ActivityRegularization": "ActivityRegularization: {}",
    "ops.reshape": "ops.reshape: {newshape: [4, -1]}",
    "ops.ravel": "ops.ravel: {}",
    "ops.transpose": "ops.transpose: {}",
    "ops.swapaxes": "ops.swapaxes: {axis1: 0, axis2: 1}",
    "ops.moveaxis": "ops.moveaxis: {source: 0, destination: 1}",
    "ops.expand_dims": "ops.expand_dims: {axis: 0}",
    "ops.squeeze": "ops.squeeze: {}",
    "ops.broadcast_to": "ops.broadcast_to: {shape: [2, 3, 4]}",
    "ops.tile": "ops.tile: {repeats: [2, 3]}",
    "ops.repeat": "ops.repeat: {repeats: 2}",
    "ops.roll": "ops.roll: {shift: 1}",
    "ops.flip": "ops.flip: {}",
    "ops.stop_gradient": "ops.stop_gradient: {}",
    "ops.cast": "ops.cast: {dtype: float32}",
}
"""An entry of each type that hands on all values it is fed."""
ROWS = {"SpatialDropout1D": "[3, 2, 2]", "SpatialDropout2D": "[3, 2, 2, 1]", "SpatialDropout3D": "[3, 2, 2, 1, 1]"}


def chain(*entries: str) -> str:
    lines = "".join(f"  - {entry}\n" for entry in (POSITIONS, *entries))
    return f"input: [1]\nlayers:\n{lines}outputs: last\n"


def known(text: str) -> tuple[object, ...] | None:
    row = last(text)
    return None if row.inferred.output.numbers is None else tuple(row.inferred.output.numbers)


def last(text: str) -> Row:
    row = find_row(clean(text).rows, "last")
    assert row is not None
    return row


def computed(text: str) -> tuple[float, float]:
    """The least and the greatest number that a forward pass gives."""
    report = clean(text)
    run = run_model(report, sample_inputs(report, "random"))
    (array,) = run.outputs.values()
    return float(array.min()), float(array.max())


def named(entry: str) -> str:
    """The entry, called `last`."""
    return entry.replace("{}", "{name: last}") if entry.endswith("{}") else entry[:-1] + ", name: last}"


def test_every_type_that_keeps_values_is_tried() -> None:
    types = {name for name in CATALOGUE if (found := find(name)) is not None and found.keeps_values}
    assert types == set(KEPT)


@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_values_knows_them(name: str) -> None:
    before = f"ops.reshape: {{newshape: {ROWS.get(name, '[3, 4]')}}}"
    text = chain(before, named(KEPT[name]))
    assert known(text) == computed(text) == (2, 13)


@pytest.mark.parametrize(
    ("entry", "numbers"),
    [
        ("ops.arange: {start: 5}", (0, 4)),
        ("ops.arange: {start: 5, stop: 12, step: 3}", (5, 11)),
        ("ops.arange: {start: 9, stop: 1, step: -3}", (3, 9)),
        ("ops.arange: {start: 5, dtype: int8}", None),
        ("ops.add: {x2: 3}", (5, 16)),
        ("ops.add: {x1: -2}", (0, 11)),
        ("ops.subtract: {x2: 2}", (0, 11)),
        ("ops.subtract: {x1: 20}", (7, 18)),
        ("ops.multiply: {x2: 2}", None),
        ("ops.minimum: {x2: 4}", None),
        ("ops.clip: {x_min: 0, x_max: 3}", None),
        ("ops.cast: {dtype: int8}", None),
        ("ops.get_item: {key: '1:3'}", None),
        ("ZeroPadding1D: {padding: 1}", None),
    ],
)
def test_numbers_that_are_known(entry: str, numbers: tuple[int, int] | None) -> None:
    if entry.startswith("ops.arange"):
        text = f"input: [1]\nlayers:\n  - {named(entry)}\noutputs: last\n"
    elif entry.startswith("Zero"):
        text = chain("ops.reshape: {newshape: [1, 12, 1]}", named(entry))
    else:
        text = chain(named(entry))
    assert known(text) == numbers
    if numbers is not None:
        assert computed(text) == numbers


TABLES = {
    "Embedding": "Embedding: {input_dim: ROWS, output_dim: 3, name: table}",
    "ReversibleEmbedding": "ReversibleEmbedding: {input_dim: ROWS, output_dim: 3, name: table}",
    "CategoryEncoding": "CategoryEncoding: {num_tokens: ROWS, name: table}",
    "TimeDistributed": "TimeDistributed: {layer: {Embedding: {input_dim: ROWS, output_dim: 3}}, name: table}",
    "ops.take": "ops.take: {axis: 1, name: table}\n    from: [rows, ids]",
    "ops.take_along_axis": "ops.take_along_axis: {axis: 1, name: table}\n    from: [rows, ids]",
}


def looked_up(entry: str, stop: str = "8", more: str = "") -> str:
    rows = "input" if entry.startswith("ops") else "ids"
    kind = "  - Reshape: {target_shape: [ROWS], name: rows}\n    from: input\n"
    spread = (
        "  - ops.reshape: {newshape: [1, -1], name: ids}\n" if "take:" not in entry else "  - Identity: {name: ids}\n"
    )
    if "TimeDistributed" in entry:
        spread = "  - ops.reshape: {newshape: [1, -1, 1], name: ids}\n"
    lead = kind if rows == "input" else ""
    return (
        f"input: [ROWS]\nlayers:\n{lead}  - ops.arange: {{start: {stop}}}\n{more}{spread}  - {entry}\noutputs: table\n"
    )


@pytest.mark.parametrize("entry", TABLES.values(), ids=TABLES)
def test_a_table_has_a_row_for_every_position(entry: str) -> None:
    assert found_in(looked_up(entry).replace("ROWS", "8")) == []
    (finding,) = found_in(looked_up(entry).replace("ROWS", "7"))
    assert (finding.code, finding.severity) == ("SC401", "error")
    assert finding.message.startswith("is fed whole numbers up to 7, and the ")
    (finding,) = found_in(looked_up(entry, "8", "  - ops.subtract: {x2: 9}\n").replace("ROWS", "8"))
    assert "on, and the" in finding.message


@pytest.mark.parametrize("entry", TABLES.values(), ids=TABLES)
def test_a_length_that_is_a_symbol_is_held_to_the_table(entry: str) -> None:
    text = looked_up(entry, "$T").replace("input: [ROWS]", "inputs: {input: [ROWS], x: [T]}").replace("ROWS", "1024")
    notes = [one.message for one in list_assumptions(report_of(text).walk)]
    assert notes == ["assumes T <= 1024"]
    assert [one.code for one in found_in(text, T=1025)] == ["SC401"]
    assert found_in(text, T=1024) == []


def test_what_is_said() -> None:
    text = "input: [T]\nlayers:\n  - ops.arange: {start: $T}\n  - Embedding: {input_dim: 1024, output_dim: 3}\n"
    assert said_of(text, T=2000) == [
        "4:5 SC401 embedding: is fed whole numbers up to 1999, and the table has 1024, counted from 0 | "
        "make `input_dim` 2000 or more, or feed it fewer positions"
    ]
