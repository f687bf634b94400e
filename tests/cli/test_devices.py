"""`shapecalc devices`, and `--device` of other commands."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from shapecalc.analysis.devices import DEVICES, GIB
from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]
SPEC = """\
name: reader
args: {units: 4096}
input: [T, 64]
layers:
  - LSTM: {units: $units, return_sequences: true}
  - Dense: {units: 8}
"""
DECODER = """\
name: decoder
inputs: {tokens: {shape: [T], dtype: int32}}
layers:
  - Embedding: {input_dim: 100, output_dim: 8, name: table}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: [table, table]
    call: {use_causal_mask: true}
  - Dense: {units: 100}
"""
PAGE = """\
t4: NVIDIA T4
  memory     16.0 GiB
  bandwidth  320 GB/s
  rates      of dense products
    float32            8.1 TFLOPS
    float16             65 TFLOPS
    int8               130 TFLOPS
  source     NVIDIA, data sheet of the T4
"""


def test_all_devices_are_listed(shapecalc: Command) -> None:
    code, out, err = shapecalc("devices")
    assert (code, err) == (0, "")
    assert "│ h100-80g      │ NVIDIA H100 80GB SXM" in out
    assert all(f"│ {name} " in out for name in DEVICES)
    markdown = shapecalc("devices", "--output-format", "markdown").out
    assert "| t4 | NVIDIA T4 | 16.0 GiB | 320 GB/s | 8.1 | - | - |\n" in markdown


def test_one_device(shapecalc: Command) -> None:
    assert shapecalc("devices", "T4") == (0, PAGE, "")


def test_devices_for_scripts(shapecalc: Command) -> None:
    data = json.loads(shapecalc("devices", "--output-format", "json").out)
    assert [device["name"] for device in data["devices"]] == list(DEVICES)
    assert data["devices"][0]["rates"]["bfloat16"] == 312 * 10**12
    header, *rows = csv.reader(io.StringIO(shapecalc("devices", "--output-format", "csv").out))
    assert header[:4] == ["name", "device", "memory", "bandwidth"]
    assert [row[0] for row in rows] == list(DEVICES)
    (only,) = json.loads(shapecalc("devices", "t4", "--output-format", "json").out)["devices"]
    assert (only["memory"], only["source"]) == (16 * GIB, "NVIDIA, data sheet of the T4")


def test_a_device_that_is_not_known(shapecalc: Command) -> None:
    for words in (("devices", "h100"), ("summary", "-", "--device", "h100"), ("sweep", "-", "--device", "h100")):
        code, out, err = shapecalc(*words, stdin=SPEC)
        assert (code, out) == (2, "")
        name = "DEVICE" if words[0] == "devices" else "--device"
        message = f"{name}: there is no device `h100`; it is one of h100-80g, h100-nvl, h100-pcie"
        assert err.startswith(f"error[SC608] {message}")


def lines_of(shapecalc: Command, *options: str, text: str = SPEC) -> tuple[int, list[str], str]:
    code, out, err = shapecalc("summary", "-", *options, stdin=text)
    return code, [line.strip() for line in out.splitlines()], err


def test_a_model_that_fits(shapecalc: Command) -> None:
    code, lines, err = lines_of(shapecalc, "--device", "t4", "--set", "T=100", "--batch", "32")
    assert (code, err) == (0, "")
    assert "Device: NVIDIA T4, 16.0 GiB, 320 GB/s, 8.1 TFLOPS in float32" in lines
    assert "Fits: 311.0 MiB of 16.0 GiB, inference, batch 32" in lines
    (time,) = (line for line in lines if line.startswith("Time: at least"))
    assert time == (
        "Time: at least 54.0 ms for a forward pass, layer by layer, 53.9 ms bound by compute, 165 µs by memory; "
        "53.9 ms however it is fused"
    )
    notes = [line for line in lines if line.startswith(("Device: GB of data sheets", "Time: a lower bound."))]
    assert len(notes) == 2


def test_a_model_that_does_not_fit_is_a_finding(shapecalc: Command) -> None:
    options = ("--device", "t4", "--set", "T=1000", "--batch", "1024", "--training", "adam")
    code, lines, err = lines_of(shapecalc, *options)
    assert code == 1
    (verdict,) = (line for line in lines if line.startswith("Does not fit"))
    assert verdict.endswith(" too much, training with adam, batch 1024")
    assert err.startswith("<stdin>:4:1: error[SC512] ")
    assert " of memory in training with adam: " in err
    assert " over the 16.0 GiB of t4\n" in err
    assert err.endswith("= help: set a smaller batch or size, or take another device: `shapecalc devices` lists them\n")


def test_formulas_fit_up_to_a_value(shapecalc: Command) -> None:
    code, lines, err = lines_of(shapecalc, "--device", "t4", "--batch", "32")
    assert (code, err) == (0, "")
    (verdict,) = (line for line in lines if line.startswith("Fits up to T = "))
    value = int(verdict.removeprefix("Fits up to T = ").partition(":")[0].replace(",", ""))
    assert lines_of(shapecalc, "--device", "t4", "--batch", "32", "--set", f"T={value}")[0] == 0
    assert lines_of(shapecalc, "--device", "t4", "--batch", "32", "--set", f"T={value + 1}")[0] == 1
    assert any(line.startswith("Time: at least max(") for line in lines)


def test_what_fits_with_no_value_is_a_finding(shapecalc: Command) -> None:
    code, lines, err = lines_of(shapecalc, "--device", "t4", "--set", "units=100000")
    assert code == 1
    assert any(line.startswith("Does not fit: ") for line in lines)
    assert err.startswith("<stdin>:4:1: error[SC512] whatever `T` is, the 16.0 GiB of t4 are exceeded\n")


def test_columns_of_time(shapecalc: Command) -> None:
    options = ("--device", "t4", "--set", "T=100", "--columns", "time,bound", "--sort", "time%")
    _, lines, _ = lines_of(shapecalc, *options)
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert [row[0] for row in rows] == ["lstm (LSTM)", "dense (Dense)"]
    assert [row[-2] for row in rows] == ["compute", "memory"]
    _, out, _ = shapecalc("summary", "-", *options, "--output-format", "json", stdin=SPEC)
    (model,) = json.loads(out)["models"]
    assert model["device"]["name"] == "t4"
    assert model["device"]["fits"] is True
    times = [layer["time"] for layer in model["layers"]]
    assert sum(times) == pytest.approx(model["device"]["time"])
    assert [layer["bound"] for layer in model["layers"]] == ["compute", "memory", ""]
    header, *cells = csv.reader(
        io.StringIO(shapecalc("summary", "-", *options, "--output-format", "csv", stdin=SPEC).out)
    )
    assert header[-3:] == ["time", "bound", "time%"]
    assert [float(row[-3]) for row in cells] == times
    symbolic = shapecalc("summary", "-", "--device", "t4", "--columns", "time,bound", stdin=SPEC).out
    assert "max(136314880*T / 8.1e12, " in symbolic
    mixed = SPEC + "  - GlobalAveragePooling1D\n  - Dense: {units: 4, name: head}\n"
    shared = lines_of(shapecalc, "--device", "t4", "--columns", "time%", "--sort", "time", text=mixed)[1]
    assert [line.strip("│").split("│")[0].strip() for line in shared if line.startswith("│")] == [
        "lstm (LSTM)", "dense (Dense)", "global_average_pooling1d (GlobalAveragePooling1D)", "head (Dense)",
    ]  # fmt: skip
    assert sum("│ depends │" in line for line in shared) == 4


def test_columns_of_time_need_a_device(shapecalc: Command) -> None:
    for options in (("--columns", "macs,time"), ("--sort", "bound"), ("--columns", "time%")):
        code, _, err = lines_of(shapecalc, *options)
        name = options[1].rpartition(",")[2]
        assert (code, err.split("\n")[0]) == (
            2,
            f"error[SC608] `{name}` is of a device: name one, `--device h100-80g`",
        )


def test_values_are_held_against_a_device(shapecalc: Command) -> None:
    options = ("--device", "t4", "--set", "T=1000", "--batch", "1,1024", "--training", "adam")
    code, lines, err = lines_of(shapecalc, *options)
    assert (code, err) == (0, "")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert [(row[0], row[-3]) for row in rows] == [("1", "yes"), ("1024", "no")]
    _, out, _ = shapecalc("summary", "-", *options, "--output-format", "json", stdin=SPEC)
    (model,) = json.loads(out)["models"]
    assert [value["device"]["fits"] for value in model["values"]] == [True, False]
    symbolic = lines_of(shapecalc, "--device", "t4", "--batch", "1,2")[1]
    assert sum("up to T = " in line for line in symbolic) == 2
    tokens = lines_of(shapecalc, "--device", "t4", "--batch", "1,2", "--kv-cache", text=DECODER)[1]
    assert any("Tokens that fit" in line for line in tokens)


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("--set", "T=8"), "fits t4"),
        (("--set", "T=1000", "--batch", "1024", "--training", "adam"), "does not fit t4"),
        (("--set", "units=100000"), "does not fit t4"),
        (("--set", "T=8,9", "--batch", "1"), "fits t4"),
    ],
)
def test_a_line_has_the_verdict(shapecalc: Command, options: tuple[str, ...], verdict: str) -> None:
    out = shapecalc("summary", "-", "--device", "t4", "--output-format", "concise", *options, stdin=SPEC).out
    assert all(line.endswith(f", {verdict}") for line in out.splitlines())
    assert out.count(verdict) == (2 if "T=8,9" in options else 1)


def test_the_cache_of_a_decoder(shapecalc: Command) -> None:
    options = ("--device", "t4", "--kv-cache", "--set", "T=1000")
    code, lines, _ = lines_of(shapecalc, *options, text=DECODER)
    assert code == 0
    assert (
        "Fits: 70.3 KiB of 16.0 GiB, token by token, batch 1: weights 7.8 KiB, cache 62.5 KiB of 1,000 tokens" in lines
    )
    assert "Tokens that fit: 268,435,331 beside the weights" in lines
    assert any(line.startswith("Tokens a second: at most ") for line in lines)
    _, out, _ = shapecalc("summary", "-", *options, "--output-format", "json", stdin=DECODER)
    device = json.loads(out)["models"][0]["device"]
    assert (device["tokens"], device["tokens_that_fit"]) == (1000, 268435331)
    assert device["needed"] == 64 * 1000 + 4 * (800 + 288 + 900)


def test_llama_3_8b_on_a_card_of_24_gib(shapecalc: Command) -> None:
    file = str(ROOT / "specs" / "models" / "llama_3_8b.yaml")
    options = ("--set", "T=32768", "--kv-cache", "--device", "rtx-4090")
    code, out, _ = shapecalc("summary", file, *options, "--dtype", "bfloat16")
    assert code == 0
    assert (
        " Fits: 19.0 GiB of 24.0 GiB, token by token, batch 1: weights 15.0 GiB, cache 4.0 GiB of 32,768 tokens\n"
        in out
    )
    code, out, err = shapecalc("summary", file, *options)
    assert code == 1
    assert " Does not fit: 37.9 GiB of 24.0 GiB, 13.9 GiB too much, token by token, batch 1" in out
    assert "error[SC512] 37.9 GiB of memory: 13.9 GiB over the 24.0 GiB of rtx-4090" in err


def test_a_device_is_the_limit_of_solve(shapecalc: Command) -> None:
    question = ("solve", "-", "--for", "batch", "--set", "T=100", "--training", "adam")
    device = shapecalc(*question, "--device", "t4", stdin=SPEC)
    amount = shapecalc(*question, "--max-memory", "16GiB", stdin=SPEC)
    assert device == amount
    assert device.code == 0
    less = shapecalc(*question, "--device", "t4", "--max-memory", "8GiB", stdin=SPEC)
    assert less == shapecalc(*question, "--max-memory", "8GiB", stdin=SPEC)


def test_a_sweep_keeps_what_fits(shapecalc: Command) -> None:
    options = ("sweep", "-", "--set", "T=100", "--batch", "1..40000:1000", "--training", "adam", "--device", "t4")
    header, *rows = csv.reader(io.StringIO(shapecalc(*options, stdin=SPEC).out))
    assert header[-1] == "memory"
    assert 0 < len(rows) < 40
    assert all(int(row[-1]) <= 16 * GIB for row in rows)
    solved = shapecalc(
        "solve", "-", "--for", "batch", "--set", "T=100", "--training", "adam", "--device", "t4", stdin=SPEC
    )
    most = int(solved.out.partition("batch = ")[2].split()[0])
    assert [int(row[1]) for row in rows] == [batch for batch in range(1, 40001, 1000) if batch <= most]


def test_a_dtype_in_place_of_the_model_s(shapecalc: Command) -> None:
    def weights(*options: str, text: str = SPEC) -> int:
        out = shapecalc("summary", "-", "--output-format", "json", *options, stdin=text).out
        return int(json.loads(out)["models"][0]["totals"]["weights_bytes"])

    full = weights()
    assert weights("--dtype", "bfloat16") == full // 2
    assert weights("--dtype", "mixed_bfloat16") == full
    assert weights("--dtype", "float32", text="dtype: float16\n" + SPEC) == full
    argument = SPEC.replace("args: {", "dtype: $dtype\nargs: {dtype: float32, ")
    assert weights("--dtype", "float16", text=argument) == full // 2
    assert weights("--dtype", "float16", "--set", "dtype=float64", text=argument) == full // 2
    solved = [
        shapecalc("solve", "-", "--for", "units", "--max-weights", "1MiB", *more, stdin=SPEC).out
        for more in ((), ("--dtype", "float16"), ("--dtype", "mixed_float16"))
    ]
    assert solved[0] == solved[2] != solved[1]
    rows = [
        shapecalc("sweep", "-", "--set", "units=8", *more, stdin=SPEC).out.split("\n")[1].split(",")
        for more in ((), ("--dtype", "float16"))
    ]
    assert int(rows[0][4]) == 2 * int(rows[1][4])
    own = SPEC.replace("units: 8}", "units: 8, dtype: float32}").replace("true}", "true, dtype: float32}")
    code, _, err = shapecalc("summary", "-", "--dtype", "float16", stdin=own)
    assert (code, err) == (
        1,
        "error[SC210] --dtype: no layer takes `float16`, for each has a dtype of its own\n  = help: leave it out\n",
    )
    code, _, err = shapecalc("summary", "-", "--dtype", "bf16", stdin=SPEC)
    assert (code, err.split("\n")[0]) == (
        2,
        "error[SC608] --dtype: there is no dtype `bf16`; did you mean `bfloat16`?",
    )


def test_a_device_of_the_settings(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "shapecalc.toml").write_text('device = "t4"\ndtype = "float16"\n')
    _, lines, _ = lines_of(shapecalc, "--set", "T=8")
    assert "Device: NVIDIA T4, 16.0 GiB, 320 GB/s, 65 TFLOPS in float16" in lines
    assert shapecalc("solve", "-", "--for", "batch", "--set", "T=8", stdin=SPEC).code == 0
    (tmp_path / "shapecalc.toml").write_text('device = "rtx-4080"\n')
    code, _, err = lines_of(shapecalc)
    assert (code, err.split("\n")[0]) == (
        2,
        "shapecalc.toml:1:1: error[SC608] `device`: there is no device `rtx-4080`; did you mean `rtx-4090`?",
    )
