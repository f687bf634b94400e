"""What a table of layers shows, before any notation: the visible rows, their columns, the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import clean
from shapecalc.dims import Size, size_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.layers.values import Inferred

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_PRINTABLE_BITS = 1_000  # a float holds no more, and no model has as many bytes

CONVENTIONS = {
    "macs": "MACs count matrix products and convolutions, per sample; biases, activations and lookups are left out.",
    "flops": "FLOPs = 2 × MACs, of matrix products and convolutions, per sample.",
    "activations": "Activations: the bytes of a layer's outputs, for one sample where the batch size is unknown.",
    "bytes": "Bytes: KiB, MiB and GiB are 1024.",
}
"""The footer under a table that shows one of these columns."""


class Column(NamedTuple):
    """A column: its header, whether it is set to the right, and the text and the plain value of a row."""

    header: str
    right: bool
    text: Callable[[Row], str]
    value: Callable[[Row], Size | str | None]


class Totals:
    """Sums over a report's rows in one pass; shared weights count once, but for `used`."""

    __slots__ = ("bytes", "macs", "params", "trainable", "trainable_bytes", "used", "used_bytes")

    def __init__(self, report: Report) -> None:
        self.params: Size = 0
        self.trainable: Size = 0
        self.used: Size = 0
        self.macs: Size = 0
        self.bytes: Size = 0
        self.trainable_bytes: Size = 0
        self.used_bytes: Size = 0
        sizes: dict[int, tuple[Size, Size, Size, Size]] = {}
        for row in report.rows:
            inferred = row.inferred
            self.macs += inferred.total_macs
            if not inferred.weights and not inferred.inner:
                continue
            held = sizes.get(id(inferred))
            if held is None:
                held = sizes[id(inferred)] = (*_weight_bytes(inferred), *_used(inferred))
            self.used += held[2]
            self.used_bytes += held[3]
            if not row.reused:
                self.params += inferred.params
                self.trainable += inferred.trainable_params
                self.bytes += held[0]
                self.trainable_bytes += held[1]


def _used(inferred: Inferred) -> tuple[Size, Size]:
    """Parameters and their bytes of a call and of all calls within, those of other layers' weights too."""
    params: Size = 0
    size: Size = 0
    for weight in inferred.weights:
        params += weight.params
        size += weight.bytes
    for part in inferred.inner:
        inner = _used(part.inferred)
        params += inner[0]
        size += inner[1]
    return params, size


def _weight_bytes(inferred: Inferred) -> tuple[Size, Size]:
    """The bytes of all weights, and of those that training changes."""
    every: Size = 0
    trainable: Size = 0
    for _, weight in inferred.all_weights():
        every += weight.bytes
        if weight.trainable:
            trainable += weight.bytes
    return every, trainable


def visible_rows(report: Report, depth: int) -> Iterator[tuple[int, Row]]:
    """The rows a table shows with their level: inputs only where the layers are no chain, blocks open to `depth`."""
    yield from _opened(report.rows, 0, depth)


def _opened(rows: list[Row], level: int, depth: int) -> Iterator[tuple[int, Row]]:
    chain = bool(rows) and rows[0].walk.graph.is_chain()
    for row in rows:
        if row.node.entry is None and chain:
            continue
        yield level, row
        if level + 1 < depth and row.inferred.inner:
            yield from _opened(row.rows, level + 1, depth)


def layer_text(row: Row) -> str:
    """`lstm (LSTM)`."""
    return clean(f"{row.name} ({row.type})")


def shape_text(row: Row) -> str:
    """`(None, 5)`, or the list of shapes where there are several outputs."""
    shapes = row.shapes
    return str(shapes[0]) if len(shapes) == 1 else f"[{', '.join(map(str, shapes))}]"


def count_text(size: Size) -> str:
    """A count with thousands separated, or its formula."""
    if isinstance(size, int) and size.bit_length() < _PRINTABLE_BITS:
        return f"{size:,}"
    return size_text(size)


def memory_text(size: Size) -> str:
    """Bytes as Keras's totals print them: `584.00 B`, `1.62 KB`."""
    if not isinstance(size, int) or size.bit_length() >= _PRINTABLE_BITS:
        return f"{size_text(size)} B"
    unit = 0
    while size >= 1024 ** (unit + 1) and unit + 1 < len(_UNITS):
        unit += 1
    return f"{size / 1024**unit:.2f} {_UNITS[unit]}"


