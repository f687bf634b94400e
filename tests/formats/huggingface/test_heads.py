"""The class that a config names says which head a model has; what a family does not model is refused by its key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shapecalc.diagnostics import Fault
from shapecalc.formats.huggingface.config import read_config
from shapecalc.formats.huggingface.tables import list_model_types
from tests.formats.huggingface.opened import open_config
from tests.formats.huggingface.tiny import TINY

LABELS = {"id2label": {"0": "a", "1": "b", "2": "c"}}
DECODER = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 11,
}


def faults(config: dict[str, Any]) -> list[tuple[str, str | None]]:
    with pytest.raises(Fault) as raised:
        read_config(json.dumps(config).encode(), "config.json")
    assert {finding.code for finding in raised.value.diagnostics} == {"SC620"}
    return [(finding.message, finding.help) for finding in raised.value.diagnostics]


def shape_of(config: dict[str, Any]) -> str:
    report = open_config(config)
    assert report.diagnostics == []
    return str(report.outputs["output"].shape)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("gpt2", "(None, T, 11)"),
        ("gpt2-body", "(None, T, 16)"),
        ("gpt2-sequence", "(None, 3)"),
        ("gpt2-tokens", "(None, T, 3)"),
        ("bert", "(None, T, 11)"),
        ("bert-sequence", "(None, 3)"),
        ("bert-tokens", "(None, T, 3)"),
        ("bert-span", "(None, T, 2)"),
        ("bert-next", "(None, 2)"),
        ("distilbert-body", "(None, T, 16)"),
        ("t5-body", "(None, T, 16)"),
        ("t5-encoder", "(None, S, 16)"),
        ("vit", "(None, 3)"),
        ("vit-body", "(None, 6)"),
        ("whisper-body", "(None, T, 16)"),
    ],
)
def test_what_leaves_a_head(name: str, shape: str) -> None:
    assert shape_of(TINY[name]) == shape


@pytest.mark.parametrize(
    ("head", "more", "shape"),
    [
        ("ForCausalLM", 11 * 16, "(None, T, 11)"),
        ("Model", 0, "(None, T, 16)"),
        ("ForSequenceClassification", 3 * 16, "(None, 3)"),
        ("ForTokenClassification", 3 * 16 + 3, "(None, T, 3)"),
        ("ForQuestionAnswering", 2 * 16 + 2, "(None, T, 2)"),
    ],
)
def test_the_heads_of_a_decoder(head: str, more: int, shape: str) -> None:
    config = {"model_type": "qwen2", **DECODER, **LABELS, "num_key_value_heads": 2}
    whole = open_config({**config, "architectures": [f"Qwen2{head}"]})
    body = open_config({**config, "architectures": ["Qwen2Model"]})
    assert whole.params - body.params == more
    assert str(whole.outputs["output"].shape) == shape


@pytest.mark.parametrize("classes", [None, [], "GPT2LMHeadModel", ["GPT2LMHeadModel", "GPT2Model"]])
def test_where_no_class_is_named_the_first_of_the_table_is_meant(classes: Any) -> None:
    assert shape_of({**TINY["gpt2"], "architectures": classes}) == "(None, T, 11)"


@pytest.mark.parametrize("classes", [["GPT2DoubleHeadsModel"], ["LlamaForCausalLM"], [3], {"a": 1}])
def test_a_class_that_the_table_does_not_name_is_refused(classes: Any) -> None:
    ((message, help),) = faults({**TINY["gpt2"], "architectures": classes})
    shown = classes if isinstance(classes, dict) else classes[0]
    assert message.startswith("`architectures`: ")
    assert str(shown) in message or "a: 1" in message
    assert message.endswith(" of gpt2 is not modelled")
    assert help == (
        "modelled: GPT2LMHeadModel, GPT2Model, GPT2ForSequenceClassification, GPT2ForTokenClassification, "
        "GPT2ForQuestionAnswering"
    )


@pytest.mark.parametrize("model_type", list_model_types())
def test_no_class_is_taken_for_that_of_another_type(model_type: str) -> None:
    found = dict(faults({"model_type": model_type, "architectures": ["ResNetForImageClassification"]}))
    assert f"`architectures`: 'ResNetForImageClassification' of {model_type} is not modelled" in found


def test_classes_are_counted_by_their_names_or_said() -> None:
    config = TINY["bert-sequence"]
    assert shape_of(config) == "(None, 3)"
    named = {key: value for key, value in config.items() if key not in ("id2label", "label2id")}
    assert shape_of(named) == "(None, 2)"
    assert shape_of({**named, "num_labels": 7}) == "(None, 7)"
    assert shape_of({**config, "id2label": None}) == "(None, 2)"


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("gpt2", {"activation_function": "mish"}, "`activation_function`: 'mish' of gpt2 is not modelled"),
        ("gpt2", {"add_cross_attention": True}, "`add_cross_attention`: true of gpt2 is not modelled"),
        (
            "gpt2",
            {"scale_attn_by_inverse_layer_idx": True},
            "`scale_attn_by_inverse_layer_idx`: true of gpt2 is not modelled",
        ),
        ("gpt2", {"n_head": 3}, "`n_head`: 3 and `n_embd`: 16 give no model"),
        ("gpt_neox", {"rope_scaling": {"type": "linear", "factor": 2}}, "`type`: 'linear' of gpt_neox is not modelled"),
        (
            "bert",
            {"position_embedding_type": "relative_key"},
            "`position_embedding_type`: 'relative_key' of bert is not modelled",
        ),
        ("bert", {"is_decoder": True}, "`is_decoder`: true of bert is not modelled"),
        (
            "bert",
            {"tie_word_embeddings": False},
            "`architectures`: ['BertForMaskedLM'] and `tie_word_embeddings`: false give no model",
        ),
        ("distilbert", {"sinusoidal_pos_embds": True}, "`sinusoidal_pos_embds`: true of distilbert is not modelled"),
        ("t5", {"relative_attention_num_buckets": 64}, "`relative_attention_num_buckets`: 64 of t5 is not modelled"),
        ("t5", {"feed_forward_proj": "gated-relu"}, "`feed_forward_proj`: 'gated-relu' of t5 is not modelled"),
        ("vit", {"image_size": [12, 12]}, "`image_size`: [12, 12] is no whole number of at least 0"),
        ("bert", {"num_attention_heads": 0}, "`num_attention_heads`: 0 gives no model"),
        ("vit", {"qkv_bias": False}, "`qkv_bias`: false of vit is not modelled"),
        ("whisper", {"scale_embedding": True}, "`scale_embedding`: true of whisper is not modelled"),
        ("whisper", {"is_encoder_decoder": False}, "`is_encoder_decoder`: false of whisper is not modelled"),
    ],
)
def test_what_a_family_does_not_model_is_refused(name: str, keys: dict[str, Any], message: str) -> None:
    assert message in dict(faults({**TINY[name], **keys}))


def test_quantized_weights_are_counted_whole_and_a_note_says_so() -> None:
    written = read_config(json.dumps({**TINY["gpt2"], "quantization_config": {"bits": 4}}).encode(), "config.json")
    assert written is not None
    (note,) = written.notes
    assert (note.code, note.severity) == ("SC616", "note")
    assert note.message == "`quantization_config`: weights are counted as they are before they are quantized"
