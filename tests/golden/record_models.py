"""Record what Hugging Face's models answer in small: `python tests/golden/record_models.py`.

Needs PyTorch and Transformers. Writes `data/models.npz`: what leaves each model of models.py, under `MODEL/OUTPUT`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
import transformers

from tests.golden.archive import archive
from tests.golden.arrays import Array
from tests.golden.models import MODELS, inputs, weight

DATA = Path(__file__).resolve().parent / "data" / "models.npz"
EAGER = {"attn_implementation": "eager"}


class Copy:
    """Puts our weights, named and laid out as in the specs, into the parameters of a PyTorch model."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.model = model.eval()
        self.left = {id(parameter): name for name, parameter in model.named_parameters()}

    def put(self, parameter: torch.nn.Parameter, values: Array) -> None:
        if tuple(parameter.shape) != values.shape:
            raise ValueError(f"{self.left[id(parameter)]}: {tuple(parameter.shape)} against {values.shape}")
        parameter.data = torch.from_numpy(np.ascontiguousarray(values))
        self.left.pop(id(parameter))

    def linear(self, module: Any, path: str, *shape: int, bias: tuple[int, ...] | None = None) -> None:
        """A projection; `shape` and `bias` are those of our kernel and bias where heads have axes of their own."""
        rows, columns = module.in_features, module.out_features
        self.put(module.weight, weight(f"{path}/kernel", shape or (rows, columns)).reshape(rows, columns).T)
        if module.bias is not None:
            self.put(module.bias, weight(f"{path}/bias", bias or (columns,)).reshape(columns))

    def norm(self, module: Any, path: str) -> None:
        bias = getattr(module, "bias", None)
        shape = module.weight.shape
        self.put(module.weight, weight(f"{path}/{'scale' if bias is None else 'gamma'}", shape))
        if bias is not None:
            self.put(bias, weight(f"{path}/beta", shape))

    def table(self, module: Any, path: str) -> None:
        self.put(module.weight, weight(f"{path}/embeddings", module.weight.shape))

    def convolution(self, module: Any, path: str) -> None:
        """Channels last, window first, against channels first."""
        out, channels, *window = module.weight.shape
        kernel = weight(f"{path}/kernel", (*window, channels, out))
        self.put(module.weight, np.moveaxis(kernel, (-1, -2), (0, 1)))
        self.put(module.bias, weight(f"{path}/bias", (out,)))

    def done(self) -> Any:
        if self.left:
            raise ValueError(f"no weights for {list(self.left.values())}")
        return self.model


def tensors(model: str) -> dict[str, Any]:
    return {name: torch.from_numpy(values) for name, values in inputs(model).items()}