def binary_text(size: Size) -> str:
    """Bytes for people: `584 B`, `1.6 KiB`."""
    if not isinstance(size, int) or size.bit_length() >= _PRINTABLE_BITS or size < 1024:
        return f"{size_text(size)} B"
    unit = 1
    while size >= 1024 ** (unit + 1) and unit + 1 < len(_UNITS):
        unit += 1
    return f"{size / 1024**unit:,.1f} {_UNITS[unit][0]}iB"


def activation_bytes(row: Row) -> Size:
    """The bytes of a layer's outputs, for one sample where the batch size is unknown."""
    from shapecalc.analysis.costs import outputs_bytes

    return outputs_bytes(row.inferred)


def weights_text(row: Row) -> str:
    """One weight a line, with its shape."""
    return "\n".join(clean(f"{path} {weight_shape(weight.shape)}") for path, weight in row.weights)


def weight_shape(shape: tuple[Size, ...]) -> str:
    """`(1, 20)`."""
    text = ", ".join(size_text(size) for size in shape)
    return f"({text},)" if len(shape) == 1 else f"({text})"


def _formula(row: Row) -> str:
    from shapecalc.analysis.explain import explain_row

    return "" if row.reused else clean(explain_row(row).params_formula)


def _weight_bytes_of(row: Row) -> Size:
    return 0 if row.reused else _weight_bytes(row.inferred)[0]


def _dtype(row: Row) -> str:
    return row.inferred.output.dtype or "float32"


COLUMNS: dict[str, Column] = {
    "trainable": Column("Trainable #", True, lambda row: count_text(row.trainable), lambda row: row.trainable),
    "macs": Column("MACs", True, lambda row: count_text(row.macs), lambda row: row.macs),
    "flops": Column("FLOPs", True, lambda row: count_text(2 * row.macs), lambda row: 2 * row.macs),
    "weights": Column("Weights", False, weights_text, lambda row: weights_text(row).replace("\n", "; ")),
    "bytes": Column("Bytes", True, lambda row: binary_text(_weight_bytes_of(row)), _weight_bytes_of),
    "activations": Column("Activations", True, lambda row: binary_text(activation_bytes(row)), activation_bytes),
    "dtype": Column("Dtype", False, _dtype, _dtype),
    "formula": Column("Formula", False, _formula, _formula),
    "line": Column("Line", True, lambda row: str(row.line), lambda row: row.line),
}
"""The columns that `--columns` adds, by the names it takes."""


def footer(columns: list[str], totals: Totals) -> list[str]:
    """The lines under the totals that state what the added columns sum to, and by which convention."""
    lines = []
    if "macs" in columns:
        lines.append(f" Total MACs: {count_text(totals.macs)}")
    if "flops" in columns:
        lines.append(f" Total FLOPs: {count_text(2 * totals.macs)}")
    if "bytes" in columns:
        lines.append(f" Total weight bytes: {binary_text(totals.bytes)}")
    return lines + [f" {text}" for name, text in CONVENTIONS.items() if name in columns]


def concise_line(report: Report) -> str:
    """One model on one line: `many_to_many: 146 params (584.00 B), 625 MACs, output (None, 5, 1)`."""
    totals = Totals(report)
    shapes = ", ".join(str(tensor.shape) for tensor in report.outputs.values())
    words = f"{count_text(totals.params)} params ({memory_text(totals.bytes)}), {count_text(totals.macs)} MACs"
    return clean(f"{report.name}: {words}, output {shapes}") + "\n"


def total_lines(totals: Totals) -> list[tuple[str, str, str]]:
    """The lines under a table as Keras words them: label, count, memory."""
    lines = [
        ("Total params", totals.params, totals.bytes),
        ("Trainable params", totals.trainable, totals.trainable_bytes),
        ("Non-trainable params", totals.params - totals.trainable, totals.bytes - totals.trainable_bytes),
    ]
    if totals.used != totals.params:
        lines.append(("Used params", totals.used, totals.used_bytes))
    return [(label, count_text(count), memory_text(size)) for label, count, size in lines]
