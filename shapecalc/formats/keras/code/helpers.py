"""What the written code defines for itself: what Keras has no function or layer for."""

from __future__ import annotations

HELPERS = {
    "Arange": '''\
class Arange(layers.Layer):
    """Numbers in order, without a batch axis."""

    def __init__(self, start, stop=None, step=1, dtype="int32", name=None):
        super().__init__(name=name)
        self.numbers = {"start": start, "stop": stop, "step": step, "dtype": dtype}

    def call(self, like):
        return ops.arange(**self.numbers)

    def get_config(self):
        return {"name": self.name, **self.numbers}
''',
    "Weight": '''\
class Weight(layers.Layer):
    """A learned tensor, the same for every sample."""

    def __init__(self, shape, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.shape = shape
        self.initializer = initializer

    def build(self, like_shape):
        self.weight = self.add_weight(
            shape=self.shape, initializer=self.initializer, name="weight"
        )

    def call(self, like):
        return ops.broadcast_to(self.weight, (ops.shape(like)[0], *self.shape))

    def get_config(self):
        config = {"shape": self.shape, "initializer": self.initializer}
        return {**super().get_config(), **config}
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
