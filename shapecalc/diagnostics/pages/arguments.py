"""SC2xx: layer types and their arguments."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC201": Page(
        title="Unknown layer type",
        checks="The entry names a layer type, a block of this spec, `Weight` or a function `ops.NAME`.",
        why="Without the type there is neither a shape nor a count.",
        example="input: [4]\nlayers:\n  - Danse: {units: 5}",
        fix=(
            "Correct the spelling; `shapecalc layers` lists the types. A layer of your own can be described as a block."
        ),
    ),
    "SC202": Page(
        title="Unknown argument",
        checks="Every argument is one that Keras's constructor of this layer takes.",
        why="No argument is ignored: an unknown one is an error in Keras too.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5, size: 3}",
        fix="Correct the spelling; `shapecalc layers TYPE` lists the arguments of a type.",
    ),
    "SC203": Page(
        title="Missing argument",
        checks="Every argument without a default is given.",
        why="The layer cannot be built.",
        example="input: [4]\nlayers:\n  - Dense: {activation: relu}",
        fix="Give the argument; `shapecalc layers TYPE` says which are required.",
    ),
    "SC204": Page(
        title="Wrong kind of value",
        checks="The value is of the kind the argument takes: a number, a flag, a name, a list of so many numbers.",
        why="Text where a number is wanted is a slip more often than not.",
        example="input: [4]\nlayers:\n  - Dense: {units: many}",
        fix=("Give a value of the kind the message names. `true` and `false` are the flags; `yes` and `no` are text."),
    ),
    "SC205": Page(
        title="Value out of bounds",
        checks="The value lies within the bounds of the argument.",
        why="A layer with 0 units or a rate of 2 has no meaning.",
        example="input: [4]\nlayers:\n  - Dropout: {rate: 2}",
        fix="Give a value within the bounds the message names.",
    ),
    "SC206": Page(
        title="Argument that cannot be honoured",
        checks="Every argument has an effect that is modelled; this one exists in Keras, but is not modelled here.",
        why="To ignore it would give numbers that differ from Keras's.",
        example="input: [5, 1]\nlayers:\n  - LSTM: {units: 4}\n    call: {training: true}",
        fix="Leave the argument out, or describe the layer by other means.",
    ),
    "SC207": Page(
        title="Expression that cannot be read",
        checks=(
            "An expression consists of `$name`, numbers, quoted text, lists, + - * / // % **, comparisons, `and "
            "or not`, `A if C else B` and six functions."
        ),
        why="A spec is data and never runs code.",
        example="args: {w: 3}\ninput: [4]\nlayers:\n  - Dense: {units: $w.size}",
        fix="Write it with what the language has. Conditions are decided by arguments, not by shapes.",
    ),
    "SC208": Page(
        title="Unknown name in an expression",
        checks=(
            "`$name` reads an argument of the block or the model, a loop variable, or a size declared in an "
            "input's shape."
        ),
        why="There is no value to put in.",
        example="args: {width: 3}\ninput: [4]\nlayers:\n  - Dense: {units: $widht}",
        fix="Correct the spelling, or declare the name under `args`.",
    ),
    "SC209": Page(
        title="Deprecated layer type",
        checks="The layer type is one that Keras still has; this one works here, but Keras has replaced it by another.",
        why="Keras 3 does not know it, so the spec cannot be taken there.",
        example="input: [5, 4]\nlayers:\n  - TimeDistributedDense: {units: 3}",
        fix="Use the type that the message names.",
        severity="warning",
    ),
    "SC210": Page(
        title="Argument of the model",
        checks=(
            "`--set` gives a value to an argument the model declares, and every argument declared `required` gets one; "
            "`--checkpoint` names a block of the model."
        ),
        why="A setting without effect, or a model with a hole in it, gives wrong numbers.",
        example="$ shapecalc summary model.yaml --set widht=2",
        fix="Correct the name, or declare the argument under `args`.",
    ),
    "SC211": Page(
        title="Size that is not whole",
        checks="A size, after arithmetic, is a whole number.",
        why="There is no half unit; rounding silently would hide a wrong formula.",
        example="args: {w: 5}\ninput: [4]\nlayers:\n  - Dense: {units: $w / 2}",
        fix="Divide with `//`, or round with `round`, `ceil`, `floor` or `make_divisible`.",
    ),
    "SC212": Page(
        title="Layer refused on purpose",
        checks="Some layers hold code instead of a description (`Lambda` is one).",
        why="No shape can be told from code, and it is never run.",
        example="input: [4]\nlayers:\n  - Lambda: {function: relu}",
        fix="Use the layer or the `ops.NAME` that does the same.",
    ),
    "SC213": Page(
        title="Argument without effect",
        checks=(
            "`trainable: false` stands where Keras acts on it. The constructor of a layer whose weights are all those "
            "of layers within (wrappers, `RNN`, stacked cells, `ConvLSTM`, attention with heads) does not pass it on."
        ),
        why="The weights are trained, and counted as trainable, by Keras as by shapecalc.",
        example=("input: [5, 4]\nlayers:\n  - TimeDistributed: {layer: {Dense: {units: 3}}, trainable: false}"),
        fix="Set it on the layer within, `{Dense: {units: 3, trainable: false}}`, or on a block around the layer.",
        severity="warning",
    ),
    "SC214": Page(
        title="Normalization of another axis than the channels",
        checks=(
            "A normalization over the last axis does not come after a layer with `data_format: channels_first`: the "
            "channels are axis 1 there."
        ),
        why="It would have weights for each column of the image, and the wrong number of them; nothing fails.",
        example=(
            "input: [3, 8, 8]\nlayers:\n  - Conv2D: {filters: 4, kernel_size: 3, data_format: channels_first}\n"
            "  - BatchNormalization"
        ),
        fix="Set `axis: 1` on the normalization.",
        severity="warning",
    ),
}
