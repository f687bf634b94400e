"""Functions of TensorFlow that move, cut and join: shapes, slices and images, in keras.ops.

`tf.reshape(x, (tf.shape(x)[0], 4))` computes with sizes. They are followed where they are known, and one that is not
known can be the -1 of a new shape.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from shapecalc.formats.keras.reading.keras2.writer import Json, Size, Sizes, Writer, function, is_tensor


@function("compat.v1.shape", "shape")
def shape(writer: Writer, input: Any, out_type: Any = None) -> Any:
    return Sizes(writer.shape, input)


@function("__operators__.getitem")
def getitem(writer: Writer, x: Any, slice_spec: Any = None) -> Any:
    if isinstance(x, Sizes):
        return _sizes_at(writer, x, slice_spec)
    entries = slice_spec if isinstance(slice_spec, list) else [slice_spec]
    return writer.op("get_item", x, [_modern_entry(writer, entry) for entry in entries])


def _sizes_at(writer: Writer, sizes: Sizes, key: Any) -> Any:
    """One of the sizes of a tensor, or several."""
    if isinstance(key, list) and len(key) == 1:
        (key,) = key
    if type(key) is int:
        return sizes.at(key)
    if isinstance(key, dict) and sizes.known is not None:
        bounds = [key.get(name) for name in ("start", "stop", "step")]
        if all(bound is None or type(bound) is int for bound in bounds):
            return [sizes.at(axis) for axis in range(len(sizes.known))[slice(*bounds)]]
    raise writer.refusal("it takes sizes of a tensor that are not known")


def _modern_entry(writer: Writer, entry: Any) -> Any:
    """What stands between brackets, as Keras 3 writes it."""
    if isinstance(entry, dict) and entry.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(entry, dict) and entry.keys() <= {"start", "stop", "step"}:
        bounds = {name: _bound(writer, entry.get(name)) for name in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": bounds}
    return _bound(writer, entry)


def _bound(writer: Writer, value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    what = "a tensor or a size of one" if is_tensor(value) or isinstance(value, Size) else "something else"
    raise writer.refusal(f"{what} stands between its brackets, where a spec takes whole numbers")


@function("slice")
def slice_(writer: Writer, input: Any, begin: Any, size: Any) -> Any:
    starts, sizes = _numbers(writer, begin), _numbers(writer, size)
    stops = [None if size < 0 else start + size for start, size in zip(starts, sizes, strict=False)]
    return _take_slices(writer, input, starts, stops, [1] * len(starts))


@function("strided_slice")
def strided_slice(writer: Writer, input: Any, begin: Any, end: Any, strides: Any = None) -> Any:
    starts, stops = _numbers(writer, begin), _numbers(writer, end)
    return _take_slices(writer, input, starts, [*stops], _numbers(writer, strides) if strides else [1] * len(starts))


def _take_slices(writer: Writer, x: Any, starts: list[int], stops: list[int | None], steps: list[int]) -> Json:
    bounds = zip(starts, stops, steps, strict=False)
    key = [{"start": start, "stop": stop, "step": None if step == 1 else step} for start, stop, step in bounds]
    return writer.op("get_item", x, [{"class_name": "__slice__", "config": entry} for entry in key])


@function("reshape")
def reshape(writer: Writer, tensor: Any, shape: Any) -> Any:
    return writer.op("reshape", tensor, newshape=_new_shape(writer, shape))


def _new_shape(writer: Writer, sizes: Any) -> list[int]:
    """A shape in numbers; -1 stands for a size that is not known, where there is no more than one. Raises Fault."""
    if isinstance(sizes, Sizes) and sizes.known is not None:
        sizes = [sizes.at(axis) for axis in range(len(sizes.known))]
    items = sizes if isinstance(sizes, list) else [sizes]
    shape = [-1 if isinstance(item, Size) else item for item in items]
    if any(type(item) is not int for item in shape):
        raise writer.refusal("its new shape is computed, which a spec cannot say")
    if shape.count(-1) > 1:
        raise writer.refusal("more than one size of its new shape is not known")
    return shape


@function("broadcast_to")
def broadcast_to(writer: Writer, input: Any, shape: Any) -> Any:
    return writer.op("broadcast_to", input, shape=_numbers(writer, shape))


@function("keras.backend.batch_flatten")
def batch_flatten(writer: Writer, x: Any) -> Any:
    return writer.layer("Flatten", x)


@function("compat.v1.transpose", "transpose")
def transpose(writer: Writer, a: Any, perm: Any = None, conjugate: Any = False) -> Any:
    return writer.op("transpose", a, axes=perm)


@function("expand_dims", "compat.v1.expand_dims")
def expand_dims(writer: Writer, input: Any, axis: Any) -> Any:
    return writer.op("expand_dims", input, axis=axis)


@function("compat.v1.squeeze", "squeeze")
def squeeze(writer: Writer, input: Any, axis: Any = None) -> Any:
    return writer.op("squeeze", input, axis=axis or None)


@function("concat", "compat.v1.concat")
def concat(writer: Writer, values: Any, axis: Any) -> Any:
    return writer.op("concatenate", values, axis=axis)


@function("stack")
def stack(writer: Writer, values: Any, axis: Any = 0) -> Any:
    if isinstance(values, list) and not any(map(is_tensor, values)):
        return values
    return writer.op("stack", values, axis=axis)


@function("unstack")
def unstack(writer: Writer, value: Any, num: Any = None, axis: Any = 0) -> Any:
    if isinstance(value, Sizes) and value.known is not None:
        return tuple([value.at(place) for place in range(len(value.known))])
    return writer.several("unstack", value, num=num, axis=axis)


@function("split")
def split(writer: Writer, value: Any, num_or_size_splits: Any, axis: Any = 0) -> Any:
    parts = num_or_size_splits
    if isinstance(parts, list):
        parts = [*accumulate(_numbers(writer, parts))][:-1]
    return writer.several("split", value, indices_or_sections=parts, axis=axis)


@function("tile")
def tile(writer: Writer, input: Any, multiples: Any) -> Any:
    return writer.op("tile", input, repeats=_numbers(writer, multiples))


@function("repeat")
def repeat(writer: Writer, input: Any, repeats: Any, axis: Any = None) -> Any:
    return writer.op("repeat", input, repeats=repeats, axis=axis)


@function("compat.v1.pad", "pad")
def pad(writer: Writer, tensor: Any, paddings: Any, mode: Any = "CONSTANT", constant_values: Any = 0) -> Any:
    filled = [constant_values] if constant_values else []
    return writer.op("pad", tensor, *filled, pad_width=paddings, mode=str(mode).lower())


@function("reverse")
def reverse(writer: Writer, tensor: Any, axis: Any) -> Any:
    return writer.op("flip", tensor, axis=axis)


@function("roll")
def roll(writer: Writer, input: Any, shift: Any, axis: Any) -> Any:
    return writer.op("roll", input, shift=shift, axis=axis)


@function("compat.v1.gather", "gather")
def gather(
    writer: Writer, params: Any, indices: Any, axis: Any = 0, batch_dims: Any = 0, validate_indices: Any = None
) -> Any:
    if isinstance(params, Sizes):
        return _sizes_at(writer, params, indices)
    if batch_dims:
        raise writer.refusal("tf.gather with `batch_dims` is no function that a spec knows")
    return writer.op("take", params, indices, axis=axis)


@function("one_hot")
def one_hot(writer: Writer, indices: Any, depth: Any, axis: Any = -1, dtype: Any = None) -> Any:
    return writer.op("one_hot", indices, num_classes=depth, axis=axis, dtype=dtype)


@function("image.resize")
def resize(writer: Writer, images: Any, size: Any, method: Any = "bilinear", antialias: Any = False) -> Any:
    return writer.op("image.resize", images, size=_numbers(writer, size), interpolation=method, antialias=antialias)


@function("image.flip_left_right")
def flip_left_right(writer: Writer, image: Any) -> Any:
    return writer.op("flip", image, axis=-2)


@function("image.flip_up_down")
def flip_up_down(writer: Writer, image: Any) -> Any:
    return writer.op("flip", image, axis=-3)


@function("nn.max_pool2d", "nn.max_pool")
def max_pool2d(writer: Writer, input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC") -> Any:
    return _pool(writer, "MaxPooling2D", input, ksize, strides, padding, data_format)


@function("nn.avg_pool2d", "nn.avg_pool")
def avg_pool2d(writer: Writer, input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = "NHWC") -> Any:
    return _pool(writer, "AveragePooling2D", input, ksize, strides, padding, data_format)


def _pool(writer: Writer, type_name: str, x: Any, ksize: Any, strides: Any, padding: Any, data_format: Any) -> Json:
    if data_format != "NHWC" or not isinstance(padding, str):
        raise writer.refusal("a spec knows this function with the channels last, and by `SAME` or `VALID`")
    sizes = {"pool_size": _spatial(writer, ksize), "strides": _spatial(writer, strides)}
    return writer.layer(type_name, x, **sizes, padding=padding.lower())


def _spatial(writer: Writer, value: Any) -> list[int]:
    """The two sizes of a window, without those of the batch and the channels."""
    sizes = _numbers(writer, value)
    return sizes[1:3] if len(sizes) == 4 else sizes * 2 if len(sizes) == 1 else sizes


@function("nn.depth_to_space")
def depth_to_space(writer: Writer, input: Any, block_size: Any) -> Any:
    height, width, channels = _known_image(writer)
    block = _block(writer, block_size)
    inner = writer.op("reshape", input, newshape=[-1, height, width, block, block, channels // block**2])
    moved = writer.op("transpose", inner, axes=[0, 1, 3, 2, 4, 5])
    return writer.op("reshape", moved, newshape=[-1, height * block, width * block, channels // block**2])


@function("nn.space_to_depth")
def space_to_depth(writer: Writer, input: Any, block_size: Any) -> Any:
    height, width, channels = _known_image(writer)
    block = _block(writer, block_size)
    inner = writer.op("reshape", input, newshape=[-1, height // block, block, width // block, block, channels])
    moved = writer.op("transpose", inner, axes=[0, 1, 3, 2, 4, 5])
    return writer.op("reshape", moved, newshape=[-1, height // block, width // block, channels * block**2])


def _block(writer: Writer, value: Any) -> int:
    """The side of a block. Raises Fault."""
    if type(value) is int and value > 0:
        return value
    raise writer.refusal("its `block_size` is no whole number above 0")


def _known_image(writer: Writer) -> tuple[int, int, int]:
    """Height, width and channels of what a function is fed. Raises Fault."""
    sizes = writer.shape or ()
    if len(sizes) == 4 and all(size is not None for size in sizes[1:]):
        height, width, channels = (size or 0 for size in sizes[1:])
        return height, width, channels
    raise writer.refusal("the file does not say the height, the width and the channels that it is fed")


def _numbers(writer: Writer, value: Any) -> list[int]:
    """Whole numbers. Raises Fault."""
    items = value if isinstance(value, list) else [value]
    if all(type(item) is int for item in items):
        return items
    computed = any(isinstance(item, (Size, dict)) for item in items) or isinstance(value, Sizes)
    what = "sizes that are computed" if computed else "something else"
    raise writer.refusal(f"it is called with {what} where a spec takes whole numbers")
