"""Hold random models against Keras on PyTorch: `python -m tests.training.compare --seed 1 --count 500`.

Needs keras and torch. Each model is written as a spec, built in Keras from the JSON that shapecalc writes of it, and
called once in training on inputs without a gradient; what it keeps is compared with what shapecalc says, to the byte.
Ends when so many models are equal, or at the first that differs, and says layer by layer what was kept. What Keras on
PyTorch cannot run, for all its shapes fit, is told and not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from shapecalc.analysis.report import Report
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.training.graph import train
from shapecalc.training.tape import Tape
from tests.training.measure import keras, np, torch  # which chooses the backend first
from tests.training.random_models import LAYERS, RandomModel

Kept = dict[str, list[tuple[str, int]]]
"""Of each layer by name, what it is the first to keep: a description and its bytes."""


class Watched:
    """What each layer of a model keeps while it is called once."""

    def __init__(self, model: keras.Model) -> None:
        # The storages themselves: memory that is given back might be that of something saved later.
        own = [variable.value.untyped_storage() for variable in model.variables]
        self.own = {storage.data_ptr(): storage for storage in own}
        self.storages: dict[int, Any] = {}
        self.kept: Kept = {}
        self.layer = ""

    def pack(self, tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self.storages and storage.data_ptr() not in self.own:
            described = f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')} of {_find_line()}"
            self.kept.setdefault(self.layer, []).append((described, int(storage.nbytes())))
        self.storages[storage.data_ptr()] = storage
        return tensor

    @contextmanager
    def watch(self, model: keras.Model) -> Iterator[None]:
        """Notes which layer of the model runs, and what is saved."""
        names = {layer.name for layer in model.operations}
        plain = {kind: kind.__call__ for kind in (keras.Layer, keras.Operation)}

        def make(called: Any) -> Any:
            def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
                outermost = self.layer == "" and operation.name in names
                self.layer = operation.name if outermost else self.layer
                try:
                    return called(operation, *args, **kwargs)
                finally:
                    self.layer = "" if outermost else self.layer

            return call

        for kind, called in plain.items():
            kind.__call__ = make(called)
        try:
            with torch.autograd.graph.saved_tensors_hooks(self.pack, lambda tensor: tensor):
                yield
        finally:
            for kind, called in plain.items():
                kind.__call__ = called


def _find_line() -> str:
    """The line of Keras that is the nearest to what is saved."""
    frames = [frame for frame in traceback.extract_stack() if "/keras/src/" in frame.filename]
    return f"{frames[-1].filename.partition('/keras/src/')[2]}:{frames[-1].lineno}: {frames[-1].line}"


def measure_model(model: keras.Model, report: Report, batch: int) -> Kept:
    """What each layer keeps as Keras runs it."""
    generator = np.random.default_rng(1)
    inputs = {}
    for name, tensor in report.inputs.items():
        shape = (batch, *tensor.shape[1:])
        if tensor.dtype == "int32":
            inputs[name] = torch.from_numpy(generator.integers(0, 11, shape).astype("int32"))
        else:
            inputs[name] = torch.from_numpy(generator.uniform(0.1, 0.9, shape).astype("float32"))
    watched = Watched(model)
    with watched.watch(model):
        model(inputs if len(inputs) > 1 else next(iter(inputs.values())), training=True)
    return watched.kept


def list_stated(tape: Tape) -> Kept:
    """What each layer keeps as shapecalc says."""
    kept: Kept = {}
    for step in tape.steps:
        for storage, name in step.saved.items():
            size = storage.bytes
            assert isinstance(size, int)
            described = f"{tuple(storage.factors)} {storage.dtype} {name}{' (a copy)' if storage.copied else ''}"
            kept.setdefault(step.path.replace("/", "_"), []).append((described, size))
    return kept


def describe(stated: Kept, kept: Kept) -> str:
    """Layer by layer, those that differ: what shapecalc says, and what Keras keeps."""
    lines = []
    for name in dict.fromkeys([*stated, *kept]):
        said, seen = stated.get(name, []), kept.get(name, [])
        if sorted(size for _, size in said) != sorted(size for _, size in seen):
            lines += [f"{name}:", *(f"  said {size:6} {what}" for what, size in said)]
            lines += [f"  seen {size:6} {what}" for what, size in seen]
    return "\n".join(lines)


class Compared(NamedTuple):
    """A random model with what is said of it and what Keras keeps."""

    model: RandomModel
    stated: Kept
    kept: Kept

    @property
    def totals(self) -> tuple[int, int]:
        """The bytes of both."""
        said, seen = (sum(size for entries in each.values() for _, size in entries) for each in self[1:])
        return said, seen

    @property
    def difference(self) -> str:
        """The model, and what differs layer by layer."""
        said, seen = self.totals
        head = f"seed {self.model.seed}, batch {self.model.batch}"
        sums = f"{said} bytes, Keras keeps {seen}"
        return "\n".join([head, self.model.text, sums, describe(self.stated, self.kept)])


class Refused(Exception):
    """Keras cannot be told of a model, or on PyTorch cannot run it, for all its shapes fit."""


def compare(seed: int, types: tuple[str, ...]) -> Compared:
    """The model of a seed, held against Keras. Raises Refused."""
    model = RandomModel(seed, types)
    report = model.report
    assert report.walk is not None
    try:
        stated = list_stated(train(report.walk, model.batch))
    except Exception as error:
        error.add_note(f"seed {seed}, batch {model.batch}\n{model.text}")
        raise
    try:
        text = keras_json(flatten(report))
        kept = measure_model(keras.models.model_from_json(text), report, model.batch)
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {str(error)[:300]}") from error
    return Compared(model, stated, kept)


def compare_many(seed: int, types: tuple[str, ...]) -> Iterator[Compared]:
    """The models of this seed and those after it; what Keras refuses is told and left out."""
    for each in count(seed):
        try:
            yield compare(each, types)
        except Refused as error:
            print(f"seed {each}: {error}", file=sys.stderr)


def record(models: Iterable[Compared]) -> None:
    """Keeps specs with the bytes that Keras keeps, for tests/training/test_random_models.py."""
    rows = [
        {"batch": each.model.batch, "bytes": each.totals[1], "spec": yaml.safe_load(each.model.text)} for each in models
    ]
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (Path(__file__).parent / "data" / "random_models.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--types", default="", help="only these, with commas between them")
    parser.add_argument("--without", default="", help="without these")
    parser.add_argument("--go-on", action="store_true", help="after a model that differs")
    parser.add_argument(
        "--record", action="store_true", help="keep the models for the tests, those of four layers and more"
    )
    given = parser.parse_args()
    types = tuple(given.types.split(",")) if given.types else tuple(LAYERS)
    types = tuple(kind for kind in types if kind not in given.without.split(","))
    warnings.simplefilter("ignore")
    compared = compare_many(given.seed, types)
    if given.record:
        record(islice((each for each in compared if len(each.model.entries) > 3), given.count))
        return 0
    equal = different = 0
    for each in compared:
        if each.totals[0] == each.totals[1]:
            equal += 1
        else:
            different += 1
            print(each.difference, flush=True)
        if equal == given.count or (different and not given.go_on):
            break
    print(f"{equal} equal, {different} different, up to seed {each.model.seed}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
