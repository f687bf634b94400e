"""Forward passes held against what was inferred, and runs that cannot go on."""

from __future__ import annotations

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import Run, run_model, sample_inputs
from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.forward import core
from shapecalc.layers.infer import infer
from tests.layering import parse

LOOKED_UP = """
inputs: {x: {shape: [4], dtype: int32}}
layers:
  - Embedding: {input_dim: 10, output_dim: 4}
  - Dense: {units: 3}
"""


def report_of(text: str) -> Report:
    report = analyse(parse(text))
    assert report.ok
    return report


def refusal(report: Report, **options: object) -> Diagnostic:
    with pytest.raises(Fault) as caught:
        run_model(report, {"x": np.array([[1, 2, 3, 99]], np.int32)}, **options)  # type: ignore[arg-type]
    (found,) = caught.value.diagnostics
    return found


def test_a_value_without_an_entry_is_a_finding_at_its_layer() -> None:
    found = refusal(report_of(LOOKED_UP))
    assert (found.code, found.subject, found.span and found.span.line) == ("SC605", "embedding", 4)
    assert found.message == "cannot be computed: the embedding has rows 0 to 9, and was asked for 99"


def test_bfloat16_has_sizes_and_no_numbers() -> None:
    report = report_of("dtype: bfloat16" + LOOKED_UP)
    assert report.weights_bytes == 2 * report.params
    found = refusal(report)
    assert (found.code, found.message) == ("SC407", "NumPy has no bfloat16 to compute in")


@pytest.mark.parametrize(
    "text",
    [
        "dtype: mixed_bfloat16\ninput: [4]\nlayers: [{Dense: {units: 3}}]\n",
        "input: [4]\nlayers: [{ops.cast: {dtype: bfloat16}}]\n",
        "input: [4]\nlayers: [{Dense: {units: 3, dtype: bfloat16}}]\n",
        "blocks: {A: {layers: [{Dense: {units: 3, dtype: bfloat16}}]}}\ninput: [4]\nlayers: [A]\n",
        "input: [5, 4]\nlayers: [{TimeDistributed: {layer: {Dense: {units: 3, dtype: mixed_bfloat16}}}}]\n",
        "input: [3]\nlayers: [{Weight: {shape: [3], dtype: bfloat16}}]\n",
    ],
)
def test_bfloat16_is_known_by_the_dtypes_wherever_it_stands(text: str) -> None:
    report = report_of(text)
    with pytest.raises(Fault) as caught:
        run_model(report, sample_inputs(report, "ones", 0, 1))
    assert [found.code for found in caught.value.diagnostics] == ["SC407"]


def test_memory_is_estimated_before_anything_runs() -> None:
    found = refusal(report_of(LOOKED_UP), max_memory=100)
    assert found.code == "SC603"
    assert found.message == "the run needs about 460 B, more than the 100 B allowed"


def test_memory_that_is_not_there_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(core, "activate", hungry)
    report = report_of(LOOKED_UP)
    with pytest.raises(Fault) as caught:
        run_model(report, sample_inputs(report, "ones"))
    assert [(one.code, one.subject) for one in caught.value.diagnostics] == [("SC603", "dense")]


def test_a_rule_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of("input: [4]\nlayers:\n  - Dense: {units: 3}\n  - Dense: {units: 2}\n")
    (_, _, second) = report.rows
    layer, feed = second.node.layer, second.walk.feed_of(second.node)
    assert layer is not None
    honest = infer(layer, feed)
    wrong = honest.output._replace(shape=honest.output.shape.replace(-1, 7))
    run = run_model(report, sample_inputs(report, "random"))
    assert run.agrees
    run.rows[2].concrete = [wrong.shape]
    assert not run.agrees


