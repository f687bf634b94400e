"""Record what small models of transformers answer: `python tests/formats/huggingface/record_numbers.py [NAME...]`.

Needs transformers 5.24, PyTorch and what shapecalc needs. Writes `data/numbers.npz`: what leaves each model of tiny.py,
under `MODEL/OUTPUT`, with weights made from the paths in our spec.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
import torch

from tests.formats.huggingface.opened import list_shapes, open_config
from tests.formats.huggingface.published import DATA
from tests.formats.huggingface.record import make_model
from tests.formats.huggingface.tiny import TINY, Weights, make_inputs
from tests.golden.archive import archive
from tests.golden.arrays import Array

TARGET = DATA / "numbers.npz"


def load(name: str) -> torch.nn.Module:
    """The model with our weights. Raises ValueError where any is left, here or there."""
    model = make_model(TINY[name], "cpu")
    weights = Weights(name, list_shapes(open_config(TINY[name])))
    for path, parameter in model.named_parameters():
        parameter.data = torch.from_numpy(np.ascontiguousarray(weights.make(path, parameter.shape), dtype="float32"))
    for path, buffer in model.named_buffers():
        if path.endswith("e_score_correction_bias"):
            buffer.zero_()
    if weights.unused:
        raise ValueError(f"{name}: {sorted(weights.unused)} are not used")
    return model


def run(name: str) -> dict[str, Array]:
    fed = {key: torch.from_numpy(values) for key, values in make_inputs(name).items()}
    renamed = {"tokens": "input_ids", "segments": "token_type_ids", "mask": "attention_mask"}
    if "target" in fed:
        renamed["tokens"] = "decoder_input_ids"
    given: dict[str, Any] = {renamed[key]: value.long() for key, value in fed.items() if key in renamed}
    if "source" in fed:
        given |= {"input_ids": fed["source"].long(), "attention_mask": (fed["source"] != 0).long()}
    if "target" in fed:
        given["decoder_input_ids"] = fed["target"].long()
    if "sound" in fed:
        given = {"input_features": fed["sound"].transpose(1, 2), "decoder_input_ids": fed["tokens"].long()}
    if "input" in fed:
        given = {"pixel_values": fed["input"].permute(0, 3, 1, 2)}
    with torch.no_grad():
        found = load(name)(**given)
    return {key: value.numpy() for key, value in name_outputs(name, found).items()}


def name_outputs(name: str, found: Any) -> dict[str, Any]:
    """What leaves a model, by the names of our outputs."""
    if name in ("bert-body", "roberta-body"):
        return {"sequence": found.last_hidden_state, "pooled": found.pooler_output}
    if name == "bert-pretraining":
        return {"words": found.prediction_logits, "next": found.seq_relationship_logits}
    if name == "vit-body":
        return {"output": found.pooler_output}
    if "start_logits" in found:
        return {"output": torch.stack([found.start_logits, found.end_logits], dim=-1)}
    return {"output": found.logits if "logits" in found else found.last_hidden_state}


def main() -> None:
    names = sys.argv[1:] or list(TINY)
    values: dict[str, Array] = {}
    if sys.argv[1:] and TARGET.exists():
        with np.load(TARGET, allow_pickle=False) as recorded:
            values = {key: recorded[key] for key in recorded.files if key.partition("/")[0] not in names}
    for name in names:
        values |= {f"{name}/{key}": output.astype("float32") for key, output in run(name).items()}
        print(name, flush=True)
    TARGET.write_bytes(archive({key: values[key] for key in sorted(values)}))


if __name__ == "__main__":
    main()
