"""The entries of a model's `layers`: what makes one, which are models themselves, and what is said of unknown ones."""

from __future__ import annotations

import re
from typing import Any

from shapecalc.diagnostics import Fault, shorten
from shapecalc.formats.flat_model import Input, refusal
from shapecalc.formats.keras.small_layers import spell_out
from shapecalc.layers.arguments.names import DTYPES
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.model.references import name_fault, suggest_name

MODELS = ("Functional", "Sequential", "Model")


def model_config(data: Any, subject: str) -> dict[str, Any]:
    """The config of a model. Raises Fault."""
    if not (is_model(data) or is_sequential_subclass(data)) or not isinstance(data.get("config"), dict):
        name = data.get("class_name") if isinstance(data, dict) else None
        if isinstance(name, str) and not is_keras_own(data):
            message = (
                f"the model is of a class of somebody's own, {shorten(name)}: its layers are in code, not in the file"
            )
            raise refusal(message, subject, "in Keras, make it of inputs and outputs: `keras.Model(inputs, outputs)`")
        what = f"a {class_of(data)}" if isinstance(name, str) else "something else"
        raise refusal(f"a Functional or a Sequential model is wanted, this is {what}", subject)
    config: dict[str, Any] = data["config"]
    if not isinstance(config.get("layers"), list):
        raise refusal("the model lists no layers: a subclass of Model holds code in their place", subject)
    return config


def is_model(data: Any) -> bool:
    """Whether a serialised object is a model of a class of Keras, or of a subclass that lists what it computes.

    Keras 2, which did not say whose a class is, wrote others' names.
    """
    return is_own_model(data) or is_subclass(data)


def is_own_model(data: Any) -> bool:
    """Whether a serialised object is a model of a class of Keras."""
    return isinstance(data, dict) and data.get("class_name") in MODELS and ("module" not in data or is_keras_own(data))


def is_subclass(data: Any) -> bool:
    """Whether an object is a model of somebody's class that was made of inputs and outputs, as Functional is."""
    config = data.get("config") if isinstance(data, dict) and isinstance(data.get("class_name"), str) else None
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        return False
    return is_functional(config) and not is_own_model(data) and not is_keras_own(data)


def is_sequential_subclass(data: Any) -> bool:
    """Whether an object looks like a model of somebody's subclass of Sequential: it lists layers and nothing else."""
    config = data.get("config") if isinstance(data, dict) and isinstance(data.get("class_name"), str) else None
    if not isinstance(config, dict) or is_functional(config) or is_keras_own(data):
        return False
    layers = config.get("layers")
    return isinstance(layers, list) and bool(layers) and all(_is_entry(layer) for layer in layers)


def is_functional(config: dict[str, Any]) -> bool:
    """Whether a model's config says what it is fed and what leaves it, which that of a Sequential does not."""
    return "input_layers" in config and "output_layers" in config


def is_keras_own(value: dict[str, Any]) -> bool:
    """Whether a serialised object is of a class that Keras has: anybody's class may be called `Dense`.

    Keras names the module of its own classes. Of others it names none or theirs, and the name they registered.
    """
    module, registered = value.get("module"), value.get("registered_name")
    own = isinstance(module, str) and (module == "keras" or module.startswith("keras."))
    return own and registered in (None, value.get("class_name"))


def list_entries(config: dict[str, Any], subject: str) -> list[dict[str, Any]]:
    """The layers of a model. Raises Fault where one is none, or two are of one name: which is meant cannot be told."""
    entries = [entry for item in config["layers"] for entry in spell_out(_require_entry(item, subject))]
    seen: set[str] = set()
    for entry in entries:
        name = name_of(entry)
        if name in seen and name:
            raise refusal(f"two layers are called `{shorten(name)}`", subject, "rename one of them, in Keras")
        seen.add(name)
    return entries


def position_of(entry: dict[str, Any], listed: int) -> int:
    """Where a layer stands in its model's list in the file; one that was made of another says so itself."""
    position = entry.get("position")
    return position if type(position) is int else listed


def name_of(entry: dict[str, Any]) -> str:
    """The name of a layer; empty where it has none."""
    config = entry.get("config")
    return str(entry.get("name") or (config.get("name") if isinstance(config, dict) else None) or "")


def _require_entry(item: Any, subject: str) -> dict[str, Any]:
    """One layer of a model's list. Raises Fault."""
    if _is_entry(item):
        entry: dict[str, Any] = item
        return entry
    raise refusal("an entry of `layers` is no serialised layer", subject)


def _is_entry(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("class_name"), str) and isinstance(item.get("config"), dict)


def read_input(config: dict[str, Any], name: str) -> Input:
    """What the config of an InputLayer says. Raises Fault."""
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list) or not shape or not all(size is None or type(size) is int for size in shape):
        raise refusal("an input is one dense tensor of a given shape", name)
    if config.get("sparse") or config.get("ragged") or config.get("optional"):
        raise refusal("an input is one dense tensor of a given shape", name)
    dtype = config.get("dtype") or "float32"
    if dtype not in DTYPES:
        raise refusal(f"the dtype {shorten(dtype)} is not one that a spec knows", name)
    return Input(name, shape[1:], dtype, shape[0])


def unknown(entry: dict[str, Any], subject: str) -> Fault:
    """What is said of a layer or a function that no type of a spec stands for."""
    message = f"{class_of(entry)} is no layer that a spec knows"
    return refusal(message, subject, "replace it, in Keras, by layers and functions of Keras")


def class_of(entry: dict[str, Any]) -> str:
    """The class of a serialised object with whose it is, since Keras is not alone in having a `Dense`."""
    name = shorten(entry["class_name"])
    if is_keras_own(entry):
        return f"{shorten(entry['module'])}.{name}"
    registered = entry.get("registered_name")
    whose = registered if registered not in (None, entry["class_name"]) else entry.get("module") or "no module"
    return f"{name} of {shorten(whose)}, which is not Keras's,"


def block_name(own: str, taken: set[str]) -> str:
    """What a block is called that is made of a model: `Encoder` of `encoder`; no layer type has the name."""
    words = re.split(r"[^A-Za-z0-9]+", own)
    base = "".join(word[:1].upper() + word[1:] for word in words)
    base = base if base[:1].isalpha() else f"Model{base}"
    base = f"{base}Model" if base in CATALOGUE or base in ALIASES else base
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{'_' if base[-1:].isdigit() else ''}{count}"
    return name


def clean_name(own: str, otherwise: str, taken: set[str]) -> str:
    """A layer's own name where a spec can have it; else one like it that is not taken."""
    if name_fault(own) is None:
        return own
    base = name = suggest_name(own, otherwise)
    count = 0
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name
