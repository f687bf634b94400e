"""Golden cases of the audio layers. Windows are given as numbers where Keras would need another package for them."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor

SOUND = {"inputs": tensor(2, 40, 2)}
SHORT: dict[str, Any] = {"frame_length": 8, "window": None}
MODES = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]


def each(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs} for config in configs]


def refused(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs, "error": True} for config in configs]


STFT: list[Case] = [
    *each([{**SHORT, "mode": mode} for mode in MODES], SOUND),
    *each([{**SHORT, "mode": mode, "expand_dims": True} for mode in ["magnitude", "stft"]], SOUND),
    *each(
        [
            {**SHORT, "mode": "real", "padding": "same", "frame_step": 3},
            {**SHORT, "mode": "real", "frame_step": 8, "fft_length": 16},
            {**SHORT, "mode": "imag", "frame_length": 7, "fft_length": 9},
            {"frame_length": 4, "window": [0.5, 1.0, 1.0, 0.5], "scaling": None, "mode": "magnitude"},
            {**SHORT, "mode": "magnitude", "trainable": False},
            {**SHORT, "mode": "magnitude", "name": "spectra"},
        ],
        SOUND,
    ),
    *each([{**SHORT, "mode": "real"}], {"inputs": tensor(2, 8, 1)}),
    *refused(
        [
            {**SHORT, "frame_step": 9},
            {**SHORT, "fft_length": 4},
            {**SHORT, "mode": "nope"},
            {**SHORT, "scaling": "nope"},
            {**SHORT, "padding": "causal"},
            {"frame_length": 4, "window": [1.0, 2.0]},
        ],
        SOUND,
    ),
    *refused([SHORT], {"inputs": tensor(2, 40)}),
    *refused([SHORT], {"inputs": tensor(2, 40, 2, kind="ids")}),
]

SIGNAL = {"inputs": tensor(2, 100)}
SMALL: dict[str, Any] = {"fft_length": 16, "sequence_stride": 8, "num_mel_bins": 4, "sampling_rate": 800}

MEL: list[Case] = [
    *each(
        [
            SMALL,
            {**SMALL, "power_to_db": False},
            {**SMALL, "window": "hamming", "power_to_db": False},
            {**SMALL, "window": None, "mag_exp": 1.0, "power_to_db": False},
            {**SMALL, "sequence_length": 12, "power_to_db": False},
            {**SMALL, "fft_length": 15, "sequence_stride": 7, "power_to_db": False},
            {**SMALL, "min_freq": 50.0, "max_freq": 300.0},
            {**SMALL, "top_db": 5.0, "ref_power": 2.0},
        ],
        SIGNAL,
    ),
    *each([SMALL], {"inputs": tensor(2, 9)}),
    *refused([{**SMALL, "sequence_length": 32}, {**SMALL, "window": "nope"}], SIGNAL),
    *refused([{**SMALL, "fft_length": 256}], SIGNAL),
]

CASES: dict[str, list[Case]] = {"STFTSpectrogram": STFT, "MelSpectrogram": MEL}

CHAINS: list[Case] = [
    {
        "name": "spectra",
        "input": tensor(2, 40, 1),
        "layers": [{"STFTSpectrogram": {**SHORT, "mode": "magnitude"}}, {"Dense": {"units": 2}}],
    },
]
