"""The weights of CuDNNLSTM and CuDNNGRU of Keras 2, as those of the LSTM and the GRU that compute the same.

Their kernels lie gate by gate as cuDNN has them, and each gate has two biases.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shapecalc.formats.weights.stored import Array, StoredWeight


def read_plainly(weights: dict[str, StoredWeight]) -> dict[str, StoredWeight]:
    """Weights by their names in a file, those of a layer of cuDNN, which its bias tells, as other layers have them."""
    plain = dict(weights)
    for name, bias in weights.items():
        folder, _, own = name.rpartition("/")
        names = [f"{folder}/{own.replace('bias', weight)}" for weight in ("kernel", "recurrent_kernel")]
        if not own.startswith("bias") or not all(name in weights for name in names):
            continue
        kernel, recurrent = (weights[name] for name in names)
        gates = _count_gates(kernel.shape, recurrent.shape, bias.shape)
        if gates is None:
            continue
        width = recurrent.shape[0]
        plain[names[0]] = kernel._replace(read=_by_gates(kernel, gates, _turn_kernel))
        plain[names[1]] = recurrent._replace(read=_by_gates(recurrent, gates, np.transpose))
        shape = (4 * width,) if gates == 4 else (2, 3 * width)
        plain[name] = bias._replace(shape=shape, read=_join_biases(bias, gates))
    return plain


def _count_gates(kernel: tuple[int, ...], recurrent: tuple[int, ...], bias: tuple[int, ...]) -> int | None:
    """The gates of a layer of cuDNN; None for weights that are those of another layer."""
    if len(kernel) != 2 or len(recurrent) != 2 or not recurrent[0] or kernel[1] != recurrent[1]:
        return None
    gates = recurrent[1] // recurrent[0]
    is_cudnn = gates in (3, 4) and recurrent[1] == gates * recurrent[0] and bias == (2 * recurrent[1],)
    return gates if is_cudnn else None


def _by_gates(weight: StoredWeight, gates: int, turn: Callable[[Array], Array]) -> Callable[[], Array]:
    """Reads a weight with each gate turned."""
    return lambda: np.hstack([turn(gate) for gate in np.hsplit(weight.read(), gates)])


def _turn_kernel(gate: Array) -> Array:
    return gate.T.reshape(gate.shape, order="F")


def _join_biases(bias: StoredWeight, gates: int) -> Callable[[], Array]:
    """Reads the two biases of each gate: an LSTM adds them up, a GRU keeps both."""
    if gates == 4:
        return lambda: bias.read().reshape(2, -1).sum(axis=0)
    return lambda: bias.read().reshape(2, -1)
