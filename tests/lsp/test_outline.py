"""The outline of a spec."""

from __future__ import annotations

import pytest

from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.outline import Item, list_items
from tests.lsp.test_typing import TYPED

TEXT = """\
blocks:
  Mix:
    layers:
      - Dense: {units: 4, name: inner}
inputs: {x: [4], y: [4]}
layers:
  - Mix:
    from: x
    repeat: 2
  - Flatten
"""


def outline(text: str) -> list[Item]:
    files = OpenFiles()
    files.put("/nowhere/model.yaml", text)
    snapshot = files.snapshot("/nowhere/model.yaml")
    assert snapshot is not None
    return list_items(snapshot)


def test_items() -> None:
    items = outline(TEXT)
    assert [(item.name, item.sort, item.detail) for item in items] == [
        ("Mix", "block", ""),
        ("x", "input", ""),
        ("y", "input", ""),
        ("mix", "layer", "Mix (None, 4)"),
        ("flatten", "layer", "Flatten (None, 4)"),
    ]
    (inner,) = items[0].items
    assert (inner.name, inner.detail) == ("inner", "Dense (None, 4)")
    assert TEXT[items[3].start : items[3].end] == "Mix:\n    from: x\n    repeat: 2"


@pytest.mark.parametrize("name", TYPED)
def test_what_an_item_is_known_by_lies_within_it(name: str) -> None:
    text = TYPED[name]
    for end in range(0, len(text) + 1, 5):
        waiting = outline(text[:end])
        for item in waiting:
            assert 0 <= item.start <= item.name_start <= item.name_end <= item.end <= end
            assert all(item.start <= inner.start and inner.end <= item.end for inner in item.items)
            waiting += item.items
