"""The contents of a table of layers, whatever the notation: its columns, the totals, the footer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.report import count_used_weights
from shapecalc.diagnostics import clean, shorten
from shapecalc.dims import Size, add_up, binary_text, count_text, is_unknown, size_text, text_of_sum, to_json
from shapecalc.render.notes import write_notes
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.outline import Line
    from shapecalc.analysis.report import Report, Row
    from shapecalc.analysis.roofline import Bound
    from shapecalc.layers.values import Inferred

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_LONGEST_NAME = 200  # characters of a model's name in a title
_PRINTABLE_BITS = 1_000  # a float holds no more, and no model has as many bytes

WHOLE_CALL = "MACs are of the whole call here: the batch does not divide those of every node."
ACTIVE = "Active params: those that one token needs, where a router chooses among experts; MACs are of all of them."
FOLDED = "A line `x N` stands for N equal rounds: counts are of all, the rest and the lines below it of one."


class Column(NamedTuple):
    """A column: its header, the value of a row, and where that is a size its text and what data hold of it; sizes are
    set to the right.
    """

    header: str
    value: Callable[[Row, SummaryOptions], Size | str]
    text: Callable[[Size], str] | None = None
    data: Callable[[Size], Any] = to_json

    @property
    def right(self) -> bool:
        return self.text is not None

    def cell(self, line: Line, options: SummaryOptions) -> str:
        """The text of a line: a size is added up over all calls and rounds, words are those of the first."""
        if self.text is None:
            return str(self.value(line.row, options))
        return self.text(line.rounds * add_up(self.value(call, options) for call in line.calls))  # type: ignore[misc]

    def write_data(self, row: Row, options: SummaryOptions) -> Any:
        """The value of a row for scripts; the lines of a text on one, with `; ` between."""
        value = self.value(row, options)
        return value.replace("\n", "; ") if isinstance(value, str) else self.data(value)


class Totals:
    """Sums over a report's rows in one pass; shared weights count once, but for `used`."""

    __slots__ = ("active", "bytes", "macs", "params", "trainable", "trainable_bytes", "used", "used_bytes")

    def __init__(self, report: Report) -> None:
        self.params: Size = 0
        self.trainable: Size = 0
        self.used: Size = 0
        self.macs: Size = 0
        self.bytes: Size = 0
        self.trainable_bytes: Size = 0
        self.used_bytes: Size = 0
        self.active = report.active
        sizes: dict[int, tuple[Size, Size, Size, Size]] = {}
        for row in report.rows:
            inferred = row.inferred
            self.macs += row.macs
            if not inferred.weights and not inferred.inner:
                continue
            held = sizes.get(id(inferred))
            if held is None:
                held = sizes[id(inferred)] = (*_count_weight_bytes(inferred), *count_used_weights(inferred))
            self.used += held[2]
            self.used_bytes += held[3]
            if not row.reused:
                self.params += inferred.params
                self.trainable += inferred.trainable_params
                self.bytes += held[0]
                self.trainable_bytes += held[1]

    @property
    def uses_again(self) -> bool:
        """Whether shared weights are used again; those of which nothing is known make no difference."""
        return count_text(self.used) != count_text(self.params)


def _count_weight_bytes(inferred: Inferred) -> tuple[Size, Size]:
    """The bytes of all weights, and of those that training changes."""
    every: Size = 0
    trainable: Size = 0
    for _, weight in inferred.all_weights():
        every += weight.bytes
        if weight.trainable:
            trainable += weight.bytes
    return every, trainable


def model_name(report: Report) -> str:
    """A model's name as titles show it; a name may be any text, of any length."""
    return shorten(report.name, _LONGEST_NAME)


def line_text(line: Line) -> str:
    """`lstm (LSTM)`, `encoder/0 ... x 12 (Encoder)`."""
    return clean(f"{line.name} ({line.row.type})")


def shapes_text(line: Line) -> str:
    """The shape of a line as `shape_text`; where the calls of a shared layer differ, each of them."""
    return ", ".join(dict.fromkeys(map(shape_text, line.calls)))


def params_text(line: Line) -> str:
    """The parameters of a line, those of another layer marked."""
    return "0 (shared)" if line.is_borrowed else count_text(line.rounds * line.row.params)


def layer_text(row: Row) -> str:
    """`lstm (LSTM)`."""
    return clean(f"{row.name} ({row.type})")


def shape_text(row: Row) -> str:
    """`(None, 5)`, or the list of shapes where there are several outputs."""
    shapes = row.shapes
    return str(shapes[0]) if len(shapes) == 1 else f"[{', '.join(map(str, shapes))}]"


def memory_text(size: Size) -> str:
    """Bytes as Keras's totals print them: `584.00 B`, `1.62 KB`."""
    return text_of_sum(size, _memory_text)


