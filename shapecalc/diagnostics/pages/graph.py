"""SC3xx: names, references and blocks."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC301": Page(
        title="Unknown reference",
        checks="A reference names an input or an entry above.",
        why="There is nothing to connect to.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5}\n    from: inptu",
        fix="Correct the spelling, or give the entry that is meant a `name`.",
    ),
    "SC302": Page(
        title="Reference below",
        checks="A reference names something above it, never below.",
        why="A model is read from top to bottom, and a loop would have no shape.",
        example="input: [4]\nlayers:\n  - Add:\n    from: [input, late]\n  - Dense: {units: 4, name: late}",
        fix="Move the entry that is referred to above this one.",
    ),
    "SC303": Page(
        title="Entry that leads nowhere",
        checks="Every entry leads to an output.",
        why="What leads nowhere would be counted by a reader but not by Keras.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5}\n  - Dense: {units: 5}\n    from: input",
        fix="Refer to the entry, list it under `outputs`, or delete it.",
    ),
    "SC304": Page(
        title="Duplicate name",
        checks="Names of entries and inputs are unique within their block.",
        why="A reference could mean either.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5, name: a}\n  - Dense: {units: 5, name: a}",
        fix="Rename one of the two; to use the same weights twice, write `reuse: NAME`.",
    ),
    "SC305": Page(
        title="Ambiguous automatic name",
        checks="An automatic name may be referred to only while it is the only one of its kind.",
        why="`dense` would come to mean another layer as soon as one is put in above.",
        example=(
            "input: [4]\nlayers:\n  - Dense: {units: 5}\n  - Dense: {units: 5}\n  - Add:\n    from: [dense, dense_1]"
        ),
        fix="Give the entries a `name` and refer to these.",
    ),
    "SC306": Page(
        title="Wrong number of inputs",
        checks="A layer is fed as many tensors as its call takes.",
        why="Keras would refuse the call.",
        example="input: [4]\nlayers:\n  - Subtract",
        fix="Give the inputs in `from`, in the order of Keras's call or by the names of its arguments.",
    ),
    "SC307": Page(
        title="Unknown port",
        checks="`NAME.PORT` names an output of that layer.",
        why="The layer has no such output, or only with another argument (`return_state: true`).",
        example="input: [5, 3]\nlayers:\n  - LSTM: {units: 4, name: a}\n  - Dense: {units: 2}\n    from: a.state_h",
        fix="Use a port that the message names, or set the argument that adds it.",
    ),
    "SC308": Page(
        title="Repeat",
        checks="`repeat` is a number, or loop variables that run in step.",
        why="Without one length for all there is no number of rounds.",
        example="input: [4]\nlayers:\n  - Dense: {units: $f}\n    repeat: {f: [4, 8], g: [1, 2, 3]}",
        fix="Give a whole number, or lists of equal length.",
    ),
    "SC309": Page(
        title="Invalid or reserved name",
        checks="A name begins with a letter and holds letters, digits and `_`; `input` and `prev` are taken.",
        why="Names stand in paths and references, where other signs have a meaning.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5, name: prev}",
        fix="Choose another name.",
    ),
    "SC310": Page(
        title="Block that contains itself",
        checks="A block does not use itself, directly or through others.",
        why="Building it would never end.",
        example="blocks:\n  A:\n    layers: [A]\ninput: [4]\nlayers: [A]",
        fix="Take the use of the block out of it, or use `repeat`.",
    ),
    "SC311": Page(
        title="Nothing to summarise",
        checks="A model has at least one input and one layer.",
        why="Without them there is no shape.",
        example="input: [4]",
        fix="Add `input:` and `layers:`. A file that holds only `blocks` is used by others.",
    ),
    "SC312": Page(
        title="Reuse of something else",
        checks="`reuse` names a layer above.",
        why="Inputs and functions have no weights to share.",
        example="input: [4]\nlayers:\n  - reuse: input",
        fix="Name a layer; to feed a tensor again, use `from`.",
    ),
}
