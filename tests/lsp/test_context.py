"""Where in a spec an offset lies, in texts that break off there."""

from __future__ import annotations

import pytest

from shapecalc.lsp.context import Context, read_context


def read(text: str) -> Context:
    context = read_context(text, len(text))
    assert context is not None
    return context


@pytest.mark.parametrize(
    ("text", "path", "is_key", "word"),
    [
        ("", (), True, ""),
        ("lay", (), True, "lay"),
        ("layers:\n  - ", ("layers", 0), False, ""),
        ("layers:\n- LS", ("layers", 0), False, "LS"),
        ("layers:\r\n  - A\r\n  - LS", ("layers", 1), False, "LS"),
        ("layers:\n  - A\n  ", ("layers",), True, ""),
        ("layers:\n- A\n", (), True, ""),
        ("layers:\n  - A: {x: 1, y", ("layers", 0, "A"), True, "y"),
        ("layers:\n  - A: {x: 1,\n      y", ("layers", 0, "A"), True, "y"),
        ("layers:\n  - A: {x: [1, 2], y: th", ("layers", 0, "A", "y"), False, "th"),
        ("layers:\n  - A: {x: [1, th", ("layers", 0, "A", "x", 1), False, "th"),
        ("layers:\n  - A: {x: 'a, b', y: ", ("layers", 0, "A", "y"), False, ""),
        ("layers:\n  - A: {x: 'a, ", ("layers", 0, "A", "x"), False, "'a, "),
        ("layers:\n  - A:\n      x: 1\n      ", ("layers", 0, "A"), True, ""),
        ("layers:\n  - A:\n      x: 1\n    fr", ("layers", 0), True, "fr"),
        ("layers:\n  - A: {x: 1}\n    from:\n      - ", ("layers", 0, "from", 0), False, ""),
        ("layers:\n  - A: {x: 1\n  - B: {y: ", ("layers", 1, "B", "y"), False, ""),
        ("layers: [A, {B: {c: ", ("layers", 1, "B", "c"), False, ""),
        ("blocks:\n  B:\n    layers:\n      - A\nex", (), True, "ex"),
        ('expect:\n  layers:\n    "a/b": {', ("expect", "layers", "a/b"), True, ""),
        ("description: |\n  layers:\n    - A\nlayers:\n  - ", ("layers", 0), False, ""),
        ("a: &x 1\nb: ", ("b",), False, ""),
        ("layers:\n  # - A: {\n  - ", ("layers", 0), False, ""),
        ("layers:\n  - A: {x: 1}  # {[\n  - ", ("layers", 1), False, ""),
    ],
)
def test_places(text: str, path: tuple[str | int, ...], is_key: bool, word: str) -> None:
    context = read(text)
    assert (context.path, context.is_key, context.word) == (path, is_key, word)
    assert text[context.start :] == word


@pytest.mark.parametrize("text", ["# la", "a: 1  # la", "layers: [A,  # la", "description: |\n  la"])
def test_comments_and_long_texts_are_no_place(text: str) -> None:
    assert read_context(text, len(text)) is None


def test_keys_that_stand_there_already() -> None:
    assert read("layers:\n  - A: {x: 1, y: 2, ").own_keys == ("x", "y")
    assert read("layers:\n  - A: {x: 1}\n    from: b\n    ").own_keys == ("A", "from")
    assert read("input: [5]\n").own_keys == ("input",)
