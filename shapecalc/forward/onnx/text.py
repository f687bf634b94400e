"""Forwards of layers/onnx/text.py."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from shapecalc.forward.base import Array, CannotRun
from shapecalc.forward.onnx.base import operator

if TYPE_CHECKING:
    from shapecalc.layers.onnx.text import RegexFullMatch, StringConcat, StringNormalizer, StringSplit, TfIdfVectorizer


@operator("StringConcat")
def string_concat(cfg: StringConcat, X: Array, Y: Array) -> Any:
    return np.char.add(X.astype(str), Y.astype(str))


@operator("StringNormalizer")
def string_normalizer(cfg: StringNormalizer, X: Array) -> Any:
    words = [str(word) for word in X.reshape(-1)]
    left_out = [str(word) for word in cfg.stopwords or ()]
    if cfg.is_case_sensitive:
        kept = [word for word in words if word not in left_out]
    else:
        small = {word.lower() for word in left_out}
        kept = [word for word in words if word.lower() not in small]
    change = {"LOWER": str.lower, "UPPER": str.upper}.get(cfg.case_change_action, str)
    texts = [change(word) for word in kept] or [""]
    return np.array(texts, str).reshape((*X.shape[:-1], -1))


@operator("StringSplit")
def string_split(cfg: StringSplit, X: Array) -> Any:
    most = -1 if cfg.maxsplit is None else cfg.maxsplit
    parts = [str(text).split(cfg.delimiter or None, most) if str(text) else [] for text in X.reshape(-1)]
    width = max(map(len, parts), default=0)
    texts = np.array([part + [""] * (width - len(part)) for part in parts], str).reshape(*X.shape, width)
    return texts, np.array(list(map(len, parts)), np.int64).reshape(X.shape)


_MOST_TEXT, _MOST_REPEATS = 1_000, 3
"""Letters of a text that a pattern out of a file is tried on, and repeats in it: the time is the one to the other."""


@operator("RegexFullMatch")
def regex_full_match(cfg: RegexFullMatch, X: Array) -> Any:
    """Patterns that repeat a group, or repeat often, are refused: they can take for ever."""
    pattern = str(cfg.pattern)
    if re.search(r"\)[+*{]", pattern) or len(re.findall(r"[+*{]", pattern)) > _MOST_REPEATS:
        raise CannotRun(f"the pattern {pattern[:40]!r} may take for ever", code="SC618", help="repeat single letters")
    try:
        compiled = re.compile(pattern)
    except re.error as failure:
        raise ValueError(f"the pattern {pattern[:40]!r} is none: {failure}") from None
    texts = [str(text) for text in X.reshape(-1)]
    if any(len(text) > _MOST_TEXT for text in texts):
        raise ValueError(f"a text has more than {_MOST_TEXT:,} letters")
    return np.array([compiled.fullmatch(text) is not None for text in texts], bool).reshape(X.shape)


@operator("TfIdfVectorizer")
def tf_idf_vectorizer(cfg: TfIdfVectorizer, X: Array) -> Any:
    runs = _list_runs(cfg)
    width = max(cfg.ngram_indexes, default=0) + 1
    rows = [_count_runs(cfg, row.tolist(), runs, width) for row in X.reshape(-1, X.shape[-1])]
    counts = np.array(rows, np.float32)
    weights = np.ones(width, np.float32)
    if cfg.weights is not None:
        weights[np.array(cfg.ngram_indexes, int)] = np.array(cfg.weights, np.float32)
    occur = counts if cfg.mode != "IDF" else (counts > 0).astype(np.float32)
    result = occur if cfg.mode == "TF" else occur * weights
    return result.astype(np.float32).reshape(*X.shape[:-1], width)


def _list_runs(cfg: TfIdfVectorizer) -> dict[tuple[Any, ...], int]:
    """The place in the output of each run of the list."""
    pool = [str(text) for text in cfg.pool_strings] if cfg.pool_strings else [int(item) for item in cfg.pool_int64s]
    starts = [*cfg.ngram_counts, len(pool)]
    runs: dict[tuple[Any, ...], int] = {}
    number = 0
    for length, (start, stop) in enumerate(pairwise(starts), 1):
        for at in range(start, stop, length):
            if length in range(cfg.min_gram_length, cfg.max_gram_length + 1):
                runs[tuple(pool[at : at + length])] = cfg.ngram_indexes[number]
            number += 1
    return runs


def _count_runs(cfg: TfIdfVectorizer, row: list[Any], runs: dict[tuple[Any, ...], int], width: int) -> list[int]:
    """How often each run occurs in a row, words between its own left out. A run of one word is counted once."""
    counts = [0] * width
    for length in range(cfg.min_gram_length, cfg.max_gram_length + 1):
        for skip in range(cfg.max_skip_count + 1 if length > 1 else 1):
            reach = (length - 1) * (skip + 1)
            for start in range(len(row) - reach):
                place = runs.get(tuple(row[start : start + reach + 1 : skip + 1]))
                if place is not None:
                    counts[place] += 1
    return counts
