"""The devices that are known, as a table, CSV or JSON, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.dims import binary_text
from shapecalc.render.as_csv import csv_text
from shapecalc.render.as_json import document
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.device import rate_text
from shapecalc.render.layout import Heading

if TYPE_CHECKING:
    from shapecalc.analysis.devices import Device
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.render.table import Terminal

SHOWN = ("float32", "bfloat16", "float8")
"""The dtypes whose rates stand in the table; the page of a device has all."""

_HEAD = ("Name", "Device", "Memory", "Bandwidth", *SHOWN)


def devices_table(devices: Iterable[Device], terminal: Terminal) -> str:
    """A line for each device; rates in TFLOPS."""
    from shapecalc.render.table import table_text

    headings = [Heading(name, index > 1, 0, "green") for index, name in enumerate(_HEAD)]
    return table_text(headings, [_list_cells(device) for device in devices], terminal, 1) + "\n"


def devices_markdown(devices: Iterable[Device]) -> str:
    return markdown_table(_HEAD, [index > 1 for index in range(len(_HEAD))], map(_list_cells, devices))


def _list_cells(device: Device) -> tuple[str, ...]:
    rates = (f"{device.rates[name] / 10**12:.6g}" if name in device.rates else "-" for name in SHOWN)
    return (device.name, device.title, binary_text(device.memory), rate_text(device.bandwidth, "B/s"), *rates)


def device_page(device: Device) -> str:
    """What is known of one device, and who says so."""
    lines = [
        f"{device.name}: {device.title}",
        f"  memory     {binary_text(device.memory)}",
        f"  bandwidth  {rate_text(device.bandwidth, 'B/s')}",
        "  rates      of dense products",
        *(f"    {dtype:<15}{rate_text(rate, 'FLOPS'):>14}" for dtype, rate in device.rates.items()),
        f"  source     {device.source}",
    ]
    return "\n".join(lines) + "\n"


def devices_csv(devices: Iterable[Device]) -> str:
    """A row for each device; bytes, bytes a second, and FLOPs a second by dtype."""
    every = list(devices)
    dtypes = list(dict.fromkeys(dtype for device in every for dtype in device.rates))
    rows = (
        (device.name, device.title, device.memory, device.bandwidth, *map(device.rates.get, dtypes), device.source)
        for device in every
    )
    return csv_text(("name", "device", "memory", "bandwidth", *dtypes, "source"), rows)


def devices_json(devices: Iterable[Device], diagnostics: Iterable[Diagnostic]) -> str:
    """`devices`, each with bytes, bytes a second, and FLOPs a second by dtype."""
    return document([_convert(device) for device in devices], diagnostics, "devices")


def _convert(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "title": device.title,
        "memory": device.memory,
        "bandwidth": device.bandwidth,
        "rates": device.rates,
        "source": device.source,
    }
