"""What is known of words without a model: layer types, arguments, keys and codes, as Markdown."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics.codes import CODES
from shapecalc.diagnostics.text import markdown, markdown_code
from shapecalc.layers.arguments.words import ActivationKind, ChoiceKind
from shapecalc.layers.catalogue import canonical, find
from shapecalc.render.catalogue import default_text, make_page, page_markdown
from shapecalc.render.pages import page_markdown as code_markdown

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.base import Layer
    from shapecalc.model.spec import ModelSpec

NAME_DOC = "The layer's name; without it Keras's automatic one, such as `lstm` or `dense_1`."

TOP_KEYS = {
    "name": "Free text; by default the file's stem.",
    "description": "Free text.",
    "args": "Arguments: name → default, or `required`. `--set` gives those of a model, an entry those of a block.",
    "input": "The shape of the one input, which is called `input`, without its batch axis.",
    "inputs": "Name → shape, or `{shape, dtype}`; in a block a list of names will do.",
    "layers": "The entries, from top to bottom.",
    "outputs": "What leaves the model: a reference, a list, or name → reference; by default the last entry.",
    "blocks": "Name → a sub-model that is used as a layer type; `{file: other.yaml}` is another spec.",
    "dtype": "The dtype of layers that give none; by default `float32`.",
    "active": "The part of the weights that one token needs, where a router chooses: `$chosen / $experts`.",
    "batch_size": "The batch axis of every shape: a number, or a name, which is a symbol.",
    "expect": "What `shapecalc check` holds the model to.",
}
WIRING_KEYS = {
    "from": "What it is fed: a reference, a list in the order of Keras's call, or a mapping to its call arguments. "
    "By default the entry above.",
    "call": "Arguments of its call that are no tensors.",
    "if": "Decided by arguments. Where an entry is skipped, its name stands for the first thing it was fed.",
    "repeat": "Build it again with new weights, fed by the round before: `12`, `{i: 12}`, or `{f: [16, 32]}`.",
    "reuse": "Calls a layer above again: the same weights, counted once.",
}
INPUT_KEYS = {
    "shape": "The sizes of one sample, without the batch axis.",
    "batch_shape": "All sizes, the batch first.",
    "dtype": "The dtype of the input.",
}
EXPECT_KEYS = {
    "params": "Numbers in weights.",
    "trainable": "Numbers in weights that training changes.",
    "non_trainable": "Numbers in weights that training leaves.",
    "active_params": "Numbers in weights that one token needs, where `active` says that it needs a part.",
    "macs": "Multiply-accumulates of one sample.",
    "active_macs": "Multiply-accumulates of one sample with the active weights alone.",
    "weights": "Bytes of weights.",
    "peak_activation": "Bytes of activations that are alive at once in a forward pass.",
    "output": "A shape.",
    "outputs": "A list of shapes, or shapes by name.",
    "layers": "What is expected of layers, by their paths.",
}
REUSE_KEYS = {"layer": "The layer above that is called again.", "name": "The name of this call."}


@lru_cache(maxsize=256)
def type_page(type_name: str) -> str | None:
    """The page of a layer type; None where the catalogue has none of that name."""
    layer_type = find(canonical(type_name))
    return None if layer_type is None else page_markdown(make_page(layer_type))


def block_page(name: str, spec: ModelSpec) -> str:
    """A block: its description, and the arguments and inputs that it takes."""
    lines = [f"### {markdown_code(name)}", "A block of this spec."]
    if spec.description:
        lines.append(markdown(spec.description))
    if spec.args:
        lines.append("Arguments: " + ", ".join(markdown_code(argument) for argument in spec.args))
    lines.append("Inputs: " + (", ".join(markdown_code(port) for port in spec.inputs) or "none"))
    return "\n\n".join(lines) + "\n"


def argument_page(type_name: str, name: str) -> str | None:
    """What an argument of a layer type means, takes and is by default."""
    if name == "name":
        return f"`name` of {markdown(type_name)}: text\n\n{NAME_DOC}\n"
    layer_type = find(canonical(type_name))
    argument = None if layer_type is None else layer_type.args.get(name)
    if layer_type is None or argument is None:
        return None
    lines = [f"`{name}` of {type_name}: {argument.kind_name}, {write_default(argument)}"]
    if argument.doc:
        lines.append(argument.doc)
    if options := list_options(argument, layer_type):
        lines.append("One of " + ", ".join(f"`{option}`" for option in options))
    if argument.inert:
        lines.append("Acts in training only, and changes no number here.")
    return "\n\n".join(lines) + "\n"


def write_default(argument: Arg[Any]) -> str:
    """`required`, or `default 1`."""
    return "required" if argument.required else f"default `{default_text(argument)}`"


def list_options(argument: Arg[Any], owner: type[Layer]) -> list[str]:
    """The words that an argument of a type takes, where these are a few."""
    kind = argument.kind
    if isinstance(kind, ActivationKind):
        return []
    if isinstance(kind, ChoiceKind):
        return list(kind.options)
    schema = kind.schema(owner)
    return [str(option) for option in schema.get("enum", ())]


def code_page(code: str) -> str | None:
    """The page of a diagnostic's code."""
    page = CODES.get(code)
    return None if page is None else code_markdown(code, page)
