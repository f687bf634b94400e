"""Configs of small models that are no decoders of Llama's kind (for those see tests/golden/families.py), what they are
fed, and which weight of ours is which of transformers'.

Only outputs are recorded: weights are made from their paths in our spec, as in tests/golden/models.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tests.golden.arrays import Array, array
from tests.golden.models import weight

VOCABULARY, TOKENS = 11, 7


def _encoder(model_type: str, architecture: str, **more: Any) -> dict[str, Any]:
    sizes = {
        "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
        "max_position_embeddings": 12,
    }  # fmt: skip
    return _config(model_type, architecture, **(sizes | more))


def _config(model_type: str, architecture: str, **more: Any) -> dict[str, Any]:
    words = {"vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    return {"model_type": model_type, "architectures": [architecture], **words, **more}


_GPT2 = {"n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 9}
_DISTILBERT = {"dim": 16, "hidden_dim": 24, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 9}
_T5 = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
_V1_1 = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False, "num_decoder_layers": 1}
_VIT = {
    "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 12,
    "patch_size": 4,
}  # fmt: skip
_WHISPER = {
    "d_model": 16, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 4, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24, "decoder_ffn_dim": 20, "max_source_positions": 10, "max_target_positions": 9,
    "num_mel_bins": 6, "decoder_start_token_id": 0,
}  # fmt: skip
_LABELS = {"id2label": {"0": "a", "1": "b", "2": "c"}, "label2id": {"a": 0, "b": 1, "c": 2}}

TINY: dict[str, dict[str, Any]] = {
    "gpt2": _config("gpt2", "GPT2LMHeadModel", **_GPT2),
    "gpt2-untied": _config(
        "gpt2", "GPT2LMHeadModel", **_GPT2, tie_word_embeddings=False, n_inner=20, activation_function="relu"
    ),
    "gpt2-body": _config("gpt2", "GPT2Model", **_GPT2, activation_function="gelu"),
    "gpt2-sequence": _config("gpt2", "GPT2ForSequenceClassification", **_GPT2, **_LABELS),
    "gpt2-tokens": _config("gpt2", "GPT2ForTokenClassification", **_GPT2, **_LABELS),
    "gpt_neox": _encoder("gpt_neox", "GPTNeoXForCausalLM", hidden_size=32, rotary_emb_base=100),
    "gpt_neox-chain": _encoder(
        "gpt_neox",
        "GPTNeoXForCausalLM",
        use_parallel_residual=False,
        attention_bias=False,
        rotary_pct=1.0,
        tie_word_embeddings=True,
        hidden_act="gelu_fast",
    ),
    "gpt_neox-body": _encoder("gpt_neox", "GPTNeoXModel", hidden_size=32, rotary_pct=0.5),
    "gpt_neox-sequence": _encoder("gpt_neox", "GPTNeoXForSequenceClassification", hidden_size=32),
    "bert": _encoder("bert", "BertForMaskedLM"),
    "bert-relu": _encoder("bert", "BertForMaskedLM", hidden_act="relu"),
    "bert-body": _encoder("bert", "BertModel", type_vocab_size=3, layer_norm_eps=1e-3, hidden_act="gelu_new"),
    "bert-pretraining": _encoder("bert", "BertForPreTraining"),
    "bert-sequence": _encoder("bert", "BertForSequenceClassification", **_LABELS),
    "bert-tokens": _encoder("bert", "BertForTokenClassification", **_LABELS),
    "bert-span": _encoder("bert", "BertForQuestionAnswering"),
    "bert-next": _encoder("bert", "BertForNextSentencePrediction"),
    "roberta": _encoder("roberta", "RobertaForMaskedLM", pad_token_id=1, type_vocab_size=1),
    "roberta-body": _encoder("roberta", "RobertaModel", pad_token_id=1),
    "roberta-sequence": _encoder("roberta", "RobertaForSequenceClassification", pad_token_id=1),
    "distilbert": _config("distilbert", "DistilBertForMaskedLM", **_DISTILBERT),
    "distilbert-body": _config("distilbert", "DistilBertModel", **_DISTILBERT),
    "distilbert-sequence": _config("distilbert", "DistilBertForSequenceClassification", **_DISTILBERT, **_LABELS),
    "distilbert-span": _config("distilbert", "DistilBertForQuestionAnswering", **_DISTILBERT),
    "t5": _config("t5", "T5ForConditionalGeneration", **_T5),
    "t5-v1_1": _config("t5", "T5ForConditionalGeneration", **_T5, **_V1_1),
    "t5-body": _config("t5", "T5Model", **_T5),
    "t5-encoder": _config("t5", "T5EncoderModel", **_T5, feed_forward_proj="gated-gelu"),
    "vit": {"model_type": "vit", "architectures": ["ViTForImageClassification"], **_VIT, **_LABELS},
    "vit-body": {"model_type": "vit", "architectures": ["ViTModel"], **_VIT, "pooler_output_size": 6},
    "whisper": _config("whisper", "WhisperForConditionalGeneration", **_WHISPER),
    "whisper-body": _config("whisper", "WhisperModel", **_WHISPER),
}


def make_inputs(name: str) -> dict[str, Array]:
    """What a model is fed, by the names of our inputs; no token is padding but T5's, at the end."""
    config = TINY[name]
    tokens = array([2, TOKENS], 1, "ids", "int32", VOCABULARY - 2) + 2
    if config["model_type"] in ("bert", "roberta", "distilbert"):
        mask = array([2, TOKENS], 2, "mask", "bool")
        mask[:, 0] = True
        segments = array([2, TOKENS], 3, "ids", "int32", config.get("type_vocab_size", 2))
        fed = {"tokens": tokens, "segments": segments, "mask": mask}
        return fed if config["model_type"] != "distilbert" else {"tokens": tokens, "mask": mask}
    if config["model_type"] == "t5":
        source = array([2, 140], 1, "ids", "int32", VOCABULARY - 1) + 1
        source[1, -9:] = 0
        target = array([2, 130], 2, "ids", "int32", VOCABULARY)
        return {"source": source} if name == "t5-encoder" else {"source": source, "target": target}
    if config["model_type"] == "vit":
        return {"input": array([2, 12, 12, 3], 1)}
    if config["model_type"] == "whisper":
        return {"sound": array([2, 20, config["num_mel_bins"]], 1), "tokens": tokens}
    return {"tokens": tokens}