def _memory_text(size: Size) -> str:
    if not isinstance(size, int) or size.bit_length() >= _PRINTABLE_BITS:
        return f"{size_text(size)} B"
    unit = 0
    while size >= 1024 ** (unit + 1) and unit + 1 < len(_UNITS):
        unit += 1
    return f"{size / 1024**unit:.2f} {_UNITS[unit]}"


def weights_text(row: Row) -> str:
    """One weight a line, with its shape; `unknown` where there may be more."""
    lines = [clean(f"{path} {weight_shape(weight.shape)}") for path, weight in row.weights if weight.is_recorded]
    return "\n".join([*lines, "unknown"] if is_unknown(row.params) else lines)


def weight_shape(shape: tuple[Size, ...]) -> str:
    """`(1, 20)`."""
    text = ", ".join(size_text(size) for size in shape)
    return f"({text},)" if len(shape) == 1 else f"({text})"


def _write_formula(row: Row, options: SummaryOptions) -> str:
    from shapecalc.analysis.explain import explain_row

    return "" if row.reused else clean(explain_row(row).params_formula)


def _count_bytes(row: Row, options: SummaryOptions) -> Size:
    return 0 if row.reused else _count_weight_bytes(row.inferred)[0]


def _count_activations(row: Row, options: SummaryOptions) -> Size:
    from shapecalc.analysis.costs import activation_bytes

    return activation_bytes(row.inferred)


def _count_memory(row: Row, options: SummaryOptions) -> Size:
    from shapecalc.analysis.memory import row_memory

    return row_memory(row, options.training)


class _TimeColumn(Column):
    """The least time on a device; where sizes are no numbers it is a formula, and the FLOPs give the order."""

    def cell(self, line: Line, options: SummaryOptions) -> str:
        from shapecalc.render.device import bound_text

        assert options.device is not None
        bound = find_row_bound(line.calls, options, line.rounds)
        return bound_text(bound, options.device)

    def write_data(self, row: Row, options: SummaryOptions) -> Any:
        from shapecalc.render.device import bound_data

        assert options.device is not None
        return bound_data(find_row_bound([row], options), options.device)


def find_row_bound(rows: Sequence[Row], options: SummaryOptions, rounds: int = 1) -> Bound:
    """The least time of some calls on the device that is asked for, each done so many times."""
    from shapecalc.analysis.roofline import find_bound, find_row_batch, list_works

    assert options.device is not None
    works = list_works(rows, find_row_batch(rows[0]), options.training)
    return find_bound(works, options.device, rounds)


def _find_time(row: Row, options: SummaryOptions) -> Size:
    """Picoseconds; where sizes are no numbers, a formula of those of products, or else of the traffic."""
    from shapecalc.analysis.roofline import find_longest

    bound = find_row_bound([row], options)
    assert options.device is not None
    return bound.time if bound.time is not None else find_longest(bound.works, options.device)


def _write_time(size: Size) -> str:
    from shapecalc.render.device import time_text

    return time_text(size) if isinstance(size, int) else ""


def _write_bound(row: Row, options: SummaryOptions) -> str:
    assert options.device is not None
    return find_row_bound([row], options).find_side(options.device)


def _write_mask(row: Row, options: SummaryOptions) -> str:
    from shapecalc.inference.masks import write_mask

    return clean(write_mask(row.walk, row.node))


def count_used_params(row: Row, options: SummaryOptions | None = None) -> Size:
    """The parameters that a call uses, those of other layers' weights too."""
    return count_used_weights(row.inferred)[0]


def _note_used_again(lines: Sequence[Line], options: SummaryOptions) -> str:
    """Which layers use more parameters than they hold: shared ones, and those that have one within."""
    column = COLUMNS["used"]
    uses = [(line, column.cell(line, options), count_text(line.rounds * line.row.params)) for line in lines]
    # A line within an open block repeats what the block's own line says.
    texts = [f"{line.name} {used} (holds {held})" for line, used, held in uses if used != held and line.level == 0]
    return clean(f"Used params count shared weights again for each call that uses them: {', '.join(texts)}.")


COLUMNS: dict[str, Column] = {
    "trainable": Column("Trainable #", lambda row, options: row.trainable, count_text),
    "used": Column("Used #", count_used_params, count_text),
    "macs": Column("MACs", lambda row, options: row.macs, count_text),
    "flops": Column("FLOPs", lambda row, options: 2 * row.macs, count_text),
    "weights": Column("Weights", lambda row, options: weights_text(row)),
    "bytes": Column("Bytes", _count_bytes, binary_text),
    "activations": Column("Activations", _count_activations, binary_text),
    "memory": Column("Memory", _count_memory, binary_text),
    "time": _TimeColumn("Time", _find_time, _write_time),
    "bound": Column("Bound", _write_bound),
    "mask": Column("Mask", _write_mask),
    "dtype": Column("Dtype", lambda row, options: row.inferred.output.dtype or "float32"),
    "formula": Column("Formula", _write_formula),
    "line": Column("Line", lambda row, options: str(row.line or "")),
}
"""The columns that may be added, by the name that `--columns` takes."""

