"""Forwards of layers/onnx/image.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from shapecalc.forward.base import Array
from shapecalc.forward.onnx.base import as_single, choose, list_whole, operator, place_axis

if TYPE_CHECKING:
    from shapecalc.layers.onnx.image import (
        AffineGrid,
        CenterCropPad,
        GridSample,
        MaxRoiPool,
        NonMaxSuppression,
        Resize,
        RoiAlign,
        Upsample,
    )


class Resizing(Protocol):
    """A config that says how an axis is resized."""

    @property
    def mode(self) -> str: ...
    @property
    def coordinate_transformation_mode(self) -> Any: ...
    @property
    def nearest_mode(self) -> Any: ...
    @property
    def cubic_coeff_a(self) -> float: ...
    @property
    def exclude_outside(self) -> bool: ...
    @property
    def extrapolation_value(self) -> float: ...
    @property
    def antialias(self) -> bool: ...


def _list_floats(array: Array | None) -> list[float]:
    return [] if array is None else [float(item) for item in array.reshape(-1)]


@operator("Resize")
def resize(cfg: Resize, X: Array, roi: Array | None, scales: Array | None, sizes: Array | None) -> Any:
    given = (cfg.axes,) if isinstance(cfg.axes, int) else cfg.axes
    axes = list(range(X.ndim)) if given is None else [place_axis(axis, X.ndim) for axis in given]
    factors, wanted = _list_floats(scales), list_whole(sizes) or []
    if wanted:
        factors = [target / X.shape[axis] for target, axis in zip(wanted, axes, strict=True)]
        if cfg.keep_aspect_ratio_policy != "stretch":
            factor = min(factors) if cfg.keep_aspect_ratio_policy == "not_larger" else max(factors)
            factors = [factor] * len(axes)
            wanted = [int(np.floor(factor * X.shape[axis] + 0.5)) for axis in axes]
    region = _list_floats(roi)
    y = as_single(X)
    for number, axis in enumerate(axes):
        start, stop = (region[number], region[number + len(axes)]) if region else (0.0, 1.0)
        line = Line(X.shape[axis], factors[number], wanted[number] if wanted else None, (start, stop))
        y = _resize_axis(cfg, y, axis, line)
    return _round_like(y, X.dtype)


def _round_like(y: Array, dtype: np.dtype[Any]) -> Array:
    """Interpolated numbers in the dtype of the input; whole ones are rounded."""
    if dtype.kind == "f" or y.dtype == dtype:
        return y.astype(dtype, copy=False)
    if dtype.kind == "b":
        return np.asarray(y != 0)
    bounds = np.iinfo(dtype)
    return np.clip(np.rint(y), bounds.min, bounds.max).astype(dtype)


class Line:
    """An axis that is resized: its size, the factor, the new size, and which part of it is taken."""

    def __init__(self, size: int, factor: float, wanted: int | None, region: tuple[float, float]) -> None:
        self.size = size
        self.factor = factor
        self.exact = factor * size if wanted is None else float(wanted)
        self.wanted = int(np.floor(np.float32(factor) * np.float32(size))) if wanted is None else wanted
        self.region = region

    def find_places(self, mode: str) -> Array:
        """Where the new numbers stand among the old ones. Raises CannotRun for an unknown mode."""
        new = np.arange(self.wanted, dtype=np.float64)
        return choose(_PLACES, mode, "coordinate_transformation_mode")(self, new)


def _place_corners(line: Line, new: Array) -> Array:
    return new * 0.0 if line.exact == 1 else new * (line.size - 1) / (line.exact - 1)


def _place_crop(line: Line, new: Array) -> Array:
    start, stop = line.region
    if line.wanted == 1:
        return new * 0 + (start + stop) * (line.size - 1) / 2
    return (start + new * (stop - start) / (line.exact - 1)) * (line.size - 1)


def _place_half(line: Line, new: Array) -> Array:
    return (new + 0.5) / line.factor - 0.5


_PLACES: dict[str, Callable[[Line, Array], Array]] = {
    "half_pixel": _place_half,
    "half_pixel_symmetric": lambda line, new: line.size / 2 * (1 - line.wanted / line.exact) + _place_half(line, new),
    "pytorch_half_pixel": lambda line, new: new * 0 - 0.5 if line.exact == 1 else _place_half(line, new),
    "align_corners": _place_corners,
    "asymmetric": lambda line, new: new / line.factor,
    "tf_crop_and_resize": _place_crop,
}
"""Where new numbers stand among the old ones, by what ONNX calls it."""


def _resize_axis(cfg: Resizing, x: Array, axis: int, line: Line) -> Array:
    """One axis resized: sums of a few of its numbers, by coefficients."""
    mode = cfg.coordinate_transformation_mode
    if line.wanted == line.size and line.factor == 1 and mode != "tf_crop_and_resize":
        return x
    places = line.find_places(mode)
    base = np.ceil(places) - 1  # a number that stands on an old one is told from the left
    ratio = places - base
    offsets, weights = _find_weights(cfg, ratio, min(line.factor, 1.0) if cfg.antialias else 1.0)
    indices = (base[:, None] + offsets).astype(np.int64)
    if cfg.exclude_outside:
        weights = np.where((indices < 0) | (indices >= line.size), 0, weights)
        weights = weights / weights.sum(1, keepdims=True)
    indices = np.clip(indices, 0, line.size - 1)
    y: Any = 0
    lead = (-1, *(1,) * (x.ndim - 1 - axis))
    for tap in range(indices.shape[1]):
        if cfg.mode == "nearest":
            chosen = np.where(weights[:, 0] > 0, indices[:, 0], indices[:, 1])
            y = np.take(x, chosen, axis)
            break
        factors = weights[:, tap].reshape(lead)
        y = y + np.take(x, indices[:, tap], axis) * (factors.astype(x.dtype) if x.dtype.kind == "f" else factors)
    if mode == "tf_crop_and_resize":
        outside = ((places < 0) | (places > line.size - 1)).reshape(lead)
        y = np.where(outside, cfg.extrapolation_value, y).astype(np.asarray(y).dtype)
    return np.asarray(y)


def _find_weights(cfg: Resizing, ratio: Array, scale: float) -> tuple[Array, Array]:
    """Which neighbours of each place are summed, counted from the one on its left, and by which coefficients."""
    if cfg.mode == "nearest":
        return np.array([0, 1]), _choose_nearest(cfg.nearest_mode, ratio)
    reach = 1 if cfg.mode == "linear" else 2
    first = int(np.floor(-reach / scale) + 1)
    offsets = np.arange(first, 2 - first)
    distances = np.abs((offsets - ratio[:, None]) * scale)
    weights = np.clip(1 - distances, 0, 1) if cfg.mode == "linear" else cubic(distances, cfg.cubic_coeff_a)
    return offsets, weights / weights.sum(1, keepdims=True) if scale < 1 else weights


_IS_LEFT: dict[str, Callable[[Array], Any]] = {
    "round_prefer_floor": lambda ratio: ratio <= 0.5,
    "round_prefer_ceil": lambda ratio: ratio < 0.5,
    "floor": lambda ratio: ratio < 1,
    "ceil": lambda ratio: ratio < 0,
}
"""Whether the nearest of two numbers is the left one, by how far on from it a place is."""


def _choose_nearest(mode: str, ratio: Array) -> Array:
    """1 for the left neighbour or for the right one."""
    left = choose(_IS_LEFT, mode, "nearest_mode")(ratio)
    return np.stack([left, ~left], 1).astype(np.float64)


def cubic(distances: Array, a: float) -> Array:
    """The weight of a number by its distance. Keys, 1981, https://doi.org/10.1109/TASSP.1981.1163711"""
    near = ((a + 2) * distances - (a + 3)) * distances**2 + 1
    far = ((a * distances - 5 * a) * distances + 8 * a) * distances - 4 * a
    return np.where(distances <= 1, near, np.where(distances < 2, far, 0))


