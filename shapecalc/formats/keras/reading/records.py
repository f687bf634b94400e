"""The shapes that a Keras file records of the tensors between its layers."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Fault, error
from shapecalc.formats.flat_model import Feed, Input, Source, Tensors
from shapecalc.layers.opaque import shape_text

_SAME_SHAPE = (
    "Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Identity", "Masking", "Dropout", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout", "GaussianNoise", "AlphaDropout",
    "ActivityRegularization",
)  # fmt: skip
"""Layers that say nothing of what they are fed when they are built, and give its shape again."""


def note_tensor(tensors: Tensors, source: Source, config: Any) -> None:
    """Adds what the config of a tensor records. Raises Fault with SC511 where the file said otherwise before."""
    shape, dtype = config.get("shape"), config.get("dtype")
    if not _is_shape(shape):
        return
    known = tensors.get(source)
    if known is None or not known[1]:
        tensors[source] = known = shape, str(dtype)
    if known[0] != shape:
        message = f"the file records its output as {shape_text(known[0])} and as {shape_text(shape)}"
        raise Fault(error("SC511", message, subject=source[0], help="save the model again with Keras"))


def note_built_shapes(tensors: Tensors, sources: list[Source], entries: list[dict[str, Any]]) -> None:
    """Adds what the layers of a Sequential were built for: of each, what the one before it gives.

    `sources` are what each of the entries is fed.
    """
    shape: Any = None
    for source, entry in reversed([*zip(sources, entries, strict=True)]):
        build = entry.get("build_config")
        if isinstance(build, dict) and _is_shape(build.get("input_shape")):
            shape = build["input_shape"]
        elif entry["class_name"] not in _SAME_SHAPE:
            shape = None
        if shape is not None:
            tensors.setdefault(source, (shape, ""))


def note_built_for(tensors: Tensors, sources: list[Source], entry: dict[str, Any]) -> None:
    """Adds what a layer was built for, which is what it is fed first where nothing else is recorded of that."""
    build = entry.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    shapes = [shape] if _is_shape(shape) else shape if isinstance(shape, list) else []
    if len(shapes) == len(sources):
        for source, built_for in zip(sources, shapes, strict=True):
            if _is_shape(built_for):
                tensors.setdefault(source, (built_for, ""))


def note_declared(tensors: Tensors, feed: Feed, inputs: list[Input]) -> None:
    """Adds what a model within another declares of its inputs, said of what it is fed; one of no known size may be a
    guess.
    """
    for given in inputs:
        source = feed[given.name]
        if isinstance(source, tuple) and any(size is not None for size in given.shape):
            tensors.setdefault(source, ([given.batch, *given.shape], ""))


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(size is None or (type(size) is int and size >= 0) for size in value)
