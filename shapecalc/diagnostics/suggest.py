"""`did you mean`, for names that nearly exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_NEAR = 0.7
"""The least likeness of a word to a candidate that it may stand for."""
_RIVAL = 0.1
"""How much less like the word another candidate may be, and still be the one that was meant."""
_LONGEST = 100  # comparing costs length squared, and nobody mistypes a name this long


def did_you_mean(word: str, candidates: Iterable[str], friends: Mapping[str, str] | None = None) -> str | None:
    """The candidate that `word` was probably meant to be, or None.

    `friends` maps known false friends, in lower case, to the right candidate (`hidden_size` -> `units`) and wins if
    that candidate is on offer; then the same word in other letters' case, or with other joints (`batch-norm`,
    `BatchNorm`); then the closest spelling.
    """
    if not word or len(word) > _LONGEST:
        return None
    offered = list(dict.fromkeys(candidates))
    friend = (friends or {}).get(word.lower())
    if friend in offered:
        return friend
    plain = _strip_word(word)
    by_plain: dict[str, str] = {}
    for candidate in offered:
        if candidate.lower() == word.lower():
            return candidate
        by_plain.setdefault(_strip_word(candidate), candidate)
    if plain in by_plain:
        return by_plain[plain]
    from difflib import get_close_matches

    close = get_close_matches(plain, by_plain, n=1, cutoff=_NEAR)
    return by_plain[close[0]] if close else None


def has_rival(word: str, guess: str, candidates: Iterable[str]) -> bool:
    """Whether a guess at a misspelt word may be another one: a candidate as near, or a number that differs."""
    plain = _strip_word(word)
    if plain == _strip_word(guess):
        return False
    from difflib import SequenceMatcher

    matcher: SequenceMatcher[str] = SequenceMatcher(None, "", plain)
    matcher.set_seq1(_strip_word(guess))
    nearness = matcher.ratio()
    if nearness < _NEAR:  # a false friend, which means this and nothing else
        return False
    least = max(_NEAR, nearness - _RIVAL)
    for other in {_strip_word(candidate) for candidate in candidates} - {_strip_word(guess)}:
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least:
            return True
    return re.findall(r"\d+", plain) != re.findall(r"\d+", _strip_word(guess))


def _strip_word(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")
