"""Forwards beside PyTorch and ONNX Runtime, on one thread: PyTorch's time over ours, case by case, in one run."""

from __future__ import annotations

import gc
import io
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

from tests.benchmarks.pairs import ROOT, environment, in_turns, peak_memory, timed

LEAST = 1e-2
"""Seconds that one sample lasts at least, by repetition."""

RECURRENT = ((1, 5, 1, 5), (32, 100, 64, 128), (1, 700, 64, 200), (64, 50, 512, 512))
"""Batch, steps, features, units."""

Way = Callable[[], Any]


def ours(type_name: str, shape: tuple[int, ...], *more: int, **arguments: Any) -> Way:
    """A call of one layer whose weights are there, on `1 + more` times the same input of a shape."""
    import numpy as np

    from shapecalc.forward.base import apply
    from shapecalc.forward.weights import Weights, WeightStore
    from shapecalc.layers.catalogue import find

    layer_type = find(type_name)
    assert layer_type is not None
    values = {name: layer_type.args[name].read(value, layer_type) for name, value in arguments.items()}
    cfg, weight = layer_type(**values), Weights(WeightStore()).scope("layer")
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    feed = (x,) * (1 + len(more))
    return lambda: apply(cfg, weight, *feed)


def theirs(module: Any, shape: tuple[int, ...], copies: int = 1, **options: Any) -> tuple[Way, Way | None]:
    """A call of PyTorch's module, and of what ONNX Runtime makes of it where it can be exported."""
    import torch

    module.eval()
    feed = (torch.randn(shape),) * copies

    def run() -> Any:
        with torch.inference_mode():
            return module(*feed, **options)

    return run, None if options else runtime(module, feed)


def runtime(module: Any, feed: tuple[Any, ...]) -> Way | None:
    """The module in ONNX Runtime."""
    import onnxruntime
    import torch

    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(module, feed, buffer, dynamo=False)
    except Exception as error:
        print(f"not exported: {error}", file=sys.stderr)
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])
    inputs = {one.name: array.numpy() for one, array in zip(session.get_inputs(), feed, strict=False)}
    return lambda: session.run(None, inputs)


def channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], shape[-1], *shape[1:-1])


def cases() -> dict[str, Callable[[], tuple[Way, tuple[Way, Way | None]]]]:
    """By name, what builds both sides of a case."""
    from torch import nn

    found: dict[str, Callable[[], tuple[Way, tuple[Way, Way | None]]]] = {}
    for type_name, module in (("LSTM", nn.LSTM), ("GRU", nn.GRU), ("SimpleRNN", nn.RNN)):
        for batch, steps, features, units in RECURRENT:

            def recurrent(
                t: str = type_name, m: Any = module, s: Any = (batch, steps, features), u: int = units
            ) -> Any:
                return ours(t, s, units=u, return_sequences=True), theirs(m(s[-1], u, batch_first=True), s)

            found[f"{type_name} batch {batch}, {steps} steps, {features} to {units}"] = recurrent

    def convolution(shape: tuple[int, ...], filters: int, module: Any, type_name: str = "Conv2D", **more: Any) -> Any:
        return lambda: (
            ours(type_name, shape, **({"filters": filters} if filters else {}), padding="same", **more),
            theirs(module, channels_first(shape)),
        )

    found["Conv2D 3x3, 56x56x64"] = convolution((1, 56, 56, 64), 64, nn.Conv2d(64, 64, 3, padding=1), kernel_size=3)
    found["Conv2D 3x3, 28x28x128"] = convolution(
        (1, 28, 28, 128), 128, nn.Conv2d(128, 128, 3, padding=1), kernel_size=3
    )
    found["TimeDistributed 3x3, 10 x 299x299x3 to 64"] = lambda: (
        timed_convolution(),
        theirs(nn.Conv2d(3, 64, 3), (10, 3, 299, 299)),
    )
    found["attention 512 x 768, 12 heads"] = lambda: (
        ours("MultiHeadAttention", (1, 512, 768), 1, num_heads=12, key_dim=64),
        theirs(nn.MultiheadAttention(768, 12, batch_first=True), (1, 512, 768), 3, need_weights=False),
    )
    found["depthwise 3x3, 112x112x96"] = convolution(
        (1, 112, 112, 96), 0, nn.Conv2d(96, 96, 3, padding=1, groups=96), "DepthwiseConv2D", kernel_size=3
    )
    found["LayerNormalization 512 x 768"] = lambda: (
        ours("LayerNormalization", (1, 512, 768)),
        theirs(nn.LayerNorm(768), (1, 512, 768)),
    )
    found["exact GELU 512 x 3072"] = lambda: (
        ours("Activation", (1, 512, 3072), activation="gelu"),
        theirs(nn.GELU(), (1, 512, 3072)),
    )
    found["transposed 4x4 / 2, 56x56x128 to 64"] = convolution(
        (1, 56, 56, 128), 64, nn.ConvTranspose2d(128, 64, 4, 2, 1), "Conv2DTranspose", kernel_size=4, strides=2
    )
    found["ResNet-50, batch 1"] = lambda: (our_resnet(), theirs(torch_resnet(), (1, 3, 224, 224)))
    return found


def timed_convolution() -> Way:
    """TimeDistributed(Conv2D), ten images of 299 x 299 as one sample."""
    from shapecalc.layers.catalogue import find

    convolution = find("Conv2D")
    assert convolution is not None
    inner = convolution(filters=64, kernel_size=(3, 3))
    return ours("TimeDistributed", (1, 10, 299, 299, 3), layer=inner)


