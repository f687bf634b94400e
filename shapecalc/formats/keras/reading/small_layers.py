"""The layers that modules of Keras define for themselves, keras.applications and FeatureSpace, as layers that compute
the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from shapecalc.formats.flat_model import refusal

LayerEntry: TypeAlias = dict[str, Any]
"""A layer as Keras's JSON lists it: class name, config, and the nodes of its calls."""

_OWN = ("name", "trainable", "dtype")
_FEATURES = "layers.preprocessing.feature_space"


def spell_out(entry: LayerEntry) -> list[LayerEntry]:
    """The layers that compute what a small layer of keras.applications does; any other entry as it is. Raises Fault."""
    class_name = entry["class_name"]
    own_module, spell = _SPELLINGS.get(class_name, ("", None))
    is_own = str(entry.get("module")) in (
        f"keras.src.{own_module}",
        f"tf_keras.src.{own_module}",
        f"keras.{own_module}",
    )
    if spell is None or not is_own or entry.get("registered_name") not in (None, class_name, f"Custom>{class_name}"):
        return [entry]  # anybody may have a class called `LayerScale`; Keras 2 registered one of its own as `Custom>`
    return spell(entry)


def _layer_scale(entry: LayerEntry) -> list[LayerEntry]:
    """`x * gamma`, a weight for each channel."""
    value = {"value": entry["config"].get("init_values")}
    said = {
        "equation": "...c,c->...c",
        "output_shape": entry["config"].get("projection_dim"),
        "kernel_initializer": {"module": "keras.initializers", "class_name": "Constant", "config": value},
    }
    return [_in_place_of(entry, "EinsumDense", said)]


def _stochastic_depth(entry: LayerEntry) -> list[LayerEntry]:
    """Dropout that leaves out whole samples."""
    rank = _rank_fed(entry)
    said = {"rate": entry["config"].get("drop_path_rate"), "noise_shape": [None, *[1] * (rank - 1)]}
    return [_in_place_of(entry, "Dropout", said)]


def _custom_scale_layer(entry: LayerEntry) -> list[LayerEntry]:
    """`inputs[0] + inputs[1] * scale`."""
    name = _name_of(entry)
    scaled_name = f"{name}_scale"
    scaling, adding = [], []
    for number, node in enumerate(entry.get("inbound_nodes") or []):
        given = node.get("args") if isinstance(node, dict) else None
        pair = given[0] if isinstance(given, list) and len(given) == 1 else None
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], dict):
            raise refusal("it adds the second of two tensors to the first, and is fed something else", name)
        source = {**(pair[1].get("config") or {}), "keras_history": [scaled_name, number, 0]}
        scaling.append({"args": [pair[1]], "kwargs": {}})
        adding.append({"args": [[pair[0], {**pair[1], "config": source}]], "kwargs": {}})
    scale = _in_place_of(entry, "Rescaling", {"scale": entry["config"].get("scale"), "offset": 0.0})
    scale = {**scale, "name": scaled_name, "config": {**scale["config"], "name": scaled_name}}
    return [{**scale, "inbound_nodes": scaling}, {**_in_place_of(entry, "Add", {}), "inbound_nodes": adding}]


def _concatenate(entry: LayerEntry) -> list[LayerEntry]:
    """The features of a FeatureSpace, joined."""
    return [_in_place_of(entry, "Concatenate", {"axis": entry["config"].get("axis", -1)})]


def _in_place_of(entry: LayerEntry, class_name: str, said: dict[str, Any]) -> LayerEntry:
    """A layer of Keras with another one's name, dtype and calls."""
    own = {key: value for key, value in entry["config"].items() if key in _OWN}
    layer = {"module": "keras.layers", "class_name": class_name, "registered_name": None}
    return {**entry, **layer, "config": own | said}


def _rank_fed(entry: LayerEntry) -> int:
    """How many axes what it is fed has, the batch axis included. Raises Fault."""
    built = entry.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    if not isinstance(shape, list) or not shape:
        raise refusal("the file does not say the shape of what it is fed", _name_of(entry))
    return len(shape)


def _name_of(entry: LayerEntry) -> str:
    return str(entry.get("name") or entry["config"].get("name") or "")


_SPELLINGS: dict[str, tuple[str, Callable[[LayerEntry], list[LayerEntry]]]] = {
    "LayerScale": ("applications.convnext", _layer_scale),
    "StochasticDepth": ("applications.convnext", _stochastic_depth),
    "CustomScaleLayer": ("applications.inception_resnet_v2", _custom_scale_layer),
    "TFDConcat": (_FEATURES, _concatenate),
    "TFDIdentity": (_FEATURES, lambda entry: [_in_place_of(entry, "Identity", {})]),
}
"""By class: the module within Keras, and what spells such a layer out."""