class _Upsampling:
    """What `Resize` has attributes for, as Upsample does it."""

    coordinate_transformation_mode = "asymmetric"
    nearest_mode = "floor"
    antialias = exclude_outside = False
    cubic_coeff_a, extrapolation_value = -0.75, 0.0

    def __init__(self, mode: str) -> None:
        self.mode = mode


@operator("Upsample")
def upsample(cfg: Upsample, X: Array, scales: Array) -> Any:
    y = as_single(X)
    for axis, factor in enumerate(_list_floats(scales)):
        y = _resize_axis(_Upsampling(cfg.mode), y, axis, Line(X.shape[axis], factor, None, (0.0, 1.0)))
    return _round_like(y, X.dtype)


def _reflect(places: Array, low: float, high: float) -> Array:
    """Places outside of two bounds, folded back between them."""
    span = high - low
    if span <= 0:
        return np.full_like(places, low)
    folded = np.mod(places - low, 2 * span)
    return np.asarray(low + np.where(folded > span, 2 * span - folded, folded))


class _Sampling:
    """How an axis of an image is sampled: its size, the bounds within which it is reflected, and what lies outside."""

    def __init__(self, cfg: GridSample, size: int) -> None:
        self.size = size
        self.align = cfg.align_corners
        self.padding = choose(
            {name: name for name in ("zeros", "border", "reflection")}, cfg.padding_mode, "padding_mode"
        )
        self.low, self.high = (0.0, size - 1.0) if cfg.align_corners else (-0.5, size - 0.5)

    def place(self, x: Array) -> Array:
        """Coordinates from -1 to 1 as places along the axis."""
        return np.asarray((x + 1) / 2 * (self.size - 1) if self.align else ((x + 1) * self.size - 1) / 2)

    def bound(self, places: Array) -> Array:
        """Places within the axis, where those outside are not 0."""
        outside = (places < self.low) | (places > self.high)
        if self.padding == "border":
            return np.where(outside, np.clip(places, 0, self.size - 1), places)
        return (
            np.where(outside, _reflect(places, self.low, self.high), places) if self.padding == "reflection" else places
        )

    def index(self, places: Array) -> tuple[Array, Array]:
        """Indices of whole places, and whether there is a number."""
        inside = (places >= 0) & (places <= self.size - 1)
        if self.padding == "reflection":
            places, inside = np.where(inside, places, _reflect(places, self.low, self.high)), np.ones_like(inside)
        elif self.padding == "border":
            inside = np.ones_like(inside)
        return np.clip(places, 0, self.size - 1).astype(np.int64), inside


