"""What the tests of rules ask with: tensors of an unknown batch, and the error of a call that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, unknown
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor

BATCH = unknown()


def tensor(*sizes: Any, **keys: Any) -> Tensor:
    """Of these sizes, the batch in front; tensors of one test are of one batch."""
    return Tensor(Shape((BATCH, *sizes)), **keys)


def fed(*sizes: Any, **keys: Any) -> tuple[Tensor]:
    """The feed of a layer with one port."""
    return (tensor(*sizes, **keys),)


def refusal(layer: Any, *feed: Any) -> ShapeError:
    """The error of a call."""
    with pytest.raises(ShapeError) as caught:
        infer(layer, feed)
    return caught.value


def refusal_parts(layer: Any, *feed: Any) -> tuple[str, str | None, str | None]:
    """Its message, what it blames, and its help."""
    error = refusal(layer, *feed)
    return error.message, error.arg or error.input, error.help
