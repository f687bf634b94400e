"""Layers that act in training only: in inference each gives its input unchanged. https://keras.io/api/layers/regularization_layers/"""

from __future__ import annotations

from typing import ClassVar

from shapecalc.layers.arguments import arg
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import pass_dtype
from shapecalc.layers.values import Inferred, Tensor

TRAINING = "Whether it is called as in training: `run` refuses what is drawn at random or learnt of a batch."


class Regularization(Layer):
    """The base of these layers: the output is the input. `axes` names the axes that the input must have, if any."""

    keeps_values = True
    axes: ClassVar[tuple[str, ...]] = ()
    training = arg.flag(False, doc=TRAINING, call=True)


@rule(Regularization)
def regularization(cfg: Regularization, inputs: Tensor) -> Inferred:
    if cfg.axes:
        inputs.shape.axes(*cfg.axes)
    return Inferred({"output": Tensor(inputs.shape, pass_dtype(inputs.dtype))})


class Dropout(Regularization):
    """Sets a fraction of its input to zero in training. https://keras.io/api/layers/regularization_layers/dropout/

    Input and output have the same shape of any rank. Srivastava et al., 2014.
    """

    rate = arg.number(doc="Fraction that is dropped.", low=0, high=1, inert=True)
    noise_shape = arg.partial_shape(
        None, "Shape of the random mask: 1 on axes that share it, null for the input's size.", inert=True, single=False
    )
    seed = arg.seed()


class SpatialDropout(Regularization):
    """Drops whole feature maps in training. Tompson et al., 2014, https://arxiv.org/abs/1411.4280"""

    rate = arg.number(doc="Fraction of the feature maps that is dropped.", low=0, high=1, inert=True)
    seed = arg.seed()
    trainable = None  # type: ignore[assignment]


class SpatialDropout1D(SpatialDropout):
    """Drops whole features of a sequence in training. https://keras.io/api/layers/regularization_layers/spatial_dropout1d/

    Input and output (batch, time, features).
    """

    axes = ("batch", "time", "features")


class SpatialDropout2D(SpatialDropout):
    """Drops whole channels of an image in training. https://keras.io/api/layers/regularization_layers/spatial_dropout2d/

    Input and output (batch, height, width, channels), or (batch, channels, height, width).
    """

    axes = ("batch", "height", "width", "channels")
    data_format = arg.data_format("Where the channels stand.")


class SpatialDropout3D(SpatialDropout):
    """Drops whole channels of a volume in training. https://keras.io/api/layers/regularization_layers/spatial_dropout3d/

    Input and output (batch, depth, height, width, channels), or (batch, channels, depth, height, width).
    """

    axes = ("batch", "depth", "height", "width", "channels")
    data_format = arg.data_format("Where the channels stand.")


class GaussianDropout(Regularization):
    """Multiplies by noise around one in training. https://keras.io/api/layers/regularization_layers/gaussian_dropout/

    Input and output have the same shape of any rank. Srivastava et al., 2014.
    """

    rate = arg.number(doc="Sets the noise's deviation to sqrt(rate / (1 - rate)).", low=0, high=1, inert=True)
    seed = arg.seed()


class GaussianNoise(Regularization):
    """Adds noise around zero in training. https://keras.io/api/layers/regularization_layers/gaussian_noise/

    Input and output have the same shape of any rank.
    """

    stddev = arg.number(doc="The noise's standard deviation.", low=0, high=1, inert=True)
    seed = arg.seed()


class AlphaDropout(Regularization):
    """Dropout that keeps mean and variance, for SELU networks. https://keras.io/api/layers/regularization_layers/alpha_dropout/

    Input and output have the same shape of any rank. Klambauer et al., 2017, https://arxiv.org/abs/1706.02515
    """

    rate = arg.number(doc="Fraction that is dropped.", low=0, high=1, inert=True)
    noise_shape = arg.partial_shape(
        None, "Shape of the random mask: 1 on axes that share it, null for the input's size.", inert=True
    )
    seed = arg.seed()


class ActivityRegularization(Regularization):
    """Adds a cost for large activations in training. https://keras.io/api/layers/regularization_layers/activity_regularization/

    Input and output have the same shape of any rank.
    """

    l1 = arg.number(0.0, "Factor of the sum of absolute values.", low=0, inert=True)
    l2 = arg.number(0.0, "Factor of the sum of squares.", low=0, inert=True)
