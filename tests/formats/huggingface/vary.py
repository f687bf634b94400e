"""Compare random configs with transformers: `python tests/formats/huggingface/vary.py SEED COUNT [MODEL_TYPE...]`.

Needs what record_numbers.py needs. Of each config, with sizes, switches and words changed at random, the parameters and
the bytes of caches are compared, and where it differs it is printed; so is one that shapecalc reads and transformers
refuses. What shapecalc refuses is only counted.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import torch
import transformers

from shapecalc.analysis.kv_cache import count_cache_bytes, find_kv_caches
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.dims import add_up
from shapecalc.formats.huggingface.tables import list_model_types, read_table
from tests.formats.huggingface.opened import open_config
from tests.formats.huggingface.published import SOURCE
from tests.formats.huggingface.record import decodes, make_model, measure_caches

SIZES: dict[str, tuple[int | None, ...]] = {
    "vocab_size": (50, 97), "hidden_size": (16, 32), "intermediate_size": (24, 20), "num_hidden_layers": (1, 2, 3),
    "num_attention_heads": (2, 4), "num_key_value_heads": (1, 2, 4), "head_dim": (4, 8),
    "max_position_embeddings": (32, 64), "n_embd": (16, 32), "n_layer": (1, 3), "n_head": (2, 4),
    "n_positions": (9, 32), "n_inner": (None, 20), "dim": (16, 32), "hidden_dim": (24, 20), "n_heads": (2, 4),
    "n_layers": (1, 3), "d_model": (16, 32), "d_kv": (4, 8), "d_ff": (24, 20), "num_layers": (1, 2),
    "num_decoder_layers": (None, 1, 3), "num_heads": (2, 4), "image_size": (12, 16), "patch_size": (4, 2),
    "num_channels": (1, 3), "pooler_output_size": (None, 6), "encoder_layers": (1, 2), "decoder_layers": (1, 3),
    "encoder_attention_heads": (2, 4), "decoder_attention_heads": (2, 4), "encoder_ffn_dim": (24, 20),
    "decoder_ffn_dim": (12, 30), "max_source_positions": (10, 11), "max_target_positions": (9, 32),
    "num_mel_bins": (6, 8), "type_vocab_size": (1, 2, 3), "sliding_window": (None, 3, 500),
    "num_local_experts": (2, 5), "num_experts": (2, 5), "num_experts_per_tok": (1, 2),
    "moe_intermediate_size": (8, 12), "shared_expert_intermediate_size": (8, 12), "kv_lora_rank": (6, 8),
    "q_lora_rank": (None, 10), "qk_rope_head_dim": (4, 8), "v_head_dim": (4, 6), "qk_nope_head_dim": (4, 8),
    "n_group": (1, 2), "topk_group": (1,), "n_routed_experts": (4, 8), "n_shared_experts": (1, 2),
    "first_k_dense_replace": (0, 1, 3), "max_window_layers": (1, 2), "num_labels": (2, 5),
    "query_pre_attn_scalar": (8,), "original_max_position_embeddings": (16,), "pad_token_id": (1,),
}  # fmt: skip
"""What sizes are drawn from: small, and of a kind that goes together more often than not."""
REFUSED, NO_CACHE = "refused", "transformers fails to make a cache"
SWITCHES = {
    "tie_word_embeddings", "attention_bias", "mlp_bias", "use_sliding_window", "use_parallel_residual", "qkv_bias",
    "norm_topk_prob",
}  # fmt: skip


def draw(model_type: str, chance: random.Random) -> dict[str, Any]:
    table = read_table(model_type)
    heads = [name for name in table.architectures if hasattr(transformers, name)]
    config: dict[str, Any] = {"model_type": model_type, "architectures": [chance.choice(heads)]}
    known = {*table.defaults, *table.only}
    config |= {key: chance.choice(values) for key, values in SIZES.items() if key in known}
    config |= {key: chance.random() < 0.5 for key in sorted(SWITCHES & known) if chance.random() < 0.3}
    for key in ("hidden_act", "activation", "activation_function", "feed_forward_proj"):
        if key in table.only and chance.random() < 0.3:
            config[key] = chance.choice(table.only[key])
    for key in [key for key in SIZES if key in config and chance.random() < 0.1 and key not in ("vocab_size",)]:
        if key in table.defaults and not isinstance(table.defaults[key], int) and key != "max_position_embeddings":
            del config[key]
    words = {"bos_token_id": 1, "eos_token_id": 2} | ({} if model_type == "gpt2" else {"pad_token_id": 0})
    return words | config if "vocab_size" in known else config


def compare(config: dict[str, Any]) -> str | None:
    """What differs; None where nothing does, `refused` where shapecalc reads no such config."""
    try:
        report = open_config(config)
    except Fault:
        return REFUSED
    if report.diagnostics:
        return f"says {report.diagnostics[0].message}"
    try:
        model = make_model(config)
    except Exception as failure:
        return f"transformers refuses it: {type(failure).__name__}: {str(failure)[:200]}"
    return compare_counts(config, report, model) or (compare_caches(config, model) if decodes(model.config) else None)


def compare_counts(config: dict[str, Any], report: Report, model: torch.nn.Module) -> str | None:
    count = sum(parameter.numel() for parameter in model.parameters())
    return None if count == report.params else f"{report.params} parameters, in transformers {count}"


def compare_caches(config: dict[str, Any], model: torch.nn.Module) -> str | None:
    try:
        with torch.no_grad():
            measured = measure_caches(model)
    except (TypeError, IndexError):
        return NO_CACHE
    except RuntimeError as failure:
        return f"transformers fails: {failure}"
    sizes = {"S": SOURCE} if config["model_type"] in ("t5", "mt5") else {}
    walked = open_config(config, **sizes).walk
    assert walked is not None
    caches = find_kv_caches(walked)
    own = {path: cache for path, cache in caches.items() if not cache.cross}
    found = {str(tokens): count_cache_bytes(own, int(tokens)) for tokens in measured["cache"]}
    if found != measured["cache"]:
        return f"caches of {found}, in transformers {measured['cache']}"
    cross = add_up(cache.token * cache.tokens for cache in caches.values() if cache.cross)
    return None if cross == measured.get("cross", 0) else f"{cross} bytes of an encoder, not {measured['cross']}"


def main() -> None:
    seed, count, *model_types = sys.argv[1:]
    answers: Counter[str] = Counter()
    for number in range(int(count)):
        chance = random.Random(f"{seed}/{number}")
        config = draw(chance.choice(model_types or list_model_types()), chance)
        said = compare(config) or "equal"
        told = said in ("equal", REFUSED, NO_CACHE)
        answers[said if told else "different"] += 1
        if not told:
            print(said, json.dumps(config), flush=True)
    print(", ".join(f"{answers[name]} {name}" for name in sorted(answers)))


if __name__ == "__main__":
    main()
