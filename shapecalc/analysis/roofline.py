"""The least time that a model takes on a device: layer by layer, what its products and its memory traffic need at best.

A layer takes at least its FLOPs at the device's peak rate for its dtype, and at least the bytes of its weights, inputs
and outputs at the peak bandwidth: the longer of the two. Nothing is fused, and nothing stays in a cache between layers.

A step of training does so again for each gradient: that of a layer's weights, where they are trained, and that of what
it is fed, where anything before it is trained. A product of two such inputs has two. What is frozen, or stands before
all that is trained, runs forward alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.costs import outputs_bytes, tensor_bytes
from shapecalc.dims import Size, add_up, at_least, floor_div, unknowns
from shapecalc.inference.batch import put_in_batch

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.report import Report, Row
    from shapecalc.analysis.trained import Trained
    from shapecalc.inference.walk import Walk
    from shapecalc.training.peak import Training

PICO = 10**12
"""Times are whole picoseconds, rounded down: a bound stays one."""

MOVES_NOTHING = frozenset(
    (
        "InputLayer", "Weight", "Identity", "Flatten", "Reshape", "RepeatVector", "Permute", "Dropout",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout", "GaussianNoise",
        "ActivityRegularization", "Cropping1D", "Cropping2D", "Cropping3D", "ops.reshape", "ops.expand_dims",
        "ops.squeeze", "ops.transpose", "ops.swapaxes", "ops.moveaxis", "ops.ravel", "ops.broadcast_to",
        "ops.stop_gradient", "ops.get_item", "ops.arange", "onnx.Reshape", "onnx.Flatten", "onnx.Squeeze",
        "onnx.Unsqueeze", "onnx.Transpose", "onnx.Identity", "onnx.Dropout", "onnx.Constant", "onnx.Shape",
    )
)  # fmt: skip
"""Types that pass their input on, another view of it or numbers that are known: none needs to move a byte."""

LOOKUPS = ("Embedding",)
"""Types that read of their weights the rows that are asked for."""


class Work(NamedTuple):
    """What one layer does in one call: products in a dtype, and bytes that come and go; so many `passes` of both."""

    dtype: str
    flops: Size
    bytes: Size
    passes: int = 1

    def list_times(self, device: Device) -> tuple[int, int] | None:
        """The least time of the products and of the traffic in picoseconds; None where a size is no number."""
        if not isinstance(self.flops, int) or not isinstance(self.bytes, int):
            return None
        rate, _ = device.find_rate(self.dtype)
        return self.flops * PICO // rate, self.bytes * PICO // device.bandwidth


class Bound(NamedTuple):
    """The least time of some layers, one after the other: picoseconds of those bound by products, and of those bound by
    traffic. `works` are all of them, where sizes are no numbers and the time is a formula.
    """

    compute: int
    memory: int
    works: tuple[Work, ...] = ()

    @property
    def time(self) -> int | None:
        """The least time of all in picoseconds; None where it depends on sizes."""
        return None if self.works else self.compute + self.memory

    def find_side(self, device: Device) -> str:
        """What takes longer, `compute` or `memory`; nothing where nothing takes time, `depends` where sizes decide."""
        compute, memory = self.compare(device)
        if compute == memory == 0:
            return ""
        if at_least(compute, memory):
            return "compute"
        return "memory" if at_least(memory, compute) else "depends"

    def compare(self, device: Device) -> tuple[Size, Size]:
        """Two sizes that are to each other as the time of products is to that of traffic."""
        if not self.works:
            return self.compute, self.memory
        rates = {work.dtype: device.find_rate(work.dtype)[0] for work in self.works}
        common = lcm(*rates.values())
        compute = add_up(work.flops * (common // rates[work.dtype]) for work in self.works)
        return compute * device.bandwidth, add_up(work.bytes for work in self.works) * common


def find_batch(report: Report) -> Size:
    """The samples that a model is fed at once: 1 where that is not known."""
    first = next(iter(report.inputs.values()), None)
    size: Size = first.shape[0] if first is not None and len(first.shape) else 1
    return 1 if unknowns(size) else size


def find_row_batch(row: Row) -> Size:
    """The samples of the call that a row is: those of what it is fed, or gives."""
    fed = [row.walk.tensor(source).shape for source in row.walk.sources_of(row.node)]
    first = next((shape for shape in (*fed, *row.shapes) if len(shape)), None)
    size: Size = first[0] if first is not None else 1
    return 1 if unknowns(size) else size


def list_works(rows: Iterable[Row], batch: Size, training: Training | None = None) -> Iterator[Work]:
    """The works of rows, of a block those of the layers in it, and of experts those that a router chooses."""
    for row in rows:
        if row.node.entry is None:
            continue
        if row.inferred.walk is not None:
            part = row.inferred.walk.graph.active
            works = list_works(row.rows, batch, training)
            yield from works if part == 1 else (_take_part(work, part) for work in works)
        elif row.type not in MOVES_NOTHING:
            yield _find_work(row, batch)._replace(passes=count_passes(row, training))


def count_passes(row: Row, training: Training | None) -> int:
    """One forward, and in training one backward for each gradient of the layer of a row."""
    return 1 if training is None else 1 + _follow_gradients(row.root, training).count_gradients(row)


def _follow_gradients(walked: Walk, training: Training) -> Trained:
    """The training of a model whose blocks are not run again: then each layer within is told of."""
    from shapecalc.analysis.trained import find_trained

    return find_trained(walked, training._replace(checkpoints=()))


def _take_part(work: Work, part: int | Fraction) -> Work:
    """A part of a work, rounded down."""
    over, under = part.as_integer_ratio()
    return work._replace(flops=floor_div(work.flops * over, under), bytes=floor_div(work.bytes * over, under))


def _find_work(row: Row, batch: Size) -> Work:
    inferred, layer = row.inferred, row.node.layer
    fed = dict.fromkeys(row.walk.sources_of(row.node))
    outputs = outputs_bytes(inferred, batch)
    read = add_up(weight.bytes for _, weight in inferred.all_weights())
    if row.type in LOOKUPS:
        # A row for each index, or all rows. Where it cannot be told which is less, nothing is sure to be read.
        read = read if at_least(outputs, read) else outputs if at_least(read, outputs) else 0
    moved = add_up((read, outputs, *(tensor_bytes(row.walk.tensor(source), batch) for source in fed)))
    counts_call = layer is not None and layer.counts_call
    total = inferred.total_macs * row.calls
    macs = put_in_batch(total, batch) if counts_call else total * batch
    dtype = inferred.output.dtype or (layer.compute_dtype if layer is not None else "float32")
    return Work(dtype, 2 * macs, moved)


def find_bound(works: Iterable[Work], device: Device, rounds: int = 1) -> Bound:
    """The least time of works, each done so many times."""
    compute = memory = 0
    every = [work._replace(passes=rounds * work.passes) for work in works]
    for work in every:
        times = work.list_times(device)
        if times is None:
            return Bound(0, 0, tuple(Work(each.dtype, *_repeat(each)) for each in every))
        if times[0] >= times[1]:
            compute += work.passes * times[0]
        else:
            memory += work.passes * times[1]
    return Bound(compute, memory)


def _repeat(work: Work) -> tuple[Size, Size]:
    """FLOPs and bytes of all passes of a work."""
    return work.passes * work.flops, work.passes * work.bytes


def find_longest(works: Iterable[Work], device: Device) -> Size:
    """Picoseconds that products take, as a formula; of works without any, those that the traffic takes."""
    every = list(works)
    products = (floor_div(work.flops * PICO, device.find_rate(work.dtype)[0]) for work in every)
    compute = add_up(products)
    return floor_div(add_up(work.bytes for work in every) * PICO, device.bandwidth) if compute == 0 else compute


def find_fused_time(report: Report, device: Device, training: Training | None = None) -> int | None:
    """The least time in picoseconds however layers are fused: all products, or weights, gradients of those that are
    trained, and what enters and leaves the model; None where sizes are no numbers.
    """
    batch = find_batch(report)
    compute = 0
    for work in list_works(report.rows, batch, training):
        times = work._replace(bytes=0).list_times(device)
        if times is None:
            return None
        compute += work.passes * times[0]
    ends = [*report.inputs.values(), *report.outputs.values()]
    moved = add_up((read_weights(report), *(tensor_bytes(tensor, batch) for tensor in ends)))
    if training is not None:
        moved = moved + add_up(_list_learned(report.rows, training))
    if not isinstance(moved, int):
        return None
    return max(compute, moved * PICO // device.bandwidth)


def read_weights(report: Report) -> Size:
    """Bytes of the weights that every call needs: of experts those that a router chooses, of tables of which a row is
    looked up next to nothing.
    """
    return report.active.bytes - add_up(_list_tables(report.rows))


def _list_learned(rows: Iterable[Row], training: Training) -> Iterator[Size]:
    """Bytes of the gradients of the weights that `read_weights` counts."""
    for row in rows:
        if row.inferred.walk is not None and not row.reused:
            over, under = row.inferred.walk.graph.active.as_integer_ratio()
            yield floor_div(add_up(_list_learned(row.rows, training)) * over, under)
        elif row.node.entry is not None and row.type not in LOOKUPS:
            yield _follow_gradients(row.root, training).measure_gradients(row)


def _list_tables(rows: Iterable[Row]) -> Iterator[Size]:
    for row in rows:
        if row.inferred.walk is not None and not row.reused:
            yield from _list_tables(row.rows)
        elif row.type in LOOKUPS:
            yield add_up(weight.bytes for _, weight in row.weights)


def find_model_bound(report: Report, device: Device, training: Training | None = None) -> Bound:
    """The least time of a whole model for one batch, or of a step of training."""
    return find_bound(list_works(report.rows, find_batch(report), training), device)