OF_DEVICES = ("time", "bound", "time%")
"""The columns that need a device."""

SHARED_OUT = {
    "params%": Column("Param %", lambda row, options: row.params, count_text),
    "macs%": COLUMNS["macs"]._replace(header="MACs %"),
    "bytes%": COLUMNS["bytes"]._replace(header="Bytes %"),
    "activations%": COLUMNS["activations"]._replace(header="Activations %"),
    "memory%": COLUMNS["memory"]._replace(header="Memory %"),
    "time%": Column("Time %", _find_time, count_text),
}
"""Columns that show the part of a line in the sum over the whole model, as per cent."""

COLUMNS |= SHARED_OUT


def list_columns(report: Report, options: SummaryOptions) -> list[Column]:
    """The columns that are added; those of shares know the sum over the model."""
    return [_bind_share(name, report, options) if name in SHARED_OUT else COLUMNS[name] for name in options.columns]


def _bind_share(name: str, report: Report, options: SummaryOptions) -> Column:
    from shapecalc.render.shares import share_data, share_text

    column = SHARED_OUT[name]
    whole = add_up(column.value(row, options) for row in report.rows)  # type: ignore[misc]
    if name in OF_DEVICES and not isinstance(whole, int):
        return column._replace(text=lambda part: "depends", data=lambda part: None)
    return column._replace(
        text=lambda part: share_text(part, whole),
        data=lambda part: share_data(part, whole),
    )


def write_footer(report: Report, options: SummaryOptions, totals: Totals, lines: Sequence[Line]) -> list[str]:
    """The lines under the totals that state what the added columns sum to, and by which convention."""
    columns = [name.removesuffix("%") for name in options.columns]
    texts = [_note_used_again(lines, options)] if totals.uses_again else []
    if report.context.is_partly_active:
        texts.append(ACTIVE)
    if "macs" in columns:
        texts.append(f"Total MACs: {count_text(totals.macs, of='layer')}")
        if report.context.is_partly_active:
            texts.append(f"Active MACs: {count_text(totals.active.macs, of='layer')}")
    if "flops" in columns:
        texts.append(f"Total FLOPs: {count_text(2 * totals.macs, of='layer')}")
    if "bytes" in columns:
        texts.append(f"Total weight bytes: {binary_text(totals.bytes)}")
    if options.budget or "activations" in columns:
        from shapecalc.render.budget import budget

        texts += budget(report, options)
    if report.counts_call and {"macs", "flops"} & set(columns):
        texts.append(WHOLE_CALL)
    if options.device is not None:
        from shapecalc.render.device import write_device

        texts += write_device(report, options)
    texts += write_notes([*columns, *options.shown])
    texts += [FOLDED] if any(line.rounds > 1 for line in lines) else []
    return [f" {text}" for text in texts]


def concise_line(report: Report, options: SummaryOptions | None = None) -> str:
    """One model on one line: `many_to_many: 146 params (584 B), 625 MACs, output (None, 5, 1)`, and `fits t4`."""
    verdict = ""
    if options is not None and options.device is not None:
        from shapecalc.render.device import concise_verdict

        verdict = f", {concise_verdict(report, options)}"
    return f"{clean(model_name(report))}: {concise_totals(report)}{clean(verdict)}\n"


def concise_totals(report: Report) -> str:
    """What counts of a model, in a few words: `146 params (584 B), 625 MACs, output (None, 5, 1)`."""
    totals = Totals(report)
    shapes = ", ".join(str(tensor.shape) for tensor in report.outputs.values())
    words = f"{count_text(totals.params)} params ({binary_text(totals.bytes)}), {count_text(totals.macs)} MACs"
    return clean(f"{words}, output {shapes}")


def total_lines(totals: Totals) -> list[tuple[str, str, str]]:
    """The lines under a table as Keras words them: label, count, memory."""
    lines = [
        ("Total params", totals.params, totals.bytes),
        ("Trainable params", totals.trainable, totals.trainable_bytes),
        ("Non-trainable params", totals.params - totals.trainable, totals.bytes - totals.trainable_bytes),
    ]
    if totals.uses_again:
        lines.append(("Used params", totals.used, totals.used_bytes))
    if totals.active.params != totals.params:
        lines.append(("Active params", totals.active.params, totals.active.bytes))
    return [(label, count_text(count, "layer"), memory_text(size)) for label, count, size in lines]
