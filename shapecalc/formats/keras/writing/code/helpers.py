"""What the written code defines for itself: what Keras has no function or layer for."""

from __future__ import annotations

HELPERS = {
    "arange": '''\
def arange(like, start, stop=None, step=1, dtype="int32"):
    """Numbers in order that hang on an input, as every tensor of a model does."""
    numbers = range(start) if stop is None else range(start, stop, step)
    one = ops.ones_like(like[(0,) * len(like.shape)], dtype=dtype)
    counted = ops.cumsum(ops.broadcast_to(one, (len(numbers),)))
    if step != 1:
        counted = counted * step
    return counted + (numbers.start - step)
''',
    "ones_for": '''\
def ones_for(like):
    """A one for each sample: a layer over it has the same weight for all."""
    first = (slice(None),) + (0,) * (len(like.shape) - 1)
    return ops.ones_like(like[first], dtype="float32")
''',
    "make_divisible": '''\
def make_divisible(v, divisor=8, min_value=None):
    """The nearest multiple of the divisor, never below 90% of the value."""
    v = round(v, 9)
    nearest = int(v + divisor / 2) // divisor * divisor
    nearest = max(divisor if min_value is None else min_value, nearest)
    return nearest + divisor if nearest < 0.9 * v else nearest
''',
}
