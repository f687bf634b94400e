"""`infer`: what it fills in of what a rule states, and what it keeps in memory."""

from __future__ import annotations

from shapecalc.dims import Shape, unknown
from shapecalc.layers import nested
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.core import Dense
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Tensor


class Around(Layer):
    """A wrapper that gives what its layer gives, and nothing else."""

    layer = nested.layer()


@rule(Around)
def around(cfg: Around, inputs: Tensor) -> Inferred:
    return infer(cfg.layer, (inputs,))


def test_a_wrapper_leaves_what_its_layer_gives_as_it_is() -> None:
    dense, feed = Dense(units=3), (Tensor(Shape((unknown(), 4)), "float32"),)
    alone = infer(dense, feed)
    wrapped = infer(Around(layer=dense, trainable=False), feed)
    assert (alone.trainable_params, wrapped.trainable_params) == (15, 0)
    assert infer(dense, feed) is alone
    assert [weight.trainable for weight in alone.weights] == [True, True]
