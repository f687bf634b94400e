"""The root of a YAML text that may be a spec, as far as it can be read without parsing: it may be broken."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

from shapecalc.diagnostics import did_you_mean
from shapecalc.layers.catalogue import ALIASES, CATALOGUE
from shapecalc.model.spec import FALSE_FRIENDS, MODEL_KEYS

_MOST = 200_000
"""Characters within which the root shows."""
_MOST_KEYS = 40
_OF_A_MODEL = ("input", "inputs", "blocks", "expect")
"""Keys of which one says that a file with `layers` is a model."""
_WRAPPERS = frozenset(("model", "network", "net", "spec", "architecture"))
_KEY = re.compile(r"""(?:"([^"]{1,80})"|'([^']{1,80})'|([A-Za-z_$][^:#{}\[\],"']{0,80}?))[ \t]*:(?=[ \t{\["']|\Z)""")
_TYPE = re.compile(r"""[\s{"'-]*(?:\d+[.:)]\s+)?[\s{"']*(?:keras\.)?(?:layers\.|nn\.|tf\.)*([A-Za-z_][A-Za-z0-9_.]*)""")
_NUMBER = re.compile(r"[-+\d.]")
_WORD = re.compile(r"[A-Za-z_.~/][\w./~-]*\Z")
_TOKEN = re.compile(r""""(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[\[\]{}]|[^\s\[\]{},"'][^\[\]{},"']*""")


class _Value(NamedTuple):
    """How a value begins: what stands behind the colon, and the first line below that belongs to it."""

    inline: str
    below: str

    @property
    def start(self) -> str:
        return self.inline or self.below


def has_root_of_spec(data: bytes) -> bool:
    """Whether the root of a text is that of a spec, or was meant to be."""
    return _is_spec(_decode(data).split("\n"))


def _decode(data: bytes) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data[: 2 * _MOST].decode("utf-16", "replace")
    return data[:_MOST].removeprefix(BOM_UTF8).decode("utf-8", "replace")


def _is_spec(lines: list[str]) -> bool:
    lines = _take_document(lines)
    if not lines:
        return False
    first = lines[0].strip()
    if first.startswith("- "):
        return _is_list_of_layers(lines)
    fields = _read_flow(lines) if first.startswith("{") else _read_fields(lines)
    if len(fields) == 1 and fields.keys() <= _WRAPPERS:
        return _is_spec(_take_below(lines))
    exact = {key: value for key, value in fields.items() if key in MODEL_KEYS}
    return _is_model(exact, {_normalize(key): value for key, value in fields.items() if key not in MODEL_KEYS})


def _is_model(exact: dict[str, _Value], meant: dict[str, _Value]) -> bool:
    """Whether the keys of a root are those of a spec: `exact` as they are, `meant` after mistakes are mended."""
    layers = exact.get("layers") or meant.get("layers")
    of_a_model = [exact[key] for key in _OF_A_MODEL if key in exact and not _WORD.match(exact[key].inline)]
    if layers is not None:
        if _is_layer(layers.start):
            return True
        if _NUMBER.match(layers.start.lstrip("[- ")) or _WORD.match(layers.inline):
            return False  # `layers: 12`, `layers: [64, 64]`, `layers: layers.yaml`
        is_list = layers.start.startswith(("-", "["))
        is_mapping = layers.start.startswith("{") or _KEY.match(layers.start) is not None
        return bool(of_a_model) and (is_list or ("layers" in exact and not is_mapping))
    return bool(of_a_model) and all(key in MODEL_KEYS for key in meant)


def _normalize(key: str) -> str:
    """The key of a spec that an unknown one was meant to be; itself where it was not."""
    return did_you_mean(key, MODEL_KEYS, FALSE_FRIENDS) or key


def _take_document(lines: list[str]) -> list[str]:
    """The lines of the first document, without comments, empty lines and directives."""
    taken: list[str] = []
    for line in lines:
        if line.startswith(("---", "...")):
            rest = line[3:].partition(" #")[0].strip()
            if taken:
                break
            if rest:
                taken.append(rest)
        elif line.strip() and not line.lstrip().startswith("#") and not (line.startswith("%") and not taken):
            taken.append(line.rstrip())
    return taken


def _indent(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _read_fields(lines: list[str]) -> dict[str, _Value]:
    """The keys of a mapping in block style, each with how its value begins; of a broken one those that can be read."""
    depth = _indent(lines[0])
    fields: dict[str, _Value] = {}
    for at, line in enumerate(lines):
        if _indent(line) != depth or len(fields) > _MOST_KEYS:
            continue
        key = _KEY.match(line.lstrip())
        if key is None:
            continue
        inline = line.lstrip()[key.end() :].partition(" #")[0].strip()
        below = lines[at + 1].strip() if at + 1 < len(lines) else ""
        belongs = _indent(lines[at + 1]) > depth or below.startswith("- ") if below else False
        fields.setdefault(key[1] or key[2] or key[3], _Value(inline, below if belongs else ""))
    return fields


def _read_flow(lines: list[str]) -> dict[str, _Value]:
    """The same of a mapping in braces."""
    text = "\n".join(lines)
    fields: dict[str, _Value] = {}
    depth = 0
    for token in islice(_TOKEN.finditer(text), _MOST):
        if token[0] in ("{", "["):
            depth += 1
        elif token[0] in ("}", "]"):
            depth -= 1
        elif depth == 1 and len(fields) <= _MOST_KEYS:
            key = _KEY.match(text[token.start() : token.start() + 90])
            if key is not None:
                start = text[token.start() + key.end() : token.start() + key.end() + 90].lstrip()
                fields.setdefault(key[1] or key[2] or key[3], _Value(start, ""))
    return fields


def _take_below(lines: list[str]) -> list[str]:
    """The lines of the value of a mapping's only key."""
    inline = lines[0].partition(":")[2].strip()
    return [inline, *lines[1:]] if inline.startswith("{") else lines[1:]


def _is_list_of_layers(lines: list[str]) -> bool:
    """Whether every item of a list at the root is a layer, as far as its beginning shows: `layers:` was forgotten."""
    depth = _indent(lines[0])
    items = [line for line in lines if _indent(line) == depth]
    return all(line.lstrip().startswith("-") and _is_layer(line) for line in items[:_MOST_KEYS])


def _is_layer(text: str) -> bool:
    """Whether a text begins with a layer type, or a word in its place: `- Dense: {units: 5}`, `[{Dense: ...`."""
    match = _TYPE.match(text.lstrip("[ "))
    if match is None:
        return False
    name = match[1]
    if name in ("type", "layer", "reuse", "class_name"):
        return _is_layer(text[match.end() :].lstrip("\"' :"))
    return name in CATALOGUE or name in ALIASES or name.startswith("ops.") or name.lower() in _list_names()


@cache
def _list_names() -> frozenset[str]:
    """The names of all layer types, of other libraries too, in lower case."""
    from shapecalc.layers.foreign.translate import list_other_names

    others = chain.from_iterable(list_other_names().values())
    return frozenset(name.lower() for name in (*CATALOGUE, *others, "Input"))
