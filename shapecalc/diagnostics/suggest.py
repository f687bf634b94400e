"""`did you mean`, for names that nearly exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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

    close = get_close_matches(plain, by_plain, n=1, cutoff=0.7)
    return by_plain[close[0]] if close else None


def _strip_word(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")
