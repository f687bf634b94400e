"""Specs of this project with a few pieces cut out, doubled, moved or put in."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

SPECS = Path(__file__).parents[2] / "specs"
TEXTS = [path.read_text("utf-8") for path in sorted(SPECS.glob("*/*.yaml")) if path.stat().st_size < 2_000]
SNIPPETS = [
    "$", "{", "}", "[", "]", ": ", "- ", "\n", "\t", "null", "[T, ..., 4]", "from: prev", "repeat: 3", "if: $x",
    "reuse: dense", "&a ", "*a", "<<: ", "!!str ", "1e400", "-1", "'", '"', "#", "name: input", "Dense", "LSTM: ",
    "$input", "make_divisible($x, 8)", "(None, 5)", "..", ".*", "/*", "outputs: ", "blocks: ", "\u202e", "é",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A spec of this project with a few pieces cut out, doubled, moved or put in."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.one_of(st.just(""), st.sampled_from(SNIPPETS), st.just(text[start:end] * 2)))
        text = text[:start] + piece + text[end:]
    return text