def resnet_report() -> Any:
    """ResNet-50 from its spec, for one image."""
    from shapecalc.analysis.analyse import Settings, analyse
    from shapecalc.model.load import Library

    spec = Library().open(str(ROOT / "specs" / "models" / "resnet50_torchvision.yaml"))
    return analyse(spec, Settings(batch=1))


def our_resnet() -> Way:
    """ResNet-50 walked once, with weights given in single precision, as from a file."""
    import numpy as np

    from shapecalc.forward.block import GraphRun
    from shapecalc.forward.weights import Weights, WeightStore

    report, random = resnet_report(), np.random.default_rng(0)
    given = {}
    for row in report.rows:
        for path, weight in row.weights:
            shape = tuple(map(int, weight.shape))
            array = np.ones(shape, np.float32)
            if len(shape) > 1:
                random.random(out=array, dtype=np.float32)
                array -= 0.5
                array *= (24 / array[..., 0].size) ** 0.5
            given[f"{row.name}/{path}"] = array
    store = WeightStore(given)
    x = random.standard_normal((1, 224, 224, 3), np.float32)
    return lambda: GraphRun(report.walk, Weights(store)).run([x], [None])


def resnet_products() -> Way:
    """The matrix products of ResNet-50 and nothing else: of each layer (places, patch) with (patch, filters)."""
    import numpy as np

    sizes = []
    for row in resnet_report().rows:
        for _, weight in row.weights:
            *patch, filters = map(int, weight.shape)
            if patch:
                places = math.prod(map(int, row.inferred.output.shape[1:-1]))
                sizes.append((places, math.prod(patch), filters))
    ready = [
        (
            np.ones((places, patch), np.float32),
            np.ones((patch, filters), np.float32),
            np.empty((places, filters), np.float32),
        )
        for places, patch, filters in sizes
    ]

    def run() -> None:
        for patches, kernel, out in ready:
            np.dot(patches, kernel, out)

    return run


def torch_resnet() -> Any:
    """The same network in PyTorch: the stride stands in the 3x3 convolution, as in torchvision."""
    from torch import nn

    def convolved(of: int, to: int, size: int, stride: int = 1) -> list[Any]:
        return [nn.Conv2d(of, to, size, stride, size // 2, bias=False), nn.BatchNorm2d(to)]

    class Bottleneck(nn.Module):  # type: ignore[misc]
        def __init__(self, of: int, width: int, stride: int) -> None:
            super().__init__()
            to = 4 * width
            self.body = nn.Sequential(
                *convolved(of, width, 1), nn.ReLU(True), *convolved(width, width, 3, stride), nn.ReLU(True),
                *convolved(width, to, 1),
            )  # fmt: skip
            self.shortcut = nn.Sequential(*convolved(of, to, 1, stride)) if of != to else nn.Identity()
            self.relu = nn.ReLU(True)

        def forward(self, x: Any) -> Any:
            return self.relu(self.body(x) + self.shortcut(x))

    layers: list[Any] = [*convolved(3, 64, 7, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)]
    features = 64
    for width, count in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for place in range(count):
            layers.append(Bottleneck(features, width, 2 if place == 0 and width > 64 else 1))
            features = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def samples(way: Way) -> Callable[[], float]:
    """`way` repeated until a sample is long enough to be told from noise."""
    way()
    once = timed(way)()
    return timed(way, max(1, round(LEAST / once)))


def peak(which: str) -> None:
    """In a process of its own: prints the peak memory in KiB after one ResNet-50 forward."""
    if which == "ours":
        our_resnet()()
    else:
        import torch

        torch.set_num_threads(1)
        module = torch_resnet().eval()
        with torch.inference_mode():
            module(torch.randn(1, 3, 224, 224))
    print(peak_memory())


def peak_of(which: str) -> float:
    """What `peak` prints, in MiB."""
    command = [sys.executable, "-m", "tests.benchmarks.forwards", "--peak", which]
    return int(subprocess.run(command, env=environment(**THREADS), capture_output=True, check=True).stdout) / 1024


THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main(wanted: str = "", rounds: int = 15) -> None:
    import torch

    torch.set_num_threads(1)
    gc.disable()
    for name, build in cases().items():
        if wanted.lower() not in name.lower():
            continue
        mine, (module, session) = build()
        own = samples(mine)
        found = in_turns(samples(module), own, rounds)
        times = f"ours {found.other * 1e3:9.3f} ms, PyTorch {found.ours * 1e3:9.3f} ms, ratio {found.ratio:5.2f}"
        other = f", ONNX Runtime {in_turns(samples(session), own, rounds).ratio:5.2f}" if session else ""
        print(f"{name:45} {times}{other}", flush=True)
        if name.startswith("ResNet"):
            print(
                f"its products alone / ours {in_turns(samples(resnet_products()), own, rounds).ratio:5.2f}", flush=True
            )
    if not wanted:
        mine_peak, their_peak = peak_of("ours"), peak_of("PyTorch")
        ratio = mine_peak / their_peak
        print(f"peak memory, ResNet-50: ours {mine_peak:.0f} MiB, PyTorch {their_peak:.0f} MiB, ratio {ratio:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        peak(sys.argv[2])
    elif any(os.environ.get(name) != value for name, value in THREADS.items()):
        # Thread counts and the kind of core are read when the libraries load: begin again with them set.
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.benchmarks.forwards", *sys.argv[1:]], environment(**THREADS)
        )
    else:
        main(sys.argv[1] if sys.argv[1:] else "", int(sys.argv[2]) if sys.argv[2:] else 15)
