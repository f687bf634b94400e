"""Golden cases crossed and changed at random, answered by Keras and by shapecalc: `vary.py SEED COUNT [FAMILY...]`.

Prints every case that the two answer differently, COUNT tries a type. Needs what record.py needs, and pytest.
Nothing is recorded: what turns out to be a fault of ours becomes a case in `cases/`.
"""

from __future__ import annotations

import copy
import gc
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.golden import test_golden as golden
from tests.golden.cases import Case, families, load
from tests.golden.record import Outputs, Record, record_case


def varied(cases: list[Case], chance: random.Random) -> Case:
    """The inputs of one case with the arguments of two, and something of each changed."""
    one, other = chance.choice(cases), chance.choice(cases)
    config = {name: value for name, value in one["config"].items() if name in other["config"] or chance.random() < 0.8}
    config |= {name: value for name, value in other["config"].items() if chance.random() < 0.5}
    kept = {name: value for name, value in one.items() if name not in ("config", "error")}
    return {**copy.deepcopy(kept), "config": changed(config, chance), "inputs": resized(one["inputs"], chance)}


def changed(config: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same arguments, or with one of them another way round, one more or less, or left out."""
    found = copy.deepcopy(config)
    if not found or chance.random() < 0.6:
        return found
    name = chance.choice(list(found))
    value, step = found[name], chance.choice((-1, 1))
    if isinstance(value, bool):
        found[name] = not value
    elif isinstance(value, int):
        found[name] = value + step
    elif isinstance(value, list) and value and all(type(item) is int for item in value):
        found[name][chance.randrange(len(value))] += step
    else:
        del found[name]
    return found


def resized(inputs: Any, chance: random.Random) -> Any:
    """The same inputs, or with one size changed, in all of them that have it there or in one."""
    found = copy.deepcopy(inputs)
    specs = [spec for spec in specs_of(found) if spec["shape"]]
    if not specs or chance.random() < 0.5:
        return found
    shape = list(chance.choice(specs)["shape"])
    axis = chance.randrange(len(shape))
    alike = [spec for spec in specs if len(spec["shape"]) == len(shape) and spec["shape"][axis] == shape[axis]]
    size = max(1, shape[axis] + chance.choice((-2, -1, 1, 2)))
    for spec in alike if chance.random() < 0.6 else alike[:1]:
        spec["shape"][axis] = size
    return found


def specs_of(inputs: Any) -> Iterator[dict[str, Any]]:
    """Every input spec with a shape in a nest of them."""
    if isinstance(inputs, dict) and "shape" in inputs:
        yield inputs
    elif isinstance(inputs, (dict, list)):
        for item in inputs.values() if isinstance(inputs, dict) else inputs:
            yield from specs_of(item)


def answered(kind: str, case: Case, key: str) -> tuple[Record, Outputs] | str:
    """What Keras records of a case, or how it refuses it."""
    values: Outputs = {}
    try:
        return record_case(kind, case, key, values), values
    except Exception as error:  # Keras and TensorFlow raise whatever the failing line happens to
        return f"{type(error).__name__}: {error}"


def differences(kind: str, case: Case) -> Iterator[tuple[str, str]]:
    """Where shapecalc answers another way, and how."""
    key = f"{kind}/0"
    theirs = answered(kind, case, key)
    if isinstance(theirs, str):
        try:
            golden.run_through(kind, case)
        except Exception:  # refused by both; in which words is for the other tests
            return
        yield "Keras refuses it", theirs
        return
    record, values = theirs
    checks: dict[str, Callable[[], None]] = {
        "rule": lambda: golden.rule_agrees(key, case, record),
        "unknown sizes": lambda: golden.unknowns_agree(key, case, record),
        "numbers": lambda: golden.forward_agrees(key, case, record, values),
    }
    for what, check in checks.items():
        try:
            check()
        except Exception as error:  # the finding itself
            yield what, f"{type(error).__name__}: {error}"


def main(seed: str = "0", count: str = "20", *names: str) -> None:
    gc.freeze()  # as in record.py: each case clears Keras's session, which collects garbage
    warnings.simplefilter("ignore")
    chance, found = random.Random(int(seed)), Counter[str]()
    for family in names or families():
        for kind, cases in load(family).CASES.items():
            for _ in range(int(count)):
                case = varied(cases, chance)
                found["cases"] += 1
                for what, how in differences(kind, case):
                    found[what] += 1
                    print(f"{kind} {case}\n    {what}: {' '.join(how.split())[:300]}", flush=True)
    print(", ".join(f"{number} {what}" for what, number in found.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
