"""A model as a PNG image, made of the SVG one by a program that is installed: librsvg's, or a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.formats.pictures.svg import Picture

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Drawing

_SCALE = 2
"""Pixels for each one of the drawing, so that letters are sharp on any screen."""
_SECONDS = 120
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HELP = (
    "install librsvg (`apt install librsvg2-bin`, `brew install librsvg`) or Chromium, or write an SVG image with "
    "`--to svg`, which every browser shows"
)


def png(drawing: Drawing) -> bytes:
    """The bytes of the image. Raises Fault with SC607 where no program makes one."""
    picture = Picture(drawing)
    failures: list[str] = []
    for name, make in PROGRAMS.items():
        program = shutil.which(name)
        if program is None:
            continue
        try:
            image = make(program, picture)
        except subprocess.CalledProcessError as failure:
            failures.append(f"{name} ended with exit code {failure.returncode}")
        except subprocess.TimeoutExpired:
            failures.append(f"{name} took more than {_SECONDS} s")
        except OSError as failure:
            failures.append(f"{name}: {failure.strerror}")
        else:
            if image.startswith(_SIGNATURE):
                return image
            failures.append(f"{name} gave none")
    words = ", ".join(failures) or "no program here makes one of an SVG image"
    raise Fault(error("SC607", f"cannot write a PNG image: {shorten(words, 200)}", help=_HELP))


def _run_rsvg(program: str, picture: Picture) -> bytes:
    zoom = min(_SCALE, 32_000 / max(picture.width, picture.height))
    words = [program, "--format", "png", "--zoom", f"{zoom:.4f}", "--unlimited"]
    done = subprocess.run(words, input=picture.write().encode(), capture_output=True, timeout=_SECONDS, check=True)
    return done.stdout


def _run_browser(program: str, picture: Picture) -> bytes:
    scale = min(_SCALE, 16_000 / max(picture.width, picture.height))
    with TemporaryDirectory() as folder:
        page, image = os.path.join(folder, "page.svg"), os.path.join(folder, "image.png")
        with open(page, "w", encoding="utf-8") as file:
            file.write(picture.write())
        words = [
            program,
            "--headless",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--no-first-run",
            f"--user-data-dir={os.path.join(folder, 'profile')}",
            f"--force-device-scale-factor={scale:.4f}",
            f"--window-size={picture.width},{picture.height}",
            f"--screenshot={image}",
        ]
        if getattr(os, "geteuid", lambda: 1)() == 0:
            words.append("--no-sandbox")  # a browser refuses to start as root without this; the page holds no script
        subprocess.run([*words, f"file://{page}"], capture_output=True, timeout=_SECONDS, check=True)
        with open(image, "rb") as written:
            return written.read()


PROGRAMS: dict[str, Callable[[str, Picture], bytes]] = {
    "rsvg-convert": _run_rsvg,
    "chromium": _run_browser,
    "chromium-browser": _run_browser,
    "google-chrome": _run_browser,
    "google-chrome-stable": _run_browser,
}
"""The programs that can do it, the best one first."""
