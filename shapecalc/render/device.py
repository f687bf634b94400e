"""What a device makes of a model, in a few lines and for scripts: does it fit, how long does it take at best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.analysis.roofline import PICO, Bound, find_fused_time, find_model_bound
from shapecalc.dims import Size, add_up, binary_text, count_text, size_text, symbols, to_json
from shapecalc.layers.arguments.plain import LARGEST
from shapecalc.render.budget import greatest_text

if TYPE_CHECKING:
    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.fitting import Fit
    from shapecalc.analysis.report import Report
    from shapecalc.render.summary_options import SummaryOptions
    from shapecalc.training.peak import Training

_TIMES = ((PICO, "s"), (10**9, "ms"), (10**6, "µs"), (10**3, "ns"), (1, "ps"))
_RATES = ((10**15, "P"), (10**12, "T"), (10**9, "G"))


def time_text(picoseconds: int) -> str:
    """A time in three digits: `12.3 ms`."""
    for size, unit in _TIMES:
        if picoseconds >= size:
            return f"{_write_digits(picoseconds, size)} {unit}"
    return "0"


def rate_text(rate: int, unit: str) -> str:
    """A rate in at most four digits: `3.35 TB/s`, `989.4 TFLOPS`."""
    for size, prefix in _RATES:
        if rate >= size:
            return f"{rate / size:.4g} {prefix}{unit}"
    return f"{rate:,} {unit}"


def bound_text(bound: Bound, device: Device) -> str:
    """A least time, or its formula where sizes are no numbers."""
    if bound.time is not None:
        return time_text(bound.time)
    flops: dict[int, list[Size]] = {}
    for work in bound.works:
        flops.setdefault(device.find_rate(work.dtype)[0], []).append(work.flops)
    products = " + ".join(
        f"{_in_brackets(total)} / {_write_rate(rate)}" for rate, sizes in flops.items() if (total := add_up(sizes)) != 0
    )
    traffic = f"{_in_brackets(add_up([work.bytes for work in bound.works]))} / {_write_rate(device.bandwidth)}"
    return f"max({products}, {traffic}) s" if products else f"{traffic} s"


def bound_data(bound: Bound, device: Device) -> float | str:
    """The same for scripts, in seconds."""
    return bound.time / PICO if bound.time is not None else bound_text(bound, device).removesuffix(" s")


def _in_brackets(size: Size) -> str:
    text = size_text(size)
    return f"({text})" if " " in text else text


def _write_rate(rate: int) -> str:
    """A rate in powers of ten: `3.35e12`."""
    return f"{rate:.6g}".replace("+", "")


def _write_digits(number: int, size: int) -> str:
    whole = number / size
    return f"{whole:.{2 if whole < 10 else 1 if whole < 100 else 0}f}"


def write_device(report: Report, options: SummaryOptions) -> list[str]:
    """The lines below a table: the device, whether the model fits it, tokens, time."""
    from shapecalc.analysis.fitting import Fit

    device = options.device
    assert device is not None
    fit = Fit(report, device, options.training, options.kv_cache)
    lines = [_write_head(report, device), write_verdict(fit)]
    if fit.is_decoder:
        lines += _write_tokens(fit)
    return [*lines, _write_time(report, device, options.training)]


def _write_head(report: Report, device: Device) -> str:
    rate, dtype = device.find_rate(report.dtype.removeprefix("mixed_"))
    return (
        f"Device: {device.title}, {binary_text(device.memory)}, {rate_text(device.bandwidth, 'B/s')}, "
        f"{rate_text(rate, 'FLOPS')} in {dtype}"
    )


def write_verdict(fit: Fit) -> str:
    """`Fits: 19.0 GiB of 24.0 GiB`, with what is meant."""
    of = f"{greatest_text(fit.needed)} of {binary_text(fit.device.memory)}"
    if fit.fits is None:
        largest = fit.find_largest()
        if largest is None:
            names = ", ".join(sorted(frozenset[str]().union(*map(symbols, fit.needed))))
            return f"Fits or not: it depends on {names or 'a size that is not known'}: {of}{_write_purpose(fit)}"
        name, value = largest
        return f"Fits up to {name} = {value:,}: {of}{_write_purpose(fit)}" if value else f"Does not fit: {of}"
    excess = "" if fit.fits else f", {binary_text(fit.excess)} too much"
    return f"{'Fits' if fit.fits else 'Does not fit'}: {of}{excess}{_write_purpose(fit)}"


def concise_verdict(report: Report, options: SummaryOptions) -> str:
    """`fits t4`, `does not fit t4`, `fits t4 up to T = 512`."""
    from shapecalc.analysis.fitting import Fit

    assert options.device is not None
    fit, name = Fit(report, options.device, options.training, options.kv_cache), options.device.name
    if fit.fits is not None:
        return f"fits {name}" if fit.fits else f"does not fit {name}"
    largest = fit.find_largest()
    if largest is None:
        return f"may fit {name}"
    return f"fits {name} up to {largest[0]} = {largest[1]:,}" if largest[1] else f"does not fit {name}"


def _write_purpose(fit: Fit) -> str:
    """What needs the memory."""
    batch = f"batch {size_text(fit.batch)}"
    if fit.training is not None:
        return f", training with {fit.training}, {batch}"
    if not fit.is_decoder:
        return f", inference, {batch}"
    cache = f"cache {binary_text(fit.count_cache(1))} of a token"
    if fit.tokens is not None and fit.cache is not None:
        cache = f"cache {binary_text(fit.cache)} of {count_text(fit.tokens)} tokens"
    elif fit.fits_any_tokens:
        cache = f"cache at most {binary_text(fit.count_cache(LARGEST))} of any number of tokens"
    return f", token by token, {batch}: weights {binary_text(fit.memory.weights_bytes)}, {cache}"


def _write_tokens(fit: Fit) -> list[str]:
    """The tokens that fit, and how many a second there are at best."""
    most = fit.most_tokens
    lines = [f"Tokens that fit: {most:,} beside the weights"] if most is not None else []
    empty = fit.find_token_rate(0)
    if empty is not None:
        full = fit.find_token_rate(fit.tokens) if isinstance(fit.tokens, int) else None
        later = f", {full:,.1f} with {fit.tokens:,} tokens in it" if full is not None else ""
        lines.append(f"Tokens a second: at most {empty:,.1f} with an empty cache{later}")
    return lines


def _write_time(report: Report, device: Device, training: Training | None) -> str:
    """The least time of the model; what of it products take, and what the traffic of memory."""
    bound = find_model_bound(report, device, training)
    what = "a step of training" if training is not None else "a forward pass"
    if bound.time is None:
        return f"Time: at least {bound_text(bound, device)} for {what}"
    parts = f"{time_text(bound.compute)} bound by compute, {time_text(bound.memory)} by memory"
    fused = find_fused_time(report, device, training)
    least = f"; {time_text(fused)} however it is fused" if fused is not None else ""
    return f"Time: at least {time_text(bound.time)} for {what}, layer by layer, {parts}{least}"


def device_json(report: Report, options: SummaryOptions) -> dict[str, Any]:
    """The same for scripts: bytes, seconds; `fits` is null where sizes decide."""
    from shapecalc.analysis.fitting import Fit

    device = options.device
    assert device is not None
    fit = Fit(report, device, options.training, options.kv_cache)
    bound = find_model_bound(report, device, options.training)
    data: dict[str, Any] = {
        "name": device.name,
        "memory": device.memory,
        "bandwidth": device.bandwidth,
        "needed": to_json(fit.needed[0]) if len(fit.needed) == 1 else [to_json(size) for size in fit.needed],
        "fits": fit.fits,
        "time": bound_data(bound, device),
        "time_fused": None if (fused := find_fused_time(report, device, options.training)) is None else fused / PICO,
        "time_bound_by_compute": None if bound.time is None else bound.compute / PICO,
        "time_bound_by_memory": None if bound.time is None else bound.memory / PICO,
    }
    if fit.is_decoder:
        tokens = fit.tokens
        data |= {
            "tokens": None if tokens is None else to_json(tokens),
            "tokens_that_fit": fit.most_tokens,
            "tokens_per_second": fit.find_token_rate(tokens if isinstance(tokens, int) else 0),
        }
    return data
