"""Operators on images. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Size, known, portions, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import (
    Operator,
    count_listed,
    give,
    index_by_name,
    list_numbers,
    place_axes,
    rule,
)
from shapecalc.layers.values import Inferred, Tensor


class Resize(Operator):
    """A tensor at other sizes, numbers between interpolated. https://onnx.ai/onnx/operators/onnx__Resize.html"""

    type_name = "onnx.Resize"
    ports = ("X", "roi?", "scales?", "sizes?")
    numbers = ("roi", "scales", "sizes")
    mode = arg.choice("nearest", "linear", "cubic", default="nearest", doc="How numbers between are found.")
    coordinate_transformation_mode = arg.value("half_pixel", "Where the new numbers stand among the old.")
    cubic_coeff_a = arg.number(-0.75, doc="Coefficient of cubic interpolation.")
    exclude_outside = arg.flag(doc="Leave out what lies outside.")
    extrapolation_value = arg.number(0.0, doc="What lies outside.")
    nearest_mode = arg.value("round_prefer_floor", "Which of two is the nearest.")
    antialias = arg.flag(doc="Smooth where it gets smaller.")
    axes = arg.optional(arg.axes(doc="The axes that scales or sizes are for; without it all."))
    keep_aspect_ratio_policy = arg.value("stretch", "What becomes of sizes that do not fit each other.")


