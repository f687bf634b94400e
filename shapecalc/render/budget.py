"""The memory of a whole model in a few lines, and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.analysis.costs import MAX_ALTERNATIVES
from shapecalc.dims import Size, binary_text, count_text, to_json
from shapecalc.render.summary_options import SummaryOptions

if TYPE_CHECKING:
    from shapecalc.analysis.memory import Memory
    from shapecalc.analysis.report import Report


def budget(report: Report, options: SummaryOptions) -> list[str]:
    """The lines that the options ask for: activations, weights by dtype, gradients, optimizer state, cache, the sum."""
    from shapecalc.analysis.memory import OPTIMIZERS, Memory

    memory = Memory(report, options.training)
    lines = []
    if options.budget:
        dtypes = ", ".join(f"{dtype} {binary_text(size)}" for dtype, size in memory.weights.items())
        lines.append(f"Weights: {binary_text(memory.weights_bytes)}" + (f" ({dtypes})" if dtypes else ""))
    lines.append(f"Activations: {binary_text(memory.activations)} in all, {greatest_text(memory.peaks)} at peak")
    if memory.workspace != 0:
        lines.append(f"Workspace: {binary_text(memory.workspace)} in all")
    if options.training is not None:
        slots = ", ".join(OPTIMIZERS[options.training]) or "no slots"
        lines.append(f"Gradients: {binary_text(memory.gradients)}")
        lines.append(f"Optimizer state: {binary_text(memory.state)} ({options.training}: {slots})")
        lines.append(f"Optimizer params: {count_text(memory.state_params)}, its step and learning rate among them")
    if options.kv_cache:
        lines.append(f"KV cache: {_write_cache(memory)}")
    if options.budget:
        purpose = "Inference" if options.training is None else "Training"
        lines.append(f"{purpose}: {greatest_text(memory.needed)} at peak")
    return lines


def _write_cache(memory: Memory) -> str:
    layers = len(memory.cache)
    if layers == 0:
        return "none: no attention is causal"
    return f"{binary_text(memory.cache_per_token)} per token, in {layers} layer{'' if layers == 1 else 's'}"


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
    if memory.training is not None:
        data |= {
            "optimizer": memory.training,
            "gradients": to_json(memory.gradients),
            "optimizer_state": to_json(memory.state),
            "optimizer_params": to_json(memory.state_params),
        }
    data["peak"] = _list_greatest(memory.needed)
    data["kv_cache_per_token"] = {name: to_json(size) for name, size in memory.cache.items()}
    return data


def _list_greatest(sizes: tuple[Size, ...]) -> Any:
    return to_json(sizes[0]) if len(sizes) == 1 else [to_json(size) for size in sizes]