Rule = tuple[str, str, tuple[str, ...]]
"""A pattern of names in transformers, how the weight is laid out there, and the paths of ours that it is made of."""


def _rules(*lines: str) -> list[Rule]:
    """Rules of lines `PATTERN LAYOUT PATH...`; `#` in a pattern is a number, which stands for `#` in the paths."""
    found = []
    for line in lines:
        pattern, layout, *paths = line.split()
        found.append((re.escape(pattern).replace(r"\#", r"(\d+)").replace("#", r"(\d+)"), layout, tuple(paths)))
    return found


def _linear(theirs: str, ours: str, layout: str = "matrix") -> list[Rule]:
    return _rules(f"{theirs}.weight {layout} {ours}/kernel", f"{theirs}.bias same {ours}/bias")


def _norm(theirs: str, ours: str) -> list[Rule]:
    return _rules(f"{theirs}.weight same {ours}/gamma", f"{theirs}.bias same {ours}/beta")


def _list_bert_rules(body: str) -> list[Rule]:
    rules = _rules(
        f"{body}embeddings.word_embeddings.weight same word/embeddings",
        f"{body}embeddings.position_embeddings.weight same position/embeddings",
        f"{body}embeddings.token_type_embeddings.weight same segment/embeddings",
        "cls.predictions.bias same bias/weight",
        "lm_head.bias same bias/weight",
    )
    layer = f"{body}encoder.layer.#"
    for name in ("query", "key", "value"):
        rules += _linear(f"{layer}.attention.self.{name}", f"encoder/#/attention/{name}")
    return [
        *rules,
        *_norm(f"{body}embeddings.LayerNorm", "layer_normalization"),
        *_linear(f"{layer}.attention.output.dense", "encoder/#/attention/attention_output"),
        *_norm(f"{layer}.attention.output.LayerNorm", "encoder/#/attended"),
        *_linear(f"{layer}.intermediate.dense", "encoder/#/dense"),
        *_linear(f"{layer}.output.dense", "encoder/#/dense_1"),
        *_norm(f"{layer}.output.LayerNorm", "encoder/#/layer_normalization"),
        *_linear(f"{body}pooler.dense", "pooler"),
        *_linear("cls.predictions.transform.dense", "transform"),
        *_norm("cls.predictions.transform.LayerNorm", "transformed"),
        *_linear("lm_head.dense", "transform"),
        *_norm("lm_head.layer_norm", "transformed"),
        *_linear("classifier.dense", "pooler"),
        *_linear("classifier.out_proj", "score"),
        *_linear("classifier", "score"),
        *_linear("qa_outputs", "score"),
        *_linear("cls.seq_relationship", "score"),
    ]