@rule(Resize)
def resize(
    cfg: Resize,
    X: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Inferred:
    given = (cfg.axes,) if isinstance(cfg.axes, int) else cfg.axes
    axes = tuple(range(X.shape.ndim)) if given is None else place_axes(given, X.shape.ndim)
    result: list[Size] = list(X.shape)
    wanted, factors = list_numbers(sizes), list_numbers(scales)
    for name, values in (("sizes", wanted), ("scales", factors)):
        if values and len(values) != len(axes):
            message = f"has {len(values)} numbers for {len(axes)} axes"
            raise ShapeError(message, arg=name, code="SC205")
    if wanted:
        if cfg.keep_aspect_ratio_policy != "stretch":
            wanted = tuple(portions.keep_ratio([X.shape[axis] for axis in axes], wanted, cfg.keep_aspect_ratio_policy))
        for axis, size in zip(axes, wanted, strict=True):
            result[axis] = size
        return give(result, X.dtype)
    if not factors:
        if (scales is None or not scales.shape or scales.shape[0] == 0) and sizes is None:
            raise ShapeError("needs `scales` or `sizes`", code="SC306")
        return give([unknown() if axis in axes else size for axis, size in enumerate(X.shape)], X.dtype)
    for axis, factor in zip(axes, factors, strict=True):
        result[axis] = scale_size(X.shape[axis], factor, roi, axis, len(axes), cfg.coordinate_transformation_mode)
    return give(result, X.dtype)


def scale_size(size: Size, factor: Any, roi: Tensor | None, axis: int, axes: int, mode: str) -> Size:
    """`floor(size * factor)`; with a region of interest, of the part it takes."""
    region = list_numbers(roi) if mode == "tf_crop_and_resize" else None
    if region:
        factor = known.multiply(factor, known.subtract(region[axes + axis], region[axis]))
    scaled = known.floor(known.multiply(size, factor))
    return int(scaled) if isinstance(scaled, float) else scaled if isinstance(scaled, (int, Dim)) else unknown()


class Upsample(Operator):
    """Resize, as it was called before version 10. https://onnx.ai/onnx/operators/onnx__Upsample.html"""

    type_name = "onnx.Upsample"
    ports = ("X", "scales")
    numbers = ("scales",)
    mode = arg.choice("nearest", "linear", default="nearest", doc="How numbers between are found.")


@rule(Upsample)
def upsample(cfg: Upsample, X: Tensor, scales: Tensor) -> Inferred:
    factors = list_numbers(scales)
    if factors is None:
        return give([unknown() for _ in X.shape], X.dtype)
    sizes = [scale_size(size, factor, None, 0, 0, "") for size, factor in zip(X.shape, factors, strict=True)]
    return give(sizes, X.dtype)


class GridSample(Operator):
    """Numbers of an image at places that are given. https://onnx.ai/onnx/operators/onnx__GridSample.html"""

    type_name = "onnx.GridSample"
    ports = ("X", "grid")
    align_corners = arg.flag(doc="Whether 1 is the middle of the last number or its edge.")
    mode = arg.value("linear", "How numbers between are found.")
    padding_mode = arg.value("zeros", "What lies outside.")


@rule(GridSample)
def grid_sample(cfg: GridSample, X: Tensor, grid: Tensor) -> Inferred:
    return give((*X.shape[:2], *grid.shape[1:-1]), X.dtype)


class AffineGrid(Operator):
    """Places that an affine map sends a grid to. https://onnx.ai/onnx/operators/onnx__AffineGrid.html"""

    type_name = "onnx.AffineGrid"
    ports = ("theta", "size")
    numbers = ("size",)
    align_corners = arg.flag(doc="Whether 1 is the middle of the last number or its edge.")


@rule(AffineGrid)
def affine_grid(cfg: AffineGrid, theta: Tensor, size: Tensor) -> Inferred:
    sizes = list_numbers(size)
    if sizes is None:
        spatial = [unknown() for _ in range(count_listed(size, "size") - 2)]
        return give((theta.shape[0], *spatial, len(spatial)), theta.dtype)
    return give((sizes[0], *sizes[2:], len(sizes) - 2), theta.dtype)


class CenterCropPad(Operator):
    """The middle of a tensor, or a border around it. https://onnx.ai/onnx/operators/onnx__CenterCropPad.html"""

    type_name = "onnx.CenterCropPad"
    ports = ("input_data", "shape")
    numbers = ("shape",)
    axes = arg.optional(arg.axes(doc="The axes that the shape is for; without it all."))


@rule(CenterCropPad)
def center_crop_pad(cfg: CenterCropPad, input_data: Tensor, shape: Tensor) -> Inferred:
    given = (cfg.axes,) if isinstance(cfg.axes, int) else cfg.axes
    axes = tuple(range(input_data.shape.ndim)) if given is None else place_axes(given, input_data.shape.ndim)
    sizes = list(input_data.shape)
    wanted = list_numbers(shape)
    for number, axis in enumerate(axes):
        sizes[axis] = unknown() if wanted is None else wanted[number]
    return give(sizes, input_data.dtype)


class RoiAlign(Operator):
    """Regions of an image at one size. https://onnx.ai/onnx/operators/onnx__RoiAlign.html"""

    type_name = "onnx.RoiAlign"
    ports = ("X", "rois", "batch_indices")
    coordinate_transformation_mode = arg.value("half_pixel", "Where regions begin.")
    mode = arg.value("avg", "How numbers are put together.")
    output_height = arg.count(1, doc="Height of each region.")
    output_width = arg.count(1, doc="Width of each region.")
    sampling_ratio = arg.count(0, doc="Numbers taken in each cell.", low=0)
    spatial_scale = arg.number(1.0, doc="Size of the image over that of the regions' coordinates.")


@rule(RoiAlign)
def roi_align(cfg: RoiAlign, X: Tensor, rois: Tensor, batch_indices: Tensor) -> Inferred:
    return give((rois.shape[0], X.shape[1], cfg.output_height, cfg.output_width), X.dtype)


class MaxRoiPool(Operator):
    """Maxima of regions of an image. https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html"""

    type_name = "onnx.MaxRoiPool"
    ports = ("X", "rois")
    pooled_shape = arg.axes(doc="Height and width of each region.")
    spatial_scale = arg.number(1.0, doc="Size of the image over that of the regions' coordinates.")


@rule(MaxRoiPool)
def max_roi_pool(cfg: MaxRoiPool, X: Tensor, rois: Tensor) -> Inferred:
    pooled = (cfg.pooled_shape,) if isinstance(cfg.pooled_shape, int) else cfg.pooled_shape
    return give((rois.shape[0], X.shape[1], *pooled), X.dtype)


class NonMaxSuppression(Operator):
    """Boxes that overlap no better one. https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html"""

    type_name = "onnx.NonMaxSuppression"
    ports = ("boxes", "scores", "max_output_boxes_per_class?", "iou_threshold?", "score_threshold?")
    numbers = ("max_output_boxes_per_class", "iou_threshold", "score_threshold")
    center_point_box = arg.flag(doc="Boxes are middle and size, not corners.")


@rule(NonMaxSuppression)
def non_max_suppression(cfg: NonMaxSuppression, boxes: Tensor, scores: Tensor, *more: Any) -> Inferred:
    return give((unknown(), 3), "int64")


TYPES = index_by_name(
    Resize, Upsample, GridSample, AffineGrid, CenterCropPad, RoiAlign, MaxRoiPool, NonMaxSuppression,
)  # fmt: skip
