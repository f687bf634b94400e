"""Configs of small models, one a family and what is special in it, that are held against Hugging Face's models.

Weights are not stored: `weight(path, shape)` of models.py makes each from its path in our spec.
"""

from __future__ import annotations

from typing import Any

from tests.golden.arrays import Array, array

_SIZES = {
    "vocab_size": 11,
    "hidden_size": 32,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "max_position_embeddings": 64,
    "pad_token_id": None,
}
_MIXTURE = {"num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 12}
_LATENT = {
    "num_key_value_heads": 4,
    "q_lora_rank": 10,
    "kv_lora_rank": 6,
    "qk_rope_head_dim": 4,
    "qk_nope_head_dim": 5,
    "v_head_dim": 7,
    "n_routed_experts": 8,
    "num_experts_per_tok": 3,
    "n_group": 4,
    "topk_group": 2,
    "moe_intermediate_size": 12,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
}
_YARN = {"factor": 4.0, "original_max_position_embeddings": 16}

FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {"model_type": "llama"},
    "llama_biased": {"model_type": "llama", "attention_bias": True, "mlp_bias": True, "head_dim": 6},
    "llama_tied": {"model_type": "llama", "tie_word_embeddings": True, "rope_theta": 1e6},
    "llama_linear": {"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 3.0}},
    "llama_3.1": {
        "model_type": "llama",
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16,
        },
    },
    "llama_yarn": {"model_type": "llama", "rope_scaling": {"rope_type": "yarn", **_YARN}},
    "llama_yarn_scaled": {
        "model_type": "llama",
        "rope_scaling": {"rope_type": "yarn", **_YARN, "mscale": 0.7, "mscale_all_dim": 1.3, "beta_fast": 16},
    },
    "mistral_window": {"model_type": "mistral", "sliding_window": 3},
    "qwen2": {"model_type": "qwen2"},
    "qwen2_window": {
        "model_type": "qwen2",
        "use_sliding_window": True,
        "sliding_window": 2,
        "max_window_layers": 1,
        "tie_word_embeddings": True,
    },
    "qwen3": {"model_type": "qwen3", "head_dim": 6},
    "phi3": {"model_type": "phi3", "sliding_window": 4, "partial_rotary_factor": 0.5},
    "phi3_long": {
        "model_type": "phi3",
        "original_max_position_embeddings": 6,
        "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.1, 1.2, 1.3], "long_factor": [1.5, 2, 3, 4.5]},
    },
    "phi3_short": {
        "model_type": "phi3",
        "original_max_position_embeddings": 16,
        "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.1, 1.2, 1.3], "long_factor": [1.5, 2, 3, 4.5]},
    },
    "mixtral": {"model_type": "mixtral", "num_local_experts": 5, "num_experts_per_tok": 2},
    "qwen2_moe": {"model_type": "qwen2_moe", **_MIXTURE, "shared_expert_intermediate_size": 20},
    "qwen3_moe": {"model_type": "qwen3_moe", **_MIXTURE, "head_dim": 6, "norm_topk_prob": True},
    "gemma": {"model_type": "gemma", "head_dim": 6},
    "gemma2": {"model_type": "gemma2", "head_dim": 6, "sliding_window": 3, "query_pre_attn_scalar": 9},
    "gemma3": {
        "model_type": "gemma3_text",
        "head_dim": 6,
        "num_hidden_layers": 7,
        "sliding_window": 3,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    },
    "gemma3_picture": {
        "model_type": "gemma3",
        "text_config": {"model_type": "gemma3_text", **_SIZES, "head_dim": 6, "sliding_window": 3},
        "vision_config": {
            "model_type": "siglip_vision_model",
            "hidden_size": 12,
            "intermediate_size": 20,
            "num_hidden_layers": 2,
            "num_attention_heads": 3,
            "image_size": 28,
            "patch_size": 7,
            "vision_use_head": False,
        },
        "mm_tokens_per_image": 4,
        "image_token_index": 10,
    },
    "deepseek_v3": {"model_type": "deepseek_v3", **_LATENT},
    "deepseek_v3_yarn": {
        "model_type": "deepseek_v3",
        **_LATENT,
        "q_lora_rank": None,
        "rope_interleave": False,
        "attention_bias": True,
        "rope_scaling": {"type": "yarn", **_YARN, "mscale": 1.0, "mscale_all_dim": 1.0},
    },
}
"""Keys of configs by the name of a case; `config` adds sizes that all have."""


def config(name: str) -> dict[str, Any]:
    """The whole config of a case."""
    keys = FAMILIES[name]
    return keys if "text_config" in keys else _SIZES | keys


def inputs(name: str) -> dict[str, Array]:
    """What a model is fed: two texts of nine tokens; of one that sees, four of each stand for a picture."""
    tokens = array([2, 9], 1, "ids", "int32", 10)
    if "vision_config" not in FAMILIES[name]:
        return {"tokens": tokens}
    tokens[0, 1:5] = tokens[1, 4:8] = 10
    return {"picture": array([2, 28, 28, 3], 2), "tokens": tokens}
