"""Vocabularies of the lookup layers: which entries stand where, and how many there are."""

from __future__ import annotations

from typing import Any, Protocol

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Size, unknown
from shapecalc.layers.arguments.plain import as_yaml


class Lookup(Protocol):
    """A config with a vocabulary."""

    @property
    def max_tokens(self) -> int | None: ...
    @property
    def num_oov_indices(self) -> int: ...
    @property
    def vocabulary(self) -> Any: ...
    @property
    def idf_weights(self) -> Any: ...
    @property
    def invert(self) -> bool: ...
    @property
    def output_mode(self) -> str: ...
    @property
    def pad_to_max_tokens(self) -> bool: ...
    @property
    def tokens(self) -> str: ...


def check_size(cfg: Lookup, mask_token: Any, oov_token: Any) -> Size:
    """How many entries a vector has, 0 where numbers are wanted; refuses arguments that do not go together."""
    if cfg.pad_to_max_tokens and cfg.max_tokens is None:
        raise ShapeError(
            "there is no size to pad to", arg="pad_to_max_tokens", code="SC206", help="give `max_tokens` too"
        )
    if cfg.invert and cfg.output_mode != "int":
        message = "only numbers can be led back to entries"
        raise ShapeError(
            message, arg="invert", code="SC206", change=("invert", None), help="leave out `invert` or `output_mode`"
        )
    weighted = cfg.output_mode in ("tf_idf", "tf-idf")
    if not weighted and cfg.idf_weights is not None:
        raise ShapeError(
            "weights are for `tf_idf` only",
            arg="idf_weights",
            code="SC206",
            change=("output_mode", "tf_idf"),
            help="set `output_mode: tf_idf`",
        )
    kind: type = str if cfg.tokens == "string" else int
    if mask_token is not None and type(mask_token) is not kind:
        wanted = "text" if kind is str else "a whole number"
        help = "quote it" if kind is str else "write a whole number, or leave it out"
        raise ShapeError(
            f"`mask_token` must be {wanted}, got {as_yaml(mask_token)}", arg="mask_token", code="SC204", help=help
        )
    if cfg.vocabulary is None:
        return _choose_open_size(cfg)
    size = _count_vocabulary(cfg, mask_token, oov_token)
    weights = cfg.idf_weights if isinstance(cfg.idf_weights, tuple) else ()
    numbers = all(isinstance(weight, (int, float)) for weight in weights)
    if weighted and (len(weights) != len(cfg.vocabulary) or not numbers):
        message = "`tf_idf` needs one weight for each entry of the vocabulary"
        raise ShapeError(message, arg="idf_weights", code="SC204", help="write a list as long as `vocabulary`")
    return cfg.max_tokens if cfg.pad_to_max_tokens and cfg.max_tokens is not None else size


def _choose_open_size(cfg: Lookup) -> Size:
    """The size that vectors are padded to; else unknown, since Keras learns the vocabulary from data."""
    if cfg.pad_to_max_tokens and cfg.max_tokens is not None:
        return cfg.max_tokens
    return 0 if cfg.output_mode == "int" else unknown("the size of the vocabulary")


def _count_vocabulary(cfg: Lookup, mask_token: Any, oov_token: Any) -> int:
    """The entries of a vocabulary with the special ones, which may stand in front of it or be left out."""
    vocabulary = cfg.vocabulary
    if isinstance(vocabulary, str):
        message = "a vocabulary is not read from a file"
        raise ShapeError(message, arg="vocabulary", code="SC206", help="write its entries as a list")
    kind: type = str if cfg.tokens == "string" else int
    if not isinstance(vocabulary, tuple) or not vocabulary or any(type(entry) is not kind for entry in vocabulary):
        wanted = "texts" if kind is str else "whole numbers"
        message = f"`vocabulary` must be a list of {wanted}, and not an empty one"
        written = "[cat, dog]" if kind is str else "[12, 36]"
        help = f"write `vocabulary: {written}`"
        raise ShapeError(message, arg="vocabulary", code="SC204", example=("vocabulary", written), help=help)
    masks = 1 if mask_token is not None and cfg.output_mode == "int" else 0
    special = (*(mask_token,) * masks, *(oov_token,) * cfg.num_oov_indices)
    entries = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
    if not entries:
        help = "leave special entries out of the list"
        raise ShapeError("has special entries alone", arg="vocabulary", code="SC205", help=help)
    repeated = _find_repeated(entries)
    if repeated:
        raise ShapeError(
            f"has {as_yaml(repeated[0])} twice", arg="vocabulary", code="SC205", help="take one of the two out"
        )
    for name, token in (("mask_token", mask_token), ("oov_token", oov_token if cfg.invert else None)):
        if token is not None and token in entries:
            message = f"has the {name} {as_yaml(token)} among its entries"
            raise ShapeError(message, arg="vocabulary", code="SC205", help="leave special entries out of the list")
    size = len(special) + len(entries)
    if cfg.max_tokens is not None and size not in range(cfg.max_tokens + 1):
        message = f"has {size} entries with the special ones, more than max_tokens = {cfg.max_tokens}"
        raise ShapeError(
            message, arg="vocabulary", code="SC205", change=("max_tokens", str(size)), help=f"set `max_tokens: {size}`"
        )
    return size


def _find_repeated(entries: tuple[Any, ...]) -> list[Any]:
    """The first entry that was there before, if any."""
    seen: set[Any] = set()
    for entry in entries:
        if entry in seen:
            return [entry]
        seen.add(entry)
    return []
