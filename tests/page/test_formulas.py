"""The page's script evaluates formulas as Python does: both on random formulas, models and sizes."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.dims import Size, bind, ceil_div, floor_div, symbol, unknown
from shapecalc.inference.assumptions import list_relations
from shapecalc.model.load import Library
from shapecalc.page.formulas import Table
from shapecalc.page.live import make_live
from tests.training.random_models import RandomModel

SCRIPT = Path(__file__).parents[2] / "shapecalc" / "page" / "formulas.js"
NAMES = ("T", "units", "a b")
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="the script is run by node, which is not installed")

PROGRAM = f"""
const {{ Formulas }} = require({json.dumps(str(SCRIPT))});
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = cases.map((each) => {{
  const formulas = new Formulas(each.atoms);
  formulas.set(new Map(Object.entries(each.values).map(([name, value]) => [name, BigInt(value)])));
  const values = each.formulas.map((formula) => formulas.value(formula));
  return {{
    values: values.map((value) => (value === null ? null : String(value))),
    holds: each.relations.map((relation) => formulas.holds(relation)),
  }};
}});
process.stdout.write(JSON.stringify(answers));
"""


def evaluate(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the script gives for each case."""
    assert NODE is not None
    done = subprocess.run([NODE, "-e", PROGRAM], input=json.dumps(cases), capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def make_formula(chosen: random.Random, depth: int = 3) -> Size:
    """A random size of sums, products and quotients, none of them below 0."""
    if depth == 0 or chosen.random() < 0.2:
        leaves: list[Size] = [symbol(chosen.choice(NAMES)), chosen.randint(0, 9), 2**60 + 1]
        return chosen.choice(leaves)
    left, right = make_formula(chosen, depth - 1), make_formula(chosen, depth - 1)
    kind = chosen.choice(["+", "*", "floor", "ceil"])
    if kind == "+":
        return left + right
    if kind == "*":
        return left * right
    return (floor_div if kind == "floor" else ceil_div)(left, chosen.randint(1, 5))


@needs_node
def test_random_formulas() -> None:
    chosen = random.Random(1)
    cases, wanted = [], []
    for _ in range(300):
        table = Table()
        sizes = [make_formula(chosen) for _ in range(4)]
        sizes.append(sizes[0] - sizes[1])
        values = {name: chosen.randint(1, 50) for name in NAMES}
        formulas = [table.write(size) for size in sizes]
        cases.append({"atoms": table.atoms, "values": values, "formulas": formulas, "relations": []})
        wanted.append([str(bind(size, values)) for size in sizes])
    assert [answer["values"] for answer in evaluate(cases)] == wanted


@needs_node
def test_random_models() -> None:
    chosen = random.Random(2)
    cases: list[dict[str, Any]] = []
    wanted = []
    for seed in range(40):
        live = make_live(Library().parse(RandomModel(seed).text, "model.yaml"), Settings())
        table = Table()
        rows = live.report.rows
        sizes = [
            size for row in rows for size in (row.params, row.macs, *(axis for shape in row.shapes for axis in shape))
        ]
        relations = [relation for row in rows for relation in list_relations(row.inferred)]
        values = {control.name: control.value + chosen.choice([0, 0, 1, 3]) for control in live.controls}
        cases.append({
            "atoms": table.atoms,
            "values": values,
            "formulas": [table.write(size) for size in sizes],
            "relations": [
                {"op": relation.op, "sides": [table.write(relation.left), table.write(relation.right)]}
                for relation in relations
            ],
        })  # fmt: skip
        holds = [relation.holds(values) is not False for relation in relations]
        wanted.append({"values": [str(bind(size, values)) for size in sizes], "holds": holds})
    assert sum(len(case["formulas"]) for case in cases) > 500
    assert evaluate(cases) == wanted


def test_what_is_unknown_is_null() -> None:
    table = Table()
    assert table.write(unknown() * 2 + symbol("T")) is None
    assert table.write(floor_div(unknown() + 1, 2)) is None
    assert table.write(2**60) == str(2**60)
    assert table.write(7) == 7
