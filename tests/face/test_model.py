"""A model read from Python: the numbers of the commands, and errors that print like the terminal."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shapecalc
from shapecalc import Formula, Model, ModelError, load

SPECS = Path(__file__).parents[2] / "specs"
TUTORIAL = SPECS / "tutorial" / "many_to_many.yaml"
ARGUMENT = """\
args: {units: 5}
input: [T, 1]
layers:
  - LSTM: {units: $units, return_sequences: true}
  - Flatten
  - Dense: {units: 1}
"""
BLOCK = """\
input: [4]
blocks:
  Feed:
    layers:
      - Dense: {units: 8, name: up}
      - Dense: {units: 4, name: down}
layers:
  - Feed: {name: feed}
expect: {params: 77}
"""


@pytest.fixture
def tutorial() -> Model:
    return load(TUTORIAL)


def test_the_numbers_of_the_tutorial(tutorial: Model) -> None:
    assert (tutorial.name, tutorial.params, tutorial.trainable, tutorial.non_trainable) == ("many_to_many", 146, 146, 0)
    assert tutorial.macs == 625
    assert tutorial.inputs == {"input": (None, 5, 1)}
    assert tutorial.output_shape == (None, 5, 1)
    lstm = tutorial.layers["lstm"]
    assert (lstm.type, lstm.output_shape, lstm.params, lstm.macs) == ("LSTM", (None, 5, 5), 140, 600)
    assert lstm.weights == {"kernel": (1, 20), "recurrent_kernel": (5, 20), "bias": (20,)}
    assert list(tutorial.layers) == ["lstm", "time_distributed"]


def test_a_derivation_and_the_table_are_those_of_the_commands(tutorial: Model) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "shapecalc", *arguments, str(TUTORIAL)]
        return subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout

    assert str(tutorial.explain()) == run("explain")
    assert str(tutorial) == run("summary")
    assert "4*units*(features + units + 1)" in tutorial.explain("lstm")
    assert tutorial.explain("lstm")._repr_markdown_().startswith("### `lstm` (LSTM)")


def test_a_path_goes_into_blocks() -> None:
    model = load(BLOCK)
    assert model.layers["feed/up"].params == 40
    assert list(model.layers["feed"].layers) == ["up", "down"]
    assert [finding.code for finding in model.check()] == ["SC501"]
    with pytest.raises(ModelError, match="SC501"):
        model.require()
    assert load(BLOCK.replace("77", "76")).require().check() == []


def test_sizes_give_formulas_that_can_be_called() -> None:
    model = load(ARGUMENT)
    assert model.params == Formula(model.formula("params").sizes)
    assert str(model.params) == "5*T + 141"
    assert model.output_shape == (None, 1)
    assert model.layers["flatten"].output_shape == (None, "5*T")
    assert model.formula("params")(T=128) == 781
    assert model.formula("macs", "lstm")(T=2) == 240
    assert load(ARGUMENT, T=128, units=10).params == 480 + 1280 + 1
    assert load(ARGUMENT, units="?").formula("params").names == ("T", "units")
    with pytest.raises(TypeError, match=r"the formula 5\*T \+ 141 takes T; got nothing"):
        model.formula("params")()
    with pytest.raises(KeyError, match="did you mean 'params'"):
        model.formula("parms")


def test_memory_depends_on_the_batch_where_it_is_open(tutorial: Model) -> None:
    inference = tutorial.formula("memory")
    assert inference.names == ("batch",)
    assert inference(batch=1) == 584 + 120
    training = tutorial.formula("memory", training="adam")
    assert training(batch=5) == load(TUTORIAL, batch=5).formula("memory", training="adam")()


def test_a_forward_pass(tutorial: Model) -> None:
    outputs = tutorial.run(np.zeros((2, 5, 1)), seed=1)
    assert outputs["output"].shape == (2, 5, 1)
    np.testing.assert_array_equal(tutorial.run(np.zeros((2, 5, 1)), seed=1)["output"], outputs["output"])
    arrays = {
        path: np.zeros([int(size or 0) for size in shape])
        for layer in tutorial.layers.values()
        for path, shape in ((f"{layer.name}/{name}", axes) for name, axes in layer.weights.items())
    }
    np.testing.assert_array_equal(tutorial.run([[[0.5]] * 5], weights=arrays)["output"], np.zeros((1, 5, 1)))
    assert tutorial.run()["output"].shape == (1, 5, 1)
    with pytest.raises(ModelError, match="SC605"):
        tutorial.run([1, 2, 3])
    with pytest.raises(ModelError, match="needs the input `input`"):
        tutorial.run({})


def test_two_models_compared(tutorial: Model) -> None:
    other = load(TUTORIAL.read_text("utf-8").replace("units: 5", "units: 10"))
    comparison = tutorial.diff(other)
    assert comparison.differs
    assert not tutorial.diff(tutorial).differs
    assert comparison.totals["params"] == (146, 491)
    assert comparison.changed == ["lstm", "time_distributed"]
    assert "units 5 → 10" in str(comparison)
    assert comparison._repr_markdown_().startswith("### ")


def test_what_is_wrong_prints_like_the_terminal() -> None:
    with pytest.raises(ModelError) as caught:
        load("input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n  - TimeDistributed: {layer: {Dense: {units: 1}}}\n")
    wanted = """\
