"""The sequence models of specs/models: published counts, forward passes, and numbers of real implementations."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.report import Report, find_row
from shapecalc.analysis.verify import Run, run_model
from shapecalc.analysis.warnings import list_warnings
from shapecalc.inference.assumptions import list_assumptions
from shapecalc.model.load import Library
from tests.golden.arrays import Array
from tests.golden.models import MODELS, differs, inputs, weights

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs" / "models"
RECORDED = ROOT / "tests" / "golden" / "data" / "models.npz"

PUBLISHED = {
    "lstm_seq2seq": 718_173,
    "bert_base": 109_482_240,
    "gpt2_small": 124_439_808,
    "vit_b_16": 86_567_656,
    "t5_small": 60_506_624,
    "whisper_tiny": 37_760_640,
    "llama_2_7b": 6_738_415_616,
    "llama_3_8b": 8_030_261_248,
    "mixtral_8x7b": 46_702_792_704,
}
LARGE = [name for name, params in PUBLISHED.items() if params > 10**9]


@cache
def opened(name: str, *sizes: tuple[str, int]) -> Report:
    """The report of a model, some of its sizes set."""
    return analyse(Library().open(str(SPECS / f"{name}.yaml")), Settings(dict(sizes)))


def small(name: str) -> Report:
    """A model in the size in which its numbers were recorded."""
    return opened(name, *MODELS[name][0].items())


def run_small(name: str, fed: dict[str, Array]) -> Run:
    """A forward pass with the recorded model's weights."""
    report = small(name)
    shapes = {f"{row.name}/{path}": weight.shape for row in report.rows for path, weight in row.weights}
    return run_model(report, fed, weights(shapes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_is_clean_and_has_the_published_count(name: str) -> None:
    report = opened(name)
    assert report.diagnostics + check_expectations(report) + list_warnings(report) == []
    assert [one.message for one in list_assumptions(report.walk)] == POSITIONS.get(name, [])
    assert report.params == PUBLISHED[name]
    assert report.name == name
    assert "https://" in report.spec.description
    assert report.spec.expect is not None


POSITIONS = {
    "bert_base": ["assumes T <= 512"],
    "gpt2_small": ["assumes T <= 1024"],
    "whisper_tiny": ["assumes T <= 448"],
}
"""What models with a table of positions assume of their length."""


@pytest.mark.parametrize("name", MODELS)
def test_it_answers_what_the_real_implementation_does(name: str) -> None:
    run = run_small(name, inputs(name))
    assert run.diagnostics == []
    assert run.agrees
    with np.load(RECORDED, allow_pickle=False) as recorded:
        assert {f"{name}/{key}" for key in run.outputs} == {key for key in recorded.files if key.startswith(f"{name}/")}
        for key, output in run.outputs.items():
            assert output.dtype == np.float32
            assert differs(output, recorded[f"{name}/{key}"]) < 2e-6


@pytest.mark.parametrize(
    ("name", "port"),
    [
        ("gpt2_small", "tokens"),
        ("t5_small", "target"),
        ("whisper_tiny", "tokens"),
        ("llama_2_7b", "tokens"),
        ("llama_3_8b", "tokens"),
        ("mixtral_8x7b", "tokens"),
    ],
)
def test_no_token_sees_a_later_one(name: str, port: str) -> None:
    fed = inputs(name)
    before = run_small(name, fed).outputs["output"]
    changed = fed[port].copy()
    changed[:, -1] = (changed[:, -1] + 1) % MODELS[name][0]["vocabulary"]
    after = run_small(name, fed | {port: changed}).outputs["output"]
    assert differs(after[:, :-1], before[:, :-1]) < 1e-6
    assert differs(after[:, -1], before[:, -1]) > 1e-2


def test_padding_changes_nothing() -> None:
    fed = inputs("bert_base")
    fed["mask"][:] = np.arange(7) < 5
    whole = run_small("bert_base", fed).outputs
    cut = run_small("bert_base", {port: array[:, :5] for port, array in fed.items()}).outputs
    assert differs(whole["sequence"][:, :5], cut["sequence"]) < 1e-6
    assert differs(whole["pooled"], cut["pooled"]) < 1e-6


@pytest.mark.parametrize(
    ("name", "used", "trainable"),
    [
        ("gpt2_small", 124_439_808 + 50_257 * 768, 124_439_808),
        ("t5_small", 60_506_624 + 2 * 32_128 * 512, 60_506_624),
        ("whisper_tiny", 37_760_640 + 51_865 * 384, 37_760_640 - 1_500 * 384),
        ("llama_3_8b", 8_030_261_248, 8_030_261_248),
    ],
)
def test_a_shared_table_is_counted_once_and_used_more_often(name: str, used: int, trainable: int) -> None:
    report = opened(name)
    assert report.used_params == used
    assert report.trainable == trainable


def test_the_products_between_queries_keys_and_values_count_in_a_vision_transformer() -> None:
    report = opened("vit_b_16")
    between = 12 * 2 * 197 * 197 * 768
    assert between == 715_327_488
    assert report.macs == 17_563_828_224
    layer = find_row(report.rows, "layer/0")
    assert layer is not None
    assert layer.macs == 4 * 197 * 768**2 + 2 * 197 * 768 * 3072 + between // 12


def test_grouped_queries_take_a_quarter_of_the_keys_and_values() -> None:
    shapes = {path: weight.shape for path, weight in opened("llama_3_8b").rows[3].weights}
    assert shapes["rotary_attention/query/kernel"] == (4096, 8, 4, 128)
    assert shapes["rotary_attention/key/kernel"] == shapes["rotary_attention/value/kernel"] == (4096, 8, 128)


def test_a_large_model_is_checked_without_its_weights() -> None:
    code = "import sys; from shapecalc.cli.main import main; code = main(); sys.exit(code or 'numpy' in sys.modules)"
    files = [str(SPECS / f"{name}.yaml") for name in LARGE]
    done = subprocess.run([sys.executable, "-c", code, "check", *files], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("3 specs checked: all clean\n", "", 0)
    tracemalloc.start()
    try:
        analyse(Library().open(str(SPECS / "mixtral_8x7b.yaml")))
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()
