"""The config of a published model as a spec: what is taken, what is refused, and where it stands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Fault
from shapecalc.formats.huggingface.config import read_config
from shapecalc.formats.huggingface.tables import list_model_types, read_table
from shapecalc.model.load import Library
from shapecalc.render.table import summary_table
from tests.cli.conftest import Command
from tests.golden.families import FAMILIES, config

SMALL: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 11,
    "hidden_size": 32,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


def faults(**keys: Any) -> list[tuple[str, str | None]]:
    """What is said of a config with other keys."""
    with pytest.raises(Fault) as raised:
        read_config(json.dumps(SMALL | keys).encode(), "config.json")
    assert {finding.code for finding in raised.value.diagnostics} == {"SC620"}
    return [(finding.message, finding.help) for finding in raised.value.diagnostics]


def _faults(keys: dict[str, Any]) -> list[str]:
    with pytest.raises(Fault) as raised:
        read_config(json.dumps(keys).encode(), "config.json")
    return [finding.message for finding in raised.value.diagnostics]


def _text(keys: dict[str, Any]) -> str:
    written = read_config(json.dumps(keys).encode(), "config.json")
    assert written is not None
    return written.text.decode()


def text_of(**keys: Any) -> str:
    written = read_config(json.dumps(SMALL | keys).encode(), "config.json")
    assert written is not None
    return written.text.decode()


@pytest.mark.parametrize(
    ("keys", "message", "help"),
    [
        ({"model_type": "lama"}, "there is no table for the model type 'lama'", "did you mean `llama`?"),
        ({"model_type": ["llama"]}, "there is no table for the model type ['llama']", None),
        ({"model_type": "../llama"}, "there is no table for the model type '../llama'", None),
        ({"model_type": "common"}, "there is no table for the model type 'common'", None),
        ({"rope_teta": 3}, "no spec models the key `rope_teta` of llama", "did you mean `rope_theta`?"),
        ({"ssm_states": 3}, "no spec models the key `ssm_states` of llama", "delete it, if it changes no layer"),
        ({"hidden_act": "gelu"}, "`hidden_act`: 'gelu' of llama is not modelled", "modelled: 'silu', 'swish'"),
        ({"torch_dtype": "float8"}, "`torch_dtype`: 'float8' of llama is not modelled", None),
        ({"rope_scaling": 3}, "`rope_scaling`: 3 of llama is not modelled", "modelled: null"),
        (
            {"rope_scaling": {"type": "dynamic", "factor": 2}},
            "`type`: 'dynamic' of llama is not modelled",
            "modelled: 'default', 'linear', 'llama3', 'yarn'",
        ),
        (
            {"num_key_value_heads": 3},
            "`num_key_value_heads`: 3 and `num_attention_heads`: 4 give no model",
            "wanted: num_attention_heads % (num_key_value_heads or num_attention_heads) == 0",
        ),
        (
            {"head_dim": "four"},
            "`num_attention_heads`: 4 and `hidden_size`: 32 and `head_dim`: 'four' give no `turned`: "
            "`*` needs numbers, not text",
            None,
        ),
        (
            {"num_attention_heads": 0},
            "`num_attention_heads`: 0 and `hidden_size`: 32 give no `size`: `/` by zero",
            None,
        ),
        (
            {"head_dim": 5},
            "`num_attention_heads`: 4 and `hidden_size`: 32 and `head_dim`: 5 give no model",
            "wanted: floor((head_dim or hidden_size / num_attention_heads) * partial_rotary_factor) % 2 == 0",
        ),
        ({"vocab_size": "9"}, "`vocab_size`: '9' is no whole number of at least 0", None),
        ({"vocab_size": [3, 4]}, "`vocab_size`: [3, 4] is no whole number of at least 0", None),
        ({"num_hidden_layers": 2.5}, "`num_hidden_layers`: 2.5 is no whole number of at least 0", None),
        ({"num_hidden_layers": True}, "`num_hidden_layers`: true is no whole number of at least 0", None),
        ({"rms_norm_eps": "1e-5"}, "`rms_norm_eps`: '1e-5' is no number", None),
        ({"tie_word_embeddings": "yes"}, "`tie_word_embeddings`: 'yes' is no truth value", None),
        ({"head_dim": "$depth"}, "`head_dim` has a `$`, which no value of a config has", None),
        ({"head_dim": {"a": 1}}, "`head_dim` is a mapping, and a value is wanted", None),
        ({"head_dim": [1] * 20_000}, "`head_dim` is a list of more than 10,000 values", None),
        ({"hidden_act": 1e300}, "`hidden_act`: 1e+300 of llama is not modelled", None),
        ({"hidden_act": ["silu", 1e300]}, "`hidden_act`: ['silu', 1e+300] of llama is not modelled", None),
        ({"pruned_heads": 1e300}, "`pruned_heads`: 1e+300 of llama is not modelled", None),
        ({"rms_norm_eps": float("inf")}, "`rms_norm_eps` is no finite number", None),
        ({"rms_norm_eps": None}, "`rms_norm_eps`: null gives no `epsilon`: null is no number", None),
        ({"vocab_size": None}, "`vocab_size`: null gives no `vocabulary`: null is no number", None),
        ({"tie_word_embeddings": None}, "`tie_word_embeddings`: null gives no `tied`: null is no truth value", None),
        ({"num_hidden_layers": None}, "`num_hidden_layers`: null gives no `depth`: null is no number", None),
        (
            {"model_type": "gpt2", "n_inner": "x"},
            "`hidden_size`: 32 and `n_inner`: 'x' give no `hidden`: 'x' is no number",
            None,
        ),
        ({"id2label": {}}, "`id2label`: {} gives no model", "wanted: num_labels > 0"),
    ],
)
def test_what_the_spec_would_not_model_is_refused_by_name(keys: dict[str, Any], message: str, help: str | None) -> None:
    found = dict(faults(**keys))
    assert message in found
    if help is not None:
        assert found[message] == help


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(faults(hidden_act="gelu", ssm_states=3, torch_dtype="int4")) == 3


def test_findings_stand_at_the_key() -> None:
    text = '{\n "model_type": "llama",\n "rope_scaling": {\n  "factor": 2, "type": "dynamic"}\n}\n'
    with pytest.raises(Fault) as raised:
        read_config(text.encode(), "config.json")
    (finding,) = raised.value.diagnostics
    assert finding.span is not None
    assert finding.span.where == "config.json:4:16"


def test_absent_keys_are_those_of_transformers_and_null_is_null() -> None:
    assert "  groups: 4\n" in text_of()
    assert "  groups: 4\n" in text_of(num_key_value_heads=None)
    assert "  groups: 2\n" in text_of(num_key_value_heads=2)
    assert "  epsilon: 1e-06\n" in text_of()
    mistral = {"model_type": "mistral", "num_key_value_heads": 2}
    assert "  window: 4096\n" in text_of(**mistral)
    assert "  window: null\n" in text_of(**mistral, sliding_window=None)


@pytest.mark.parametrize("model_type", list_model_types())
def test_no_value_of_one_key_is_told_of_the_spec_alone(model_type: str) -> None:
    """What a null, a nought or a text in place of a number makes of a model is told by the key."""
    base = next(
        (config(name) for name in FAMILIES if FAMILIES[name]["model_type"] == model_type), {"model_type": model_type}
    )
    for key in sorted(read_table(model_type).defaults):
        for value in (None, 0, "x"):
            changed = _put(base, key, value)
            try:
                written = read_config(json.dumps(changed).encode(), "config.json")
            except Fault:
                continue
            assert written is not None
            report = analyse(Library().parse(written.text, "config.json", written.places, folder=written.folder))
            assert report.ok, (key, value, report.diagnostics[0].message)


def _put(keys: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The keys with one more, in the section that its name begins with."""
    section = {"vision_": "vision_config", "near_": "rope_parameters"}.get(key.partition("_")[0] + "_")
    if section is None:
        return keys | {key: value}
    bare = key.partition("_")[2]
    inner = {"sliding_attention": {bare: value}} if section == "rope_parameters" else {bare: value}
    return keys | {section: dict(keys.get(section) or {}) | inner}


