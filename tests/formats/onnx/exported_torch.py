"""The models of PyTorch and transformers that `record_exports.py` exports: tiny ones of random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
import transformers
from torch import nn
from torch.nn import functional

Inputs: TypeAlias = dict[str, tuple[tuple[int, ...], int]]
"""Shapes of inputs, and how many words there are to choose from; 0 where numbers are fed."""
Axes: TypeAlias = dict[str, dict[int, str]]


class Wrapped(nn.Module):  # type: ignore[misc]
    """A model of transformers that gives one tensor, and is fed one by its name."""

    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(**{self.name: x}, return_dict=False)[0]


class Attention(nn.Module):  # type: ignore[misc]
    """Attention by `scaled_dot_product_attention`, with a projection each."""

    def __init__(self, causal: bool = False, heads: int = 2) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.causal, self.heads = causal, heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, steps, width = x.shape
        parts = [
            project(x).view(batch, steps, self.heads, width // self.heads).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        ]
        mixed = functional.scaled_dot_product_attention(*parts, is_causal=self.causal)
        return self.out(mixed.transpose(1, 2).reshape(batch, steps, width))


class Crossing(nn.Module):  # type: ignore[misc]
    """PyTorch's own attention of one tensor to another: its kernel is taken apart into that of queries and the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        return self.attention(x, memory, memory, need_weights=False)[0]


class Blocks(nn.Module):  # type: ignore[misc]
    """Residual blocks of convolutions, squeezed and excited."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.narrow = nn.Sequential(nn.Conv2d(8, 16, 1), nn.ReLU6(), nn.Conv2d(16, 16, 3, 1, 1, groups=16))
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 16, 1))
        self.wide = nn.Conv2d(16, 8, 1)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        y = self.narrow(x)
        y = y * functional.hardsigmoid(self.squeeze(y))
        return self.head((x + self.wide(y)).mean((2, 3)))


class Tied(nn.Module):  # type: ignore[misc]
    """A table of words that is the last product too."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(20, 8)
        self.dense = nn.Linear(8, 8)
        self.out = nn.Linear(8, 20, bias=False)
        self.out.weight = self.words.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.out(functional.gelu(self.dense(self.words(tokens)), approximate="tanh"))


def wrap(kind: str, config: Any, name: str, **more: Any) -> Callable[[], nn.Module]:
    """Builds a model of transformers."""
    return lambda: Wrapped(getattr(transformers, kind)._from_config(config, **more), name)


SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24, "vocab_size": 40}
BERT = transformers.BertConfig(**SMALL, max_position_embeddings=32)
LLAMA = transformers.LlamaConfig(**SMALL, num_key_value_heads=1, max_position_embeddings=32, use_cache=False)
GPT2 = transformers.GPT2Config(
    vocab_size=40, n_positions=32, n_embd=16, n_layer=1, n_head=2, use_cache=False, bos_token_id=0, eos_token_id=0
)
T5 = transformers.T5Config(vocab_size=40, d_model=16, d_kv=8, d_ff=24, num_layers=1, num_heads=2)
VIT = transformers.ViTConfig(
    hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24, image_size=16, patch_size=8
)
WHISPER = transformers.WhisperConfig(
    vocab_size=40, d_model=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=24, num_mel_bins=8,
    max_source_positions=12, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=24, pad_token_id=0,
    bos_token_id=0, eos_token_id=0, decoder_start_token_id=0,
)  # fmt: skip
DISTILBERT = transformers.DistilBertConfig(
    vocab_size=40, dim=16, n_layers=1, n_heads=2, hidden_dim=24, max_position_embeddings=32
)

torch.backends.mha.set_fastpath_enabled(False)  # neither exporter knows its one operator for a whole layer

WORDS: Inputs = {"tokens": ((2, 6), 40)}
OPEN: Axes = {"tokens": {0: "batch", 1: "seq"}}
TWO = [{"batch": 2, "seq": 6}, {"batch": 3, "seq": 9}]
STEPS: Inputs = {"x": ((2, 6, 8), 0)}
STEPS_OPEN: Axes = {"x": {0: "batch", 1: "seq"}}
IMAGES: Inputs = {"x": ((2, 3, 16, 16), 0)}
BATCHES = [{"batch": 2}, {"batch": 3}]

MODELS: dict[str, tuple[Callable[[], nn.Module], Inputs, Axes, list[dict[str, int]], bool]] = {
    "attention": (Attention, STEPS, STEPS_OPEN, TWO, False),
    "attention_to_the_past": (lambda: Attention(causal=True), STEPS, STEPS_OPEN, TWO, False),
    "attention_captured": (Attention, STEPS, STEPS_OPEN, TWO, True),
    "crossing": (
        Crossing, STEPS | {"memory": ((2, 5, 8), 0)}, {"x": {0: "batch"}, "memory": {0: "batch"}}, BATCHES, False,
    ),
    "encoder_layer_captured": (
        lambda: nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), STEPS, STEPS_OPEN, TWO, True,
    ),
    "blocks": (Blocks, {"x": ((2, 3, 32, 32), 0)}, {"x": {0: "batch"}}, BATCHES, False),
    "blocks_captured": (Blocks, {"x": ((2, 3, 32, 32), 0)}, {"x": {0: "batch"}}, BATCHES, True),
    "tied": (Tied, {"tokens": ((2, 6), 20)}, OPEN, TWO, False),
    "bert": (wrap("BertModel", BERT, "input_ids", add_pooling_layer=False), WORDS, OPEN, TWO, False),
    "bert_captured": (
        wrap("BertModel", BERT, "input_ids", add_pooling_layer=False, attn_implementation="eager"), WORDS, OPEN, TWO,
        True,
    ),
    "distilbert": (wrap("DistilBertModel", DISTILBERT, "input_ids"), WORDS, OPEN, TWO, False),
    "gpt2": (wrap("GPT2LMHeadModel", GPT2, "input_ids", attn_implementation="eager"), WORDS, OPEN, TWO, True),
    "llama": (wrap("LlamaForCausalLM", LLAMA, "input_ids", attn_implementation="eager"), WORDS, OPEN, TWO, True),
    "t5_encoder": (wrap("T5EncoderModel", T5, "input_ids"), WORDS, OPEN, TWO, False),
    "vit": (
        wrap("ViTModel", VIT, "pixel_values", add_pooling_layer=False), IMAGES, {"x": {0: "batch"}}, BATCHES, False,
    ),
    "whisper_encoder": (
        lambda: Wrapped(transformers.WhisperModel._from_config(WHISPER).encoder, "input_features"),
        {"x": ((2, 8, 24), 0)}, {"x": {0: "batch"}}, BATCHES, False,
    ),
}  # fmt: skip
"""Builds each model; its inputs, their open axes, two bindings, and whether the exporter captures graphs."""


def make_feed(inputs: Inputs, axes: Axes, binding: dict[str, int]) -> dict[str, Any]:
    """Random inputs at a binding."""
    random = np.random.default_rng(2)
    feed = {}
    for name, (shape, words) in inputs.items():
        sizes = [binding.get(axes.get(name, {}).get(axis, ""), size) for axis, size in enumerate(shape)]
        feed[name] = random.integers(0, words, sizes) if words else random.normal(size=sizes).astype(np.float32)
    return feed