@operator("GridSample")
def grid_sample(cfg: GridSample, X: Array, grid: Array) -> Any:
    x = as_single(X)
    mode = str(cfg.mode).removeprefix("bi").removeprefix("tri")
    axes = []
    for axis, size in enumerate(X.shape[2:]):
        sampling = _Sampling(cfg, size)
        places = sampling.place(grid[..., X.ndim - 3 - axis].astype(np.float64))
        places = np.rint(places) if mode == "nearest" else places
        places = sampling.bound(places)
        base = np.floor(places)
        offsets = choose({"nearest": [0], "linear": [0, 1], "cubic": [-1, 0, 1, 2]}, mode, "mode")
        taps = []
        for offset in offsets:
            distance = np.abs(places - base - offset)
            weight = (
                distance * 0 + 1 if mode == "nearest" else 1 - distance if mode == "linear" else cubic(distance, -0.75)
            )
            index, inside = sampling.index(base + offset)
            taps.append((index, weight * inside))
        axes.append(taps)
    total = np.zeros((X.shape[0], *grid.shape[1:-1], X.shape[1]), x.dtype if x.dtype.kind == "f" else np.float64)
    rows = np.moveaxis(x, 1, -1)
    samples = np.arange(X.shape[0]).reshape(-1, *(1,) * (grid.ndim - 2))
    for chosen in product(*axes):
        weight = np.prod([weight for _, weight in chosen], axis=0)
        total += rows[(samples, *(index for index, _ in chosen))] * weight[..., None].astype(total.dtype)
    return _round_like(np.moveaxis(total, -1, 1), X.dtype)


