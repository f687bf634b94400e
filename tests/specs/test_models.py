"""The networks of specs/models: published counts come out, forward passes agree, families equal those of Keras."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import run_model, sample_inputs
from shapecalc.analysis.warnings import list_warnings
from shapecalc.model.load import Library
from tests.golden.applications import RUN, members, picture, weight
from tests.golden.arrays import Array

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "specs" / "models"
SPECS = sorted(path.stem for path in MODELS.glob("*.yaml"))
DATA = ROOT / "tests" / "golden" / "data"
MOST_PARAMS = 150_000_000
"""Models beyond are not run."""
SMALL: dict[str, dict[str, Any]] = {
    "alexnet": {"size": 64}, "densenet121": {"size": 64}, "efficientnet_b0": {"size": 64},
    "inception_v3": {"size": 75}, "mobilenet_v1": {"size": 64}, "mobilenet_v2": {"size": 64}, "resnet50": {"size": 64},
    "resnet50_torchvision": {"size": 64}, "unet": {"size": 188}, "vgg16": {"size": 32}, "vit_b_16": {"image": 32},
    "whisper_tiny": {"frames": 20}, "xception": {"size": 71}, "yolov8_backbone": {"size": 64},
}  # fmt: skip
"""Inputs as small as the model allows."""
TOLERANCE = 1e-4
"""Of the largest logit."""


@cache
def opened(name: str) -> Report:
    return analyse(Library().open(str(MODELS / f"{name}.yaml")))


def with_values(name: str, values: dict[str, Any]) -> Report:
    """The report of a member of a family."""
    return analyse(Library().open(str(MODELS / f"{name}.yaml")), Settings(values))


def params_of(name: str) -> int:
    params = opened(name).params
    assert isinstance(params, int)
    return params


@pytest.mark.parametrize("name", SPECS)
def test_it_is_clean_and_meets_its_expectations(name: str) -> None:
    report = opened(name)
    assert report.diagnostics + check_expectations(report) + list_warnings(report) == []
    assert report.spec.expect is not None
    assert re.search(r"\b(19|20)\d\d\b", report.spec.description), "a source has a year"
    assert report.name == name


@pytest.mark.parametrize(
    ("name", "params", "trainable", "macs"),
    [
        ("lenet5", 61_706, 61_706, 416_520),
        ("alexnet", 61_100_840, 61_100_840, 714_188_480),
        ("vgg16", 138_357_544, 138_357_544, 15_470_264_320),
        ("resnet50", 25_636_712, 25_583_592, 3_857_973_248),
        ("resnet50_torchvision", 25_610_152, 25_557_032, 4_089_184_256),
        ("mobilenet_v1", 4_253_864, 4_231_976, 568_740_352),
        ("mobilenet_v2", 3_538_984, 3_504_872, 300_774_272),
        ("densenet121", 8_062_504, 7_978_856, 2_834_161_664),
        ("inception_v3", 23_851_784, 23_817_352, 5_713_216_096),
        ("xception", 22_910_480, 22_855_952, 8_357_403_496),
        ("efficientnet_b0", 5_330_571, 5_288_548, 385_814_752),
    ],
)
def test_published_counts_come_out(name: str, params: int, trainable: int, macs: int) -> None:
    report = opened(name)
    assert (report.params, report.trainable, report.macs) == (params, trainable, macs)


@pytest.mark.parametrize("name", [name for name in SPECS if params_of(name) < MOST_PARAMS])
def test_a_forward_pass_agrees(name: str) -> None:
    report = with_values(name, SMALL.get(name, {}))
    run = run_model(report, sample_inputs(report, "random", batch=1))
    assert run.diagnostics == []
    assert run.agrees
    assert all(np.isfinite(array).all() for array in run.outputs.values())


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_forward_pass_of_full_size_agrees(name: str) -> None:
    report = opened(name)
    assert run_model(report, sample_inputs(report, "random", batch=1)).agrees


def test_the_figures_of_the_unet_paper() -> None:
    rows = {row.name: str(row.shapes[0]) for row in opened("unet").rows}
    assert [rows[name] for name in ("down/0", "down/3", "convs", "up", "up_3", "conv2d")] == [
        "(None, 284, 284, 64)", "(None, 32, 32, 512)", "(None, 28, 28, 1024)", "(None, 52, 52, 512)",
        "(None, 388, 388, 64)", "(None, 388, 388, 2)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("depth", "trainable", "macs"),
    [(50, 25_557_032, 4_089_184_256), (101, 44_549_160, 7_801_405_440), (152, 60_192_808, 11_513_626_624)],
)
def test_residual_networks_of_torchvision(depth: int, trainable: int, macs: int) -> None:
    report = with_values("resnet50_torchvision", {"depth": depth})
    assert (report.trainable, report.macs) == (trainable, macs)


@pytest.mark.parametrize(("width", "trainable"), [(0.25, 1_272_656), (0.5, 5_079_712)])
def test_backbones_of_yolov8(width: float, trainable: int) -> None:
    assert with_values("yolov8_backbone", {"width": width}).trainable == trainable


def test_a_wavenet_hears_as_far_back_as_its_dilations_reach() -> None:
    narrow = {"layers": 10, "channels": 4, "skip_channels": 4, "levels": 4, "T": 1026}
    report = with_values("wavenet", narrow)
    sound = sample_inputs(report, "random", batch=1)["input"]
    changed = sound.copy()
    changed[:, 0] += 100.0  # enough to be seen in float32 after ten gated layers
    before, after = (run_model(report, {"input": array}).outputs["output"] for array in (sound, changed))
    differs = np.abs(before - after).max(axis=(0, 2)) > 0
    assert differs[1024]
    assert not differs[1025]


@cache
def applications() -> dict[str, dict[str, Any]]:
    """What Keras says of the networks that it has too."""
    found: dict[str, dict[str, Any]] = json.loads((DATA / "applications.json").read_text())["applications"]
    return found


@pytest.mark.parametrize("name", members())
def test_every_member_of_a_family_has_the_counts_of_keras(name: str) -> None:
    report, recorded = with_values(members()[name].spec, members()[name].values), applications()[name]
    assert (report.params, report.trainable) == (recorded["params"], recorded["trainable"])
    sizes = [None, *report.outputs["output"].shape[1:]]
    assert sizes == recorded["output"]


def logits_of(name: str) -> Array:
    """What comes out of a member in place of its softmax, for the picture and the weights that Keras was given."""
    member = members()[name]
    text = (MODELS / f"{member.spec}.yaml").read_text().replace("activation: softmax", "activation: linear")
    report = analyse(Library().parse(text, f"{member.spec}.yaml"), Settings(dict(member.values)))
    weights: dict[str, Array] = {}
    for row in report.rows:
        for path, one in row.weights:
            value = weight(path.rpartition("/")[2], one.shape, len(weights), RUN[name])  # type: ignore[arg-type]
            weights[f"{row.name}/{path}"] = value
    size = report.inputs["input"].shape[1]
    assert isinstance(size, int)
    run = run_model(report, {"input": picture(size)}, weights)
    assert run.diagnostics == []
    return run.outputs["output"]


@pytest.mark.parametrize("name", RUN)
def test_the_forward_pass_is_that_of_keras(name: str) -> None:
    with np.load(DATA / "applications.npz", allow_pickle=False) as archive:
        recorded = archive[name]
    assert recorded.shape == (1, 1000)
    np.testing.assert_allclose(logits_of(name), recorded, rtol=0, atol=TOLERANCE * np.abs(recorded).max())