def _list_distilbert_rules() -> list[Rule]:
    rules = _rules(
        "embeddings.word_embeddings.weight same word/embeddings",
        "embeddings.position_embeddings.weight same position/embeddings",
        "vocab_projector.bias same bias/weight",
    )
    layer, ours = "transformer.layer.#", "encoder/#"
    for theirs, name in (("q_lin", "query"), ("k_lin", "key"), ("v_lin", "value"), ("out_lin", "attention_output")):
        rules += _linear(f"{layer}.attention.{theirs}", f"{ours}/attention/{name}")
    return [
        *rules,
        *_norm("embeddings.LayerNorm", "layer_normalization"),
        *_norm(f"{layer}.sa_layer_norm", f"{ours}/attended"),
        *_linear(f"{layer}.ffn.lin1", f"{ours}/dense"),
        *_linear(f"{layer}.ffn.lin2", f"{ours}/dense_1"),
        *_norm(f"{layer}.output_layer_norm", f"{ours}/layer_normalization"),
        *_linear("vocab_transform", "transform"),
        *_norm("vocab_layer_norm", "transformed"),
        *_linear("pre_classifier", "pooler"),
        *_linear("classifier", "score"),
        *_linear("qa_outputs", "score"),
    ]


def _list_gpt2_rules() -> list[Rule]:
    attention = "layer/#/multi_head_attention"
    fused = [f"{attention}/{name}" for name in ("query", "key", "value")]
    return [
        *_rules(
            "wte.weight same token/embeddings",
            "wpe.weight same position/embeddings",
            f"h.#.attn.c_attn.weight columns {' '.join(f'{name}/kernel' for name in fused)}",
            f"h.#.attn.c_attn.bias same {' '.join(f'{name}/bias' for name in fused)}",
            "lm_head.weight matrix token/reverse_embeddings",
        ),
        *_linear("h.#.attn.c_proj", f"{attention}/attention_output", "same"),
        *_linear("h.#.mlp.c_fc", "layer/#/dense", "same"),
        *_linear("h.#.mlp.c_proj", "layer/#/dense_1", "same"),
        *_norm("h.#.ln_1", "layer/#/layer_normalization"),
        *_norm("h.#.ln_2", "layer/#/layer_normalization_1"),
        *_norm("ln_f", "layer_normalization"),
        *_linear("score", "score"),
        *_linear("classifier", "score"),
    ]


