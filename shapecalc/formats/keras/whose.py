"""Whose the classes of a file are that does not say so.

Keras 2, and Keras 3 in `.h5` files, write the name of a class alone. It is taken for Keras's own where Keras has, or
had, such a class: that is what Keras takes it for when it loads the file. Who says whose a class is, is believed.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from shapecalc.formats.keras.operations import operation_type
from shapecalc.layers.arguments.names import CONSTRAINTS, INITIALIZER_ALIASES, INITIALIZERS, REGULARIZERS
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.layers.class_names import camel_case
from shapecalc.layers.foreign.keras import LAYERS, NO_LAYER

_EARLIER = "BatchNormalizationV1 BatchNormalizationV2 SlicingOpLambda TFOpLambda"
"""Layers of Keras 2 that nobody writes, and so no list of names to be recognised has."""


def name_modules(data: Any) -> Any:
    """JSON data of a model of Keras 3 in which every object of Keras says so: all do where the model itself does."""
    return data if isinstance(data, dict) and "module" in data else name_all(data)


def name_all(value: Any) -> Any:
    """JSON data in which every object of Keras says so; what says whose it is stays as it is."""
    if isinstance(value, list):
        return [name_all(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = {key: name_all(item) for key, item in value.items()}
    if isinstance(value.get("class_name"), str) and not {"module", "registered_name"} & value.keys():
        module = _module_of(value["class_name"], value.get("config"))
        return named if module is None else {"module": module, **named}
    return named


def _module_of(class_name: str, config: Any) -> str | None:
    """The module of an object; None where Keras never had such a class."""
    is_function = isinstance(config, dict) and "trainable" not in config  # a dtype some functions have, as layers do
    if is_function and operation_type(class_name) is not None:
        return "keras.src.ops"  # some of which are called as layers are
    return _modules().get(class_name)


@cache
def _modules() -> dict[str, str]:
    """The classes that Keras has, or had, with their modules."""
    earlier = [line.partition("(")[0] for line in LAYERS.strip().split("\n")]
    no_layers = " ".join([_EARLIER, *NO_LAYER]).split()
    initializers = [*INITIALIZERS, *INITIALIZER_ALIASES, *map(camel_case, INITIALIZERS)]
    by_module = {
        "keras.constraints": [*CONSTRAINTS],
        "keras.initializers": initializers,
        "keras.layers": [*CATALOGUE, *ALIASES, *earlier, *no_layers],
        "keras.mixed_precision": ["DTypePolicy", "Policy", "PolicyV1"],
        "keras.regularizers": [*REGULARIZERS],
        "keras": ["Functional", "Model", "Sequential"],
    }
    return {name: module for module, names in by_module.items() for name in names}