model.yaml:4:5: error[SC412] time_distributed: needs a time axis, got (None, 5)
  |
4 |   - TimeDistributed: {layer: {Dense: {units: 1}}}
  |     ^^^^^^^^^^^^^^^
3 |   - LSTM: {units: 5}
  |     ---- returns its last step only
  = help: set `return_sequences: true` on `lstm`"""
    assert str(caught.value) == wanted
    assert caught.value.codes == ("SC412",)
    assert str(pickle.loads(pickle.dumps(caught.value))) == wanted


def test_what_cannot_be_read_is_the_same_exception(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SC601"):
        load(tmp_path / "nothing.yaml")
    with pytest.raises(ModelError, match="SC1"):
        load("input: [5\nlayers: [}\n")


def test_a_published_model_and_a_file_of_keras(tmp_path: Path) -> None:
    assert load("gpt2_small").params == 124_439_808
    written = tmp_path / "model.json"
    command = [sys.executable, "-m", "shapecalc", "convert", str(TUTORIAL), "--to", "keras-json", "--out", str(written)]
    subprocess.run(command, check=True)
    assert load(written).params == 146


def test_notebooks_show_a_table_in_which_names_are_text() -> None:
    text = "name: '<script>alert(1)</script>'\ninput: [4]\nlayers: [{Dense: {units: 2}}]\n"
    shown = load(text)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "dense (Dense)" in shown
    assert "Total params: 10 (40.00 B)" in shown


def test_importing_is_as_light_as_the_command() -> None:
    code = "import sys, shapecalc; print(sorted(name for name in sys.modules if name.startswith('shapecalc')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.strip() == "['shapecalc']"
    read = f"shapecalc.load({str(TUTORIAL)!r}).params"
    code = f"import sys, shapecalc; {read}; print({{'numpy', 'rich'}} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert shown.strip() == "set()"


def test_a_model_as_json_is_a_text_too(tmp_path: Path) -> None:
    assert load("{input: [4], layers: [{Dense: {units: 2}}]}").params == 10
    command = [sys.executable, "-m", "shapecalc", "convert", str(TUTORIAL), "--to", "keras-json"]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert load(" ".join(written.split())).params == load(written).params == 146


@pytest.mark.parametrize("source", [b"model.yaml", 5, None, ["model.yaml"], {"input": [4]}])
def test_what_is_neither_a_path_nor_a_text(source: Any) -> None:
    with pytest.raises(TypeError, match=f"not what is of the type {type(source).__name__}"):
        load(source)


def test_numbers_of_numpy_and_formulas_are_sizes() -> None:
    text = "args: {units: 3}\ninput: [T, 4]\nlayers:\n  - Dense: {units: $units}\n"
    assert load(text, T=np.int32(7), batch=np.int64(2)).inputs == {"input": (2, 7, 4)}  # type: ignore[arg-type]
    assert load(text, units=load(text, units="?").formula("params")).layers["dense"].output_shape == (
        None,
        "T",
        "5*units",
    )


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"batch": 0}, ModelError, "from 1 to 10\\*\\*18 is wanted, got 0"),
        ({"batch": 10**19}, ModelError, "is wanted, got"),
        ({"batch": 2.5}, TypeError, "`batch` is a whole number, not of the type float"),
        ({"batch": True}, ModelError, "got True"),
        ({"dtype": "float33"}, ModelError, "did you mean `float32`"),
        ({"dtype": np.float32}, TypeError, "a name such as 'float16'"),
        ({"T": np.zeros(3)}, TypeError, "`T` is a number, a text, a list or a mapping, not of the type ndarray"),
        ({"T": {1}}, TypeError, "not of the type set"),
        ({"T": 0}, ModelError, "a whole number of at least 1, got 0"),
        ({"source": 3}, ModelError, "no argument or size `source`"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        load("input: [T, 4]\nlayers:\n  - Dense: {units: 2}\n", **settings)


def test_sizes_that_a_formula_cannot_be_asked_at() -> None:
    formula = load("input: [T, 4]\nlayers:\n  - Dense: {units: 2}\n").formula("macs")
    assert formula(T=np.int64(3)) == formula(T=3) == 24  # type: ignore[arg-type]
    for wrong in (2.0, "3", None, np.arange(3)):
        with pytest.raises(TypeError, match="`T` is a whole number, not of the type"):
            formula(T=wrong)  # type: ignore[arg-type]
    for small in (0, -3):
        with pytest.raises(ValueError, match="`T` is a whole number of at least 1"):
            formula(T=small)
    assert f"{formula:>6}|{formula:,}" == "   8*T|8*T"
    with pytest.raises(TypeError, match="takes T; got nothing"):
        int(formula)


def test_a_formula_without_sizes_is_a_number() -> None:
    formula = load(TUTORIAL).formula("params")
    assert int(formula) == formula == 146
    assert {formula: 1}[146] == 1  # type: ignore[index]


def test_names_that_are_not_there_are_guessed() -> None:
    model = load("input: [4]\nlayers:\n  - Dense: {units: 4}\n    repeat: 30\n")
    with pytest.raises(KeyError, match=r"dense/0, .*, dense/11 and 18 more"):
        model.layers["quite other"]
    with pytest.raises(KeyError, match="no layer 0"):
        model.layers[0]  # type: ignore[index]
    assert 0 not in model.layers  # type: ignore[comparison-overlap]
    assert model.layers["dense/1"] == model.layers["dense/1"] != model.layers["dense/2"]
    with pytest.raises(KeyError, match="did you mean 'adam'"):
        model.formula("memory", training="adamm")
    with pytest.raises(TypeError, match="compared with another one"):
        model.diff("model.yaml")  # type: ignore[arg-type]
    assert repr(model.diff(model)) == "<Comparison without differences>"
    with pytest.raises(ModelError, match="did you mean `dense/0/kernel`"):
        model.run(weights={"dense/0/kernal": np.zeros((4, 4))})
    with pytest.raises(ValueError, match="`seed` is a whole number of at least 0"):
        model.run(seed=-1)


def test_threads_do_not_hear_each_other() -> None:
    """Each has the assumptions and the parts of its own model alone."""
    steps = "  - Conv1D: {filters: 4, kernel_size: 3}\n"
    steps += "  - Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}\n"
    added = "inputs: {a: [Q, 4], b: [R, 4]}\nlayers:\n  - Add:\n    from: [a, b]\n"
    texts = [
        "input: [T, 4]\nlayers:\n" + steps * 4,
        added + "  - RNN: {cell: [{LSTMCell: {units: 3}}, {GRUCell: {units: 2}}]}\n",
    ]

    def ask(text: str) -> object:
        model = load(text)
        within = [list(layer.layers) for layer in model.layers.values()]
        return str(model.macs), model.explain(), [str(finding) for finding in model.check()], within

    wanted = [ask(text) for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(ask, texts * 40))
    finally:
        sys.setswitchinterval(interval)
    assert answers == wanted * 40


def test_models_that_are_gone_leave_nothing() -> None:
    """No cycles to collect, and nothing kept that the next model could not use."""

    def count(models: int) -> int:
        for width in range(1, models + 1):
            load(f"input: [{width}]\nlayers:\n  - Dense: {{units: {width}}}\n    repeat: 20\n").check()
        return len(gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        count(3)
        before = count(1)
        assert count(50) < before + 100
    finally:
        gc.enable()


def test_its_names() -> None:
    assert set(shapecalc.__all__) <= set(dir(shapecalc))
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        shapecalc.lode  # noqa: B018
    layer = load(BLOCK).layers
    with pytest.raises(KeyError, match="did you mean 'feed'"):
        layer["fed"]
    assert repr(load(TUTORIAL)) == "<Model many_to_many: 146 params (584 B), 625 MACs, output (None, 5, 1)>"
    assert repr(layer["feed"]) == "<Layer feed (Feed) (None, 4), 76 params>"
