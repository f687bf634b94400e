"""What was said of a line is said of it wherever it has moved to, and of no other line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.lsp.positions import Text
from shapecalc.lsp.stale import map_lines

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "a: b\r\n", "\n", "c"]), max_size=8).map("".join)


@given(TEXTS, TEXTS)
def test_an_offset_moves_with_its_line(before: str, after: str) -> None:
    old, new = Text(before), Text(after)
    moves = map_lines(old, new)
    for offset in range(len(before)):
        moved = moves.move(offset)
        if moved is not None:
            assert after[moved] == before[offset]
            assert offset - old.find_line_start(offset) == moved - new.find_line_start(moved)


@given(TEXTS)
def test_nothing_moves_in_the_same_text(text: str) -> None:
    moves = map_lines(Text(text), Text(text))
    assert all(moves.move(offset) == offset for offset in range(len(text)))


def test_lines_below_one_that_is_put_in_move_down() -> None:
    moves = map_lines(Text("a\nb\nc\n"), Text("a\nnew\nb\nc\n"))
    assert [moves.move(offset) for offset in (0, 2, 4)] == [0, 6, 8]


def test_a_changed_line_is_nowhere() -> None:
    moves = map_lines(Text("a\nb\nc\n"), Text("a\nB\nc\n"))
    assert [moves.move(offset) for offset in (0, 2, 4)] == [0, None, 4]