def bert(sizes: dict[str, int]) -> Callable[..., dict[str, Any]]:
    features, heads = sizes["features"], sizes["heads"]
    split = (features, heads, features // heads)
    config = transformers.BertConfig(
        vocab_size=sizes["vocabulary"],
        max_position_embeddings=sizes["context"],
        hidden_size=features,
        num_hidden_layers=sizes["depth"],
        num_attention_heads=heads,
        intermediate_size=4 * features,
        **EAGER,
    )
    copy = Copy(transformers.BertModel(config))
    model = copy.model
    copy.table(model.embeddings.word_embeddings, "word")
    copy.table(model.embeddings.position_embeddings, "position")
    copy.table(model.embeddings.token_type_embeddings, "segment")
    copy.norm(model.embeddings.LayerNorm, "layer_normalization")
    for number, layer in enumerate(model.encoder.layer):
        at = f"encoder/{number}"
        for name in ("query", "key", "value"):
            copy.linear(getattr(layer.attention.self, name), f"{at}/attention/{name}", *split, bias=split[1:])
        copy.linear(layer.attention.output.dense, f"{at}/attention/attention_output", *split[1:], features)
        copy.norm(layer.attention.output.LayerNorm, f"{at}/attended")
        copy.linear(layer.intermediate.dense, f"{at}/dense")
        copy.linear(layer.output.dense, f"{at}/dense_1")
        copy.norm(layer.output.LayerNorm, f"{at}/layer_normalization")
    copy.linear(model.pooler.dense, "pooler")
    copy.done()

    def run(tokens: Any, segments: Any, mask: Any) -> dict[str, Any]:
        found = model(tokens, token_type_ids=segments, attention_mask=mask.long())
        return {"sequence": found.last_hidden_state, "pooled": found.pooler_output}

    return run


def gpt2(sizes: dict[str, int]) -> Callable[..., dict[str, Any]]:
    features, heads = sizes["features"], sizes["heads"]
    split = (features, heads, features // heads)
    config = transformers.GPT2Config(
        vocab_size=sizes["vocabulary"],
        n_positions=sizes["context"],
        n_embd=features,
        n_layer=sizes["depth"],
        n_head=heads,
        **EAGER,
    )
    copy = Copy(transformers.GPT2LMHeadModel(config))
    body = copy.model.transformer
    copy.table(body.wte, "token")
    copy.table(body.wpe, "position")
    for number, layer in enumerate(body.h):
        at = f"layer/{number}"
        attention = f"{at}/multi_head_attention"
        names = [f"{attention}/{name}" for name in ("query", "key", "value")]
        kernels = [weight(f"{name}/kernel", split).reshape(features, features) for name in names]
        copy.put(layer.attn.c_attn.weight, np.concatenate(kernels, axis=1))
        copy.put(layer.attn.c_attn.bias, np.concatenate([weight(f"{name}/bias", split[1:]).ravel() for name in names]))
        output = f"{attention}/attention_output"
        copy.put(
            layer.attn.c_proj.weight, weight(f"{output}/kernel", (*split[1:], features)).reshape(features, features)
        )
        copy.put(layer.attn.c_proj.bias, weight(f"{output}/bias", (features,)))
        for module, name in ((layer.mlp.c_fc, "dense"), (layer.mlp.c_proj, "dense_1")):
            copy.put(module.weight, weight(f"{at}/{name}/kernel", module.weight.shape))
            copy.put(module.bias, weight(f"{at}/{name}/bias", module.bias.shape))
        copy.norm(layer.ln_1, f"{at}/layer_normalization")
        copy.norm(layer.ln_2, f"{at}/layer_normalization_1")
    copy.norm(body.ln_f, "layer_normalization")
    model = copy.done()
    return lambda tokens: {"output": model(tokens).logits}


def vit(sizes: dict[str, int]) -> Callable[..., dict[str, Any]]:
    features, heads = sizes["features"], sizes["heads"]
    split = (features, heads, features // heads)
    config = transformers.ViTConfig(
        image_size=sizes["image"],
        patch_size=sizes["patch"],
        hidden_size=features,
        intermediate_size=sizes["hidden"],
        num_hidden_layers=sizes["depth"],
        num_attention_heads=heads,
        num_labels=sizes["classes"],
        layer_norm_eps=1e-6,
        **EAGER,
    )
    copy = Copy(transformers.ViTForImageClassification(config))
    body = copy.model.vit
    copy.put(body.embeddings.cls_token, weight("class_token/weight", (1, features))[None])
    length = body.embeddings.position_embeddings.shape[1]
    copy.put(body.embeddings.position_embeddings, weight("positions/weight", (length, features))[None])
    copy.convolution(body.embeddings.patch_embeddings.projection, "conv2d")
    for number, layer in enumerate(body.encoder.layer):
        at = f"layer/{number}"
        attention = f"{at}/multi_head_attention"
        for name in ("query", "key", "value"):
            copy.linear(getattr(layer.attention.attention, name), f"{attention}/{name}", *split, bias=split[1:])
        copy.linear(layer.attention.output.dense, f"{attention}/attention_output", *split[1:], features)
        copy.linear(layer.intermediate.dense, f"{at}/dense")
        copy.linear(layer.output.dense, f"{at}/dense_1")
        copy.norm(layer.layernorm_before, f"{at}/layer_normalization")
        copy.norm(layer.layernorm_after, f"{at}/layer_normalization_1")
    copy.norm(body.layernorm, "layer_normalization")
    copy.linear(copy.model.classifier, "head")
    model = copy.done()
    return lambda input: {"output": model(input.permute(0, 3, 1, 2)).logits}


def t5(sizes: dict[str, int]) -> Callable[..., dict[str, Any]]:
    features, heads, size = sizes["features"], sizes["heads"], sizes["size"]
    config = transformers.T5Config(
        vocab_size=sizes["vocabulary"],
        d_model=features,
        d_kv=size,
        d_ff=sizes["hidden"],
        num_layers=sizes["depth"],
        num_heads=heads,
        decoder_start_token_id=0,
        **EAGER,
    )
    copy = Copy(transformers.T5ForConditionalGeneration(config))
    model = copy.model

    def attention(module: Any, path: str) -> None:
        for name, projection in (("query", module.q), ("key", module.k), ("value", module.v)):
            copy.linear(projection, f"{path}/{name}", features, heads, size)
        copy.linear(module.o, f"{path}/output", heads, size, features)

    copy.table(model.shared, "token")
    for side, stack, distance in (("encoder", model.encoder, "both_ways"), ("decoder", model.decoder, "backwards")):
        copy.table(stack.block[0].layer[0].SelfAttention.relative_attention_bias, f"{distance}/embedding")
        for number, block in enumerate(stack.block):
            at = f"{side}/{number}"
            attention(block.layer[0].SelfAttention, f"{at}/self_attention/multi_head")
            copy.norm(block.layer[0].layer_norm, f"{at}/self_attention/rms_normalization")
            if side == "decoder":
                attention(block.layer[1].EncDecAttention, f"{at}/multi_head")
                copy.norm(block.layer[1].layer_norm, f"{at}/rms_normalization")
            last = block.layer[-1]
            copy.norm(last.layer_norm, f"{at}/feed_forward/rms_normalization")
            copy.linear(last.DenseReluDense.wi, f"{at}/feed_forward/dense")
            copy.linear(last.DenseReluDense.wo, f"{at}/feed_forward/dense_1")
        copy.norm(stack.final_layer_norm, "memory" if side == "encoder" else "rms_normalization")
    copy.done()

    def run(source: Any, target: Any) -> dict[str, Any]:
        mask = (source != 0).long()
        return {"output": model(input_ids=source, attention_mask=mask, decoder_input_ids=target.long()).logits}

    return run


def whisper(sizes: dict[str, int]) -> Callable[..., dict[str, Any]]:
    features, heads = sizes["features"], sizes["heads"]
    size, depth = features // heads, sizes["depth"]
    config = transformers.WhisperConfig(
        vocab_size=sizes["vocabulary"],
        d_model=features,
        encoder_layers=depth,
        decoder_layers=depth,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=4 * features,
        decoder_ffn_dim=4 * features,
        max_source_positions=sizes["frames"] // 2,
        max_target_positions=sizes["context"],
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
        **EAGER,
    )
    copy = Copy(transformers.WhisperForConditionalGeneration(config))
    encoder, decoder = copy.model.model.encoder, copy.model.model.decoder

    def attention(module: Any, path: str) -> None:
        for name, projection in (("query", module.q_proj), ("key", module.k_proj), ("value", module.v_proj)):
            copy.linear(projection, f"{path}/{name}", features, heads, size, bias=(heads, 1, size))
        copy.linear(module.out_proj, f"{path}/output", heads, size, features)

    copy.convolution(encoder.conv1, "conv1d")
    copy.convolution(encoder.conv2, "frame")
    copy.put(encoder.embed_positions.weight, weight("sinusoids/weight", encoder.embed_positions.weight.shape))
    copy.norm(encoder.layer_norm, "memory")
    copy.table(decoder.embed_tokens, "token")
    copy.table(decoder.embed_positions, "position")
    copy.norm(decoder.layer_norm, "layer_normalization")
    for side, stack in (("encoder", encoder), ("decoder", decoder)):
        for number, layer in enumerate(stack.layers):
            at = f"{side}/{number}"
            attention(layer.self_attn, f"{at}/self_attention/multi_head")
            copy.norm(layer.self_attn_layer_norm, f"{at}/self_attention/layer_normalization")
            if side == "decoder":
                attention(layer.encoder_attn, f"{at}/multi_head")
                copy.norm(layer.encoder_attn_layer_norm, f"{at}/layer_normalization")
            copy.norm(layer.final_layer_norm, f"{at}/feed_forward/layer_normalization")
            copy.linear(layer.fc1, f"{at}/feed_forward/dense")
            copy.linear(layer.fc2, f"{at}/feed_forward/dense_1")
    model = copy.done()
    return lambda sound, tokens: {
        "output": model(input_features=sound.permute(0, 2, 1), decoder_input_ids=tokens.long()).logits
    }


def llama_config(kind: Any, sizes: dict[str, int], base: float, **more: Any) -> Any:
    return kind(
        vocab_size=sizes["vocabulary"],
        hidden_size=sizes["features"],
        intermediate_size=sizes["hidden"],
        num_hidden_layers=sizes["depth"],
        num_attention_heads=sizes["heads"],
        num_key_value_heads=sizes.get("groups", sizes["heads"]),
        rope_theta=base,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        **EAGER,
        **more,
    )


def llama_copy(model: Any, sizes: dict[str, int], feed_forward: Callable[[Copy, Any, str], None]) -> Any:
    """Embedding, attention and norms, which Llama and Mixtral share; `feed_forward` copies the rest of a layer."""
    features, heads = sizes["features"], sizes["heads"]
    groups, size = sizes.get("groups", heads), features // heads
    copy = Copy(model)
    body = model.model
    copy.table(body.embed_tokens, "embedding")
    for number, layer in enumerate(body.layers):
        at = f"layer/{number}"
        attention = f"{at}/rotary_attention"
        copy.linear(layer.self_attn.q_proj, f"{attention}/query", features, groups, heads // groups, size)
        copy.linear(layer.self_attn.k_proj, f"{attention}/key", features, groups, size)
        copy.linear(layer.self_attn.v_proj, f"{attention}/value", features, groups, size)
        copy.linear(layer.self_attn.o_proj, f"{attention}/output", groups, heads // groups, size, features)
        copy.norm(layer.input_layernorm, f"{at}/rms_normalization")
        copy.norm(layer.post_attention_layernorm, f"{at}/rms_normalization_1")
        feed_forward(copy, layer, at)
    copy.norm(body.norm, "rms_normalization")
    copy.linear(model.lm_head, "logits")
    copied = copy.done()
    return lambda tokens: {"output": copied(tokens).logits}


def llama(base: float) -> Callable[[dict[str, int]], Any]:
    def gated(copy: Copy, layer: Any, at: str) -> None:
        for name in ("gate", "up", "down"):
            copy.linear(getattr(layer.mlp, f"{name}_proj"), f"{at}/swi_glu/{name}")

    def made(sizes: dict[str, int]) -> Any:
        config = llama_config(transformers.LlamaConfig, sizes, base)
        return llama_copy(transformers.LlamaForCausalLM(config), sizes, gated)

    return made


def mixtral(sizes: dict[str, int]) -> Any:
    features, hidden, experts = sizes["features"], sizes["hidden"], sizes["experts"]

    def mixed(copy: Copy, layer: Any, at: str) -> None:
        mixture = layer.block_sparse_moe
        copy.linear(mixture.gate, f"{at}/experts/router")
        kernels = {
            "w1": weight(f"{at}/experts/gate/kernel", (experts, features, hidden)),
            "w3": weight(f"{at}/experts/up/kernel", (experts, features, hidden)),
            "w2": weight(f"{at}/experts/down/kernel", (experts, hidden, features)),
        }
        for number, expert in enumerate(mixture.experts):
            for name, kernel in kernels.items():
                copy.put(getattr(expert, name).weight, kernel[number].T)

    config = llama_config(
        transformers.MixtralConfig, sizes, 1e6, num_local_experts=experts, num_experts_per_tok=2, sliding_window=None
    )
    return llama_copy(transformers.MixtralForCausalLM(config), sizes, mixed)


MADE: dict[str, Callable[[dict[str, int]], Callable[..., dict[str, Any]]]] = {
    "bert_base": bert,
    "gpt2_small": gpt2,
    "vit_b_16": vit,
    "t5_small": t5,
    "whisper_tiny": whisper,
    "llama_2_7b": llama(1e4),
    "llama_3_8b": llama(5e5),
    "mixtral_8x7b": mixtral,
}


def main() -> None:
    values: dict[str, Array] = {}
    with torch.no_grad():
        for name, (sizes, _) in MODELS.items():
            outputs = MADE[name](sizes)(**tensors(name))
            values |= {f"{name}/{key}": output.numpy().astype("float32") for key, output in outputs.items()}
    DATA.write_bytes(archive(values))
    print(f"{len(MODELS)} models, {len(values)} outputs")


if __name__ == "__main__":
    main()