def test_keys_of_sections_are_named_with_them() -> None:
    picture = config("gemma3_picture")
    for keys, name in (({"vision_use_head": True}, "vision_use_head"), ({"hidden_act": "relu"}, "hidden_act")):
        vision = picture["vision_config"] | keys
        ((message, _),) = faults(**picture | {"vision_config": vision})
        assert message.startswith(f"`vision_config.{name}`: ")


def test_a_key_of_a_part_that_the_whole_decides_has_to_agree() -> None:
    picture = config("gemma3_picture")
    text = picture["text_config"] | {"tie_word_embeddings": False}
    ((message, help),) = faults(**picture | {"text_config": text})
    assert message == "`text_config.tie_word_embeddings`: false of gemma3 is not modelled"
    assert help == "modelled: true"
    assert "  tied: false\n" in text_of(**picture | {"text_config": text, "tie_word_embeddings": False})


@pytest.mark.parametrize(
    ("keys", "other"),
    [
        ({"model_type": "llama", "is_llama_config": True, "rope_interleaved": False}, {"rope_interleaved": True}),
        (
            {"model_type": "phi3", "full_attn_mod": 1, "interpolate_factor": 1, "lm_head_bias": False},
            {"lm_head_bias": True},
        ),
        ({"model_type": "gemma2", "sliding_window": 8, "sliding_window_size": 8}, {"sliding_window_size": 9}),
    ],
)
def test_keys_that_published_configs_have_and_transformers_leaves_out(
    keys: dict[str, Any], other: dict[str, Any]
) -> None:
    assert text_of(**keys)
    ((message, _),) = faults(**keys | other)
    assert message.startswith(f"`{next(iter(other))}`: ")


