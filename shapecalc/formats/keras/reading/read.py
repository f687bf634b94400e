"""The JSON of `keras.Model.to_json` as a flat model: functional and sequential models; models in them are blocks.

https://keras.io/api/models/model_saving_apis/model_config_serialization/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shapecalc.diagnostics import Diagnostic, Fault, Span, error
from shapecalc.formats.flat_model import (
    FlatModel,
)
from shapecalc.formats.json_text import parse_json
from shapecalc.formats.keras.reading.entries import (
    model_config,
)
from shapecalc.formats.keras.reading.held_code import as_one_layer, is_built_code
from shapecalc.formats.keras.reading.keras2.models import is_keras2, modernise
from shapecalc.formats.keras.reading.notes import note_model
from shapecalc.formats.keras.reading.reader import Family, Reader
from shapecalc.formats.keras.reading.vocabularies import fill_vocabularies
from shapecalc.formats.keras.reading.whose import name_modules
from shapecalc.formats.keras.stand_ins import take_stand_ins


def is_keras(text: str) -> bool:
    """Whether a text looks like a model's JSON: a spec has no `class_name`."""
    return text.lstrip()[:1] == "{" and '"class_name"' in text and '"config"' in text


def read_keras(text: str, file: str, vocabularies: Mapping[str, str] | None = None) -> FlatModel:
    """The flat model of a JSON text; `vocabularies` are the files of words beside it in its archive, by their names.

    Raises Fault: SC101 where the text is no JSON, SC602 for one that nests too deep, SC609 for what cannot be honoured.
    Findings name the file: a command may read several.
    """
    try:
        data = _parse(text, file)
        if vocabularies:
            fill_vocabularies(data, vocabularies)
        model = _read_model(data)
    except RecursionError:
        raise Fault(*_name_file([error("SC602", "the JSON nests too deep")], file)) from None
    except Fault as fault:
        raise Fault(*_name_file(fault.diagnostics, file)) from None
    model.notes = _name_file(model.notes, file)
    return model


def _name_file(findings: Iterable[Diagnostic], file: str) -> list[Diagnostic]:
    """Findings of which those that name no place name the file."""
    whole = Span(file, 0, 0, 0)
    return [finding if finding.span is not None else finding._replace(span=whole) for finding in findings]


def _parse(text: str, file: str) -> Any:
    """What a JSON text holds. Raises Fault."""
    try:
        return parse_json(text)
    except json.JSONDecodeError as failure:
        span = Span(file, failure.lineno, failure.colno, failure.colno + 1)
        raise Fault(error("SC101", f"the file is no JSON: {failure.msg}", span)) from None


def _read_model(data: Any) -> FlatModel:
    """The flat model of JSON data. Raises Fault."""
    is_modern = not is_keras2(data)
    data = name_modules(data) if is_modern else modernise(data)
    is_code = is_built_code(data)
    data = as_one_layer(data) if is_code else data
    config = model_config(data, "")
    # Of models within, Keras's own reading heeds what each of their layers says.
    family = Family(frozen=config.get("trainable") is False, counts_own=is_modern)
    family.code.is_whole = is_code
    reader = Reader(family, str(config.get("name") or "model"), "", "config.", 0)
    reader.read(data)
    if is_code:  # nothing of it stands in a list of layers
        reader.model.places = dict.fromkeys(reader.model.places, "config")
    reader.model.blocks = family.blocks
    reader.model.notes = note_model(reader.model)
    reader.model.code = family.code.held(reader.model)
    return take_stand_ins(reader.model)
