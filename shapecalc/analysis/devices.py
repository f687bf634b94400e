"""Devices by name: their memory, its bandwidth, and the peak rates of products by dtype, as their makers state them."""

from __future__ import annotations

from typing import NamedTuple

from shapecalc.diagnostics import did_you_mean, shorten

GIB = 1024**3
TERA = 10**12


class Device(NamedTuple):
    """A device: bytes of memory, bytes a second, FLOPs a second by dtype, and who says so.

    `memory` is in GiB what makers call GB, as devices report it themselves. Rates are those of dense products, of
    matrix units where there are any, and on GeForce cards those that add up in float32. `tensorfloat32` is float32
    rounded for the product.
    """

    name: str
    title: str
    memory: int
    bandwidth: int
    rates: dict[str, int]
    source: str

    def find_rate(self, dtype: str) -> tuple[int, str]:
        """FLOPs a second of products in a dtype, and the dtype whose rate that is: another one where it has none."""
        for name in (dtype, *_INSTEAD.get(dtype, ()), "float32", "bfloat16"):
            if name in self.rates:
                return self.rates[name], name
        return max((rate, name) for name, rate in self.rates.items())


_INSTEAD = {
    "float8e4m3fn": ("float8", "bfloat16", "float16"),
    "float8e5m2": ("float8", "bfloat16", "float16"),
    "uint8": ("int8",),
    "complex64": ("float32",),
    "complex128": ("float64",),
}
"""Dtypes whose rate is taken for one that a device has no rate for; after these float32, and bfloat16."""


