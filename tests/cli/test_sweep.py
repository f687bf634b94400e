"""`shapecalc sweep`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from shapecalc.analysis.measured import QUANTITIES
from shapecalc.cli import sweep
from tests.cli.conftest import Command

SPEC = """\
args: {units: 64, depth: 2, act: relu}
input: [T, 3]
layers:
  - LSTM: {units: $units, return_sequences: true}
    repeat: $depth
  - Conv1D: {filters: 1, kernel_size: 3, activation: $act}
"""


@pytest.fixture
def reader(tmp_path: Path) -> str:
    (tmp_path / "reader.yaml").write_text(SPEC)
    return "reader.yaml"


FOOTER = (
    "MACs count matrix products and convolutions, per sample; biases, activations and lookups are left out.\n"
    "Activations: the bytes of a layer's outputs, of a block all its layers', for one sample where the batch size is "
    "unknown.\n"
    " Peak: outputs alive at once when layers run from top to bottom and each output goes after its last use; inputs "
    "count,\n"
    " those of a block stay until it ends, the layer that runs has its workspace.\n"
    "Workspace: what a layer holds only while it runs: the scores (batch, heads, query, key) of attention,\n"
    " unless it returns them or `flash_attention` is true.\n"
    "Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.\n"
)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_formulas_and_graphs(shapecalc: Command, reader: str) -> None:
    options = ("--set", "units=1..3:2", "--set", "depth=1,2", "--set", "T=4,8")
    assert shapecalc("sweep", reader, *options) == (
        0,
        "units,depth,T,params,trainable,macs,weights_bytes,peak_activation\n"
        "1,1,4,24,24,70,96,64\n"
        "1,1,8,24,24,146,96,128\n"
        "3,1,4,94,94,306,376,96\n"
        "3,1,8,94,94,630,376,192\n"
        "1,2,4,36,36,102,144,64\n"
        "1,2,8,36,36,210,144,128\n"
        "3,2,4,178,178,594,712,96\n"
        "3,2,8,178,178,1206,712,192\n",
        FOOTER,
    )


def test_a_file_is_written_whole(shapecalc: Command, reader: str, tmp_path: Path) -> None:
    options = ("--set", "units=1..9", "--set", "T=5")
    assert shapecalc("sweep", reader, *options, "--out", "table.csv") == (0, "", FOOTER)
    assert (tmp_path / "table.csv").read_text() == shapecalc("sweep", reader, *options).out
    code, out, err = shapecalc("sweep", reader, *options, "--out", "no/table.csv")
    assert (code, out) == (2, "")
    assert err == "error[SC607] cannot write no/table.csv: No such file or directory\n"


def test_nothing_is_left_of_a_file_that_fails(shapecalc: Command, reader: str, tmp_path: Path) -> None:
    code, _, err = shapecalc("sweep", reader, "--set", "act=relu,tanh", "--pareto", "act", "--out", "table.csv")
    assert (code, err.split("\n")[0]) == (2, "error[SC608] --pareto: `act` is not a number everywhere")
    assert [path.name for path in tmp_path.iterdir()] == ["reader.yaml"]


def test_rows_that_meet_conditions(shapecalc: Command, reader: str) -> None:
    options = ("--set", "units=1..200", "--set", "T=3..9", "--where", "params <= 0.5K", "--where", "T >= 9")
    found = rows(shapecalc("sweep", reader, *options).out)[1:]
    assert [(row[0], row[1], row[2]) for row in found] == [
        (str(units), "9", str(4 * units * (3 + units + 1) + 4 * units * (2 * units + 1) + 3 * units + 1))
        for units in range(1, 6)
    ]


def test_a_pareto_front(shapecalc: Command, reader: str) -> None:
    options = ("--set", "units=1..50", "--set", "T=3..9", "--set", "depth=1,2", "--pareto", "units:max,T:max,depth:max")
    assert [row[:3] for row in rows(shapecalc("sweep", reader, *options).out)[1:]] == [["50", "9", "2"]]
    fewer = ("--set", "units=5,1,3", "--set", "T=3,9", "--pareto", "params,units:max")
    assert [row[:2] for row in rows(shapecalc("sweep", reader, *fewer).out)[1:]] == [
        ["5", "3"], ["5", "9"], ["1", "3"], ["1", "9"], ["3", "3"], ["3", "9"],
    ]  # fmt: skip


def test_text_and_what_is_not_to_be_had(shapecalc: Command, reader: str) -> None:
    assert shapecalc("sweep", reader, "--set", "act=relu,tanh").out == (
        "act,params,trainable,macs,weights_bytes,peak_activation\n"
        "relu,50625,50625,,202500,\n"
        "tanh,50625,50625,,202500,\n"
    )


def test_lists_are_values(shapecalc: Command) -> None:
    text = "args: {hidden: [1]}\ninput: [2]\nlayers: [{Dense: {units: $h}, repeat: {h: $hidden}}]\n"
    options = ("--set", "hidden=[4, 5]")
    assert shapecalc("sweep", "-", *options, stdin=text).out == (
        'hidden,params,trainable,macs,weights_bytes,peak_activation\n"[4, 5]",37,37,28,148,36\n'
    )


def test_training_over_batches(shapecalc: Command, reader: str) -> None:
    options = ("--set", "units=4,8", "--set", "T=8", "--set", "depth=1,2", "--training", "adam")
    header, *found = rows(shapecalc("sweep", reader, *options, "--batch", "2..6:4").out)
    assert header[:4] == ["units", "T", "depth", "batch"]
    assert header[-1] == "memory"
    assert [row[:4] for row in found] == [
        [units, "8", depth, batch] for depth in "12" for units in "48" for batch in "26"
    ]
    for row in found:
        values = ("--set", f"units={row[0]}", "--set", "T=8", "--set", f"depth={row[2]}", "--batch", row[3])
        _, out, _ = shapecalc("summary", reader, *values, "--training", "adam", "--output-format", "json")
        (model,) = json.loads(out)["models"]
        assert (int(row[-1]), int(row[-2])) == (model["memory"]["peak"], model["memory"]["peak_activation"])
        assert (int(row[4]), int(row[6])) == (model["totals"]["params"], model["totals"]["macs"])


def test_more_is_measured(shapecalc: Command, reader: str) -> None:
    options = ("--set", "T=8", "--set", "units=4", "--batch", "3", "--measure", "Memory,flops,activations,kv_cache")
    header, row = rows(shapecalc("sweep", reader, *options).out)
    assert header[2:] == [*QUANTITIES, "memory", "flops", "activations", "kv_cache"]
    data = dict(zip(header, map(int, row), strict=True))
    _, out, _ = shapecalc("summary", reader, *options[:6], "--columns", "memory", "--output-format", "json")
    (model,) = json.loads(out)["models"]
    assert data["memory"] == model["memory"]["peak"]
    assert data["activations"] == model["memory"]["activations"]
    assert data["flops"] == 2 * model["totals"]["macs"]
    assert data["kv_cache"] == 0


def test_conditions_hold_for_memory_and_batch(shapecalc: Command, reader: str) -> None:
    options = ("--set", "T=8", "--batch", "1..2000", "--training", "adam", "--where", "memory <= 5MB")
    _header, *found = rows(shapecalc("sweep", reader, *options).out)
    solved = shapecalc("solve", reader, "--for", "batch", "--set", "T=8", "--training", "adam", "--max-memory", "5MB")
    assert f"batch = {found[-1][1]} is the largest" in solved.out


def test_the_same_notes_stand_below_tables_answers_and_grids(shapecalc: Command, reader: str) -> None:
    training = ("--set", "T=8", "--training", "adam")
    table = shapecalc("summary", reader, *training, "--columns", "macs").out.splitlines()
    values = shapecalc("summary", reader, *training[2:], "--set", "T=8,16").out.splitlines()
    limits = ("--max-macs", "1G", "--max-memory", "1GiB")
    answer = shapecalc("solve", reader, "--for", "units", *limits, *training).out.splitlines()
    grid = shapecalc("sweep", reader, "--set", "units=1", *training).err.splitlines()
    notes = [line.strip() for line in grid]
    assert notes[0].startswith("MACs count")
    assert any(note.startswith("Training: ") for note in notes)
    for lines in (table, values, answer):
        assert [line.strip() for line in lines][-len(notes) :] == notes


def test_combinations_that_make_no_model(shapecalc: Command, reader: str) -> None:
    code, out, err = shapecalc("sweep", reader, "--set", "T=1..4", "--set", "units=1,2")
    assert (code, [row[:2] for row in rows(out)[1:]]) == (0, [["3", "1"], ["3", "2"], ["4", "1"], ["4", "2"]])
    assert err == FOOTER + (
        "warning[SC508] 4 of 8 combinations make no sound model and are left out\n"
        "  = note: the first is T = 1, units = 1: conv1d: kernel of 3 does not fit an input of 1\n"
    )


def test_no_combination_makes_a_model(shapecalc: Command, reader: str) -> None:
    code, out, err = shapecalc("sweep", reader, "--set", "act=relv,tanhh")
    assert (code, out) == (1, "act,params,trainable,macs,weights_bytes,peak_activation\n")
    assert err.startswith(
        "reader.yaml:6:54: error[SC204] `activation` of Conv1D must be the name of a Keras activation"
    )


def test_processes_give_the_same_rows(shapecalc: Command, reader: str) -> None:
    options = ("--set", "depth=1..40", "--set", "units=1..5", "--set", "T=2..4")
    assert shapecalc("sweep", reader, *options, "--jobs", "2") == shapecalc("sweep", reader, *options, "--jobs", "1")


def test_blocks_of_other_files_reach_the_processes(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "block.yaml").write_text("args: {n: 2}\nlayers: [{Dense: {units: $n}}]\ninput: [d]\n")
    (tmp_path / "model.yaml").write_text(
        "args: {n: 2, depth: 1}\nblocks: {B: {file: block.yaml}}\ninput: [4]\nlayers: [{B: {n: $n}, repeat: $depth}]\n"
    )
    options = ("--set", "depth=1..40", "--set", "n=1..3", "--jobs", "2")
    found = rows(shapecalc("sweep", "model.yaml", *options).out)
    assert found[-1] == ["40", "3", str(15 + 39 * 12), str(15 + 39 * 12), str(12 + 39 * 9), "1932", "28"]


def test_standard_input(shapecalc: Command) -> None:
    assert shapecalc("sweep", "-", "--set", "depth=1,2", "--jobs", "2", stdin=SPEC).out == (
        "depth,params,trainable,macs,weights_bytes,peak_activation\n1,17601,17601,,70404,\n2,50625,50625,,202500,\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "sweep needs values: `--set units=1..512`, or `--batch 8,16,32`"),
        (("--batch", "8"), "sweep needs values: `--set units=1..512`, or `--batch 8,16,32`"),
        (("--batch", "8,x"), "--batch must be a whole number of at least 1, got `x`"),
        (("--batch", "0..4"), "--batch must be a whole number of at least 1, got `0..4`"),
        (("--batch", "8,16", "--set", "batch=1,2"), "--set and --batch both give `batch` values"),
        (("--set", "memory=1,2", "--training", "sgd"), "--set: `memory` is a column of the result"),
        (("--set", "units=1", "--measure", "memry"), "--measure: there is no quantity `memry`; did you mean `memory`?"),
        (
            ("--set", "units=1", "--measure", ","),
            "--measure: no quantity is named; for example `--measure flops,activations`",
        ),
        (("--set", "units"), "--set takes NAME=VALUE, got `units`"),
        (("--set", "units=1", "--set", "units=2"), "--set gives `units` twice"),
        (("--set", "units=9..1"), "--set: `units` takes FIRST..LAST or FIRST..LAST:STEP, and `9..1` holds no values"),
        (("--set", "units=1..9:0"), "--set: `units` takes FIRST..LAST or FIRST..LAST:STEP, and `1..9:0` holds no"),
        (("--set", "units=1..99999999999"), "--set: `units` has more than 10,000,000 values"),
        (("--set", "units=?"), "--set: `units` needs values, and `?` is not a value"),
        (("--set", "units=1,"), "--set `units`: the value is missing"),
        (("--set", "params=1"), "--set: `params` is a column of the result"),
        (("--set", "units=1", "--where", "x < 1"), "--where: there is no column `x`; the columns are units, params,"),
        (("--set", "units=1", "--pareto", "macz"), "--pareto: there is no column `macz`; did you mean `macs`?"),
    ],
)
def test_wrong_options(shapecalc: Command, reader: str, options: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("sweep", reader, *options)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}")


def test_a_name_that_is_not_there(shapecalc: Command, reader: str) -> None:
    code, _, err = shapecalc("sweep", reader, "--set", "unit=1..3")
    assert (code, err) == (
        1,
        "error[SC210] --set: the model has no argument or size `unit`\n  = help: did you mean `units`?\n",
    )


def test_too_many_points(shapecalc: Command, reader: str) -> None:
    code, out, err = shapecalc("sweep", reader, "--set", "units=1..9999", "--set", "T=1..9999")
    assert (code, out) == (1, "")
    assert err == (
        "error[SC602] the grid has 99,980,001 points, more than 20,000,000\n"
        "  = help: take fewer values, or larger steps: `a=1..512:8`\n"
    )


def test_without_the_package_of_dask(shapecalc: Command, reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    code, _, err = shapecalc("sweep", reader, "--set", "depth=1,2", "--dask", "localhost:1")
    assert (code, err) == (
        2,
        "error[SC608] --dask needs the package `distributed`\n"
        "  = help: install it with `pip install 'shapecalc-cli[dask]'`\n",
    )


@pytest.mark.long
def test_a_dask_cluster_gives_the_same_rows(shapecalc: Command, reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    options = ("--set", "depth=1..70", "--set", "units=1..5", "--set", "T=2..4")
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:  # type: ignore[no-untyped-call, unused-ignore]
        found = shapecalc("sweep", reader, *options, "--dask", cluster.scheduler_address)
    assert found == shapecalc("sweep", reader, *options, "--jobs", "1")
    monkeypatch.setattr(sweep, "_CONNECT", 0.2)
    code, _, err = shapecalc("sweep", reader, *options, "--dask", "tcp://127.0.0.1:1")
    assert code == 2
    assert err.startswith("error[SC608] --dask: no scheduler at tcp://127.0.0.1:1: ")
