"""What is offered at each kind of place, in texts that break off there."""

from __future__ import annotations

import pytest

from shapecalc.lsp.completion import Completions, complete, remove_holes
from shapecalc.lsp.documents import OpenFiles

HEAD = """\
args: {d: 4}
input: [T, 64]
blocks:
  Gate:
    args: {units: required, act: relu, wide: false}
    inputs: [left, right]
    layers:
      - Dense: {units: $units}
        from: left
layers:
  - LSTM: {units: 5, return_state: true, return_sequences: true, name: reader}
"""
LAYER = "LSTM: {units: $1}"


def completions(text: str, rest: str = "") -> Completions:
    files = OpenFiles()
    files.put("/nowhere/model.yaml", text + rest)
    found = complete(files, "/nowhere/model.yaml", len(text))
    return found if found is not None else Completions([], len(text), len(text))


def offered(text: str, rest: str = "") -> list[str]:
    return [item.label for item in completions(text, rest).items]


def texts(text: str, rest: str = "") -> dict[str, str]:
    return {item.label: item.text for item in completions(text, rest).items}


@pytest.mark.parametrize(
    ("typed", "label", "text"),
    [
        ("  - ", "LSTM", LAYER),
        ("  - LS", "LSTM", LAYER),
        ("  - ", "Gate", "Gate: {units: $1}"),
        ("  - ", "Flatten", "Flatten"),
        ("  - ops.", "ops.matmul", "ops.matmul"),
        ("  ", "LSTM", f"- {LAYER}"),
        ("  ", "Flatten", "- Flatten"),
        ("  - TimeDistributed: {layer: ", "LSTM", f"{{{LAYER}}}"),
        ("  - TimeDistributed: {layer: {", "LSTM", LAYER),
        ("  - TimeDistributed:\n      layer:\n        ", "LSTM", LAYER),
        ("  - LSTM: ", "{units: }", "{units: $1}"),
        ("  - Gate: ", "{units: }", "{units: $1}"),
        ("  - Flatten: ", "{}", "{$0}"),
        ("  - LSTM: {", "units", "units: "),
        ("  - LSTM: {units: 5, ", "return_sequences", "return_sequences: "),
        ("  - LSTM: {units: 5,\n      ", "return_sequences", "return_sequences: "),
        ("  - LSTM:\n      ", "units", "units: "),
        ("  - LSTM:\n      units: 5\n      ret", "return_sequences", "return_sequences: "),
        ("  - LSTM: {units: 5, return_sequences: ", "true", "true"),
        ("  - Conv1D: {filters: 2, kernel_size: 3, padding: ", "causal", "causal"),
        ("  - Dense: {units: 2, activation: ", "softmax", "softmax"),
        ("  - Dense: {units: 2, kernel_initializer: ", "he_normal", "he_normal"),
        ("  - Dense: {units: 2, kernel_initializer: {", "he_normal", "he_normal: {$0}"),
        ("  - Dense: {units: 2, kernel_initializer: {random_normal: {", "stddev", "stddev: "),
        ("  - Dense: {units: 2, kernel_regularizer: ", "L2", "L2"),
        ("  - Dense: {units: 2, kernel_regularizer: {L2: {", "l2", "l2: "),
        ("  - MaxPooling2D: {pool_size: [2, $", "$d", "$d"),
        ("  - Dense: {units: 2, dtype: ", "float16", "float16"),
        ("  - Dense: {units: $", "$d", "$d"),
        ("  - Dense: {units: $", "$T", "$T"),
        ('  - Dense: {units: "max(2, $', "$d", "$d"),
        ("  - Dense: {units: 2}\n    ", "from", "from: $0"),
        ("  - Dense: {units: 2}\n    from: ", "reader", "reader"),
        ("  - Dense: {units: 2}\n    from: ", "input", "input"),
        ("  - Dense: {units: 2}\n    from: ", "reader.state_h", "reader.state_h"),
        ("  - Add:\n    from: [reader, ", "input", "input"),
        ("  - Add:\n    from:\n      - ", "reader", "reader"),
        ("  - Gate: {units: 3}\n    from: {", "left", "left: "),
        ("  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    from: {", "query", "query: "),
        ("  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    call: {", "use_causal_mask", "use_causal_mask: "),
        ("  - MultiHeadAttention: {num_heads: 1, key_dim: 2}\n    call: {use_causal_mask: ", "true", "true"),
        ("  - Dense: {units: 2}\n    repeat: ", "$d", "$d"),
        ("  - Dense: {units: 2}\n    if: ", "$d", "$d"),
        ("  - Gate: {", "units", "units: "),
        ("  - Gate: {units: 3, ", "name", "name: "),
        ("  - Gate: {units: 3, wide: ", "true", "true"),
        ("  - reuse: ", "reader", "reader"),
        ("  - reuse: {layer: ", "reader", "reader"),
        ("dt", "dtype", "dtype: "),
        ("dtype: ", "mixed_float16", "mixed_float16"),
        ("inputs: {x: {dtype: ", "int32", "int32"),
        ("outputs: ", "reader", "reader"),
        ("outputs: {a: ", "reader.state_c", "reader.state_c"),
        ("expect: {", "params", "params: 1400"),
        ("expect:\n  ", "macs", "macs: 1380*T"),
        ("expect:\n  params: ", "1400", "1400"),
        ("expect:\n  layers:\n    ", "reader", "reader: {params: 1400, output: [T, 5]}"),
        ("expect:\n  layers:\n    reader: {", "output", "output: [T, 5]"),
    ],
)
def test_offered(typed: str, label: str, text: str) -> None:
    assert texts(HEAD + typed).get(label) == text


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("  - LSTM: {units: 5, ", "units"),  # it stands there
        ("  - ", "Lambda"),
        ("  - ", "InputLayer"),
        ("  - Dense: {units: 2}\n    from: ", "dense"),  # itself
        ("  - Dense: {units: 2}\n    from: ", "units"),
        ("  - Dense: {units: 2}\n    ", "call"),  # its call takes no arguments
        ("  - Dense: {units: 2}\n    from: x\n    ", "from"),
        ("inp", "input"),
        ("inputs: {x: {dtype: ", "mixed_float16"),  # a policy is the model's
        ("  - Dense: {units: 2, kernel_initializer: {random_normal: {", "he_normal"),
        ("  - reuse: ", "input"),
    ],
)
def test_not_offered(typed: str, label: str) -> None:
    assert label not in offered(HEAD + typed)


