"""Images changed at random in training: in inference each layer hands them on.

https://keras.io/api/layers/preprocessing_layers/image_augmentation/
"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import rule
from shapecalc.layers.image import Image, choose_image_dtype, is_one_image, resize_images, split_sides
from shapecalc.layers.regularization import TRAINING
from shapecalc.layers.values import Inferred, Tensor

_SEED = arg.seed()


class Augmentation(Image):
    """What every such layer does: images (batch, height, width, channels) in, the same out."""

    takes_text = True

    training = arg.flag(False, doc=TRAINING, call=True)


@rule(Augmentation)
def augmentation(cfg: Augmentation, data: Tensor) -> Inferred:
    if not is_one_image(data):
        split_sides(cfg, data)
    return Inferred({"output": Tensor(data.shape, choose_image_dtype(cfg, data), False)})


class Drawn(Augmentation):
    """An augmentation with a `seed`."""

    seed = _SEED


class Warped(Drawn):
    """An augmentation that moves pixels."""

    interpolation = arg.choice("nearest", "bilinear", default="bilinear", doc="How the values between are found.")
    fill_mode = arg.choice(
        "reflect", "wrap", "constant", "nearest", default="reflect", doc="How points beyond the edge are filled."
    )
    fill_value = arg.number(0.0, "Value of points beyond the edge with `constant`.", inert=True)


class Coloured(Drawn):
    """An augmentation that changes colours."""

    casts = False
    value_range = arg.pixel_range()


class RandomFlip(Drawn):
    """Mirrors images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/"""

    mode = arg.choice(
        "horizontal",
        "vertical",
        "horizontal_and_vertical",
        default="horizontal_and_vertical",
        doc="Direction of the flip.",
    )


class RandomRotation(Warped):
    """Turns images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/"""

    factor = arg.strength(doc="Largest turn either way, in full turns, or the range of turns.", low=-1)


class RandomZoom(Warped):
    """Zooms images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/"""

    height_factor = arg.strength(doc="Largest zoom, or the range of zooms; negative zooms in.", low=-1, above=-1)
    width_factor = arg.strength(
        None, "Largest zoom across, or the range; that of the height by default.", low=-1, above=-1
    )


class RandomTranslation(Warped):
    """Shifts images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/"""

    height_factor = arg.strength(doc="Largest shift, as a part of the height, or the range of shifts.", low=-1)
    width_factor = arg.strength(doc="Largest shift, as a part of the width, or the range of shifts.", low=-1)


class RandomShear(Warped):
    """Shears images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/"""

    x_factor = arg.strength(0.0, "Largest shear across, or the range of shears.")
    y_factor = arg.strength(0.0, "Largest shear down, or the range of shears.")


class RandomElasticTransform(Warped):
    """Distorts images as if they were of rubber. Simard et al., 2003. https://keras.io/api/layers/preprocessing_layers/image_augmentation/"""

    factor = arg.strength(1.0, "How likely an image is distorted.")
    scale = arg.strength(1.0, "How much, or the range.")
    fill_mode = arg.choice(
        "reflect",
        "wrap",
        "constant",
        "nearest",
        "mirror",
        default="reflect",
        doc="How points beyond the edge are filled.",
    )
    value_range = arg.pixel_range()


class RandomPerspective(Drawn):
    """Looks at images from the side. https://keras.io/api/layers/preprocessing_layers/image_augmentation/"""

    factor = arg.strength(1.0, "How likely an image is changed.")
    scale = arg.number(1.0, "How far corners move.", low=0, high=1, inert=True)
    interpolation = arg.choice("nearest", "bilinear", default="bilinear", doc="How the values between are found.")
    fill_value = arg.number(0.0, "Value of points beyond the edge.", inert=True)


class RandomCrop(Drawn):
    """Cuts a piece out of images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_crop/

    Output (batch, height, width, channels), as Keras infers it and as it is in training. In inference Keras hands
    images on uncut, so `run` takes images of the size of the piece alone.
    """

    casts = False
    height = arg.size(doc="Height of the piece.")
    width = arg.size(doc="Width of the piece.")


@rule(RandomCrop)
def random_crop(cfg: RandomCrop, data: Tensor) -> Inferred:
    augmentation(cfg, data)
    return Inferred({"output": resize_images(cfg, data, cfg.height, cfg.width)._replace(dtype=data.dtype)})


class RandomErasing(Drawn):
    """Blanks a rectangle. Zhong et al., 2017, https://arxiv.org/abs/1708.04896

    https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_erasing/
    """

    factor = arg.strength(1.0, "How likely an image is changed.")
    scale = arg.strength((0.02, 0.33), "The rectangle's part of the image, or the range.")
    fill_value = arg.value(None, "What it is filled with; noise by default.", inert=True)
    value_range = arg.pixel_range()


class RandomGaussianBlur(Drawn):
    """Blurs images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_gaussian_blur/"""

    factor = arg.strength(1.0, "How likely an image is changed.")
    kernel_size = arg.value(3, "Size of the kernel, odd, or height and width.", inert=True)
    sigma = arg.strength(1.0, "Deviation of the kernel, or the range.")
    value_range = arg.pixel_range()