def test_what_t5_says_of_its_layers_goes_before_what_follows_of_their_kind() -> None:
    t5 = {"model_type": "t5", "feed_forward_proj": "gated-gelu"}
    sizes = {"d_model": 16, "d_kv": 4, "d_ff": 8, "num_layers": 1, "num_heads": 2}
    assert '  gated: true\n  activation: "gelu_new"\n' in _text(t5 | sizes)
    assert '  gated: false\n  activation: "silu"\n' in _text(
        t5 | sizes | {"is_gated_act": False, "dense_act_fn": "silu"}
    )
    assert "scale_decoder_outputs" in _faults(t5 | sizes | {"scale_decoder_outputs": False})[0]
    assert "num_decoder_layers" in _faults(t5 | sizes | {"num_decoder_layers": 0})[0]


def test_keys_of_sections_are_read_as_if_they_stood_at_the_top() -> None:
    scaled = text_of(rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 5e5})
    assert '  scaling: "linear"\n  factor: 4.0\n' in scaled
    assert "  base: 500000.0\n" in scaled
    assert '  scaling: "default"\n' in text_of(rope_scaling=None)


def test_the_dtype_is_that_of_the_config() -> None:
    assert '  dtype: "float32"\n' in text_of()
    assert '  dtype: "bfloat16"\n' in text_of(torch_dtype="bfloat16")
    assert '  dtype: "float16"\n' in text_of(dtype="float16", torch_dtype="bfloat16")


def test_other_json_is_no_config() -> None:
    assert read_config(b'["model_type"]', "x.json") is None
    assert read_config(b'{"layers": [], "a": "model_type"}', "x.json") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"model_type": "llama"', "SC101"),
        ('{"model_type": "llama", "a": ' + "[" * 100_000 + "]" * 100_000 + "}", "SC602"),
        ('{"model_type": "llama", "a": [' + "1," * 2_000_001 + "1]}", "SC602"),
        ('{"model_type": "llama", "a": ' + "9" * 5_000 + "}", "SC602"),
        ('{"model_type": "llama", "a": "\\ud800"}', "SC620"),
    ],
)
def test_hostile_json_is_refused(text: str, code: str) -> None:
    with pytest.raises(Fault) as raised:
        read_config(text.encode(), "config.json")
    assert [finding.code for finding in raised.value.diagnostics] == [code]


