"""A walk keeps what it infers and where each node is fed from; what goes wrong becomes findings in the end."""

from __future__ import annotations

from shapecalc.inference.assumptions import list_assumptions
from shapecalc.inference.blame import list_findings
from shapecalc.inference.vocabulary import vocabulary
from shapecalc.inference.walk import Source, Walk, walk_within
from tests.specs.analysed import report_of

BLOCK = """\
input: [T, 6, 4]
blocks:
  Halves:
    layers:
      - Reshape: {target_shape: [-1, 8]}
layers:
  - TimeDistributed: {layer: Halves}
"""

TABLES = """\
input: {shape: [5], dtype: int32}
blocks:
  Words:
    layers:
      - Embedding: {input_dim: 7, output_dim: 4}
layers:
  - Words
  - Embedding: {input_dim: 9, output_dim: 4}
    from: input
  - Add:
    from: [words, embedding]
"""


def walked(text: str) -> Walk:
    """The walk of a spec."""
    walk = report_of(text).walk
    assert walk is not None
    return walk


def test_edges_are_sources_port_by_port() -> None:
    walk = walked(
        "input: [5, 4]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n"
        "  - Dense: {units: 3}\n    from: lstm.state_h\n  - Add:\n    from: [dense, lstm.state_c, dense]\n"
    )
    (_, lstm, dense, add) = walk.graph.nodes
    assert walk.source_feed_of(lstm) == (Source(0, 0),)
    assert walk.source_feed_of(dense) == (Source(1, 1),)
    assert walk.source_feed_of(add) == ((Source(2, 0), Source(1, 2), Source(2, 0)),)
    assert walk.sources_of(add) == [Source(2, 0), Source(1, 2), Source(2, 0)]
    assert walk.output_sources() == {"output": Source(3, 0)}


def test_a_source_has_no_edges_and_still_needs_the_input_for_its_batch_axis() -> None:
    walk = walked("input: [4]\nlayers:\n  - Weight: {shape: [4]}\n  - Add:\n    from: [input, weight]\n")
    weight = walk.graph.nodes[1]
    assert walk.sources_of(weight) == []
    assert walk.needs_of(weight) == [Source(0, 0)]


def test_a_fault_is_one_finding_and_the_nodes_below_have_none() -> None:
    walk = walked("input: [4]\nlayers:\n  - LSTM: {units: 3}\n  - Dense: {units: 2}\n")
    assert not walk.is_sound
    assert [(finding.code, finding.subject) for finding in list_findings(walk)] == [("SC412", "lstm")]
    assert walk.results[1:] == [None, None]


def test_the_walk_of_a_block_within_a_wrapper_is_found() -> None:
    wrapper = walked(BLOCK).results[1]
    assert wrapper is not None
    within = walk_within(wrapper)
    assert within is not None
    assert [within[0], *(node.name for node in within[1].graph.nodes)] == ["halves/", "input", "reshape"]
    dense = walked("input: [4]\nlayers: [{Dense: {units: 2}}]\n").results[1]
    assert dense is not None
    assert walk_within(dense) is None


def test_assumptions_of_a_block_within_a_wrapper_are_said_at_its_layer() -> None:
    notes = list_assumptions(walked(BLOCK.replace("[T, 6, 4]", "[5, H, 4]")))
    assert [(note.subject, note.message) for note in notes] == [
        ("time_distributed/halves/reshape", "assumes H % 2 == 0")
    ]


def test_ids_are_bounded_by_the_smallest_table_within_blocks_too() -> None:
    walk = walked(TABLES)
    assert vocabulary(walk, 0) == 7


def test_who_mixed_an_unknown_in_is_looked_for_once_at_each_layer() -> None:
    """Each `Add` is fed one tensor twice, and so there are 2**60 ways up to a tensor of no axes."""
    adds = "".join("  - Add:\n    from: [prev, prev]\n" for _ in range(60))
    text = (
        "inputs: {x: {batch_shape: [3, 4]}, y: {batch_shape: []}}\nlayers:\n  - onnx.NonZero:\n    from: x\n"
        f"  - onnx.Add:\n    from: [prev, y]\n{adds}  - Dense: {{units: 3}}\n"
    )
    (finding,) = report_of(text).diagnostics
    assert finding.severity == "error"
    assert [label.text for label in finding.labels] == ["mixes it into the last axis: (2, None)"]
