"""Operators on text. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, broadcast_shapes, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.onnx.base import Operator, give, give_many, index_by_name, list_numbers, rule
from shapecalc.layers.values import Inferred, Tensor


class StringConcat(Operator):
    """Texts joined one by one. https://onnx.ai/onnx/operators/onnx__StringConcat.html"""

    type_name = "onnx.StringConcat"
    ports = ("X", "Y")


@rule(StringConcat)
def string_concat(cfg: StringConcat, X: Tensor, Y: Tensor) -> Inferred:
    return give(broadcast_shapes(X.shape, Y.shape), "string")


class StringNormalizer(Operator):
    """Words in small or capital letters, without those that are left out: (words) or (1, words).

    https://onnx.ai/onnx/operators/onnx__StringNormalizer.html
    """

    type_name = "onnx.StringNormalizer"
    ports = ("X",)
    case_change_action = arg.choice("LOWER", "UPPER", "NONE", default="NONE", doc="What becomes of letters.")
    is_case_sensitive = arg.flag(doc="Compare words as they are written.")
    locale = arg.value(None, "The language that letters are changed by.")
    stopwords = arg.value(None, "Words that are left out.")


@rule(StringNormalizer)
def string_normalizer(cfg: StringNormalizer, X: Tensor) -> Inferred:
    if len(X.shape) not in (1, 2):
        raise ShapeError(f"needs (words) or (1, words), got {X.shape}", code="SC411")
    if not cfg.stopwords:
        return give(X.shape, "string")
    return give((*X.shape[:-1], _count_left(cfg, X)), "string")


def _count_left(cfg: StringNormalizer, X: Tensor) -> Size:
    """How many words are left, one at least: of none an empty one is given."""
    words = list_numbers(X)
    if words is None:
        return unknown()
    left_out = {str(word) if cfg.is_case_sensitive else str(word).lower() for word in cfg.stopwords}
    texts = [str(word) if cfg.is_case_sensitive else str(word).lower() for word in words]
    return len([text for text in texts if text not in left_out]) or 1


class StringSplit(Operator):
    """Texts cut into words, as many as the longest has. https://onnx.ai/onnx/operators/onnx__StringSplit.html"""

    type_name = "onnx.StringSplit"
    ports = ("X",)
    delimiter = arg.value(None, "Where they are cut; without it at spaces.")
    maxsplit = arg.optional(arg.count(doc="How often a text is cut at most.", low=None))


@rule(StringSplit)
def string_split(cfg: StringSplit, X: Tensor) -> Inferred:
    texts = list_numbers(X)
    count: Size = unknown()
    if texts is not None:
        most = -1 if cfg.maxsplit is None else cfg.maxsplit
        count = max((len(str(text).split(cfg.delimiter or None, most)) for text in texts), default=0)
    return give_many(Tensor(Shape((*X.shape, count)), "string", False), Tensor(X.shape, "int64", False))


class RegexFullMatch(Operator):
    """Whether texts follow a pattern. https://onnx.ai/onnx/operators/onnx__RegexFullMatch.html"""

    type_name = "onnx.RegexFullMatch"
    ports = ("X",)
    pattern = arg.value(None, "The pattern.")


@rule(RegexFullMatch)
def regex_full_match(cfg: RegexFullMatch, X: Tensor) -> Inferred:
    return give(X.shape, "bool")


class TfIdfVectorizer(Operator):
    """How often runs of words of a list occur. https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html"""

    type_name = "onnx.TfIdfVectorizer"
    ports = ("X",)
    max_gram_length = arg.count(doc="Longest run.")
    max_skip_count = arg.count(doc="Words between two of a run at most.", low=0)
    min_gram_length = arg.count(doc="Shortest run.")
    mode = arg.choice("TF", "IDF", "TFIDF", doc="What is given.")
    ngram_counts = arg.value(arg.REQUIRED, "Where the runs of each length begin in the list.")
    ngram_indexes = arg.value(arg.REQUIRED, "The place of each run in the output.")
    pool_int64s = arg.value(None, "The list, of numbers.")
    pool_strings = arg.value(None, "The list, of texts.")
    weights = arg.value(None, "The weight of each run.")


@rule(TfIdfVectorizer)
def tf_idf_vectorizer(cfg: TfIdfVectorizer, X: Tensor) -> Inferred:
    if len(X.shape) not in (1, 2):
        raise ShapeError(f"needs (words) or (batch, words), got {X.shape}", code="SC411")
    places = cfg.ngram_indexes if isinstance(cfg.ngram_indexes, (list, tuple)) else [cfg.ngram_indexes]
    width = max((int(place) for place in places), default=0) + 1
    return give((*X.shape[:-1], width), "float32")


TYPES = index_by_name(StringConcat, StringNormalizer, StringSplit, RegexFullMatch, TfIdfVectorizer)