@operator("AffineGrid")
def affine_grid(cfg: AffineGrid, theta: Array, size: Array) -> Any:
    spatial = (list_whole(size) or [])[2:]
    lines = [
        np.linspace(-1, 1, count) if cfg.align_corners else (2 * np.arange(count) + 1) / count - 1 for count in spatial
    ]
    places = np.meshgrid(*lines, indexing="ij")
    points = np.stack([*places[::-1], np.ones_like(places[0])], -1).astype(theta.dtype)
    return np.einsum("...k,njk->n...j", points, theta).astype(theta.dtype, copy=False)


@operator("CenterCropPad")
def center_crop_pad(cfg: CenterCropPad, input_data: Array, shape: Array) -> Any:
    given = (cfg.axes,) if isinstance(cfg.axes, int) else cfg.axes
    axes = range(input_data.ndim) if given is None else [place_axis(axis, input_data.ndim) for axis in given]
    y = input_data
    for axis, wanted in zip(axes, list_whole(shape) or [], strict=True):
        size = y.shape[axis]
        if wanted < size:
            start = (size - wanted) // 2
            y = np.take(y, np.arange(start, start + wanted), axis)
        else:
            borders = [(0, 0)] * y.ndim
            borders[axis] = (wanted - size) // 2, (wanted - size + 1) // 2
            y = np.pad(y, borders)
    return y


@operator("RoiAlign")
def roi_align(cfg: RoiAlign, X: Array, rois: Array, batch_indices: Array) -> Any:
    shift = choose(_SHIFTS, cfg.coordinate_transformation_mode, "coordinate_transformation_mode")
    y = np.zeros((len(rois), X.shape[1], cfg.output_height, cfg.output_width), as_single(X).dtype)
    for number, (roi, sample) in enumerate(zip(rois, batch_indices, strict=True)):
        left, top, right, bottom = (float(side) * cfg.spatial_scale - shift for side in roi)
        height, width = bottom - top, right - left
        if not shift:
            height, width = max(height, 1.0), max(width, 1.0)
        rows = _sample_cells(top, height, cfg.output_height, cfg.sampling_ratio, X.shape[2])
        columns = _sample_cells(left, width, cfg.output_width, cfg.sampling_ratio, X.shape[3])
        y[number] = _gather_cells(cfg.mode, as_single(X)[int(sample)], rows, columns)
    return y.astype(X.dtype, copy=False)


_SHIFTS = {"half_pixel": 0.5, "output_half_pixel": 0.0}
_PUT_TOGETHER: dict[str, Callable[[Array], Any]] = {
    "avg": lambda parts: np.sum(parts, axis=0).mean((2, 4)),
    "max": lambda parts: np.max(parts, axis=0).max((2, 4)),
}

Cells = tuple[Array, Array, Array, Array]
"""Of each cell's samples: the indices before and after, and the weights of both; 0 outside of the image."""


def _sample_cells(start: float, span: float, cells: int, ratio: int, size: int) -> Cells:
    """Where the samples of each cell along one axis stand: (cells, samples)."""
    count = ratio or max(int(np.ceil(span / cells)), 1)
    step = span / cells
    places = start + (np.arange(cells)[:, None] + (np.arange(count) + 0.5) / count) * step
    outside = (places < -1) | (places > size)
    held = np.clip(places, 0, size - 1)
    low = np.minimum(np.floor(held).astype(np.int64), size - 1)
    part = held - low
    return low, np.minimum(low + 1, size - 1), np.where(outside, 0, 1 - part), np.where(outside, 0, part)


def _gather_cells(mode: str, image: Array, rows: Cells, columns: Cells) -> Array:
    """The mean of each cell's samples, or the greatest of what they are put together of: (channels, rows, columns)."""
    parts = []
    for row, row_weight in ((rows[0], rows[2]), (rows[1], rows[3])):
        for column, column_weight in ((columns[0], columns[2]), (columns[1], columns[3])):
            pixels = image[:, row[:, :, None, None], column[None, None]]
            parts.append(pixels * (row_weight[:, :, None, None] * column_weight[None, None]))
    return np.asarray(choose(_PUT_TOGETHER, mode, "mode")(np.asarray(parts)))


