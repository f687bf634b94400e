"""What the numbers that are shown count: the same sentences under tables, answers and grids."""

from __future__ import annotations

from collections.abc import Iterable

CONVENTIONS = {
    "macs": "MACs count matrix products and convolutions, per sample; biases, activations and lookups are left out.",
    "flops": "FLOPs = 2 × MACs, of matrix products and convolutions, per sample.",
    "weights": "Weights: their names and shapes, in Keras's order.",
    "activations": "Activations: the bytes of a layer's outputs, of a block all its layers', for one sample where the "
    "batch size is unknown.\n Peak: outputs alive at once when layers run from top to bottom and each output goes "
    "after its last use; inputs count,\n those of a block stay until it ends, the layer that runs has its workspace.",
    "workspace": "Workspace: what a layer holds only while it runs: the scores (batch, heads, query, key) of attention,"
    "\n unless it returns them or `flash_attention` is true.",
    "memory": "Memory: weights, activations and workspace.",
    "bytes": "Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.",
    "mask": "Mask: made, carried on, used by a layer whose call takes one, or lost: dropped without being used.",
    "training": "Training: what Keras 3 keeps for the backward pass on its PyTorch backend in eager mode, for one "
    "sample where the batch\n size is unknown; gradients and optimizer state, of the dtype of their weight. The peak "
    "is the greatest of three moments\n of a step; what a loss takes is left out.",
    "kv_cache": "KV cache: keys and values of causal attention, per sample: of layers with `use_causal_mask`, and of "
    "operations:\n product, softmax under ops.triu or ops.tril, product.",
    "device": "Device: GB of data sheets are taken as GiB; what the driver and the framework keep is not taken off.\n"
    " Rates are the peak of dense products, of float32 not as TF32; a dtype without a rate has that of the next.",
    "time": "Time: a lower bound. Layer by layer the longer of two: FLOPs (2 × MACs) at the device's peak rate for the "
    "layer's dtype,\n and weights, inputs and outputs at its peak bandwidth; fused layers may be faster. Of experts "
    "the active ones count.\n A step of training does all of it once forward, and once for each gradient: of the "
    "weights of a layer that is trained,\n and of what it is fed, where anything before it is trained.",
    "tokens": "Tokens: each sample gets one at a time, which reads the active weights, but for tables of embeddings, "
    "and the cache once;\n activations of one token are left out. A prompt that is fed at once takes what is said "
    "without `--kv-cache`.",
}
"""The sentences, by the name of what they are about: a column, a quantity, an option."""

_NEEDS = {
    "activations": ("workspace", "bytes"),
    "memory": ("activations", "workspace", "bytes"),
    "peak_activation": ("activations", "workspace", "bytes"),
    "weights_bytes": ("bytes",),
    "device": ("time", "bytes"),
    "bound": ("time",),
}
"""The other sentences that a quantity needs to be read."""


def write_notes(shown: Iterable[str]) -> list[str]:
    """The sentences on what is shown, by the names of columns, quantities and options; lines after the first are
    indented by one.
    """
    names = set(shown)
    for name in list(names):
        names.update(_NEEDS.get(name, ()))
    return [text for name, text in CONVENTIONS.items() if name in names]
