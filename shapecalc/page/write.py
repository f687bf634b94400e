"""A page as one file of HTML: its style, its data and its script within, and nothing from anywhere else."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import Any

from shapecalc.formats.pictures.style import TINTS

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Signs that must not stand in the data as they are: a name could end the element that holds it."""


def write_page(models: list[dict[str, Any]]) -> str:
    """The text of the page that shows the models of these data."""
    text = json.dumps(models, separators=(",", ":"), ensure_ascii=False)
    for sign, written in _UNSAFE.items():
        text = text.replace(sign, written)
    script = read_part("formulas.js") + read_part("page.js").replace("TINTS_DATA", json.dumps(TINTS))
    places = {
        "TITLE": escape(models[0]["name"]),
        "STYLE": read_part("colours.css") + read_part("page.css"),
        "DATA": text,
        "SCRIPT": script,
    }
    page, rest = "", read_part("page.html")
    for name, content in places.items():  # in the order of the places, so that none is looked for in what is put in
        before, _, rest = rest.partition(name)
        page += before + content
    return page + rest


def read_part(name: str) -> str:
    """A file of which pages are made."""
    return files("shapecalc.page").joinpath(name).read_text("utf-8")