@pytest.mark.parametrize("layers", [50, 400])
def test_every_layer_is_told_of_once(layers: int) -> None:
    report = report_of("input: [4]\nlayers:\n  - Dense: {units: 4}\n    repeat: " + str(layers) + "\n")
    told: list[tuple[int, int, str]] = []
    run = run_model(report, sample_inputs(report, "random"), progress=lambda *one: told.append(one))
    assert [one[0] for one in told] == list(range(1, layers + 2))
    assert told[-1] == (layers + 1, layers + 1, f"dense/{layers - 1}")
    assert [row.allocated for row in run.rows[1:]] == [20] * layers


TEXTS = """
inputs:
  texts: {shape: [1], dtype: string}
layers:
  - TextVectorization: {vocabulary: [the, cat, sat]}
"""


def run_texts(text: str, texts: list[list[str]], **options: object) -> Run:
    return run_model(report_of(text), {"texts": np.array(texts)}, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "shape"),
    [
        ("", (2, 3)),
        ("  - Embedding: {input_dim: 8, output_dim: 4, mask_zero: true}\n  - LSTM: {units: 3}\n", (2, 3)),
        (
            "  - Embedding: {input_dim: 8, output_dim: 4}\n"
            "  - TimeDistributed: {layer: {Dense: {units: 2}}}\n"
            "  - Conv1D: {filters: 5, kernel_size: 2, padding: same, strides: 2}\n",
            (2, 2, 5),
        ),
    ],
)
def test_as_many_tokens_as_the_longest_text_has(entries: str, shape: tuple[int, ...]) -> None:
    run = run_texts(TEXTS + entries, [["the cat sat"], ["a"]])
    assert run.agrees
    assert run.diagnostics == []
    assert run.outputs["output"].shape == shape


def test_text_goes_into_a_block() -> None:
    text = TEXTS.replace(
        "layers:",
        "blocks:\n  A:\n    layers:\n    - Hashing: {num_bins: 3}\nlayers:\n  - A\n  - ops.tile: {repeats: [1, 2]}\n#",
    )
    run = run_texts(text.split("#")[0], [["the cat sat"]])
    assert run.agrees
    assert run.outputs["output"].shape == (1, 2)


@pytest.mark.parametrize(("entry", "shape"), [("", (2, 0)), ("Embedding: {input_dim: 8, output_dim: 4}", (2, 0, 4))])
def test_texts_without_a_token_give_an_axis_of_0_as_in_keras(entry: str, shape: tuple[int, ...]) -> None:
    run = run_texts(TEXTS + (f"  - {entry}\n" if entry else ""), [[""], ["!"]])
    assert run.agrees
    assert run.outputs["output"].shape == shape


def test_attention_over_no_tokens_gives_none() -> None:
    attention = "  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    from: [prev, prev]\n"
    run = run_texts(TEXTS + "  - Embedding: {input_dim: 8, output_dim: 4}\n" + attention, [[""], ["!"]])
    assert run.outputs["output"].shape == (2, 0, 4)


def test_a_block_that_is_fed_no_tokens_is_refused_at_the_layer_in_it() -> None:
    block = "blocks:\n  A: {layers: [{Embedding: {input_dim: 8, output_dim: 4}}]}\n"
    with pytest.raises(Fault) as caught:
        run_texts(block + TEXTS + "  - A\n", [[""]])
    (found,) = caught.value.diagnostics
    assert (found.code, found.subject, found.span and found.span.line) == ("SC402", "a/embedding", 2)
    assert [label.text for label in found.labels][-1] == "called here, as `a`"
    assert found.message == "is fed (1, 0), which holds nothing to compute with"


def test_a_long_text_counts_as_memory() -> None:
    text = TEXTS + "  - Embedding: {input_dim: 8, output_dim: 1000}\n"
    run_texts(text, [["the cat"]], max_memory=12 << 20)
    with pytest.raises(Fault) as caught:
        run_texts(text, [["the cat " * 1000]], max_memory=12 << 20)
    assert [found.code for found in caught.value.diagnostics] == ["SC603"]
