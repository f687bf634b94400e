"""Devices by name."""

from __future__ import annotations

import re

import pytest

from shapecalc.analysis.devices import DEVICES, GIB, TERA, find_device


@pytest.mark.parametrize("device", DEVICES.values(), ids=lambda device: device.name)
def test_every_device_is_whole(device: object) -> None:
    from shapecalc.analysis.devices import Device

    assert isinstance(device, Device)
    assert DEVICES[device.name] is device
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", device.name)
    assert device.title
    assert device.source
    assert 8 * GIB <= device.memory <= 512 * GIB
    assert 200 * 10**9 <= device.bandwidth <= 10**13
    assert device.rates
    assert all(TERA <= rate <= 10**16 for rate in device.rates.values())
    # Narrower numbers are never slower.
    order = ("float64", "float32", "tensorfloat32", "bfloat16", "float8")
    known = [device.rates[dtype] for dtype in order if dtype in device.rates]
    assert known == sorted(known)
    assert device.rates.get("float16") == device.rates.get("bfloat16", device.rates.get("float16")) or (
        "float16" not in device.rates
    )


def test_devices_stand_by_the_alphabet() -> None:
    assert list(DEVICES) == sorted(DEVICES)


@pytest.mark.parametrize(
    ("text", "name"),
    [("h100-80g", "h100-80g"), (" H100_80G ", "h100-80g"), ("a100 40g", "a100-40g"), ("RTX4090", "rtx-4090")],
)
def test_a_name_in_any_spelling(text: str, name: str) -> None:
    assert find_device(text).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("h100", "there is no device `h100`; it is one of h100-80g, h100-nvl, h100-pcie"),
        ("tpu", "there is no device `tpu`; it is one of tpu-v4, tpu-v5e, tpu-v5p, tpu-v6e"),
        ("rtx-4091", "there is no device `rtx-4091`; did you mean `rtx-4090`?"),
        ("toaster", "there is no device `toaster`; `shapecalc devices` lists them"),
        ("", "there is no device ``; `shapecalc devices` lists them"),
    ],
)
def test_a_name_that_is_none(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        find_device(text)


@pytest.mark.parametrize(
    ("device", "dtype", "rate", "of"),
    [
        ("h100-80g", "bfloat16", 989.4, "bfloat16"),
        ("h100-80g", "float32", 66.9, "float32"),
        ("h100-80g", "float8e4m3fn", 1978.9, "float8"),
        ("a100-80g", "float8e5m2", 312, "bfloat16"),
        ("v100-16g", "bfloat16", 15.7, "float32"),
        ("v100-16g", "float16", 125, "float16"),
        ("tpu-v4", "float32", 275, "bfloat16"),
        ("tpu-v4", "int32", 275, "bfloat16"),
        ("t4", "uint8", 130, "int8"),
    ],
)
def test_the_rate_of_a_dtype(device: str, dtype: str, rate: float, of: str) -> None:
    assert DEVICES[device].find_rate(dtype) == (round(rate * 10) * TERA // 10, of)
