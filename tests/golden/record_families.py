"""Record what Hugging Face's models answer to small configs: `python tests/golden/record_families.py`.

Needs PyTorch and Transformers 5. Writes `data/families.npz`: the logits of each case of families.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
import transformers

from tests.golden.archive import archive
from tests.golden.arrays import Array
from tests.golden.families import FAMILIES, config, inputs
from tests.golden.models import weight

DATA = Path(__file__).resolve().parent / "data" / "families.npz"


class Copier:
    """Puts our weights, named and laid out as in the specs, into the parameters of a PyTorch model."""

    def __init__(self, model: Any) -> None:
        self.model = model.eval()
        self.keys = model.config
        self.left = dict(model.named_parameters())
        self.gemma = model.config.model_type.startswith("gemma")

    def put(self, name: str, values: Array) -> None:
        parameter = self.left.pop(name)
        if tuple(parameter.shape) != values.shape:
            raise ValueError(f"{name}: {tuple(parameter.shape)} against {values.shape}")
        parameter.data = torch.from_numpy(np.ascontiguousarray(values, dtype="float32"))

    def linear(self, name: str, *paths: str, shapes: list[tuple[int, ...]] | None = None) -> None:
        """A projection, or several that stand one below the other; `shapes` are those of our kernels."""
        rows, columns = self.left[f"{name}.weight"].shape[::-1]
        given = shapes or [(rows, columns // len(paths))] * len(paths)
        kernels = [weight(f"{path}/kernel", shape) for path, shape in zip(paths, given, strict=True)]
        self.put(f"{name}.weight", np.concatenate([kernel.reshape(rows, -1) for kernel in kernels], 1).T)
        if f"{name}.bias" in self.left:
            inputs = [next(n for n in range(len(shape)) if np.prod(shape[: n + 1]) == rows) + 1 for shape in given]
            biases = [
                weight(f"{path}/bias", self.bias_shape(shape[start:]))
                for path, shape, start in zip(paths, given, inputs, strict=True)
            ]
            self.put(f"{name}.bias", np.concatenate([bias.reshape(-1) for bias in biases]))

    @staticmethod
    def bias_shape(outputs: tuple[int, ...]) -> tuple[int, ...]:
        """Of a bias of heads, in whose outputs the tokens stand before the last axis."""
        return outputs if len(outputs) == 1 else (*outputs[:-1], 1, outputs[-1])

    def norm(self, name: str, path: str) -> None:
        scale = weight(f"{path}/scale", self.left[f"{name}.weight"].shape)
        self.put(f"{name}.weight", scale - 1 if self.gemma else scale)

    def run(self, picture: Array | None = None, **given: Array) -> Array:
        """The logits for what the model is fed, once every parameter has its values."""
        self.copy_model()
        if self.left:
            raise ValueError(f"no weights for {list(self.left)}")
        fed = {"input_ids": torch.from_numpy(given["tokens"]).long()}
        if picture is not None:
            fed["pixel_values"] = torch.from_numpy(picture).permute(0, 3, 1, 2)
        return np.asarray(self.model(**fed).logits.numpy())

    def copy_model(self) -> None:
        text, name = self.keys.get_text_config(), "model"
        if text is not self.keys:
            self.copy_encoder()
            self.keys, name = text, "model.language_model"
        embedded = "token" if self.keys.tie_word_embeddings else "embedding"
        table = f"{name}.embed_tokens.weight"
        self.put(table, weight(f"{embedded}/embeddings", self.left[table].shape))
        for number in range(self.keys.num_hidden_layers):
            self.copy_layer(f"{name}.layers.{number}", f"layer/{number}")
        self.norm(f"{name}.norm", "rms_normalization")
        if not self.keys.tie_word_embeddings:
            self.linear("lm_head", "logits")

    def copy_encoder(self) -> None:
        keys, name = self.keys.vision_config, "model.vision_tower"
        kernel = self.left[f"{name}.embeddings.patch_embedding.weight"].shape
        patch = weight("encoder/patch/kernel", (*kernel[2:], kernel[1], kernel[0]))
        self.put(f"{name}.embeddings.patch_embedding.weight", np.moveaxis(patch, (-1, -2), (0, 1)))
        self.put(f"{name}.embeddings.patch_embedding.bias", weight("encoder/patch/bias", kernel[:1]))
        positions = f"{name}.embeddings.position_embedding.weight"
        self.put(positions, weight("encoder/position/embeddings", self.left[positions].shape))
        for number in range(keys.num_hidden_layers):
            self.copy_vision_layer(f"{name}.encoder.layers.{number}", f"encoder/layer/{number}", keys)
        self.layer_norm(f"{name}.post_layernorm", "encoder/layer_normalization")
        self.norm("model.multi_modal_projector.mm_soft_emb_norm", "encoder/rms_normalization")
        projection = "model.multi_modal_projector.mm_input_projection_weight"
        self.put(projection, weight("encoder/projection/kernel", self.left[projection].shape))

    def copy_vision_layer(self, name: str, path: str, keys: Any) -> None:
        heads, features = keys.num_attention_heads, keys.hidden_size
        split = (features, heads, features // heads)
        attention = f"{path}/multi_head_attention"
        for part in ("query", "key", "value"):
            self.put(
                f"{name}.self_attn.{part[0]}_proj.weight",
                weight(f"{attention}/{part}/kernel", split).reshape(features, -1).T,
            )
            self.put(f"{name}.self_attn.{part[0]}_proj.bias", weight(f"{attention}/{part}/bias", split[1:]).reshape(-1))
        out = weight(f"{attention}/attention_output/kernel", (*split[1:], features))
        self.put(f"{name}.self_attn.out_proj.weight", out.reshape(features, features).T)
        self.put(f"{name}.self_attn.out_proj.bias", weight(f"{attention}/attention_output/bias", (features,)))
        self.layer_norm(f"{name}.layer_norm1", f"{path}/layer_normalization")
        self.layer_norm(f"{name}.layer_norm2", f"{path}/layer_normalization_1")
        self.linear(f"{name}.mlp.fc1", f"{path}/dense")
        self.linear(f"{name}.mlp.fc2", f"{path}/dense_1")

    def layer_norm(self, name: str, path: str) -> None:
        shape = self.left[f"{name}.weight"].shape
        self.put(f"{name}.weight", weight(f"{path}/gamma", shape))
        self.put(f"{name}.bias", weight(f"{path}/beta", shape))

    def copy_layer(self, name: str, path: str) -> None:
        self.norm(f"{name}.input_layernorm", f"{path}/rms_normalization")
        if "post" in path or f"{name}.pre_feedforward_layernorm.weight" in self.left:
            self.norm(f"{name}.post_attention_layernorm", f"{path}/post_attention")
            self.norm(f"{name}.pre_feedforward_layernorm", f"{path}/rms_normalization_1")
            self.norm(f"{name}.post_feedforward_layernorm", f"{path}/post_net")
        else:
            mixed = self.keys.model_type in ("mixtral", "qwen2_moe", "qwen3_moe")
            self.norm(f"{name}.post_attention_layernorm", f"{path}/{'norm' if mixed else 'rms_normalization_1'}")
        if self.keys.model_type == "deepseek_v3":
            self.copy_latent(f"{name}.self_attn", f"{path}/latent_attention")
        else:
            self.copy_attention(f"{name}.self_attn", f"{path}/rotary_attention")
        self.copy_net(f"{name}.mlp", path)

    def copy_attention(self, name: str, path: str) -> None:
        features, heads, groups = (
            self.keys.hidden_size, self.keys.num_attention_heads, self.keys.num_key_value_heads,
        )  # fmt: skip
        size = getattr(self.keys, "head_dim", None) or features // heads
        query, key = (features, groups, heads // groups, size), (features, groups, size)
        if f"{name}.qkv_proj.weight" in self.left:
            paths = [f"{path}/{part}" for part in ("query", "key", "value")]
            self.linear(f"{name}.qkv_proj", *paths, shapes=[query, key, key])
        else:
            self.linear(f"{name}.q_proj", f"{path}/query", shapes=[query])
            self.linear(f"{name}.k_proj", f"{path}/key", shapes=[key])
            self.linear(f"{name}.v_proj", f"{path}/value", shapes=[key])
        self.linear(f"{name}.o_proj", f"{path}/output", shapes=[(groups, heads // groups, size, features)])
        if f"{name}.q_norm.weight" in self.left:
            self.norm(f"{name}.q_norm", f"{path}/query_norm")
            self.norm(f"{name}.k_norm", f"{path}/key_norm")

    def copy_latent(self, name: str, path: str) -> None:
        keys = self.keys
        heads, rank, plain, size = keys.num_attention_heads, keys.kv_lora_rank, keys.qk_nope_head_dim, keys.v_head_dim
        whole = plain + keys.qk_rope_head_dim
        if keys.q_lora_rank is None:
            self.linear(f"{name}.q_proj", f"{path}/query", shapes=[(keys.hidden_size, heads, whole)])
        else:
            self.linear(f"{name}.q_a_proj", f"{path}/query_latent")
            self.norm(f"{name}.q_a_layernorm", f"{path}/query_norm")
            self.linear(f"{name}.q_b_proj", f"{path}/query", shapes=[(keys.q_lora_rank, heads, whole)])
        self.linear(f"{name}.kv_a_proj_with_mqa", f"{path}/key_value")
        self.norm(f"{name}.kv_a_layernorm", f"{path}/latent")
        parts = [
            weight(f"{path}/key/kernel", (rank, heads, plain)),
            weight(f"{path}/value/kernel", (rank, heads, size)),
        ]
        self.put(f"{name}.kv_b_proj.weight", np.concatenate(parts, 2).reshape(rank, -1).T)
        self.linear(f"{name}.o_proj", f"{path}/output", shapes=[(heads, size, keys.hidden_size)])

    def copy_net(self, name: str, path: str) -> None:
        if f"{name}.experts.gate_up_proj" not in self.left:
            self.copy_gated(name, f"{path}/gated_net")
            return
        path = f"{path}/mixture" if self.keys.model_type == "deepseek_v3" else path
        self.copy_experts(name, f"{path}/experts")
        if f"{name}.shared_experts.up_proj.weight" in self.left:
            self.copy_gated(f"{name}.shared_experts", f"{path}/shared_expert")
        if f"{name}.shared_expert.up_proj.weight" in self.left:
            self.copy_gated(f"{name}.shared_expert", f"{path}/shared_expert/gated_net")
            self.linear(f"{name}.shared_expert_gate", f"{path}/shared_expert/share")

    def copy_gated(self, name: str, path: str) -> None:
        if f"{name}.gate_up_proj.weight" in self.left:
            self.linear(f"{name}.gate_up_proj", f"{path}/gate", f"{path}/up")
        else:
            self.linear(f"{name}.gate_proj", f"{path}/gate")
            self.linear(f"{name}.up_proj", f"{path}/up")
        self.linear(f"{name}.down_proj", f"{path}/down")

    def copy_experts(self, name: str, path: str) -> None:
        experts, features, hidden = self.left[f"{name}.experts.down_proj"].shape
        self.put(f"{name}.gate.weight", weight(f"{path}/router/kernel", (features, experts)).T)
        gate, up = (weight(f"{path}/heard/{part}/kernel", (experts, features, hidden)) for part in ("gate", "up"))
        self.put(f"{name}.experts.gate_up_proj", np.concatenate([gate, up], 2).swapaxes(1, 2))
        down = weight(f"{path}/heard/down/kernel", (experts, hidden, features))
        self.put(f"{name}.experts.down_proj", down.swapaxes(1, 2))


def main() -> None:
    values: dict[str, Array] = {}
    with torch.no_grad():
        for name in FAMILIES:
            keys = config(name)
            made = transformers.AutoConfig.for_model(**keys)
            made._experts_implementation = "eager"
            model = transformers.AutoModelForCausalLM.from_config(
                made, attn_implementation="eager", dtype=torch.float32
            )
            values[name] = Copier(model).run(**inputs(name)).astype("float32")
            print(name, sum(p.numel() for p in model.parameters()))
    DATA.write_bytes(archive(values))
    print(f"{len(values)} models")


if __name__ == "__main__":
    main()
