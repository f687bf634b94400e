"""One model at several values of its sizes and arguments: a line for each, and bars for what changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.memory import Memory
from shapecalc.diagnostics import clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import Size, count_text, size_text, to_json
from shapecalc.render.as_csv import csv_text
from shapecalc.render.as_json import document, shape_json, totals_json
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.bars import PAGE, draw_chart
from shapecalc.render.budget import greatest_text, memory_json
from shapecalc.render.columns import Totals, model_name
from shapecalc.render.notes import write_notes
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.fitting import Fit
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.roofline import Bound
    from shapecalc.diagnostics import Diagnostic


class Point:
    """A model at one choice of values: `chosen` names them."""

    def __init__(self, chosen: dict[str, Any], report: Report, options: SummaryOptions) -> None:
        self.chosen = chosen
        self.report = report
        self.totals = Totals(report)
        self.options = options

    @cached_property
    def memory(self) -> Memory:
        """The memory that the model takes, computed where it is shown."""
        return Memory(self.report, self.options.training)

    @cached_property
    def bound(self) -> Bound:
        """The least time on the device that is asked for."""
        from shapecalc.analysis.roofline import find_model_bound

        assert self.options.device is not None
        return find_model_bound(self.report, self.options.device, self.options.training)

    @property
    def label(self) -> str:
        """`T=16, depth=2`."""
        return write_choice(self.chosen)

    @property
    def shapes(self) -> str:
        """The shapes of what leaves the model."""
        return ", ".join(str(tensor.shape) for tensor in self.report.outputs.values())


class Quantity(NamedTuple):
    """A quantity that is compared, bytes or a count; several formulas where none is certainly the greatest.

    `cell` says in words what is no size, in place of sizes.
    """

    header: str
    sizes: Callable[[Point], tuple[Size, ...]]
    text: Callable[[tuple[Size, ...]], str]
    cell: Callable[[Point], str] | None = None

    def write(self, point: Point) -> str:
        """The text of a line."""
        return self.text(self.sizes(point)) if self.cell is None else self.cell(point)

    def write_data(self, point: Point) -> Any:
        """The value of a line for scripts."""
        return _list_alternatives(self.sizes(point)) if self.cell is None else self.cell(point)


def _count(sizes: tuple[Size, ...]) -> str:
    return count_text(sizes[0])


_QUANTITIES = (
    Quantity("Params", lambda point: (point.totals.params,), _count),
    Quantity("MACs", lambda point: (point.totals.macs,), _count),
    Quantity("Weights", lambda point: (point.memory.weights_bytes,), greatest_text),
    Quantity("Activations", lambda point: (point.memory.activations,), greatest_text),
    Quantity("Peak", lambda point: point.memory.peaks, greatest_text),
)


def list_quantities(options: SummaryOptions) -> list[Quantity]:
    """The quantities of the table, with the memory of training or of inference where it is asked for."""
    if options.device is not None:
        return [*list_quantities(options._replace(device=None)), *_list_of_device(options)]
    if not options.budget:
        return list(_QUANTITIES)
    header = "Inference" if options.training is None else f"Training ({options.training})"
    more = [Quantity(header, lambda point: point.memory.needed, greatest_text)]
    if options.kv_cache:
        more.append(Quantity("KV cache", lambda point: (point.memory.cache_per_token,), greatest_text))
    return [*_QUANTITIES, *more]


def _list_of_device(options: SummaryOptions) -> list[Quantity]:
    """Whether each model fits the device, with the tokens that fit of a decoder, else with the least time it takes."""
    fits = Quantity("Fits", lambda point: (), greatest_text, _write_fit)
    if options.kv_cache:
        return [fits, Quantity("Tokens that fit", lambda point: (), greatest_text, _write_tokens)]
    return [fits, Quantity("Time", _list_times, _write_time, None)]


def _list_times(point: Point) -> tuple[Size, ...]:
    """The least time in picoseconds; nothing where it depends on sizes."""
    return () if point.bound.time is None else (point.bound.time,)


def _fit(point: Point) -> Fit:
    from shapecalc.analysis.fitting import Fit

    options = point.options
    assert options.device is not None
    return Fit(point.report, options.device, options.training, options.kv_cache)


def _write_fit(point: Point) -> str:
    """`yes`, `no`, or up to which value."""
    fit = _fit(point)
    if fit.fits is not None:
        return "yes" if fit.fits else "no"
    largest = fit.find_largest()
    return "depends" if largest is None else f"up to {largest[0]} = {largest[1]:,}" if largest[1] else "no"


def _write_tokens(point: Point) -> str:
    most = _fit(point).most_tokens
    return "-" if most is None else f"{most:,}"


def _write_time(sizes: tuple[Size, ...]) -> str:
    """A least time, or that sizes decide it."""
    from shapecalc.render.device import time_text

    return time_text(sizes[0]) if sizes and isinstance(sizes[0], int) else "depends"


def write_footer(options: SummaryOptions) -> list[str]:
    """The conventions of the table."""
    return write_notes(["macs", "activations", *options.shown])


def write_header(points: Sequence[Point], options: SummaryOptions) -> list[str]:
    return [*points[0].chosen, *(quantity.header for quantity in list_quantities(options)), "Output Shape"]


def make_cells(point: Point, options: SummaryOptions) -> tuple[str, ...]:
    """A line of the table."""
    values = [clean(_write_value(value)) for value in point.chosen.values()]
    return (*values, *(quantity.write(point) for quantity in list_quantities(options)), point.shapes)


def values_markdown(points: Sequence[Point], options: SummaryOptions) -> str:
    """A heading, the table, the conventions as a list."""
    right = [True] * (len(write_header(points, options)) - 1) + [False]
    table = markdown_table(
        [escaped(quantity) for quantity in write_header(points, options)],
        right,
        [make_cells(p, options) for p in points],
    )
    notes = [f"- {line.strip()}" for text in write_footer(options) for line in text.split("\n")]
    return f"### {escaped(model_name(points[0].report))}\n\n{table}\n" + "\n".join(notes) + "\n"


def values_csv(groups: Sequence[Sequence[Point]], options: SummaryOptions) -> str:
    """A row for each choice of values of each model; sizes as numbers or formulas, in bytes where they are memory."""
    shown = list_quantities(options)
    chosen = list(dict.fromkeys(name for points in groups for point in points for name in point.chosen))
    head = ("file", "model", *chosen, *(quantity.header for quantity in shown), "Output Shape")
    rows = (
        (
            point.report.file,
            point.report.name,
            *(_write_value(point.chosen[name]) for name in chosen),
            *(quantity.write_data(point) for quantity in shown),
            point.shapes,
        )
        for points in groups
        for point in points
    )
    return csv_text(head, rows)


def _list_alternatives(sizes: tuple[Size, ...]) -> Any:
    if not sizes:
        return None
    return to_json(sizes[0]) if len(sizes) == 1 else greatest_text(sizes).removesuffix(" B")


def values_json(groups: Sequence[Sequence[Point]], diagnostics: Sequence[Diagnostic]) -> str:
    """Models with `values`: for each choice its totals, memory and the shapes of its outputs."""
    models = [
        {
            "name": points[0].report.name,
            "file": points[0].report.file,
            "values": [
                {
                    "set": choice_json(point.chosen),
                    "totals": totals_json(point.totals),
                    "memory": memory_json(point.memory),
                    **_device_data(point),
                    "outputs": {name: shape_json(quantity.shape) for name, quantity in point.report.outputs.items()},
                }
                for point in points
            ],
        }
        for points in groups
    ]
    return document(models, diagnostics)


def _device_data(point: Point) -> dict[str, Any]:
    """What the device makes of a model, where one is asked for."""
    if point.options.device is None:
        return {}
    from shapecalc.render.device import device_json

    return {"device": device_json(point.report, point.options)}


def draw_bars(points: Sequence[Point], options: SummaryOptions, width: int | None, plain: bool) -> str:
    """A bar for each choice, of each quantity that is a number everywhere and not the same everywhere."""
    charts = []
    for quantity in list_quantities(options):
        if quantity.cell is not None:
            continue
        quantity_sizes = [quantity.sizes(point) for point in points]
        numbers = [sizes[0] for sizes in quantity_sizes if len(sizes) == 1 and isinstance(sizes[0], int)]
        if len(numbers) == len(points) and len(set(numbers)) > 1:
            charts.append(_draw_chart(quantity, points, numbers, width or PAGE, plain))
    return "\n".join(charts)


def _draw_chart(quantity: Quantity, points: Sequence[Point], numbers: list[int], width: int, plain: bool) -> str:
    labels = [clean(point.label) for point in points]
    texts = [quantity.text((number,)) for number in numbers]
    return f"{quantity.header}\n{draw_chart(labels, numbers, texts, width, plain)}\n"


def write_choice(chosen: Mapping[str, Any]) -> str:
    """`T=16, depth=2`."""
    return ", ".join(f"{name}={_write_value(value)}" for name, value in chosen.items())


def _write_value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return size_text(value) if isinstance(value, int) else str(value)


def choice_json(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name for JSON."""
    return {name: _convert_value(value) for name, value in chosen.items()}


def _convert_value(value: Any) -> Any:
    """A value for JSON, which has no infinite numbers."""
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    return value if isinstance(value, (str, bool)) or value is None else to_json(value)
