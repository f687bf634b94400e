"""The memory of a whole model in a few lines, and for scripts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.costs import MAX_ALTERNATIVES
from shapecalc.dims import Size, add_up, binary_text, count_text, to_json
from shapecalc.render.summary_options import SummaryOptions
from shapecalc.training.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from shapecalc.analysis.memory import Memory
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.trained import Trained


def budget(report: Report, options: SummaryOptions) -> list[str]:
    """The lines that the options ask for: weights by dtype, activations or what training keeps, a cache, the peak."""
    from shapecalc.analysis.memory import Memory

    memory = Memory(report, options.training)
    lines = []
    if options.budget:
        dtypes = ", ".join(f"{dtype} {binary_text(size)}" for dtype, size in memory.weights.items())
        lines.append(f"Weights: {binary_text(memory.weights_bytes)}" + (f" ({dtypes})" if dtypes else ""))
    lines.append(f"Activations: {binary_text(memory.activations)} in all, {greatest_text(memory.peaks)} at peak")
    if memory.workspace != 0:
        lines.append(f"Workspace: {binary_text(memory.workspace)} in all")
    if memory.trained is not None:
        lines += _write_training(memory.trained)
    if options.kv_cache:
        lines += [f"KV cache: {text}" for text in _list_cache_texts(memory)]
    if options.budget:
        purpose = "Inference" if options.training is None else "Training"
        lines.append(f"{purpose}: {greatest_text(memory.needed)} at peak")
    return lines


def _write_training(trained: Trained) -> list[str]:
    """What is kept for the backward pass, gradients, optimizer state, and the three moments that may be the peak."""
    name, state = trained.training.optimizer, trained.state
    copies = (
        f", {binary_text(trained.copies)} of it copies that only Keras on PyTorch makes" if trained.copies != 0 else ""
    )
    slots = ", ".join(OPTIMIZERS[name].slots) or "no slots"
    lines = [f"Kept for the backward pass: {binary_text(trained.kept)}{copies}"]
    if trained.pinned != 0:
        lines.append(f"Pinned by Keras: {binary_text(trained.pinned)}, the inputs of sigmoids and softmaxes")
    lines += [
        f"Gradients: {binary_text(trained.gradients)}",
        f"Optimizer state: {binary_text(state.bytes)} ({trained.training}: {slots})",
        f"Optimizer variables: {state.variables:,}, of {count_text(state.params)} numbers, step and learning rate "
        "among them",
    ]
    moments = trained.moments
    lines.append(
        f"A step: {greatest_text(moments.forward)} at the end of the forward pass, "
        f"{greatest_text(moments.backward)} in the backward pass,\n "
        f"{greatest_text(moments.update)} in the update"
    )
    return lines


def _list_cache_texts(memory: Memory) -> list[str]:
    """What each further token adds, within windows and beyond; an encoder's part; and the sum where it is known."""
    if not memory.caches:
        return ["none: no attention is causal"]
    texts = [f"{binary_text(memory.cache_per_token)} per token, in {_count_layers(memory.cache)}"]
    windows = memory.cache_windows
    for window in sorted(set(windows.values())):
        full = [path for path in memory.cache if windows.get(path, window + 1) > window]
        rest = binary_text(add_up(memory.cache[path] for path in full))
        more = f"{rest} per token, in {_count_layers(full)}" if full else "no more"
        texts.append(f"beyond {count_text(window)} tokens {more}")
    if memory.cache_of_encoder:
        size = binary_text(add_up(memory.cache_of_encoder.values()))
        texts.append(f"{size} for the encoder's output, in {_count_layers(memory.cache_of_encoder)}")
    tokens = next((cache.tokens for cache in memory.caches.values() if not cache.cross), None)
    if isinstance(tokens, int) and memory.cache_bytes is not None:
        whole = binary_text(memory.weights_bytes + memory.cache_bytes)
        texts.append(f"{binary_text(memory.cache_bytes)} for {count_text(tokens)} tokens, {whole} with the weights")
    return texts


def _count_layers(paths: Collection[str]) -> str:
    return f"{len(paths)} layer{'' if len(paths) == 1 else 's'}"


def greatest_text(sizes: tuple[Size, ...]) -> str:
    """Bytes, or `max(A, B) B` where several formulas may be the most: how many, where they are not to be compared."""
    if len(sizes) == 1:
        return binary_text(sizes[0])
    if len(sizes) > MAX_ALTERNATIVES:
        return f"the greatest of {len(sizes)} formulas"
    texts = [binary_text(size) for size in sizes]
    if not all(text.endswith(" B") for text in texts):
        return f"max({', '.join(texts)})"
    return f"max({', '.join(text.removesuffix(' B') for text in texts)}) B"


def memory_json(memory: Memory) -> dict[str, Any]:
    """The same for scripts, in bytes; a peak is a list where several formulas may be the most."""
    data: dict[str, Any] = {
        "weights": {dtype: to_json(size) for dtype, size in memory.weights.items()},
        "activations": to_json(memory.activations),
        "workspace": to_json(memory.workspace),
        "peak_activation": _list_greatest(memory.peaks),
    }
    if memory.trained is not None:
        data |= _training_json(memory.trained)
    data["peak"] = _list_greatest(memory.needed)
    data["kv_cache_per_token"] = {name: to_json(size) for name, size in memory.cache.items()}
    data["kv_cache_windows"] = memory.cache_windows
    data["kv_cache_of_encoder"] = {name: to_json(size) for name, size in memory.cache_of_encoder.items()}
    data["kv_cache"] = None if memory.cache_bytes is None else to_json(memory.cache_bytes)
    return data


def _list_greatest(sizes: tuple[Size, ...]) -> Any:
    return to_json(sizes[0]) if len(sizes) == 1 else [to_json(size) for size in sizes]


def _training_json(trained: Trained) -> dict[str, Any]:
    """What training takes, in bytes."""
    state, moments = trained.state, trained.moments
    data: dict[str, Any] = {
        "optimizer": trained.training.optimizer,
        "kept": to_json(trained.kept),
        "kept_copies": to_json(trained.copies),
        "pinned": to_json(trained.pinned),
        "gradients": to_json(trained.gradients),
        "optimizer_state": to_json(state.bytes),
        "optimizer_params": to_json(state.params),
        "optimizer_variables": state.variables,
        "moments": {
            "forward": _list_greatest(moments.forward),
            "backward": _list_greatest(moments.backward),
            "update": _list_greatest(moments.update),
        },
    }
    if trained.training.accumulate > 1:
        data["accumulate"] = trained.training.accumulate
    if trained.training.checkpoints:
        data["checkpoints"] = list(trained.training.checkpoints)
    return data
