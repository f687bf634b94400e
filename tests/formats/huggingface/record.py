"""Record what transformers counts and caches: `python tests/formats/huggingface/record.py [NAME...]`.

Needs transformers 5.24 and PyTorch; nothing is downloaded, since models are made on the meta device, which has shapes
and no numbers. Writes `data/published.json`: of each file of `configs/`

- `params`: the numbers in the model's parameters, those that are shared counted once;
- `cache`: the bytes that its caches of keys and values hold once they are allocated for so many tokens of one sample,
  by the number of tokens; `cross` those of an encoder's output, which no further token adds to: of 100 tokens, or of
  the whole window of sound.

`data/keys.json` has, of each model type, every key that transformers writes into a config.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import torch
import transformers
from transformers.cache_utils import Cache, EncoderDecoderCache, StaticCache

from tests.formats.huggingface.published import CONFIGS, DATA, SOURCE, TOKENS

ENCODERS = ("bert", "camembert", "distilbert", "roberta", "vit", "xlm-roberta")


def read_config(data: dict[str, Any]) -> transformers.PreTrainedConfig:
    kept = {key: value for key, value in data.items() if key not in ("quantization_config", "auto_map")}
    config = transformers.AutoConfig.for_model(kept.pop("model_type"), **kept)
    config._attn_implementation = "eager"
    return config


def make_model(data: dict[str, Any], device: str = "meta") -> torch.nn.Module:
    """The model of the first of `architectures`; on the meta device it has no numbers.

    T5's class ties its head whatever the config says, and unties it as it loads weights that have one of their own.
    """
    config = read_config(data)
    with torch.device(device):
        model = getattr(transformers, config.architectures[0])(config).eval().to(config.dtype or torch.float32)
    head = model.get_output_embeddings()
    if (
        data.get("tie_word_embeddings") is False
        and head is not None
        and head.weight is model.get_input_embeddings().weight
    ):
        head.weight = torch.nn.Parameter(head.weight.clone())
    return model


def measure_caches(model: torch.nn.Module) -> dict[str, Any]:
    """Bytes that the caches of a decoder hold when they are allocated for so many tokens.

    Experts hand on what they are fed: they choose by numbers, and a cache does not depend on them.
    """
    config = model.config
    for module in model.modules():
        if type(module).__name__.endswith(("SparseMoeBlock", "MoE")):
            module.forward = lambda hidden: hidden
    found: dict[str, Any] = {"cache": {}}
    for tokens in TOKENS:
        ids = torch.zeros((1, 1), dtype=torch.long, device="meta")
        if config.is_encoder_decoder:
            own = StaticCache(config=config.get_text_config(decoder=True), max_cache_len=tokens)
            cache = EncoderDecoderCache(own, transformers.DynamicCache())
            source = encoder_input(config)
            model(**source, decoder_input_ids=ids, past_key_values=cache, use_cache=True)
            found["cache"][str(tokens)] = count_bytes(cache.self_attention_cache)
            found["cross"] = count_bytes(cache.cross_attention_cache)
        else:
            cache = StaticCache(config=config, max_cache_len=tokens)
            model(input_ids=ids, past_key_values=cache, use_cache=True)
            found["cache"][str(tokens)] = count_bytes(cache)
    return found


def encoder_input(config: transformers.PreTrainedConfig) -> dict[str, Any]:
    """What an encoder is fed: the whole window of sound, or 100 tokens."""
    if config.model_type == "whisper":
        frames = 2 * config.max_source_positions
        sound = torch.zeros((1, config.num_mel_bins, frames), device="meta", dtype=config.dtype)
        return {"input_features": sound}
    return {"input_ids": torch.zeros((1, SOURCE), dtype=torch.long, device="meta")}


def count_bytes(cache: Cache) -> int:
    """Bytes of keys and values of the layers that are used: a decoder may have fewer than its encoder."""
    held = [tensor for layer in cache.layers if layer.is_initialized for tensor in (layer.keys, layer.values)]
    return sum(tensor.numel() * tensor.element_size() for tensor in held)


def decodes(config: transformers.PreTrainedConfig) -> bool:
    """Whether a model is asked for one token after the other."""
    head: str = config.architectures[0]
    if head.endswith("Model") and not head.endswith("LMHeadModel"):
        return config.model_type not in ENCODERS and not head.endswith("EncoderModel")
    return head.endswith(("CausalLM", "LMHeadModel", "ForConditionalGeneration"))


def record(path: Path) -> dict[str, Any]:
    model = make_model(json.loads(path.read_text()))
    found: dict[str, Any] = {"params": sum(parameter.numel() for parameter in model.parameters())}
    if decodes(model.config):
        with torch.no_grad():
            found |= measure_caches(model)
    return found


def list_keys(config: transformers.PreTrainedConfig) -> list[str]:
    """The keys that transformers writes into a config of this type."""
    return sorted(type(config)().to_dict())


def main() -> None:
    names = sys.argv[1:]
    target, keys = DATA / "published.json", DATA / "keys.json"
    found = json.loads(target.read_text())["configs"] if names else {}
    known = json.loads(keys.read_text()) if names else {}
    for path in sorted(CONFIGS.glob("*.json")):
        if not names or path.stem in names:
            found[path.stem] = record(path)
            config = read_config(json.loads(path.read_text()))
            known[config.model_type] = list_keys(config)
            print(path.stem, found[path.stem], flush=True)
    DATA.mkdir(exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found))
    target.write_text(f'{{"transformers": "{transformers.__version__}", "configs": {{\n{lines}\n}}}}\n')
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known))
    keys.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
