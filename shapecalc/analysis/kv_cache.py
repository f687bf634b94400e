"""The cache of keys and values of a decoder: what each attention keeps of the tokens that it has seen, in bytes.

Only causal attention can keep them: it never looks at later tokens, so that what was computed once stays right. A
layer is causal with `use_causal_mask` or under a mask made by a triangle. Attention made of operations is a product, a
softmax over its last axis and a product with its result; it is causal where `ops.triu` or `ops.tril` has a part in what
the softmax is fed, and where both have, it sees a window. Keys and values are what meets the queries and the softmax in
the two products; the axis that these sum over is the tokens'.

Keys and values that are projected from something narrower of the same token, itself a projection, are made anew from
that, and it is what is kept: the latent of DeepSeek, or heads before they are repeated. Attention of a decoder to what
it did not write itself (an encoder's output) keeps keys and values too; they are as many for every further token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from shapecalc.dims import Size, add_up, prod
from shapecalc.dims.division import exact_quotient
from shapecalc.layers.ops.linear import read_equation
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer

_PROJECTIONS = ("Dense", "EinsumDense")
_NORMS = ("LayerNormalization", "RMSNormalization", "GroupNormalization", "UnitNormalization")


class KVCache(NamedTuple):
    """What one attention keeps of one sample: `token` bytes for each of the `tokens` that it was fed, or no more than
    the last `window` of them. With `cross` they are tokens of an encoder, to which decoding adds none.
    """

    token: Size
    tokens: Size
    window: int | None = None
    cross: bool = False

    def count_bytes(self, tokens: Size) -> Size | None:
        """Bytes once so many tokens were decoded; None where a window is not to be compared with their number."""
        if self.cross:
            return self.token * self.tokens
        if self.window is None:
            return self.token * tokens
        return self.token * min(tokens, self.window) if isinstance(tokens, int) else None


def find_kv_caches(walked: Walk) -> dict[str, KVCache]:
    """What each attention keeps, by path."""
    search = _Search()
    search.follow_graph(walked, [_Origin()] * len(walked.graph.inputs), "")
    return search.caches


def find_kv_cache_bytes(walked: Walk) -> dict[str, Size]:
    """Bytes per token of each attention that keeps keys and values of what it decodes, by path."""
    return {path: cache.token for path, cache in find_kv_caches(walked).items() if not cache.cross}


def count_cache_bytes(caches: Mapping[str, KVCache], tokens: Size) -> Size | None:
    """Bytes that all of them keep once so many tokens were decoded; None where a window hides the sum."""
    sizes = [cache.count_bytes(tokens) for cache in caches.values()]
    return None if None in sizes else add_up(size for size in sizes if size is not None)


_Parts: TypeAlias = "frozenset[tuple[object, Size]] | None"
"""What a tensor can be made anew from, token by token, with the bytes of each for a whole sample; None where that is
nothing narrower than the stream between layers."""


class _Keys(NamedTuple):
    """What met the queries: bytes a token, tokens, parts, and whether queries alone were decoded."""

    token: Size
    tokens: Size
    parts: _Parts
    foreign: bool


class _Origin(NamedTuple):
    """How a tensor was made.

    `keys` are those that scores were made with, `softmax` says that they went through one; `upper` and `lower` are the
    diagonals of the triangles that have a part in it; `decoded` is what depends on causal attention.
    """

    parts: _Parts = None
    keys: _Keys | None = None
    softmax: bool = False
    upper: int | None = None
    lower: int | None = None
    decoded: bool = False

    @property
    def causal(self) -> bool:
        return self.upper is not None or self.lower is not None

    @property
    def window(self) -> int | None:
        """The tokens that are seen between two triangles: those that both leave out, or that both keep."""
        if self.upper is None or self.lower is None:
            return None
        hidden = self.upper > self.lower
        return self.upper - self.lower - 1 if hidden else self.lower - self.upper + 1


_Fed: TypeAlias = "list[tuple[Tensor, _Origin]]"


class _Search:
    """Follows tensors through a graph and the blocks in it."""

    def __init__(self) -> None:
        self.caches: dict[str, KVCache] = {}

    def follow_graph(self, walked: Walk, entering: Sequence[_Origin], prefix: str) -> list[_Origin]:
        """The origins of what leaves a graph, whose inputs have these."""
        origins: list[list[_Origin]] = [[origin] for origin in entering]
        for node, inferred in list(zip(walked.graph.nodes, walked.results, strict=False))[len(entering) :]:
            if inferred is None or node.layer is None:
                origins.append([_Origin()])
                continue
            sources = walked.sources_of(node)
            fed = [(walked.tensor(source), origins[source.node][source.position]) for source in sources]
            path = prefix + node.name
            if inferred.walk is not None:
                origins.append(self.follow_graph(inferred.walk, [origin for _, origin in fed], f"{path}/"))
            else:
                origins.append(self.call(node.layer, inferred, fed, path))
        return [origins[source.node][source.position] for source in walked.output_sources().values()]

    def call(self, layer: Layer, inferred: Inferred, fed: _Fed, path: str) -> list[_Origin]:
        """The origins of what one layer gives."""
        outputs = list(inferred.outputs.values())
        decoded = any(origin.decoded for _, origin in fed)
        if inferred.inner:
            decoded |= self.follow_layer(layer, inferred, fed, path)
            return [_Origin(decoded=decoded)] * len(outputs)
        letters = _read_letters(layer)
        if letters is not None and len(fed) == 2:
            return [self.follow_product(letters, fed, path)]
        origins = [_Origin(parts, decoded=decoded) for parts in _list_parts(layer, inferred, fed, path)]
        if inferred.weights:
            return origins
        keys = next((origin.keys for _, origin in fed if origin.keys is not None), None)
        softmax = keys is not None and (_is_softmax(layer) or any(origin.softmax for _, origin in fed))
        upper, lower = (
            next((value for value in values if value is not None), None)
            for values in zip(_read_triangle(layer), *((origin.upper, origin.lower) for _, origin in fed), strict=True)
        )
        return [origin._replace(keys=keys, softmax=softmax, upper=upper, lower=lower) for origin in origins]

    def follow_layer(self, layer: Layer, inferred: Inferred, fed: _Fed, path: str) -> bool:
        """Whether a layer that holds others is causal attention; reports what it keeps."""
        projected = {part.name: part.inferred.output for part in inferred.inner}
        if "key" not in projected or "value" not in projected:
            self.follow_wrapped(inferred, path)
            return False
        kept = (projected["key"], projected["value"])
        token = add_up(prod(tensor.shape[-2:]) * BYTES[tensor.dtype or "float32"] for tensor in kept)
        mask = next((origin for _, origin in fed if origin.causal), None)
        if getattr(layer, "use_causal_mask", False) or mask is not None:
            self.caches[path] = KVCache(token, kept[0].shape[1], mask.window if mask is not None else None)
            return True
        query, *memory = fed
        if query[1].decoded and not any(origin.decoded for _, origin in memory):
            self.caches[path] = KVCache(token, kept[0].shape[1], cross=True)
        return False

    def follow_wrapped(self, inferred: Inferred, path: str) -> None:
        """The block that a wrapper holds; what feeds it is not followed."""
        for part in inferred.inner:
            if part.inferred.walk is not None:
                inner = part.inferred.walk
                self.follow_graph(inner, [_Origin()] * len(inner.graph.inputs), f"{path}/{part.name}/")

    def follow_product(self, letters: tuple[str, str, str], fed: _Fed, path: str) -> _Origin:
        """Scores, where two tensors meet; or the end of an attention, where values meet a softmax of scores."""
        *operands, output = letters
        decoded = any(origin.decoded for _, origin in fed)
        for position, (_, origin) in enumerate(fed):
            if origin.softmax and origin.keys is not None:
                token, other = operands[position][-1], 1 - position
                value = _count_token_bytes(operands[other], token, fed[other][0])
                if value is not None and token not in output and self.keep(origin, value, fed[other][1], path):
                    decoded = True
                return _Origin(decoded=decoded)
        keys = [at for at, text in enumerate(operands) if output[-1] in text]
        return _Origin(keys=_make_keys(operands, output[-1], keys[0], fed) if len(keys) == 1 else None, decoded=decoded)

    def keep(self, scores: _Origin, value: Size, made: _Origin, path: str) -> bool:
        """Reports what an attention keeps that ends with values of so many bytes a token; whether it is causal."""
        assert scores.keys is not None
        token, tokens, parts, foreign = scores.keys
        own = token + value
        latent = _count_latent(parts, made.parts, tokens)
        if isinstance(latent, int) and isinstance(own, int):
            own = min(own, latent)
        if scores.causal:
            self.caches[path] = KVCache(own, tokens, scores.window)
        elif foreign and not made.decoded:
            self.caches[path] = KVCache(own, tokens, cross=True)
        return scores.causal


def _make_keys(operands: Sequence[str], token: str, position: int, fed: _Fed) -> _Keys | None:
    """The keys of scores, for the letter of their tokens; None where they are not to be measured."""
    tensor, origin = fed[position]
    size = _count_token_bytes(operands[position], token, tensor)
    if size is None:
        return None
    axis = operands[position].rfind(token) - len(operands[position])
    foreign = fed[1 - position][1].decoded and not origin.decoded
    return _Keys(size, tensor.shape[axis], origin.parts, foreign)


def _count_latent(keys: _Parts, values: _Parts, tokens: Size) -> Size | None:
    """Bytes a token of the parts that keys and values are made of; None where there are none."""
    if not keys or not values:
        return None
    return exact_quotient(add_up(size for _, size in keys | values), tokens)


def _list_parts(layer: Layer, inferred: Inferred, fed: _Fed, path: str) -> Iterable[_Parts]:
    """What each output can be made anew from."""
    outputs = list(inferred.outputs.values())
    if layer.type_name == "Weight" or not fed:
        return [frozenset()] * len(outputs)
    known = [origin.parts for _, origin in fed]
    if layer.type_name in _PROJECTIONS:
        parts = known[0]
        return [parts or frozenset([(path, _count_bytes(outputs[0]))])]
    if (inferred.weights and layer.type_name not in _NORMS) or None in known:
        return [None] * len(outputs)
    merged = frozenset[tuple[object, Size]]().union(*(parts for parts in known if parts is not None))
    whole = len(merged) == 1 and len(fed) == 1 and next(iter(merged))[1] == _count_bytes(fed[0][0])
    return [_cut(merged, (path, at), output, whole) for at, output in enumerate(outputs)]


def _cut(parts: frozenset[tuple[object, Size]], name: object, output: Tensor, whole: bool) -> _Parts:
    """The parts of an output: a piece of the only one, where that was fed whole and less of it comes out."""
    if not whole:
        return parts
    ((_, size),) = parts
    piece = _count_bytes(output)
    return frozenset([(name, piece)]) if exact_quotient(piece, size) is None and piece != size else parts


def _count_bytes(tensor: Tensor) -> Size:
    """Bytes of one sample."""
    return prod(tensor.shape[1:]) * BYTES[tensor.dtype or "float32"]


def _read_triangle(layer: Layer) -> tuple[int | None, int | None]:
    """The diagonals of an upper and of a lower triangle, if the layer makes one."""
    diagonal = getattr(layer, "k", 0)
    if layer.type_name == "ops.triu":
        return diagonal, None
    return None, diagonal if layer.type_name == "ops.tril" else None


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