@operator("MaxRoiPool")
def max_roi_pool(cfg: MaxRoiPool, X: Array, rois: Array) -> Any:
    height, width = (cfg.pooled_shape,) * 2 if isinstance(cfg.pooled_shape, int) else cfg.pooled_shape
    y = np.zeros((len(rois), X.shape[1], height, width), X.dtype)
    for number, roi in enumerate(rois):
        left, top, right, bottom = (round(float(side) * cfg.spatial_scale) for side in roi[1:])
        rows = _cut_cells(top, max(bottom - top + 1, 1), height, X.shape[2])
        columns = _cut_cells(left, max(right - left + 1, 1), width, X.shape[3])
        for row, column in product(range(height), range(width)):
            part = X[int(roi[0]), :, rows[row], columns[column]]
            if part.size:
                y[number, :, row, column] = part.max((1, 2))
    return y


def _cut_cells(start: int, span: int, cells: int, size: int) -> list[slice]:
    """The stretch of an axis that each cell covers."""
    step = span / cells
    return [
        slice(*np.clip([start + int(np.floor(n * step)), start + int(np.ceil((n + 1) * step))], 0, size))
        for n in range(cells)
    ]


@operator("NonMaxSuppression")
def non_max_suppression(
    cfg: NonMaxSuppression, boxes: Array, scores: Array, max_output_boxes_per_class: Array | None,
    iou_threshold: Array | None, score_threshold: Array | None,
) -> Any:  # fmt: skip
    """(batch, class, box) of the boxes that are kept, the best of each class first."""
    most = (list_whole(max_output_boxes_per_class) or [0])[0]
    overlap = (_list_floats(iou_threshold) or [0.0])[0]
    least = (_list_floats(score_threshold) or [-np.inf])[0]
    chosen: list[tuple[int, int, int]] = []
    for sample, name in product(range(scores.shape[0]), range(scores.shape[1])):
        corners = _find_corners(boxes[sample], center=cfg.center_point_box)
        marks = scores[sample, name]
        kept: list[int] = []
        for box in np.argsort(-marks, kind="stable"):
            if len(kept) >= most or (score_threshold is not None and not marks[box] > least):
                break
            if not any(_overlap(corners[box], corners[other]) > overlap for other in kept):
                kept.append(int(box))
        chosen += [(sample, name, box) for box in kept]
    return np.array(chosen, np.int64).reshape(-1, 3)


def _find_corners(boxes: Array, *, center: bool) -> Array:
    """(low, low, high, high) of each box."""
    wide = boxes.astype(np.float64)
    if center:
        middle, half = wide[:, :2], wide[:, 2:] / 2
        return np.concatenate([middle - half, middle + half], 1)
    return np.concatenate([np.minimum(wide[:, :2], wide[:, 2:]), np.maximum(wide[:, :2], wide[:, 2:])], 1)


def _overlap(left: Array, right: Array) -> float:
    """The area of two boxes that both have, over that of either."""
    sides = np.minimum(left[2:], right[2:]) - np.maximum(left[:2], right[:2])
    if (sides <= 0).any():
        return 0.0
    both = float(np.prod(sides))
    either = float(np.prod(left[2:] - left[:2]) + np.prod(right[2:] - right[:2])) - both
    return both / either if either > 0 else 0.0


def sample_zeros(image: Sequence[Any] | Array, places: Sequence[Array]) -> Array:
    """(channels, ...) numbers of an image (channels, *spatial) at places, interpolated; 0 outside of it."""
    x = np.asarray(image)
    total: Any = 0
    for corner in product((0, 1), repeat=len(places)):
        weight: Any = 1
        index = []
        for axis, (place, step) in enumerate(zip(places, corner, strict=True)):
            base = np.floor(place)
            at = base + step
            inside = (at >= 0) & (at < x.shape[axis + 1])
            weight = weight * np.where(inside, 1 - np.abs(place - at), 0)
            index.append(np.clip(at, 0, x.shape[axis + 1] - 1).astype(np.int64))
        total = total + x[(slice(None), *index)] * weight
    return np.asarray(total)