def _make(
    name: str, title: str, memory: int, bandwidth: int, source: str, rates: dict[str, float]
) -> tuple[str, Device]:
    """A device from GiB, GB a second and TFLOPS."""
    exact = {dtype: round(rate * 1000) * (TERA // 1000) for dtype, rate in rates.items()}
    return name, Device(name, title, memory * GIB, bandwidth * 10**9, exact, source)


_HOPPER = {
    "float64": 66.9, "float32": 66.9, "tensorfloat32": 494.7, "bfloat16": 989.4, "float16": 989.4,
    "float8": 1978.9, "int8": 1978.9,
}  # fmt: skip
_AMPERE = {
    "float64": 19.5, "float32": 19.5, "tensorfloat32": 156, "bfloat16": 312, "float16": 312, "int8": 624,
}  # fmt: skip
_VOLTA = {"float64": 7.8, "float32": 15.7, "float16": 125}
_CDNA3 = {
    "float64": 163.4, "float32": 163.4, "tensorfloat32": 653.7, "bfloat16": 1307.4, "float16": 1307.4,
    "float8": 2614.9, "int8": 2614.9,
}  # fmt: skip
_NVIDIA = "NVIDIA, data sheet of the "
_GEFORCE = "NVIDIA, white paper of the "
_GOOGLE = "Google Cloud, TPU system architecture, "

DEVICES = dict(
    [
        _make("a100-40g", "NVIDIA A100 40GB (SXM and PCIe)", 40, 1555, f"{_NVIDIA}A100", _AMPERE),
        _make("a100-80g", "NVIDIA A100 80GB SXM", 80, 2039, f"{_NVIDIA}A100", _AMPERE),
        _make("a100-80g-pcie", "NVIDIA A100 80GB PCIe", 80, 1935, f"{_NVIDIA}A100", _AMPERE),
        _make("a10g", "NVIDIA A10G", 24, 600, f"{_NVIDIA}A10G", {
            "float32": 35, "tensorfloat32": 35, "bfloat16": 70, "float16": 70, "int8": 140,
        }),
        _make("a40", "NVIDIA A40", 48, 696, f"{_NVIDIA}A40", {
            "float32": 37.4, "tensorfloat32": 74.8, "bfloat16": 149.7, "float16": 149.7, "int8": 299.3,
        }),
        _make("a6000", "NVIDIA RTX A6000", 48, 768, f"{_NVIDIA}RTX A6000", {
            "float32": 38.7, "tensorfloat32": 77.4, "bfloat16": 154.8, "float16": 154.8, "int8": 309.7,
        }),
        _make("b200", "NVIDIA B200 (HGX)", 180, 8000, f"{_NVIDIA}HGX B200, an eighth", {
            "float64": 40, "float32": 80, "tensorfloat32": 1100, "bfloat16": 2250, "float16": 2250, "float8": 4500,
            "int8": 4500,
        }),
        _make("h100-80g", "NVIDIA H100 80GB SXM", 80, 3350, f"{_NVIDIA}H100", _HOPPER),
        _make("h100-nvl", "NVIDIA H100 NVL 94GB", 94, 3900, f"{_NVIDIA}H100", {
            "float64": 60, "float32": 60, "tensorfloat32": 417.5, "bfloat16": 835.5, "float16": 835.5,
            "float8": 1670.5, "int8": 1670.5,
        }),
        _make("h100-pcie", "NVIDIA H100 80GB PCIe", 80, 2000, f"{_NVIDIA}H100", {
            "float64": 51.2, "float32": 51.2, "tensorfloat32": 378, "bfloat16": 756, "float16": 756, "float8": 1513,
            "int8": 1513,
        }),
        _make("h200", "NVIDIA H200 SXM", 141, 4800, f"{_NVIDIA}H200", _HOPPER),
        _make("l4", "NVIDIA L4", 24, 300, f"{_NVIDIA}L4", {
            "float32": 30.3, "tensorfloat32": 60, "bfloat16": 121, "float16": 121, "float8": 242.5, "int8": 242.5,
        }),
        _make("l40s", "NVIDIA L40S", 48, 864, f"{_NVIDIA}L40S", {
            "float32": 91.6, "tensorfloat32": 183, "bfloat16": 362.1, "float16": 362.1, "float8": 733, "int8": 733,
        }),
        _make("m2-ultra", "Apple M2 Ultra, 76 cores, 192GB", 192, 800, "Apple, Mac Pro and M2 Ultra", {
            "float32": 27.2, "float16": 27.2,
        }),
        _make("mi250x", "AMD Instinct MI250X, both halves", 128, 3277, "AMD, data sheet of the MI250X", {
            "float64": 95.7, "float32": 95.7, "bfloat16": 383, "float16": 383, "int8": 383,
        }),
        _make("mi300x", "AMD Instinct MI300X", 192, 5300, "AMD, data sheet of the MI300X", _CDNA3),
        _make("mi325x", "AMD Instinct MI325X", 256, 6000, "AMD, data sheet of the MI325X", _CDNA3),
        _make("rtx-3090", "NVIDIA GeForce RTX 3090", 24, 936, f"{_GEFORCE}Ampere GA102 architecture", {
            "float32": 35.6, "tensorfloat32": 35.6, "bfloat16": 71, "float16": 71, "int8": 284,
        }),
        _make("rtx-4090", "NVIDIA GeForce RTX 4090", 24, 1008, f"{_GEFORCE}Ada architecture", {
            "float32": 82.6, "tensorfloat32": 82.6, "bfloat16": 165.2, "float16": 165.2, "float8": 330.3,
            "int8": 660.6,
        }),
        _make("rtx-5090", "NVIDIA GeForce RTX 5090", 32, 1792, f"{_GEFORCE}RTX Blackwell architecture", {
            "float32": 104.8, "tensorfloat32": 104.8, "bfloat16": 209.5, "float16": 209.5, "float8": 419, "int8": 838,
        }),
        _make("t4", "NVIDIA T4", 16, 320, f"{_NVIDIA}T4", {"float32": 8.1, "float16": 65, "int8": 130}),
        _make("tpu-v4", "Google TPU v4, one chip", 32, 1228, f"{_GOOGLE}v4", {"bfloat16": 275, "int8": 275}),
        _make("tpu-v5e", "Google TPU v5e, one chip", 16, 819, f"{_GOOGLE}v5e", {"bfloat16": 197, "int8": 394}),
        _make("tpu-v5p", "Google TPU v5p, one chip", 95, 2765, f"{_GOOGLE}v5p", {"bfloat16": 459, "int8": 918}),
        _make("tpu-v6e", "Google TPU v6e, one chip", 32, 1640, f"{_GOOGLE}v6e", {"bfloat16": 918, "int8": 1836}),
        _make("v100-16g", "NVIDIA V100 16GB SXM2", 16, 900, f"{_NVIDIA}V100", _VOLTA),
        _make("v100-32g", "NVIDIA V100 32GB SXM2", 32, 900, f"{_NVIDIA}V100", _VOLTA),
    ]
)  # fmt: skip
"""The devices, by name."""


def find_device(name: str) -> Device:
    """The device of a name. Raises ValueError with what was meant."""
    key = "-".join(name.strip().lower().replace("_", "-").split())
    for known, device in DEVICES.items():
        if _squeeze(key) == _squeeze(known):
            return device
    begun = [known for known in DEVICES if _squeeze(key) and _squeeze(known).startswith(_squeeze(key))]
    guess = did_you_mean(key, DEVICES)
    words = f"did you mean `{guess}`?" if guess else "`shapecalc devices` lists them"
    if begun:
        words = f"it is one of {', '.join(begun)}"
    raise ValueError(f"there is no device `{shorten(name)}`; {words}")


def _squeeze(name: str) -> str:
    """A name without what stands between its parts: `rtx4090`."""
    return name.replace("-", "")
