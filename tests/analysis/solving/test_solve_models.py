"""On every published model, and for every name that may be asked for, `solve` answers what trying all values gives."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from shapecalc.analysis.measured import measure
from shapecalc.analysis.names import list_settings
from shapecalc.analysis.solving.question import BATCH, Question
from shapecalc.analysis.solving.solve import solve
from shapecalc.diagnostics import Fault
from shapecalc.model.load import Library
from shapecalc.model.spec import ModelSpec
from shapecalc.training.peak import Training

MODELS = sorted((Path(__file__).parents[3] / "specs" / "models").glob("*.yaml"))
AROUND = 4
"""Values on each side of the default that are tried one by one."""
TRAINED = ("alexnet", "lenet5", "mobilenet_v1", "unet", "vgg16")
"""Models whose largest batch in training is asked for; the long test has all, and every name."""
SIZES = (8, 32, 64)
"""Numbers for sizes that have only a name; the first that makes a sound model is taken."""


def list_questions(file: Path) -> Iterator[tuple[str, int]]:
    """The names of whole numbers that a model has, each with its default."""
    spec = Library().open(str(file))
    yield BATCH, 8
    for setting in list_settings(spec):
        default = setting.default or ("" if not setting.is_size else str(SIZES[0]))
        if default.isdigit() and int(default) > 0:
            yield setting.name, int(default)


CASES = [(file, name, default) for file in MODELS for name, default in list_questions(file)]


def choose_sizes(spec: ModelSpec) -> dict[str, int]:
    """A number for every size, with which the model is sound."""
    names = [setting.name for setting in list_settings(spec) if setting.is_size]
    for size in SIZES:
        try:
            measure(spec, dict.fromkeys(names, size), 1, ())
        except Fault:
            continue
        return dict.fromkeys(names, size)
    raise AssertionError(f"no size makes {spec.name} sound")


def count(question: Question, value: int) -> int | None:
    """The limited quantity at a value; None where it makes no sound model."""
    try:
        measured = measure(question.spec, *question.put_in(value), question.limits, question.training)
    except Fault:
        return None
    return max(size for sizes in measured.quantities.values() for size in sizes if isinstance(size, int))


IDS = [f"{file.stem}-{name}" for file, name, _ in CASES]


@pytest.mark.parametrize(("file", "name", "default"), CASES, ids=IDS)
def test_the_answer_is_that_of_trying_all(file: Path, name: str, default: int) -> None:
    training = Training("adam") if name == BATCH and file.stem in TRAINED else None
    compare_with_trying_all(file, name, default, training)


@pytest.mark.long
@pytest.mark.parametrize(("file", "name", "default"), CASES, ids=IDS)
def test_the_answer_in_training_is_that_of_trying_all(file: Path, name: str, default: int) -> None:
    compare_with_trying_all(file, name, default, Training("adam"))


def compare_with_trying_all(file: Path, name: str, default: int, training: Training | None) -> None:
    """Asks for a value near the default, and in training or of sizes for one without a bound too."""
    spec = Library().open(str(file))
    values = {key: size for key, size in choose_sizes(spec).items() if key != name}
    quantity = "params" if name in ("vocabulary", "classes", "depth") and training is None else "memory"
    question = Question(spec, name, {quantity: Fraction(0)}, values, None, max(1, default - AROUND), None, training)
    counts = {value: count(question, value) for value in range(question.least, default + AROUND + 1)}
    limit = counts[default]
    assert limit is not None
    fitting = [value for value, size in counts.items() if size is not None and size <= limit]
    question = question._replace(limits={quantity: Fraction(limit)}, most=default + AROUND)
    assert solve(question).value == max(fitting)
    if name in (BATCH, "T"):
        answer = solve(question._replace(most=None)).value
        assert answer >= max(fitting)
        sizes = [count(question, value) for value in range(answer, answer + AROUND + 1)]
        assert sizes[0] is not None
        assert sizes[0] <= limit
        assert not [size for size in sizes[1:] if size is not None and size <= limit]