@rule(RandomGaussianBlur)
def random_gaussian_blur(cfg: RandomGaussianBlur, data: Tensor) -> Inferred:
    listed = isinstance(cfg.kernel_size, tuple)
    kernel = cfg.kernel_size if listed else (cfg.kernel_size,)
    odd = all(type(side) is int and side in range(1, 10_000, 2) for side in kernel)
    if not odd or (listed and len(kernel) != 2):
        message = f"`kernel_size` must be an odd number, or two, got {as_yaml(cfg.kernel_size)}"
        raise ShapeError(
            message,
            arg="kernel_size",
            code="SC205",
            example=("kernel_size", "3"),
            help="write `kernel_size: 3`",
        )
    return augmentation(cfg, data)


class RandomSharpness(Drawn):
    """Sharpens or softens images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_sharpness/"""

    factor = arg.strength(doc="How much, or the range.")
    value_range = arg.pixel_range()


class RandomBrightness(Coloured):
    """Lightens or darkens images. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/"""

    factor = arg.strength(doc="How much at most, as a part of the range of values, or the range.", low=-1)


class RandomContrast(Coloured):
    """Changes the contrast. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/"""

    factor = arg.strength(doc="How much at most, or the range.")


class RandomColorDegeneration(Coloured):
    """Mixes images with grey ones. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_color_degeneration/"""

    factor = arg.strength(doc="How much at most, or the range.", low=-1)


class RandomSaturation(Coloured):
    """Changes the saturation. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_saturation/"""

    factor = arg.strength(doc="How much at most, or the range.", low=-1)


class RandomHue(Coloured):
    """Turns the hue. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_hue/"""

    factor = arg.strength(doc="How much at most, or the range.")


class RandomInvert(Coloured):
    """Inverts colours. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_invert/"""

    factor = arg.strength(1.0, "How likely an image is changed.")


class RandomPosterization(Coloured):
    """Keeps fewer bits of each colour. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_posterization/"""

    factor = arg.strength(doc="How many bits are kept, or the range.", low=1, high=8, whole=True)


class RandomGrayscale(Drawn):
    """Takes the colours away. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_grayscale/"""

    casts = False
    factor = arg.number(0.5, "How likely an image is changed.", low=0, high=1, inert=True)


class RandomColorJitter(Coloured):
    """Changes brightness, contrast, saturation and hue. https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_color_jitter/"""

    brightness_factor = arg.strength(None, "As in RandomBrightness.", low=-1)
    contrast_factor = arg.strength(None, "As in RandomContrast.")
    saturation_factor = arg.strength(None, "As in RandomSaturation.", low=-1)
    hue_factor = arg.strength(None, "As in RandomHue.")


class Solarization(Drawn):
    """Inverts what is brighter than a threshold. https://keras.io/api/layers/preprocessing_layers/image_augmentation/solarization/"""

    addition_factor = arg.strength(0.0, "What is added first, or the range.")
    threshold_factor = arg.strength(0.0, "The threshold, or the range.")
    value_range = arg.pixel_range()


class Equalization(Augmentation):
    """Evens the histogram out, in training only. https://keras.io/api/layers/preprocessing_layers/image_augmentation/equalization/"""

    casts = False
    value_range = arg.pixel_range()
    bins = arg.count(256, "How many values are told apart.")


class MaxNumBoundingBoxes(Augmentation):
    """Pads or cuts the boxes that come with images; images stay. https://keras.io/api/layers/preprocessing_layers/image_augmentation/max_num_bounding_boxes/"""

    casts = False
    max_number = arg.count(doc="How many boxes an image has.")
    fill_value = arg.axis(-1, "What boxes are padded with.")


class MixUp(Drawn):
    """Mixes images of a batch. Zhang et al., 2017, https://arxiv.org/abs/1710.09412

    https://keras.io/api/layers/preprocessing_layers/image_augmentation/mix_up/
    """

    casts = False
    alpha = arg.number(0.2, "Shape of the distribution that weights are drawn from.", low=0, inert=True)


class CutMix(Drawn):
    """Pastes a piece of one image into another. Yun et al., 2019, https://arxiv.org/abs/1905.04899

    https://keras.io/api/layers/preprocessing_layers/image_augmentation/cut_mix/
    """

    factor = arg.strength(1.0, "Shape of the distribution that sizes are drawn from, or its range.")


class RandAugment(Drawn):
    """A few augmentations drawn from a list. Cubuk et al., 2019, https://arxiv.org/abs/1909.13719

    https://keras.io/api/layers/preprocessing_layers/image_augmentation/rand_augment/
    """

    value_range = arg.pixel_range()
    num_ops = arg.count(2, "How many are applied.", low=0)
    factor = arg.strength(0.5, "How strong they are, or the range.")
    interpolation = arg.choice("nearest", "bilinear", default="bilinear", doc="How the values between are found.")


class AugMix(Drawn):
    """Chains of augmentations, mixed. Hendrycks et al., 2020, https://arxiv.org/abs/1912.02781

    https://keras.io/api/layers/preprocessing_layers/image_augmentation/aug_mix/
    """

    value_range = arg.pixel_range()
    num_chains = arg.count(3, "How many chains are mixed.")
    chain_depth = arg.count(3, "How long a chain is at most.")
    factor = arg.strength(0.3, "How strong its parts are, or the range.")
    alpha = arg.number(1.0, "Shape of the distribution that weights are drawn from.", low=0, inert=True)
    all_ops = arg.flag(True, doc="Draw from all augmentations, not only from those that leave colours alone.")
    interpolation = arg.choice("nearest", "bilinear", default="bilinear", doc="How the values between are found.")