@pytest.mark.parametrize(
    "keys",
    [
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": -1},
        {"num_hidden_layers": 2.5},
        {"vocab_size": 0},
        {"vocab_size": 10**30},
        {"vocab_size": None},
        {"hidden_size": 10**17, "num_attention_heads": 1},
        {"head_dim": 3},
        {"rms_norm_eps": "1e-5"},
        {"rms_norm_eps": -1},
        {"rope_theta": 0},
        {"rope_theta": "x"},
        {"tie_word_embeddings": "yes"},
        {"mlp_bias": 3},
        {"num_key_value_heads": "2"},
        {"rope_scaling": {"rope_type": "yarn", "factor": 0}},
        {"rope_scaling": {"rope_type": "llama3", "factor": 2, "low_freq_factor": 1, "high_freq_factor": 1}},
        {"rope_scaling": {"rope_type": "linear", "factor": "a"}},
    ],
)
def test_values_that_make_no_model_are_findings(shapecalc: Command, tmp_path: Path, keys: dict[str, Any]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SMALL | keys))
    for command in (("check", "config.json"), ("summary", "config.json")):
        result = shapecalc(*command)
        said = result.out + result.err
        assert "SC610" not in said
        assert result.code in (0, 1)
        assert result.code == 0 or "error[SC" in said


@pytest.mark.parametrize(
    "words",
    [
        "summary config.json",
        "check config.json --run",
        "explain config.json embedding layer/0/gated_net",
        "run config.json --input ones",
        "convert config.json --to yaml",
        "convert config.json --to mermaid",
        "convert config.json --to keras-python --set T=4",
        "diff config.json other.json",
        "diff config.json --set depth=1,2",
        "solve config.json --for depth --max-params 1M",
        "sweep config.json --set depth=1,2",
    ],
)
def test_every_command_takes_a_config(shapecalc: Command, tmp_path: Path, words: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    (tmp_path / "other.json").write_text(json.dumps(SMALL | {"num_hidden_layers": 3}))
    result = shapecalc(*words.split())
    assert (result.code, "error" in result.err) == (0, False)
    assert result.out


WEIRD: list[Any] = [
    None, True, 0, 1, -1, 3, 10**6, 10**30, 1.5, 0.0, 1e-300, 1e300, float("nan"), "", "silu", "$depth", "a\nb", "\0",
    "yarn", "1e5", [], [1], [None], ["full_attention"], {}, {"a": 1}, {"rope_type": "yarn", "factor": 0.1}, [[1]],
]  # fmt: skip
BASES = [config(name) for name in FAMILIES] + [{"model_type": model_type} for model_type in list_model_types()]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_value_of_a_key_makes_more_than_findings(data: st.DataObject) -> None:
    keys = dict(data.draw(st.sampled_from(BASES)))
    table = read_table(keys["model_type"])
    known = sorted({*table.defaults, *table.only, *table.sections} - {"model_type"})
    keys |= data.draw(st.dictionaries(st.sampled_from(known), st.sampled_from(WEIRD), min_size=1, max_size=3))
    keys["num_hidden_layers"] = keys.get("num_hidden_layers") or 2
    codes = set[str]()
    try:
        written = read_config(json.dumps(keys).encode(), "config.json")
    except Fault as fault:
        codes = {finding.code for finding in fault.diagnostics}
        written = None
    assert codes <= {"SC620", "SC602"}
    if written is None:
        return
    report = analyse(Library().parse(written.text, "config.json", written.places, folder=written.folder))
    assert not {finding.code for finding in report.diagnostics} & {"SC101", "SC108", "SC109", "SC208"}
    if report.ok:
        assert summary_table(report)


def test_a_config_as_a_spec_is_the_same_model(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SMALL | {"torch_dtype": "float16", "tie_word_embeddings": True}))
    text = shapecalc("convert", "config.json", "--to", "yaml").out
    (tmp_path / "model.yaml").write_text(text)
    assert "No differences" in shapecalc("diff", "config.json", "model.yaml").out
    assert "file:" not in text
    assert shapecalc("check", "model.yaml").code == 0


def test_standard_input_and_annotations(shapecalc: Command, tmp_path: Path) -> None:
    config = json.dumps(SMALL)
    out = shapecalc("summary", "-", "--output-format", "concise", stdin=config).out
    assert out.startswith("llama: 13,664 params")
    (tmp_path / "config.json").write_text(config)
    assert "SC609" in shapecalc("annotate", "config.json").err
    assert shapecalc("check", "config.json", "--update-expect").code == 0
    assert (tmp_path / "config.json").read_text() == config


def test_a_config_of_another_revision(shapecalc: Command, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(SMALL))
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "first")):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    path.write_text(json.dumps(SMALL | {"num_hidden_layers": 3}))
    result = shapecalc("diff", "HEAD:config.json", "config.json")
    assert (result.code, result.err) == (0, "")
    assert "13,664" in result.out