def test_nothing_is_offered_in_comments_and_free_text() -> None:
    assert offered(HEAD + "  # ") == []
    assert offered("name: ") == []
    assert offered("description: |\n  la") == []
    assert offered(HEAD + "  - Dense: {units: 5 ") == []


@pytest.mark.parametrize("typed", ["  - ", "  - LSTM: {", "  - Dense: {units: 2}\n    from: ", "expect: {", ""])
def test_nothing_is_offered_twice(typed: str) -> None:
    labels = offered(HEAD + typed)
    assert labels
    assert len(set(labels)) == len(labels)


def test_what_stands_there_is_replaced() -> None:
    typed = HEAD + "  - LST"
    found = completions(typed, "M: {units: 5}\n")
    assert (found.start, found.end) == (len(HEAD + "  - "), len(typed) + 1)
    assert texts(typed, "M: {units: 5}\n")["GRU"] == "GRU"


def test_the_rest_of_an_expression_stays() -> None:
    typed = HEAD + "  - Dense: {units: $"
    found = completions(typed, "d-$d}\n")
    assert (found.start, found.end) == (len(typed) - 1, len(typed) + 1)


def test_loop_variables_are_offered() -> None:
    text = HEAD + "  - Dense: {units: $"
    assert "$f" in offered(text, "d}\n    repeat: {f: [1, 2]}\n")


def test_other_files_are_offered_as_blocks(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    (folder / "other.yaml").write_text("input: [4]\nlayers: [Flatten]\n", "utf-8")
    text = "blocks:\n  Other: {file: "
    files = OpenFiles()
    files.put(str(folder / "model.yaml"), text)
    found = complete(files, str(folder / "model.yaml"), len(text))
    assert found is not None
    assert [item.label for item in found.items] == ["other.yaml"]


def test_snippets_without_their_places() -> None:
    assert remove_holes("LSTM: {units: $1}") == "LSTM: {units: }"
    assert remove_holes("inputs:\n  ${1:name}: [$0]") == "inputs:\n  name: []"
    assert remove_holes("if: \\$$0") == "if: $"
