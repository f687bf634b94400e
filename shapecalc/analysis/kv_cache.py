"""The cache of keys and values of a decoder: the bytes that each further token of one sample adds.

Only causal attention can keep them: it never looks at later tokens, so that what was computed once stays right. A
layer is causal with `use_causal_mask`. Attention made of operations is a product, a softmax over its last axis and a
product with its result; it is causal where `ops.triu` or `ops.tril` has a part in what the softmax is fed. Keys and
values are what meets the queries and the softmax in the two products; the axis that these sum over is the tokens'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.dims import Size, add_up, prod
from shapecalc.layers.ops.linear import read_equation
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer

_TRIANGLES = ("ops.triu", "ops.tril")


def find_kv_cache_bytes(walked: Walk) -> dict[str, Size]:
    """Bytes per token of each attention that keeps keys and values, by path."""
    search = _Search()
    search.follow_graph(walked, [_Origin()] * len(walked.graph.inputs), "")
    return search.caches


class _Origin(NamedTuple):
    """How a tensor was made: of scores, of keys with so many bytes a token, by a softmax; and whether it is causal."""

    key: Size | None = None
    softmax: bool = False
    causal: bool = False


_UNKNOWN = _Origin()


class _Search:
    """Follows tensors through a graph and the blocks in it."""

    def __init__(self) -> None:
        self.caches: dict[str, Size] = {}

    def follow_graph(self, walked: Walk, entering: Sequence[_Origin], prefix: str) -> list[_Origin]:
        """The origins of what leaves a graph, whose inputs have these."""
        origins: list[list[_Origin]] = [[origin] for origin in entering]
        for node, inferred in list(zip(walked.graph.nodes, walked.results, strict=False))[len(entering) :]:
            if inferred is None or node.layer is None:
                origins.append([_UNKNOWN])
                continue
            sources = walked.sources_of(node)
            fed = [(walked.tensor(source), origins[source.node][source.position]) for source in sources]
            path = prefix + node.name
            if inferred.walk is not None:
                origins.append(self.follow_graph(inferred.walk, [origin for _, origin in fed], f"{path}/"))
            else:
                origins.append([self.call(node.layer, inferred, fed, path)] * len(inferred.outputs))
        return [origins[source.node][source.position] for source in walked.output_sources().values()]

    def call(self, layer: Layer, inferred: Inferred, fed: list[tuple[Tensor, _Origin]], path: str) -> _Origin:
        """The origin of what one layer gives."""
        size = _measure_projection(layer, inferred)
        if size is not None:
            self.caches[path] = size
        elif inferred.inner:
            self.follow_wrapped(inferred, path)
        if inferred.weights or inferred.inner:
            return _UNKNOWN
        letters = _read_letters(layer)
        if letters is not None and len(fed) == 2:
            return self.follow_product(letters, fed, path)
        key = next((origin.key for _, origin in fed if origin.key is not None), None)
        causal = layer.type_name in _TRIANGLES or any(origin.causal for _, origin in fed)
        softmax = _is_softmax(layer) or any(origin.softmax for _, origin in fed)
        return _Origin(key, softmax and key is not None, causal)

    def follow_wrapped(self, inferred: Inferred, path: str) -> None:
        """The block that a wrapper holds; what feeds it is not followed."""
        for part in inferred.inner:
            if part.inferred.walk is not None:
                inner = part.inferred.walk
                self.follow_graph(inner, [_UNKNOWN] * len(inner.graph.inputs), f"{path}/{part.name}/")

    def follow_product(self, letters: tuple[str, str, str], fed: list[tuple[Tensor, _Origin]], path: str) -> _Origin:
        """Scores, where two tensors meet; or the end of an attention, where values meet a softmax of scores."""
        *operands, output = letters
        for position, (_, origin) in enumerate(fed):
            if origin.softmax and origin.key is not None:
                value = _count_token_bytes(operands[1 - position], operands[position][-1], fed[1 - position][0])
                if origin.causal and value is not None and operands[position][-1] not in output:
                    self.caches[path] = origin.key + value
                return _UNKNOWN
        keys = [(text, tensor) for text, (tensor, _) in zip(operands, fed, strict=True) if output[-1] in text]
        return _Origin(_count_token_bytes(keys[0][0], output[-1], keys[0][1])) if len(keys) == 1 else _UNKNOWN


def _measure_projection(layer: Layer, inferred: Inferred) -> Size | None:
    """Bytes of the key and value of one token that a layer called with `use_causal_mask` projects; None for others."""
    if not getattr(layer, "use_causal_mask", False):
        return None
    projected = {part.name: part.inferred.output for part in inferred.inner}
    if "key" not in projected or "value" not in projected:
        return None
    return add_up(
        prod(tensor.shape[-2:]) * BYTES[tensor.dtype or "float32"] for tensor in (projected["key"], projected["value"])
    )


def _read_letters(layer: Layer) -> tuple[str, str, str] | None:
    """The letters of the last axes of two operands and of their product; None where a layer is no such product."""
    if layer.type_name == "ops.matmul":
        return "...qk", "...ks", "...qs"
    if layer.type_name != "ops.einsum":
        return None
    operands, output = read_equation(layer.subscripts)  # type: ignore[attr-defined]
    fits = len(operands) == 2 and all(text[-1:].isalpha() for text in (*operands, output))
    return (*operands, output) if fits else None  # type: ignore[return-value]


def _is_softmax(layer: Layer) -> bool:
    """Whether a layer is a softmax over the last axis."""
    if layer.type_name == "Activation":
        return layer.activation == "softmax"  # type: ignore[attr-defined,no-any-return]
    return layer.type_name in ("Softmax", "ops.softmax") and layer.axis == -1  # type: ignore[attr-defined]


def _count_token_bytes(letters: str, token: str, tensor: Tensor) -> Size | None:
    """Bytes of one token of one sample; None where the axis with that letter is missing, or is the batch."""
    index = letters.rfind(token)
    axis = tensor.shape.ndim - (len(letters) - index)
    if index < 0 or "..." in letters[index:] or axis < 1:
        return None
    return prod(size for at, size in enumerate(tensor.shape) if at not in (0, axis)) * BYTES[tensor.dtype or "float32"]
