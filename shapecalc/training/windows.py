"""Windows that slide over spatial axes: convolutions and pools, with the copies that Keras makes for them.

PyTorch wants channels before the spatial axes; Keras's are last, so that most inputs are copied into another order.
"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Shape, Size, add_up, floor_div, transposed_output, window_output
from shapecalc.training.array import Array, Storage, make_array
from shapecalc.training.strides import is_contiguous_in, is_like_channels_last, make_strides
from shapecalc.training.tape import Tape
from shapecalc.training.views import contiguous, expand_dims, permute

Steps = Sequence[int]


def put_channels_first(x: Array) -> Array:
    """(batch, ...spatial, channels) as (batch, channels, ...spatial), stored in that order."""
    return contiguous(permute(x, (0, x.ndim - 1, *range(1, x.ndim - 1))), "input copy")


def put_channels_last(x: Array) -> Array:
    """What `put_channels_first` turned round, as a view."""
    return permute(x, (0, *range(2, x.ndim), 1))


def store_channels_last(x: Array, name: str) -> Array:
    """An array of two or three spatial axes stored with its channels last, whatever the order of its axes."""
    order = _order_channels_last(x.ndim)
    if x.ndim == 3 or is_contiguous_in(x.shape, x.strides, order):
        return x
    strides = make_strides(x.shape, order)
    return make_array(name, x.shape, x.dtype, x.needs_grad, strides=strides, copied=True)


def _order_channels_last(ndim: int) -> tuple[int, ...]:
    return (0, *range(2, ndim), 1)


def pad_same(tape: Tape, x: Array, spans: Sequence[int], strides: Steps, repeats: bool, saves: bool) -> Array:
    """The input with the borders that `same` needs; itself where both ends need the same, for PyTorch then pads it.

    `repeats` says that borders repeat the edge, as for a pool: the gradient of that needs the input too. `saves` says
    that the result will be saved. Where it hangs on a symbol which of the two it is, the copy has a factor that is 1
    or 0, and what is not padded the other.
    """
    sizes = x.shape[2:]
    padded = [_pad_axis(size, span, stride) for size, span, stride in zip(sizes, spans, strides, strict=True)]
    uneven = _find_uneven([large - size for size, large in zip(sizes, padded, strict=True)])
    if isinstance(uneven, int) and uneven == 0:
        return x
    if saves and repeats and x.needs_grad:
        tape.save(x)
    elif saves and not isinstance(uneven, int):
        tape.save(_scale(x, 1 - uneven) if x.storage.copied else x)
    shape = Shape((*x.shape[:2], *padded))
    order = _order_channels_last(x.ndim)
    last = not repeats and x.ndim > 3 and is_contiguous_in(x.shape, x.strides, order)
    layout = make_strides(shape, order if last else None)
    copy = make_array("padded input", shape, x.dtype, x.needs_grad, strides=layout, copied=True)
    return copy if isinstance(uneven, int) else _scale(copy, uneven)


def _scale(x: Array, factor: Size) -> Array:
    """The same array in memory that is there where `factor` is 1, and not where it is 0."""
    storage = x.storage
    return x._replace(storage=Storage(storage.name, (*storage.factors, factor), storage.dtype, copied=storage.copied))


def _find_uneven(borders: Sequence[Size]) -> Size:
    """1 where a border of an odd size cannot be shared evenly between both ends, else 0; a formula of symbols."""
    even: Size = 1
    for border in borders:
        even = even * (1 - (border - 2 * floor_div(border, 2)))
    return 1 - even


def _pad_axis(size: Size, span: int, stride: int) -> Size:
    """The length of an axis with the borders that `same` adds."""
    if stride == 1:
        return size + span - 1
    if span == 1:
        return size
    steps = floor_div(size - 1, stride)
    if span >= stride:
        return steps * stride + span
    # The last window may end before the axis does. Else it lacks entries: as many of these terms are 1, the others 0.
    return size + add_up(1 + steps + floor_div(span - lacking - size, stride) for lacking in range(1, span))


def convolve(
    tape: Tape,
    x: Array,
    kernel: Array,
    strides: Steps,
    padding: str = "valid",
    dilation: Steps | None = None,
    channels_first: bool = False,
) -> Array:
    """The convolution of an input with a kernel (...window, channels, filters).

    The gradient of the kernel needs the input, that of the input needs the kernel, both as they are stored for it.
    """
    rates = dilation or (1,) * len(strides)
    window = kernel.shape[:-2]
    turned = permute(kernel, (kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2)))
    if not channels_first:
        x = store_channels_last(put_channels_first(x), "input copy")
        turned = store_channels_last(turned, "kernel copy")
    slots = [
        window_output(size, span, stride, padding, rate)
        for size, span, stride, rate in zip(x.shape[2:], window, strides, rates, strict=True)
    ]
    if padding == "same":
        spans = [rate * (span - 1) + 1 for span, rate in zip(_as_numbers(window), rates, strict=True)]
        x = pad_same(tape, x, spans, strides, repeats=False, saves=x.needs_grad or kernel.needs_grad)
    _save_product(tape, x, turned)
    needs_grad = x.needs_grad or kernel.needs_grad
    shape = Shape((x.shape[0], kernel.shape[-1], *slots))
    if x.ndim == 3:  # of one channel a sequence is stored as if its channels were last
        single = expand_dims(x, 2)
        last = is_like_channels_last(single.shape, single.strides)
    else:
        last = not channels_first
    layout = make_strides(shape, _order_channels_last(x.ndim) if last else None)
    output = make_array("convolution", shape, x.dtype, needs_grad, strides=layout)
    return output if channels_first else put_channels_last(output)


def _as_numbers(window: Sequence[Size]) -> list[int]:
    """The sizes of a window, which are numbers in every config."""
    return [size for size in window if isinstance(size, int)]


def _save_product(tape: Tape, x: Array, kernel: Array) -> None:
    """PyTorch keeps both operands of a convolution, whichever of them needs a gradient."""
    if kernel.needs_grad or x.needs_grad:
        tape.save(x)
        tape.save(kernel)


def convolve_transposed(
    tape: Tape,
    x: Array,
    kernel: Array,
    strides: Steps,
    padding: str,
    output_padding: Sequence[int] | None,
    dilation: Steps,
    channels_first: bool,
) -> Array:
    """The transposed convolution with a kernel (...window, filters, channels): a view of a larger array."""
    if not channels_first:
        x = put_channels_first(x)
    _save_product(tape, x, permute(kernel, (kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2))))
    window = _as_numbers(kernel.shape[:-2])
    wanted, natural = [], []
    for place, (size, span, stride, rate) in enumerate(zip(x.shape[2:], window, strides, dilation, strict=True)):
        extra = None if output_padding is None else output_padding[place]
        wanted.append(transposed_output(size, span, stride, padding, extra, rate))
        natural.append((size - 1) * stride + rate * (span - 1) + 1)
    filters = kernel.shape[-2]
    needs_grad = x.needs_grad or kernel.needs_grad
    shape = Shape((x.shape[0], filters, *natural))
    single = expand_dims(x, 2) if x.ndim == 3 else x  # of one channel it may be taken for channels last
    last = not channels_first and is_like_channels_last(single.shape, single.strides)
    layout = make_strides(shape, _order_channels_last(x.ndim) if last else None)
    larger = make_array("transposed convolution", shape, x.dtype, needs_grad, strides=layout)
    output = _cut(larger, wanted)
    return output if channels_first else put_channels_last(output)


def _cut(larger: Array, wanted: Sequence[Size]) -> Array:
    """The window of these sizes; where one is larger than what there is, a copy with zeros around."""
    sizes = larger.shape[2:]
    shape = Shape((*larger.shape[:2], *wanted))
    grows = any(
        isinstance(size, int) and isinstance(goal, int) and goal > size
        for size, goal in zip(sizes, wanted, strict=True)
    )
    if grows:
        return make_array(larger.storage.name, shape, larger.dtype, larger.needs_grad)
    return larger._replace(shape=shape)


def pool(
    tape: Tape, x: Array, window: Steps, strides: Steps, padding: str, channels_first: bool, maximum: bool
) -> Array:
    """The maximum or the average of each window. A maximum keeps where it stood, as 64-bit numbers."""
    if not channels_first:
        x = put_channels_first(x)
    slots = [
        window_output(size, span, stride, padding, arg="pool_size")
        for size, span, stride in zip(x.shape[2:], window, strides, strict=True)
    ]
    if padding == "same":
        x = pad_same(tape, x, window, strides, repeats=True, saves=x.needs_grad)
    return finish_pool(tape, x, slots, channels_first, maximum)


def finish_pool(tape: Tape, x: Array, slots: Sequence[Size], channels_first: bool, maximum: bool) -> Array:
    """What pools of an array with its channels first give, and what they save."""
    shape = Shape((*x.shape[:2], *slots))
    indices = make_array("indices of the maxima", shape, "int64")
    if x.needs_grad:
        tape.save(x)
        if maximum:
            tape.save(indices)
        if maximum and x.ndim == 4 and not channels_first:
            tape.borrow(x, indices)  # copies with the channels last, as the gradient of the output comes
    else:
        tape.work_on(x, *([indices] if maximum else []))
    # PyTorch takes steps for the columns of an image of one row, and one entry may stand as if channels were last.
    image = expand_dims(x, 2) if x.ndim == 3 else x
    last = image.ndim == 4 and is_like_channels_last(image.shape, image.strides)
    strides = make_strides(shape, _order_channels_last(x.ndim) if last else None)
    output = make_array("pool", shape, x.dtype, x.needs_grad, strides=strides)
    return output if channels_first else put_channels_last(output)