def _list_gpt_neox_rules(layer: str) -> list[Rule]:
    return [
        *_rules(
            "embed_in.weight same token/embeddings",
            "lm_head.weight matrix token/reverse_embeddings",
        ),
        *_norm("layers.#.input_layernorm", f"{layer}/#/attention_norm"),
        *_norm("layers.#.post_attention_layernorm", f"{layer}/#/feed_forward_norm"),
        *_linear("layers.#.attention.query_key_value", f"{layer}/#/attention/query_key_value"),
        *_linear("layers.#.attention.dense", f"{layer}/#/attention/dense"),
        *_linear("layers.#.mlp.dense_h_to_4h", f"{layer}/#/feed_forward/dense"),
        *_linear("layers.#.mlp.dense_4h_to_h", f"{layer}/#/feed_forward/dense_1"),
        *_norm("final_layer_norm", "layer_normalization"),
        *_linear("score", "score"),
    ]


def _list_t5_rules(encoder: str) -> list[Rule]:
    bias = "block.0.layer.0.SelfAttention.relative_attention_bias"
    rules = _rules(
        "shared.weight same token/embeddings",
        "lm_head.weight matrix token/reverse_embeddings",
        f"encoder.{bias}.weight same {encoder}/distance/embedding/embeddings",
        f"decoder.{bias}.weight same distance/embedding/embeddings",
        f"encoder.final_layer_norm.weight same {encoder}/norm/scale",
        "decoder.final_layer_norm.weight same rms_normalization/scale",
    )
    for side, at in (("encoder", f"{encoder}/layer/#"), ("decoder", "decoder/#")):
        last = "1" if side == "encoder" else "2"
        block = f"{side}.block.#.layer"
        for theirs, ours in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "output")):
            own, cross = f"{at}/self_attention/multi_head/{ours}", f"{at}/multi_head/{ours}"
            rules += _linear(f"{block}.0.SelfAttention.{theirs}", own)
            rules += _linear(f"{block}.1.EncDecAttention.{theirs}", cross)
        for theirs, ours in (("wi", "dense"), ("wi_0", "dense"), ("wi_1", "up"), ("wo", "dense_1")):
            rules += _linear(f"{block}.{last}.DenseReluDense.{theirs}", f"{at}/feed_forward/{ours}")
        rules += _rules(
            f"{block}.0.layer_norm.weight same {at}/self_attention/rms_normalization/scale",
            f"{block}.{last}.layer_norm.weight same {at}/feed_forward/rms_normalization/scale",
            f"{block}.1.layer_norm.weight same {at}/rms_normalization/scale",
        )
    return rules


def _list_vit_rules() -> list[Rule]:
    rules = _rules(
        "embeddings.cls_token same class_token/weight",
        "embeddings.position_embeddings same positions/weight",
    )
    for theirs, name in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "attention_output")):
        rules += _linear(f"layers.#.attention.{theirs}_proj", f"layer/#/multi_head_attention/{name}")
    return [
        *rules,
        *_linear("embeddings.patch_embeddings.projection", "conv2d", "convolution"),
        *_norm("layers.#.layernorm_before", "layer/#/layer_normalization"),
        *_norm("layers.#.layernorm_after", "layer/#/layer_normalization_1"),
        *_linear("layers.#.mlp.fc1", "layer/#/dense"),
        *_linear("layers.#.mlp.fc2", "layer/#/dense_1"),
        *_norm("layernorm", "layer_normalization"),
        *_linear("classifier", "head"),
        *_linear("pooler.dense", "pooler"),
    ]


