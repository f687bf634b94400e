"""Where the values of a text stand."""

from __future__ import annotations

from shapecalc.document.spots import list_scalars, read_spots


def test_every_value_knows_its_text() -> None:
    text = "a: &x [1, 'é\n  b']\nb:\n  - *x\n  - {c: |\n  d: 2}\n".replace(
        "{c: |\n  d: 2}", "c: >\n      t\n    d: 2\ne:"
    )
    root = read_spots(text)
    assert root is not None
    pieces = [text[spot.start.index : spot.end.index] for spot in list_scalars(root)]
    assert pieces == ["a", "1", "'é\n  b'", "b", "c", ">\n      t\n", "d", "2", "e", ""]
    first, second, _ = root.items
    assert text[first.start.index : first.end.index] == "&x [1, 'é\n  b']"
    assert text[second.start.index : second.end.index] == "- *x\n  - c: >\n      t\n    d: 2"
    assert second.items[0].resolved is first
    assert (first.count_paths(), first.items[0].count_paths(), second.count_paths()) == (2, 2, 1)


def test_aliases_within_aliases_multiply() -> None:
    root = read_spots("a: &a 1\nb: &b [*a, *a]\nc: [*b, *b]\n")
    assert root is not None
    assert root.items[0].count_paths() == 1 + 2 * 3
    assert read_spots("") is None


def test_paths_are_counted_at_once_however_many_there_are() -> None:
    lines = ["a0: &a0 1"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    root = read_spots("\n".join(lines))
    assert root is not None
    assert root.items[0].count_paths() == sum(9**n for n in range(30))
