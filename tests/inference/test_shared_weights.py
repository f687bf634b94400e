"""A layer that is called again needs the weights that it has."""

from __future__ import annotations

import pytest

from tests.specs.analysed import clean, found_in, said_of

CALLED_AGAIN = """\
inputs: {{a: {first}, b: {second}}}
{blocks}layers:
  - {layer}
    from: a
  - reuse: d
    from: b
  - Concatenate: {{axis: 1}}
    from: [d, prev]
"""
BLOCKS = "blocks:\n  Block:\n    layers:\n      - Dense: {units: 2}\n"
DENSE = "Dense: {units: 2, name: d}"


def spec(first: str, second: str, layer: str = DENSE) -> str:
    blocks = BLOCKS if "Block" in layer else ""
    return CALLED_AGAIN.format(first=first, second=second, layer=layer, blocks=blocks)


@pytest.mark.parametrize(
    ("first", "second", "layer", "message"),
    [
        ("[3]", "[5]", DENSE, "d@2: needs `kernel` of (5, 2), and `d` has one of (3, 2)"),
        ("[3]", "[5]", "Block: {name: d}", "d@2: needs `dense/kernel` of (5, 2), and `d` has one of (3, 2)"),
        ("[4, 3]", "[4, 7]", "LSTM: {units: 1, name: d}", "d@2: needs `kernel` of (7, 4), and `d` has one of (3, 4)"),
        (
            "[4, 3]", "[4, 7]", "TimeDistributed: {layer: {Dense: {units: 2}}, name: d}",
            "d@2: needs `dense/kernel` of (7, 2), and `d` has one of (3, 2)",
        ),
    ],
)  # fmt: skip
def test_a_call_that_needs_other_weights_is_refused(first: str, second: str, layer: str, message: str) -> None:
    (line,) = [line for line in said_of(spec(first, second, layer)) if "d@2" in line]
    assert line.split(" SC401 ")[1].partition(" | ")[0] == message
    assert line.endswith(" | feed it what `d` is fed, or write a layer of its own in place of `reuse`")


def test_a_call_that_needs_the_same_weights_is_sound() -> None:
    assert clean(spec("[4, 3]", "[6, 3]")).params == 8


def test_sizes_that_may_be_equal_are_assumed_to_be() -> None:
    findings = found_in(spec("[A]", "[B]"))
    assert [finding.severity for finding in findings] == ["note"]
    assert "A == B" in findings[0].message or "B == A" in findings[0].message


def test_a_layer_called_again_within_a_wrapper_needs_its_weights_too() -> None:
    text = (
        "inputs: {a: [3], b: [4, 5]}\nlayers:\n  - Dense: {units: 2, name: d}\n    from: a\n"
        "  - TimeDistributed: {layer: {reuse: d}, name: each}\n    from: b\n  - Flatten\n"
        "  - Concatenate:\n    from: [d, prev]\n"
    )
    (line,) = said_of(text)
    assert "each: needs `kernel` of (5, 2), and `d` has one of (3, 2)" in line
