"""The colours of a picture: a tint for each kind of layer, light and dark, and dark letters on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Box

TINTS = {
    "dense": ("#e8f3ea", "#2f7d43", "#14281a", "#4ea766"),
    "conv": ("#e6effb", "#2f66b5", "#12233c", "#5b94e3"),
    "steps": ("#f1e9fa", "#7846b0", "#251838", "#a57bdb"),
    "attend": ("#fdf0e1", "#b36a12", "#33240f", "#d99a4a"),
    "norm": ("#fbf6dc", "#8a7512", "#2b270f", "#bfa83f"),
    "pool": ("#fbe9ec", "#b03a56", "#361820", "#de7088"),
    "merge": ("#e2f4f4", "#1f7a7d", "#0f2a2b", "#4aabae"),
    "plain": ("#ffffff", "#7d8590", "#161b22", "#7d8590"),
    "block": ("#f3f4f6", "#57606a", "#21262d", "#8b949e"),
}
"""For each tint its fill and its line on a light page, then those on a dark one."""
_FAMILIES = {
    "core": "dense",
    "convolution": "conv",
    "conv_recurrent": "conv",
    "recurrent": "steps",
    "attention": "attend",
    "normalization": "norm",
    "activations": "norm",
    "pooling": "pool",
    "reshaping": "pool",
    "merging": "merge",
}


def find_tint(box: Box) -> str:
    """The name of a box's tint."""
    if box.kind == "block":
        return "block"
    return "plain" if box.kind != "layer" else _FAMILIES.get(box.family, "plain")


def _write_colours(page: str, text: str, quiet: str, line: str, frames: tuple[str, str], at: int) -> str:
    rules = [
        f".page {{ fill: {page}; }}",
        f"text {{ fill: {quiet}; }} text.title, text.name {{ fill: {text}; }}",
        f"path {{ stroke: {line}; }} .arrow {{ fill: {line}; }}",
        f".frame {{ stroke: {line}; }} .level0 {{ fill: {frames[0]}; }} .level1 {{ fill: {frames[1]}; }}",
        *(f".{name} rect {{ fill: {colours[at]}; stroke: {colours[at + 1]}; }}" for name, colours in TINTS.items()),
    ]
    return "\n".join(rules) + "\n"


STYLE = f"""\
<style>
text {{ font: 11px "Helvetica Neue", Helvetica, Arial, sans-serif; text-anchor: middle; }}
text.title {{ font-size: 12px; font-weight: bold; }}
text.name {{ font-size: 14px; font-weight: bold; }}
path {{ fill: none; stroke-width: 1.3; }} .arrow {{ stroke: none; }}
{_write_colours("#ffffff", "#1f2328", "#4b535c", "#6e7781", ("#fafbfc", "#f1f3f5"), 0)}\
@media screen and (prefers-color-scheme: dark) {{
{_write_colours("#0d1117", "#f0f6fc", "#aab4be", "#848d97", ("#12171e", "#1a2029"), 2)}\
}}
</style>
"""
