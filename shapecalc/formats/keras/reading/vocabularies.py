"""Vocabularies that layers of a Keras model have learnt: they stand in files of its archive, not in its config."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shapecalc.formats.keras.operations import is_operation
from shapecalc.formats.keras.reading.entries import is_model
from shapecalc.layers.class_names import snake_case

FOLDER = "assets/"
"""Where an archive has such files."""
NAME = "vocabulary.txt"
_LOOKUPS = ("IntegerLookup", "StringLookup", "TextVectorization")


def fill_vocabularies(model: Any, vocabularies: Mapping[str, str], folder: str = FOLDER) -> None:
    """Puts the words that an archive has into the configs of a model's layers, and of those of models within.

    `vocabularies` are texts by their name in the archive. Keras names a folder after the class of a layer, and numbers
    those of one class in the order in which the model lists them.
    """
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else None
    counts: Counter[str] = Counter()
    for entry in layers if isinstance(layers, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str) or is_operation(entry):
            continue
        name = snake_case(entry["class_name"])
        numbered = f"{name}_{counts[name]}" if counts[name] else name
        counts[name] += 1
        _fill_layer(entry, vocabularies, f"{folder}layers/{numbered}/")


def _fill_layer(entry: dict[str, Any], vocabularies: Mapping[str, str], folder: str) -> None:
    config = entry.get("config")
    if is_model(entry):
        fill_vocabularies(entry, vocabularies, folder)
    elif isinstance(config, dict) and isinstance(config.get("layer"), dict):
        _fill_layer(config["layer"], vocabularies, f"{folder}layer/")
    elif isinstance(config, dict) and entry["class_name"] in _LOOKUPS and config.get("vocabulary") is None:
        text = vocabularies.get(folder + NAME)
        if text is not None:
            config["vocabulary"] = _words_of(text, entry["class_name"], config)


def _words_of(text: str, class_name: str, config: dict[str, Any]) -> list[Any]:
    """The words in a file, without those in front that stand for what is masked and what is not among them."""
    words: list[Any] = text.split("\n")
    mask, unknown, places = config.get("mask_token"), config.get("oov_token"), config.get("num_oov_indices", 1)
    if class_name == "TextVectorization":
        mask, unknown = "", "[UNK]"
    if class_name == "IntegerLookup":
        words = [int(word) if word.lstrip("-").isdecimal() else word for word in words]
    if mask is not None and words[:1] == [mask]:
        words = words[1:]
    while isinstance(places, int) and places > 0 and words[:1] == [unknown]:
        words, places = words[1:], places - 1
    return words
