"""Configs of published models: counts and caches are those that transformers has, recorded by record.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.kv_cache import KVCache, count_cache_bytes, find_kv_caches
from shapecalc.analysis.report import Report
from shapecalc.dims import add_up
from shapecalc.document.nodes import MappingNode
from shapecalc.document.read import read
from shapecalc.expressions.evaluate import names
from shapecalc.formats.huggingface.tables import Table, choose_head, list_model_types, read_plain, read_table
from tests.formats.huggingface.opened import open_config
from tests.formats.huggingface.published import CONFIGS, DATA, SOURCE

RECORDED: dict[str, dict[str, Any]] = json.loads((DATA / "published.json").read_text())["configs"]
KEYS: dict[str, list[str]] = json.loads((DATA / "keys.json").read_text())
DECODERS = [name for name, record in RECORDED.items() if "cache" in record]


@cache
def config_of(name: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((CONFIGS / f"{name}.json").read_text())
    return config


@cache
def published(name: str) -> Report:
    return open_config(config_of(name))


def caches_of(name: str) -> dict[str, KVCache]:
    walked = published(name).walk
    assert walked is not None
    return find_kv_caches(walked)


@pytest.mark.parametrize("name", RECORDED)
def test_the_count_is_that_of_transformers(name: str) -> None:
    report = published(name)
    assert report.diagnostics == []
    assert report.params == RECORDED[name]["params"]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("llama-2-7b", 6_738_415_616),
        ("llama-3-70b", 70_553_706_496),
        ("mixtral-8x7b", 46_702_792_704),
        ("gpt2-xl", 1_557_611_200),
        ("bert-base-uncased", 109_514_298),
        ("t5-small", 60_506_624),
        ("t5-v1_1-base", 247_577_856),
        ("vit-large-patch16-224", 304_326_632),
        ("whisper-large-v3", 1_543_490_560),
    ],
)
def test_published_counts_come_out(name: str, params: int) -> None:
    assert published(name).params == params


def test_every_config_is_recorded_and_says_whose_it_is() -> None:
    assert {path.stem for path in CONFIGS.glob("*.json")} == RECORDED.keys()
    assert all("/" in config_of(name)["_name_or_path"] for name in RECORDED)
    assert {config_of(name)["model_type"] for name in RECORDED} == KEYS.keys() <= set(list_model_types())


@pytest.mark.parametrize("name", DECODERS)
def test_caches_are_those_that_transformers_allocates(name: str) -> None:
    caches = caches_of(name)
    own = {path: cache for path, cache in caches.items() if not cache.cross}
    for tokens, size in RECORDED[name]["cache"].items():
        assert count_cache_bytes(own, int(tokens)) == size


@pytest.mark.parametrize("name", [name for name in DECODERS if "cross" in RECORDED[name]])
def test_what_a_decoder_keeps_of_an_encoders_output(name: str) -> None:
    report = published(name)
    sizes = {"S": SOURCE} if "source" in report.inputs else {}
    walked = open_config(config_of(name), **sizes).walk
    assert walked is not None
    cross = [cache for cache in find_kv_caches(walked).values() if cache.cross]
    assert add_up(cache.count_bytes(7) or 0 for cache in cross) == RECORDED[name]["cross"]


@pytest.mark.parametrize("name", [name for name in RECORDED if name not in DECODERS])
def test_what_is_no_decoder_keeps_nothing(name: str) -> None:
    assert caches_of(name) == {}


@pytest.mark.parametrize("model_type", KEYS)
def test_every_key_that_transformers_writes_is_in_the_table(model_type: str) -> None:
    config = dict.fromkeys(KEYS[model_type])
    table = read_table(model_type)
    named = {*table.defaults, *table.only, *table.ignored, *table.sections, "model_type", "architectures"}
    assert [key for key in config if key not in named] == []


def list_heads(model_type: str) -> list[Table]:
    table = read_table(model_type)
    return [choose_head(table, name) for name in table.architectures]


LEFT_OUT = {
    "bert_base": {"num_labels", "id2label", "tie_word_embeddings"},
    "bert_pretraining": {"num_labels", "id2label", "tie_word_embeddings"},
    "t5_encoder": {"num_decoder_layers", "tie_word_embeddings"},
    "gemma3": {"num_labels", "id2label"},
}
"""What a spec for a class without a head, or without a decoder, has no use for."""


def list_keys(table: Table, values: Iterable[Any]) -> set[str]:
    """The keys of a config that values of a table read, also by way of defaults."""
    found: set[str] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and "$" in value:
            new = set(names(value)) - found
            found |= new
            waiting += [table.defaults.get(name) for name in new]
    return found


@pytest.mark.parametrize("model_type", list_model_types())
def test_no_key_is_read_for_an_argument_that_the_spec_does_not_have(model_type: str) -> None:
    for table in list_heads(model_type):
        root = read(Path(table.spec).read_bytes(), table.spec).root
        assert isinstance(root, MappingNode)
        known = read_plain(root.fields["args"]).keys()
        said = list_keys(table, [value for key, value in table.args.items() if key in known])
        lost = list_keys(table, [value for key, value in table.args.items() if key not in known])
        assert lost - said - table.only.keys() - table.ignored == LEFT_OUT.get(Path(table.spec).stem, set())


NEEDED = {"gemma3": {"vision_config": {"patch_size": 14, "vision_use_head": False}}}
"""Keys without which the defaults make no model that Gemma 3 could be: its encoder has no head, and 16 x 16 patches."""


def tiny(model_type: str, architecture: str) -> dict[str, Any]:
    """A config that names a class and leaves all sizes to the defaults, where these make a model."""
    return {"model_type": model_type, "architectures": [architecture], **NEEDED.get(model_type, {})}


@pytest.mark.parametrize(
    ("model_type", "architecture"),
    [(model_type, name) for model_type in list_model_types() for name in read_table(model_type).architectures],
)
def test_every_class_that_a_table_names_is_a_model(model_type: str, architecture: str) -> None:
    assert open_config(tiny(model_type, architecture)).diagnostics == []
