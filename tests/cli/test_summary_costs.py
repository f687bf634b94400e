"""`shapecalc summary` at several values of a size, in training, with a decoder's cache, with masks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.model.load import Library
from shapecalc.render.summary_options import SummaryOptions
from shapecalc.render.values import Point, draw_bars
from tests.cli.conftest import Command

LSTM = "name: lstm\ninput: [T, 8]\nlayers:\n  - LSTM: {units: 4, return_sequences: true}\n  - Dense: {units: 3}\n"
CONVENTIONS = (
    " Activations: the bytes of a layer's outputs, of a block all its layers', for one sample where the batch size is "
    "unknown.\n"
    " Peak: outputs alive at once when layers run from top to bottom and each output goes after its last use; inputs "
    "count,\n"
    " those of a block stay until it ends, the layer that runs has its workspace.\n"
    " Workspace: what a layer holds only while it runs: the scores (batch, heads, query, key) of attention,\n"
    " unless it returns them or `flash_attention` is true.\n"
)
TABLE = """\
Model: "lstm"
┏━━━━┳━━━━━━━━┳━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃  T ┃ Params ┃  MACs ┃ Weights ┃ Activations ┃    Peak ┃ Output Shape  ┃
┡━━━━╇━━━━━━━━╇━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│  8 │    223 │ 1,632 │   892 B │       480 B │   384 B │ (None, 8, 3)  │
├────┼────────┼───────┼─────────┼─────────────┼─────────┼───────────────┤
│ 32 │    223 │ 6,528 │   892 B │     1.9 KiB │ 1.5 KiB │ (None, 32, 3) │
└────┴────────┴───────┴─────────┴─────────────┴─────────┴───────────────┘
 MACs count matrix products and convolutions, per sample; biases, activations and lookups are left out.
%s Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.
"""
BARS = """
MACs
 T=8  ████████████▌                                      1,632
 T=32 ██████████████████████████████████████████████████ 6,528

Activations
 T=8  ████████████▌                                        480 B
 T=32 ██████████████████████████████████████████████████ 1.9 KiB

Peak
 T=8  ████████████▌                                        384 B
 T=32 ██████████████████████████████████████████████████ 1.5 KiB
"""
TRAINING = """\
 Weights: 892 B (float32 892 B)
 Activations: 60*T B in all, 48*T B at peak
 Kept for the backward pass: 160*T B
 Pinned by Keras: 64*T B, the inputs of sigmoids and softmaxes
 Gradients: 892 B
 Optimizer state: 1.7 KiB (adam: momentum, velocity)
 Optimizer variables: 12, of 448 numbers, step and learning rate among them
 A step: 236*T + 3568 B at the end of the forward pass, 288*T + 3824 B in the backward pass,
 6.1 KiB in the update
 Training: max(288*T + 3824 B, 6.1 KiB) at peak
%s Memory: weights, activations and workspace.
 Bytes: KiB, MiB and GiB are 1024; KB, MB and GB are 1024 in totals, as in Keras, and 1000 in limits.
 Training: what Keras 3 keeps for the backward pass on its PyTorch backend in eager mode, for one sample where the batch
 size is unknown; gradients and optimizer state, of the dtype of their weight. The peak is the greatest of three moments
 of a step; what a loss takes is left out.
"""
DECODER = """\
name: decoder
input: [T, 8]
layers:
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: [input, input]
    call: {use_causal_mask: true}
