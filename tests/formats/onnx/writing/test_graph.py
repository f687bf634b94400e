"""The graph that is written: transposes, shared weights, sizes that only the run knows, arrays beside the file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import open_weights, run_model
from shapecalc.diagnostics import Fault
from shapecalc.formats.onnx.writing.file import save_model
from tests.formats.onnx.writing.writing import assert_close, report_of, run_file, sample, save_spec


def report_of_text(text: str, folder: Path) -> Report:
    path = folder / "spec.yaml"
    path.write_text(text)
    return report_of(path)


def write(text: str, folder: Path) -> tuple[onnx.ModelProto, Report]:
    """A spec's file, whose numbers are the spec's."""
    report = report_of_text(text, folder)
    save_spec(report, folder / "model.onnx")
    inputs = sample(report)
    assert_close(run_file(folder / "model.onnx", inputs), list(run_model(report, inputs).outputs.values()))
    return onnx.load(folder / "model.onnx"), report


def kinds(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def test_transposes_that_meet_are_gone(tmp_path: Path) -> None:
    """Images come channels last and leave so, and between two convolutions nothing is turned."""
    model, _ = write(
        "input: [8, 8, 3]\n"
        "layers:\n"
        "  - Conv2D: {filters: 4, kernel_size: 3, padding: same, activation: relu, name: one}\n"
        "  - BatchNormalization\n"
        "  - ReLU: {max_value: 6}\n"
        "  - ZeroPadding2D\n"
        "  - Conv2D: {filters: 4, kernel_size: 3}\n"
        "  - Add: {}\n    from: [one, prev]\n"
        "  - Rescaling: {scale: [1, 2, 3, 4]}\n"
        "  - MaxPooling2D\n"
        "  - Concatenate: {}\n    from: [prev, prev]\n"
        "  - GlobalAveragePooling2D\n"
        "  - Dense: {units: 2}\n",
        tmp_path,
    )
    assert kinds(model)["Transpose"] == 1
    assert model.graph.node[0].op_type == "Transpose"


def test_stacked_recurrent_layers_are_turned_once(tmp_path: Path) -> None:
    model, _ = write(
        "input: [6, 3]\nlayers:\n" + "  - GRU: {units: 4, return_sequences: true}\n" * 3 + "  - LSTM: {units: 2}\n",
        tmp_path,
    )
    assert (kinds(model)["Transpose"], kinds(model)["GRU"], kinds(model)["LSTM"]) == (1, 3, 1)


def test_a_layer_that_is_used_twice_has_its_weights_once(tmp_path: Path) -> None:
    model, report = write(
        "inputs: {a: [4], b: [4]}\n"
        "layers:\n"
        "  - Dense: {units: 3, name: shared}\n    from: a\n"
        "  - reuse: {layer: shared, name: again}\n    from: b\n"
        "  - Add: {}\n    from: [shared, again]\n",
        tmp_path,
    )
    held = [tensor.name for tensor in model.graph.initializer]
    assert held == ["shared/kernel", "shared/bias"]
    assert sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer) == sum(r.params for r in report.rows)


def test_rounds_have_weights_of_their_own(tmp_path: Path) -> None:
    model, _ = write("input: [4]\nlayers:\n  - Dense: {units: 4}\n    repeat: 3\n", tmp_path)
    held = [tensor.name for tensor in model.graph.initializer]
    assert held == [f"dense/{turn}/{name}" for turn in range(3) for name in ("kernel", "bias")]


@pytest.mark.parametrize(
    "layer",
    [
        "Reshape: {target_shape: [-1, 2]}",
        "Flatten",
        "TimeDistributed: {layer: {LSTM: {units: 3}}}",
        "Conv2D: {filters: 2, kernel_size: 3, strides: 2, padding: same}",
        "AveragePooling2D: {pool_size: 2, strides: 3, padding: same}",
        "UpSampling2D: {size: 2, interpolation: bilinear}",
        "AdaptiveMaxPooling2D: {output_size: 3}",
        "Resizing: {height: 5, width: 7}",
        "MultiHeadAttention: {num_heads: 2, key_dim: 3}",
        "ops.roll: {shift: 2, axis: 1}",
        "ops.tile: {repeats: [1, 2, 1, 1]}",
        "ops.flip: {axis: [1, 2]}",
    ],
)
def test_named_and_unknown_sizes_are_found_when_the_file_is_run(layer: str, tmp_path: Path) -> None:
    feed = "\n    from: [input, input]" if layer.startswith("Multi") else ""
    for sizes in ("[T, W, 4]", "[null, W, 4]"):
        if layer.startswith("TimeDistributed") or not feed or "null" not in sizes:
            model, report = write(f"input: {sizes}\nlayers:\n  - {layer}{feed}\n", tmp_path)
            for length in (5, 9):
                x = {"input": np.random.default_rng(length).random((3, length, 6, 4)).astype(np.float32)}
                assert_close(run_file(tmp_path / "model.onnx", x), list(run_model(report, x).outputs.values()))
            names = [axis.dim_param for axis in model.graph.input[0].type.tensor_type.shape.dim]
            assert names == ["batch", "T" if "T" in sizes else "input_1", "W", ""]


def test_a_fixed_batch_is_a_number(tmp_path: Path) -> None:
    model, _ = write("batch_size: 2\ninput: [3]\nlayers:\n  - Dense: {units: 2}\n", tmp_path)
    assert [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim] == [2, 3]


def test_an_input_that_is_an_output_keeps_both_names_apart(tmp_path: Path) -> None:
    model, _ = write(
        "inputs: {a: [4]}\nlayers:\n  - Dense: {units: 3}\n    from: a\noutputs: {a: a, y: dense}\n", tmp_path
    )
    assert [value.name for value in model.graph.output] == ["a_1", "y"]


SPEC = "input: [64]\nlayers:\n  - Dense: {units: 32}\n  - Dense: {units: 8, name: head}\n"


def test_what_a_file_has_no_room_for_stands_beside_it(tmp_path: Path) -> None:
    report, path = report_of_text(SPEC, tmp_path), tmp_path / "model.onnx"
    assert save_model(report, str(path), open_weights(report), most=1000) == f"{path}.data"
    onnx.checker.check_model(str(path), full_check=True)
    held = {tensor.name: tensor for tensor in onnx.load(path, load_external_data=False).graph.initializer}
    outside = {name for name, tensor in held.items() if tensor.external_data}
    assert outside == {"dense/kernel", "head/kernel"}
    assert {entry.key: entry.value for entry in held["head/kernel"].external_data} == {
        "location": "model.onnx.data",
        "offset": "8192",
        "length": "1024",
    }
    inputs = sample(report)
    assert_close(run_file(path, inputs), list(run_model(report, inputs).outputs.values()))


def test_neither_file_is_left_where_a_layer_is_refused(tmp_path: Path) -> None:
    text = SPEC + "  - ops.cast: {dtype: int32}\n  - Hashing: {num_bins: 3}\n"
    report = report_of_text(text, tmp_path)
    with pytest.raises(Fault):
        save_model(report, str(tmp_path / "model.onnx"), open_weights(report), most=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["spec.yaml"]


def test_standard_output_has_no_room_beside_it(tmp_path: Path) -> None:
    report = report_of_text(SPEC, tmp_path)
    with pytest.raises(Fault) as raised:
        save_model(report, "-", open_weights(report), most=1000)
    assert raised.value.diagnostics[0].help == "name a file: `--out model.onnx`"


def test_what_leads_to_no_output_is_left_out(tmp_path: Path) -> None:
    model, _ = write(
        "input: [5, 4]\nlayers:\n  - LSTM: {units: 3, return_state: true}\noutputs: lstm.state_c\n",
        tmp_path,
    )
    (node,) = [node for node in model.graph.node if node.op_type == "LSTM"]
    assert list(node.output) == ["", "", node.output[2]]


def test_an_older_version_lacks_operators(tmp_path: Path) -> None:
    """Text is compared from version 19 on; before 17 a layer normalization is written as what it computes."""
    report = report_of_text(
        "input: {shape: [3], dtype: string}\nlayers:\n  - StringLookup: {vocabulary: [a, b]}\n", tmp_path
    )
    with pytest.raises(Fault) as raised:
        save_spec(report, tmp_path / "model.onnx", 18)
    (finding,) = raised.value.diagnostics
    assert finding.message == "before version 19 of ONNX no operator compares text"
    assert finding.help == "write `--opset 19`"
    text = "input: [3]\nlayers:\n  - LayerNormalization\n"
    for opset, count in ((15, 0), (17, 1)):
        save_spec(report_of_text(text, tmp_path), tmp_path / "model.onnx", opset)
        assert kinds(onnx.load(tmp_path / "model.onnx"))["LayerNormalization"] == count


def test_what_is_computed_already_is_not_computed_again(tmp_path: Path) -> None:
    """The steps that count are found once, for the numbers and for the mask of all layers behind."""
    model, _ = write(
        "input: [T, 3]\n"
        "layers:\n"
        "  - Masking: {name: kept}\n"
        "  - LSTM: {units: 2, return_sequences: true}\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n"
        "    from: [prev, prev]\n    call: {use_causal_mask: true}\n"
        "  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n"
        "    from: [prev, prev]\n    call: {use_causal_mask: true}\n",
        tmp_path,
    )
    assert (kinds(model)["Equal"], kinds(model)["GreaterOrEqual"]) == (1, 1)