def _list_whisper_rules() -> list[Rule]:
    rules = _rules(
        "encoder.embed_positions.weight same sinusoids/weight",
        "decoder.embed_tokens.weight same token/embeddings",
        "decoder.embed_positions.weight same position/embeddings",
    )
    for side in ("encoder", "decoder"):
        for theirs, ours in (("q", "query"), ("k", "key"), ("v", "value"), ("out", "output")):
            rules += _linear(f"{side}.layers.#.self_attn.{theirs}_proj", f"{side}/#/self_attention/multi_head/{ours}")
            rules += _linear(f"{side}.layers.#.encoder_attn.{theirs}_proj", f"{side}/#/multi_head/{ours}")
        rules += _norm(f"{side}.layers.#.self_attn_layer_norm", f"{side}/#/self_attention/layer_normalization")
        rules += _norm(f"{side}.layers.#.encoder_attn_layer_norm", f"{side}/#/layer_normalization")
        rules += _norm(f"{side}.layers.#.final_layer_norm", f"{side}/#/feed_forward/layer_normalization")
        rules += _linear(f"{side}.layers.#.fc1", f"{side}/#/feed_forward/dense")
        rules += _linear(f"{side}.layers.#.fc2", f"{side}/#/feed_forward/dense_1")
    return [
        *rules,
        *_linear("encoder.conv1", "conv1d", "convolution"),
        *_linear("encoder.conv2", "frame", "convolution"),
        *_norm("encoder.layer_norm", "memory"),
        *_norm("decoder.layer_norm", "layer_normalization"),
    ]


def list_rules(name: str) -> list[Rule]:
    """The rules of a model; the first one that fits, and has weights in our spec, is meant."""
    config = TINY[name]
    model_type = config["model_type"]
    if model_type == "gpt2":
        return _list_gpt2_rules()
    if model_type == "gpt_neox":
        return _list_gpt_neox_rules("layer" if config.get("use_parallel_residual", True) else "chain")
    if model_type in ("bert", "roberta"):
        return _list_bert_rules("")
    if model_type == "distilbert":
        return _list_distilbert_rules()
    if model_type == "t5":
        return _list_t5_rules("encoder")
    if model_type == "vit":
        return _list_vit_rules()
    return _list_whisper_rules()


_BODY = re.compile(r"(?:transformer|gpt_neox|bert|roberta|distilbert|vit|model)\.(?!layer\.)")
"""What stands before the names of a body that has a head."""


class Weights:
    """Our weights by path, and the tensors of transformers that are made of them."""

    def __init__(self, name: str, shapes: Mapping[str, Sequence[int]]) -> None:
        self.rules = list_rules(name)
        self.values = {path: weight(path, shape) for path, shape in shapes.items()}
        self.unused = set(self.values)

    def make(self, name: str, shape: Sequence[int]) -> Array:
        """The values of a tensor of transformers. Raises ValueError where no rule gives them."""
        for pattern, layout, paths in self.rules:
            match = re.fullmatch(pattern, _BODY.sub("", name, count=1)) or re.fullmatch(pattern, name)
            ours = [path.replace("#", match.group(1)) if match and match.groups() else path for path in paths]
            if match and all(path in self.values for path in ours):
                self.unused -= set(ours)
                return _LAYOUTS[layout]([self.values[path] for path in ours], tuple(shape))
        raise ValueError(f"no weights for {name} {tuple(shape)}")


def _make_matrix(kernels: list[Array], shape: tuple[int, ...]) -> Array:
    """Kernels one after the other, outputs first."""
    return np.concatenate([kernel.reshape(shape[1], -1).T for kernel in kernels])


def _make_columns(kernels: list[Array], shape: tuple[int, ...]) -> Array:
    return np.concatenate([kernel.reshape(shape[0], -1) for kernel in kernels], axis=1)


def _join(values: list[Array], shape: tuple[int, ...]) -> Array:
    return np.concatenate([value.ravel() for value in values]).reshape(shape)


_LAYOUTS: dict[str, Callable[[list[Array], tuple[int, ...]], Array]] = {
    "same": _join,
    "matrix": _make_matrix,
    "columns": _make_columns,
    "convolution": lambda kernels, shape: np.moveaxis(kernels[0], (-1, -2), (0, 1)),
}
"""How a tensor of transformers is made of ours, and of its own shape."""