"""


def test_several_values_make_a_table(shapecalc: Command) -> None:
    assert shapecalc("summary", "-", "--set", "T=8,32", stdin=LSTM) == (0, TABLE % CONVENTIONS, "")


def test_plot_draws_what_changes(shapecalc: Command) -> None:
    assert shapecalc("summary", "-", "--set", "T=8,32", "--plot", stdin=LSTM) == (0, TABLE % CONVENTIONS + BARS, "")


def test_plot_draws_where_one_model_takes_its_room(shapecalc: Command) -> None:
    text = shapecalc("summary", "-", "--set", "T=8", "--plot", stdin=LSTM).out
    assert text.endswith(
        "MACs\n"
        " lstm (LSTM)   ██████████████████████████████████████████████████ 94.1% 1,536\n"
        " dense (Dense) ███▏                                                5.9%    96\n"
        "\n"
        "Memory\n"
        " lstm (LSTM)        ███████████████████████████████████████████████ 70.0% 960 B\n"
        " input (InputLayer) ████████████▌                                   18.7% 256 B\n"
        " dense (Dense)      ███████▋                                        11.4% 156 B\n"
    )


def test_sorting_shows_the_column(shapecalc: Command) -> None:
    text = shapecalc("summary", "-", "--set", "T=8", "--sort", "MACs", stdin=LSTM).out
    assert "┃  MACs ┃" in text
    assert text.index("lstm (LSTM)") < text.index("dense (Dense)")
    text = shapecalc("summary", "-", "--sort", "name", "--output-format", "csv", stdin=LSTM).out
    assert [line.split(",")[2] for line in text.splitlines()[1:]] == ["dense", "input", "lstm"]


def test_one_value_binds_the_formulas(shapecalc: Command) -> None:
    options = ("summary", "-", "--columns", "macs,memory")
    text = shapecalc(*options, stdin=LSTM).out
    assert (
        "│ lstm (LSTM)                     │ (None, T, 4)           │           208 │ 192*T │ 16*T + 832 B │\n" in text
    )
    assert " Total MACs: 204*T\n" in text
    assert " Inference: 48*T + 892 B at peak\n" in text
    text = shapecalc(*options, "--set", "T=10", stdin=LSTM).out
    assert "│ lstm (LSTM)                     │ (None, 10, 4)          │           208 │ 1,920 │  992 B │\n" in text
    assert " Total MACs: 2,040\n" in text
    assert " Inference: 1.3 KiB at peak\n" in text


def test_several_batches_are_compared(shapecalc: Command) -> None:
    options = ("summary", "-", "--set", "T=8", "--training", "adam", "--batch", "8,16..18:2")
    lines = shapecalc(*options, stdin=LSTM).out.splitlines()
    header, *found = [
        [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")] for line in lines if line[0] in "┃│"
    ]
    assert [header[0], header[-2], header[-1]] == ["batch", "Training (adam)", "Output Shape"]
    assert [(row[0], row[-1]) for row in found] == [("8", "(8, 8, 3)"), ("16", "(16, 8, 3)"), ("18", "(18, 8, 3)")]
    for row in found:
        alone = shapecalc(*options[:-1], row[0], stdin=LSTM).out
        assert f"Training: {row[-2]} at peak" in alone


def test_batches_of_the_settings(shapecalc: Command, tmp_path: Path) -> None:
    options = ("summary", "-", "--set", "T=8", "--output-format", "concise")
    for text, count in (("batch = 8", 1), ("batch = [8, 16]", 2), ('batch = "8..10"', 3)):
        (tmp_path / "shapecalc.toml").write_text(f"[summary]\n{text}\n")
        assert len(shapecalc(*options, stdin=LSTM).out.splitlines()) == count


def test_batches_times_sizes(shapecalc: Command) -> None:
    options = ("summary", "-", "--set", "T=8,32", "--batch", "1,2", "--output-format", "concise")
    out = shapecalc(*options, stdin=LSTM).out
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "T=8, batch=1", "T=8, batch=2", "T=32, batch=1", "T=32, batch=2",
    ]  # fmt: skip


def test_every_choice_of_several_sizes_and_arguments(shapecalc: Command) -> None:
    spec = "args: {units: 1, kind: tanh}\ninput: [d]\nlayers:\n  - Dense: {units: $units, activation: $kind}\n"
    options = ("--set", "d=2,3", "--set", "units=4,5", "--set", "kind=relu", "--output-format", "concise")
    assert shapecalc("summary", "-", *options, stdin=spec).out == (
        "d=2, units=4: model: 12 params (48 B), 8 MACs, output (None, 4)\n"
        "d=2, units=5: model: 15 params (60 B), 10 MACs, output (None, 5)\n"
        "d=3, units=4: model: 16 params (64 B), 12 MACs, output (None, 4)\n"
        "d=3, units=5: model: 20 params (80 B), 15 MACs, output (None, 5)\n"
    )


def test_a_list_is_one_value(shapecalc: Command) -> None:
    spec = "args: {sizes: [1]}\ninput: [2]\nlayers:\n  - Dense: {units: $n}\n    repeat: {n: $sizes}\n"
    options = ("--set", "sizes=[3, 4]", "--output-format", "concise")
    assert shapecalc("summary", "-", *options, stdin=spec).out == (
        "model: 25 params (100 B), 18 MACs, output (None, 4)\n"
    )


def test_values_as_json_csv_and_markdown(shapecalc: Command) -> None:
    options = ("summary", "-", "--set", "T=8,32", "--output-format")
    (model,) = json.loads(shapecalc(*options, "json", stdin=LSTM).out)["models"]
    assert list(model) == ["name", "file", "values"]
    assert model["values"][1]["set"] == {"T": 32}
    assert model["values"][1]["totals"]["macs"] == 6528
    assert model["values"][1]["memory"]["peak_activation"] == 1536
    assert model["values"][1]["outputs"] == {"output": [None, 32, 3]}
    assert shapecalc(*options, "csv", stdin=LSTM).out == (
        "file,model,T,Params,MACs,Weights,Activations,Peak,Output Shape\n"
        '<stdin>,lstm,8,223,1632,892,480,384,"(None, 8, 3)"\n'
        '<stdin>,lstm,32,223,6528,892,1920,1536,"(None, 32, 3)"\n'
    )
    text = shapecalc(*options, "markdown", stdin=LSTM).out
    assert "| 32 | 223 | 6,528 | 892 B | 1.9 KiB | 1.5 KiB | (None, 32, 3) |\n" in text


def test_a_value_that_fails_is_reported_and_left_out(shapecalc: Command) -> None:
    spec = "input: [T]\nlayers:\n  - Reshape: {target_shape: [-1, 4]}\n"
    code, out, err = shapecalc("summary", "-", "--set", "T=8,9,12", "--output-format", "concise", stdin=spec)
    assert (code, out) == (
        1,
        "T=8: model: 0 params (0 B), 0 MACs, output (None, 2, 4)\n"
        "T=12: model: 0 params (0 B), 0 MACs, output (None, 3, 4)\n",
    )
    assert err.startswith("<stdin>:3:")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--plot", "--output-format", "markdown"),
            "--plot draws beside the table: leave `--output-format` out",
        ),
        (
            ("--plot", "--set", "T=1,2", "--output-format", "json"),
            "--plot draws beside the table: leave `--output-format` out",
        ),
        (("--set", "T=1,,2"), "--set `T`: the value is missing; for example `--set T=64`"),
        (
            ("--set", "T=" + ",".join(map(str, range(1, 41))), "--set", "U=" + ",".join(map(str, range(1, 41)))),
            "--set gives 1,600 choices, more than the 1,000 that a table compares",
        ),
        (("--batch", "1..1001"), "--batch gives 1,001 choices, more than the 1,000 that a table compares"),
        (("--batch", "1..501", "--set", "T=1,2"), "--set with --batch gives 1,002 choices, more than the 1,000 that"),
        (("--batch", "8,,9"), "--batch must be a whole number of at least 1, got ``"),
        (("--batch", "8,9", "--set", "batch=3"), "--set and --batch both give `batch` values"),
        (("--sort", "parms"), "--sort: there is no column `parms`; did you mean `params`?"),
        (("--columns", "params%%"), "--columns: there is no column `params%%`; did you mean `params%`?"),
        (("--training", "adan"), "--training: there is no optimizer `adan`; did you mean `adam`?"),
        (
            ("--training", "x"),
            "--training: there is no optimizer `x`; the optimizers are sgd, momentum, rmsprop, adagrad, adadelta, "
            "adam, amsgrad, adamw, adamax, nadam, ftrl, lamb, lion, adafactor, muon, schedule_free_adamw",
        ),
    ],
)
def test_wrong_options_are_sc608(shapecalc: Command, options: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("summary", "-", *options, stdin=LSTM)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}")


def test_training_states_what_it_counts(shapecalc: Command) -> None:
    text = shapecalc("summary", "-", "--training", "Adam", stdin=LSTM).out
    assert text.partition(" Non-trainable params: 0 (0.00 B)\n")[2] == TRAINING % CONVENTIONS


def test_training_in_a_table_of_values(shapecalc: Command) -> None:
    text = shapecalc("summary", "-", "--training", "adam", "--set", "T=8,32", "--batch", "2", stdin=LSTM).out
    assert "┃ Training (adam) ┃" in text
    # The most is held in the backward pass: 288 * T bytes a sample, and 3,824 of weights, state and gradients.
    assert "│  8 │    223 │ 1,632 │   892 B │       960 B │   768 B │         8.2 KiB │ (2, 8, 3)    │\n" in text


def test_the_cache_of_a_decoder(shapecalc: Command) -> None:
    text = shapecalc("summary", "-", "--kv-cache", stdin=DECODER).out
    assert " KV cache: 64 B per token, in 1 layer\n" in text
    assert text.endswith(
        " KV cache: keys and values of causal attention, per sample: of layers with `use_causal_mask`, and of "
        "operations:\n"
        " product, softmax under ops.triu or ops.tril, product.\n"
    )
    text = shapecalc("summary", "-", "--kv-cache", stdin=DECODER.replace("true", "false")).out
    assert " KV cache: none: no attention is causal\n" in text


WINDOWS = """\
args: {windows: [true, false, true]}
inputs: {source: [S, 8], target: [T, 8]}
blocks:
  Attend:
    args: {near: required}
    input: [T, 8]
    layers:
      - ops.swapaxes: {axis1: 1, axis2: 2, name: turned}
      - ops.matmul:
        from: [input, turned]
      - ops.tril
      - ops.triu: {k: -1}
        if: $near
      - Softmax
      - ops.matmul:
        from: [prev, input]
