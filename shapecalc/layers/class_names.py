"""Names of classes in words and back, in Keras's scheme."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """`GlorotUniform` as `glorot_uniform`, `Conv2DTranspose` as `conv2d_transpose`: Keras's scheme for names."""
    pieces: list[str] = []
    for index, letter in enumerate(name):
        before = name[index - 1] if index else ""
        after = name[index + 1] if index + 1 < len(name) else ""
        starts_word = letter.isupper() and (before.islower() or (bool(before) and before != "_" and after.islower()))
        if starts_word:
            pieces.append("_")
        pieces.append(letter.lower())
    return "".join(pieces)


def camel_case(name: str) -> str:
    """`random_normal` as `RandomNormal`: Keras's class of a name in words."""
    return "".join(word.capitalize() for word in name.split("_"))
