"""SC4xx: shapes that do not fit."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC401": Page(
        title="Sizes that do not agree",
        checks="Two sizes that must be equal are.",
        why="The product or the sum of the two does not exist.",
        example="inputs: {a: [4], b: [5]}\nlayers:\n  - Dot: {axes: 1}\n    from: [a, b]",
        fix="Change the layer that makes one of the sizes; the message names both places.",
    ),
    "SC402": Page(
        title="Window larger than its input",
        checks="A kernel or pooling window fits into its input at least once.",
        why="The output would have no elements.",
        example="input: [4, 4, 3]\nlayers:\n  - MaxPooling2D: {pool_size: 8}",
        fix="Use a smaller window, `padding: same`, or fewer strides above.",
    ),
    "SC403": Page(
        title="Unknown size where a number is needed",
        checks="A size that becomes the shape of a weight, or a count, is a number or a symbol.",
        why="An unknown size has no count.",
        example="input: [null]\nlayers:\n  - Dense: {units: 5}",
        fix="Give the size in the input's shape, or a name for it.",
    ),
    "SC404": Page(
        title="Not divisible",
        checks="A size is a multiple of the number it is split by.",
        why="Groups or heads of unequal size do not exist.",
        example="input: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 4, kernel_size: 1, groups: 2}",
        fix="Change one of the two numbers.",
    ),
    "SC405": Page(
        title="Shapes that do not merge",
        checks=(
            "The inputs of a merging layer have shapes that broadcast, or agree but for the axis they are joined on."
        ),
        why="Keras would refuse the call.",
        example="inputs: {a: [4], b: [5]}\nlayers:\n  - Add:\n    from: [a, b]",
        fix="Bring the branches to one shape, often by a 1x1 convolution or a Dense layer on the shorter one.",
    ),
    "SC406": Page(
        title="Target shape that does not fit",
        checks="Reshape keeps the number of elements.",
        why="Elements cannot be made or lost.",
        example="input: [6]\nlayers:\n  - Reshape: {target_shape: [4, 2]}",
        fix="Choose sizes with the same product; `-1` stands for one size to be worked out.",
    ),
    "SC407": Page(
        title="Dtype",
        checks="A layer is fed numbers of a kind it can use.",
        why="An Embedding looks up whole numbers; a mask is true or false.",
        example="inputs: {x: {shape: [4], dtype: string}}\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 5}",
        fix="Declare the input's `dtype`, or put a casting layer in between.",
    ),
    "SC411": Page(
        title="Wrong number of axes",
        checks="The input has as many axes as the layer needs.",
        why="A convolution over two axes has nothing to slide over in a flat vector.",
        example="input: [10]\nlayers:\n  - Conv2D: {filters: 4, kernel_size: 3}",
        fix="Follow the help: it names the layer above that lost the axis, if one did.",
    ),
    "SC412": Page(
        title="Missing time axis",
        checks="The input has a time axis.",
        why="A recurrent layer that returns only its last step has none left for the next.",
        example="input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n  - TimeDistributed: {layer: {Dense: {units: 1}}}",
        fix="Set `return_sequences: true` on the layer the message names, or use RepeatVector.",
    ),
}