layers:
  - Attend: {near: $near}
    from: target
    repeat: {near: $windows}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4}
    from: [attend, source]
"""


def test_windows_and_an_encoders_output(shapecalc: Command) -> None:
    def cache_lines(*options: str, spec: str = WINDOWS) -> list[str]:
        text = shapecalc("summary", "-", "--kv-cache", *options, stdin=spec).out
        return [line.removeprefix(" KV cache: ") for line in text.split("\n") if line.startswith(" KV cache: ")][:-1]

    lines = ["192 B per token, in 3 layers", "beyond 2 tokens 64 B per token, in 1 layer"]
    assert cache_lines() == [*lines, "64*S B for the encoder's output, in 1 layer"]
    # 2 tokens in each of two windows, 6 in the third; 10 of the source.
    assert cache_lines("--set", "T=6", "--set", "S=10") == [
        *lines,
        "640 B for the encoder's output, in 1 layer",
        "1.2 KiB for 6 tokens, 2.4 KiB with the weights",  # four projections of 72 numbers
    ]
    near = WINDOWS.replace("[true, false, true]", "[true]")
    assert cache_lines(spec=near)[:2] == ["64 B per token, in 1 layer", "beyond 2 tokens no more"]


def test_windows_and_an_encoders_output_in_json(shapecalc: Command) -> None:
    options = ("--kv-cache", "--output-format", "json", "--set", "S=10")
    memory = json.loads(shapecalc("summary", "-", *options, stdin=WINDOWS).out)["models"][0]["memory"]
    assert memory["kv_cache_windows"] == {"attend/0/matmul_1": 2, "attend/2/matmul_1": 2}
    assert memory["kv_cache_of_encoder"] == {"multi_head_attention": 640}
    assert memory["kv_cache"] is None
    memory = json.loads(shapecalc("summary", "-", *options, "--set", "T=6", stdin=WINDOWS).out)["models"][0]["memory"]
    assert memory["kv_cache"] == 64 * (2 + 6 + 2) + 640


def test_memory_in_json(shapecalc: Command) -> None:
    options = ("--training", "adam", "--kv-cache", "--output-format", "json", "--set", "T=4")
    (model,) = json.loads(shapecalc("summary", "-", *options, stdin=DECODER).out)["models"]
    # Four projections of 72; outputs of 4 * 8 numbers in and out.
    assert model["memory"] == {
        "weights": {"float32": 1152},
        "activations": 256,
        "workspace": 128,  # scores of 2 heads, 4 by 4
        "peak_activation": 256 + 128,
        "optimizer": "adam",
        "kept": 800,
        "kept_copies": 512,  # of four products of 32 numbers: keys, queries, values and what attention gives
        "pinned": 0,
        "gradients": 1152,
        "optimizer_state": 2304,
        "optimizer_params": 2 * 288 + 2,
        "optimizer_variables": 2 * 8 + 2,
        "moments": {"forward": 5920, "backward": 5536, "update": 7 * 1152},
        "peak": 8064,
        "kv_cache_per_token": {"multi_head_attention": 64},
        "kv_cache_windows": {},
        "kv_cache_of_encoder": {},
        "kv_cache": 4 * 64,
    }
    (model,) = json.loads(shapecalc("summary", "-", "--output-format", "json", stdin=DECODER).out)["models"]
    assert "memory" not in model


def test_masks_in_the_table_and_in_json(shapecalc: Command) -> None:
    spec = (
        "name: words\ninput: [5]\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
        "  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}\n  - Flatten\n"
    )
    text = shapecalc("summary", "-", "--columns", "mask", stdin=spec).out
    rows = [line.split("│") for line in text.split("\n") if line.startswith("│")]
    assert [(row[1].split()[0], row[4].strip()) for row in rows] == [
        ("embedding", "made"),
        ("bidirectional", "carried, used"),
        ("flatten", "lost"),
    ]
    assert (
        " Mask: made, carried on, used by a layer whose call takes one, or lost: dropped without being used.\n" in text
    )
    (model,) = json.loads(shapecalc("summary", "-", "--output-format", "json", stdin=spec).out)["models"]
    assert [layer["mask"] for layer in model["layers"]] == [
        None,
        {"does": ["made"], "from": []},
        {"does": ["carried", "used"], "from": ["embedding"]},
        {"does": ["lost"], "from": ["bidirectional"]},
    ]


def test_values_that_json_has_no_number_for(shapecalc: Command) -> None:
    spec = "args: {scale: 1.0, on: true}\ninput: [4]\nlayers:\n  - Rescaling: {scale: 2}\n    if: $on\n"
    options = ("--set", "scale=.inf,1.5", "--set", "on=true,false", "--output-format", "json")
    (model,) = json.loads(shapecalc("summary", "-", *options, stdin=spec).out)["models"]
    assert [point["set"] for point in model["values"]] == [
        {"scale": "inf", "on": True}, {"scale": "inf", "on": False}, {"scale": 1.5, "on": True},
        {"scale": 1.5, "on": False},
    ]  # fmt: skip


def test_bars_of_a_plain_terminal_are_of_ascii() -> None:
    report = analyse(Library().parse(LSTM, "model.yaml"), Settings({"T": 8}))
    longer = analyse(Library().parse(LSTM, "model.yaml"), Settings({"T": 32}))
    options = SummaryOptions()
    points = [Point({"T": 8}, report, options), Point({"T": 32}, longer, options)]
    lines = draw_bars(points, options, 80, plain=True).split("\n")
    assert [line for line in lines if "1,632" in line or "6,528" in line] == [
        " T=8  ############                                       1,632",
        " T=32 ################################################## 6,528",
    ]
