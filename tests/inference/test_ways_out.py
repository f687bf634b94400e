"""What is said where a shape does not fit is a way out that works: what it says is done, and the finding is gone."""

from __future__ import annotations

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.expect import check_expectations
from tests.layering import parse
from tests.specs.analysed import codes_in, said_of

ENCODER = (
    "input: [5, 4]\nlayers:\n  - {0}\n  - LSTM: {{units: 3}}\n    from: {{sequences: input, initial_state: {1}}}\n"
)


@pytest.mark.parametrize(
    ("model", "help", "mended"),
    [
        (
            ENCODER.format("LSTM: {units: 3, name: a}", "a"),
            "set `return_state: true` on `a`, and feed `initial_state: [a.state_h, a.state_c]`",
            ENCODER.format("LSTM: {units: 3, name: a, return_state: true}", "[a.state_h, a.state_c]"),
        ),
        (
            ENCODER.format("LSTM: {units: 3, name: a, return_state: true}", "a.state_h"),
            "feed `initial_state: [a.state_h, a.state_c]`",
            ENCODER.format("LSTM: {units: 3, name: a, return_state: true}", "[a.state_h, a.state_c]"),
        ),
        (
            ENCODER.format("LSTM: {units: 3, name: a, return_sequences: true}", "[a, a]"),
            "set `return_state: true` on `a`, and feed `initial_state: [a.state_h, a.state_c]`",
            ENCODER.format("LSTM: {units: 3, name: a, return_state: true}", "[a.state_h, a.state_c]"),
        ),
        (
            ENCODER.format("Dense: {units: 2, name: a}", "[a, a]"),
            "a state is (batch, units): feed `a` through `Flatten` and `Dense`",
            None,
        ),
        (
            "inputs: {x: [5, 4], h: [2], c: [2]}\nlayers:\n  - LSTM: {units: 3}\n"
            "    from: {sequences: x, initial_state: [h, c]}\n",
            "declare `h` as `[3]`, or set `units: 2` on `lstm`",
            "inputs: {x: [5, 4], h: [2], c: [2]}\nlayers:\n  - LSTM: {units: 2}\n"
            "    from: {sequences: x, initial_state: [h, c]}\n",
        ),
        (
            "input: [3, 32, 32]\nlayers:\n  - Conv2D: {filters: 8, kernel_size: 5}\n",
            "do the channels stand first? Write `[32, 32, 3]`, or set `data_format: channels_first` on its layers; "
            "or use `padding: same`",
            "input: [32, 32, 3]\nlayers:\n  - Conv2D: {filters: 8, kernel_size: 5}\n",
        ),
        (
            "input: [32, 5, 10]\nlayers:\n  - Dense: {units: 4}\n  - GRU: {units: 8}\n",
            "is 32 the batch? It is left out in brackets: write `[5, 10]`; or take axes away with `Flatten`, `Reshape` "
            "or pooling, or apply it to each step by `TimeDistributed`",
            "input: [5, 10]\nlayers:\n  - Dense: {units: 4}\n  - GRU: {units: 8}\n",
        ),
        (
            "input: [8, 100]\nlayers:\n  - TimeDistributed: {layer: {Conv1D: {filters: 3, kernel_size: 3}}}\n",
            "one step is (None, 100): leave `TimeDistributed` out, and `Conv1D` runs along the steps, or give a step "
            "one more axis by `Reshape: {target_shape: [8, 100, 1]}` in front",
            "input: [8, 100]\nlayers:\n  - Reshape: {target_shape: [8, 100, 1]}\n"
            "  - TimeDistributed: {layer: {Conv1D: {filters: 3, kernel_size: 3}}}\n",
        ),
        (
            "input: [null, 3]\nlayers:\n  - Flatten\n  - Dense: {units: 3}\n",
            "write `GlobalAveragePooling1D` in place of `flatten`, or give the axis a number, or a name such as `C`, "
            "in the input's shape",
            "input: [null, 3]\nlayers:\n  - GlobalAveragePooling1D\n  - Dense: {units: 3}\n",
        ),
        (
            "input: [8, 64]\nlayers:\n  - Reshape: {target_shape: [null, 512]}\n",
            "write `[-1, 512]`: -1 is worked out from the rest",
            "input: [8, 64]\nlayers:\n  - Reshape: {target_shape: [-1, 512]}\n",
        ),
        (
            "input: [5, 1]\nlayers:\n  - LSTM: {units: 5, return_sequences: true}\n  - Dense: {units: 3}\n"
            "expect: {output: [3]}\n",
            "`lstm` keeps the axis: set `return_sequences: false` on it",
            "input: [5, 1]\nlayers:\n  - LSTM: {units: 5, return_sequences: false}\n  - Dense: {units: 3}\n"
            "expect: {output: [3]}\n",
        ),
        (
            "input: [5, 1]\nlayers:\n  - Dense: {units: 3}\n  - Dropout: {rate: 0.5}\nexpect: {output: [5, 4]}\n",
            "set `units: 4` on `dense`",
            "input: [5, 1]\nlayers:\n  - Dense: {units: 4}\n  - Dropout: {rate: 0.5}\nexpect: {output: [5, 4]}\n",
        ),
        (
            'input: [5, 1]\nlayers:\n  - Dense: {units: 3}\nexpect: {output: "(5, 3)"}\n',
            "in parentheses the batch stands first: write `(None, 5, 3)`",
            'input: [5, 1]\nlayers:\n  - Dense: {units: 3}\nexpect: {output: "(None, 5, 3)"}\n',
        ),
        (
            "input: [5]\nlayers:\n  - Dense: {units: 5, name: a}\n  - Add:\n    from: (a, input)\n",
            "several references stand in a list: `[a, input]`",
            "input: [5]\nlayers:\n  - Dense: {units: 5, name: a}\n  - Add:\n    from: [a, input]\n",
        ),
    ],
)
def test_the_way_out_works(model: str, help: str, mended: str | None) -> None:
    (said,) = said_of(model)
    assert said.partition(" | ")[2] == help
    if mended is not None:
        assert [code for code in codes_in(mended) if code != "SC503"] == []


def test_an_input_without_axes_is_asked_for_no_batch() -> None:
    report = analyse(parse("input: []\nlayers:\n  - ops.expand_dims: {axis: 1}\nexpect: {output: []}\n"))
    (finding,) = check_expectations(report)
    assert (finding.message, finding.help) == ("expected output (None,), got (None, 1)", None)
