"""Tables that say what the keys of a config mean: a file a model type in specs/models/configs, and one for all."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from shapecalc.diagnostics import Fault
from shapecalc.document.files import Reader
from shapecalc.document.nodes import MappingNode, Node, ScalarNode, resolve
from shapecalc.document.read import read
from shapecalc.document.shipped import find_folder

COMMON = "common"
"""The table of keys that configs of every model type may have."""
_ENDING = ".yaml"
_MAPPINGS = ("args", "defaults", "noted", "only", "optional", "sections")


class Table(NamedTuple):
    """How configs of one model type are read. Texts with `$` are expressions over the keys of the config.

    `args` are the arguments of the spec at the path `spec`; `architectures` those that go over them, by the class that
    a config names, the one that is taken where it names none first; `defaults` what `transformers` takes where a key
    is absent; `only` the values that the spec models; `ignored` the keys that change nothing that is computed;
    `optional` those whose null says something, each with a value such as they have else. The keys of `sections`, which
    are mappings, are read as if they stood at the top, each with what is given put before it, but for those that `only`
    names with their section: `text_config.tie_word_embeddings`.
    `generic` are those that are ignored in configs of all types. `requires` are conditions that hold for every model,
    `noted` keys that the spec leaves out, with what that means.
    """

    spec: str
    args: dict[str, Any]
    architectures: dict[str, dict[str, Any]]
    defaults: dict[str, Any]
    noted: dict[str, str]
    only: dict[str, list[Any]]
    sections: dict[str, str]
    ignored: frozenset[str]
    optional: dict[str, Any]
    generic: frozenset[str]
    requires: tuple[str, ...]


def list_model_types() -> list[str]:
    """The model types that have a table."""
    folder = _find_configs()
    names = os.listdir(folder) if folder is not None else []
    return sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING) and name != COMMON + _ENDING)


def read_table(model_type: str) -> Table:
    """The table of one of `list_model_types`, with what is said of all configs. Raises Fault."""
    tables = [_read_file(COMMON), *_list_tables(model_type)]
    merged: dict[str, dict[str, Any]] = {part: {} for part in _MAPPINGS}
    ignored: set[str] = set()
    requires: list[str] = []
    architectures: dict[str, dict[str, Any]] = {}
    for table in tables:
        for part in _MAPPINGS:
            merged[part] |= table.get(part, {})
        ignored |= set(table.get("ignored", ()))
        requires += table.get("requires", ())
        architectures = table.get("architectures", architectures)
    return Table(
        _resolve(str(tables[-1]["spec"])),
        **merged,
        architectures=architectures,
        ignored=frozenset(ignored),
        generic=frozenset(tables[0]["ignored"]),
        requires=tuple(requires),
    )


def choose_head(table: Table, architecture: str) -> Table:
    """The table with what it says of one of its `architectures`: arguments, and where it has its own, the `spec`."""
    args = dict(table.architectures[architecture])
    spec = args.pop("spec", None)
    return table._replace(spec=table.spec if spec is None else _resolve(spec), args=table.args | args)


def _resolve(spec: str) -> str:
    """The path of a spec that is written relative to the tables."""
    return os.path.normpath(os.path.join(_find_configs() or "", spec))


def _list_tables(model_type: str) -> list[dict[str, Any]]:
    """The tables that a type's builds on by `like`, the farthest first, and its own. Raises Fault."""
    own = _read_file(model_type)
    above = _list_tables(own["like"]) if "like" in own else []
    return [*above, ({"spec": above[-1]["spec"]} if above else {}) | own]


def _find_configs() -> str | None:
    folder = find_folder("published")
    return None if folder is None else os.path.join(folder, "configs")


def _read_file(name: str) -> dict[str, Any]:
    """What a table's file holds. Raises Fault."""
    path = os.path.join(_find_configs() or "", name + _ENDING)
    document = read(Reader().read(path), path)
    if document.diagnostics or not isinstance(document.root, MappingNode):
        raise Fault(*document.diagnostics)
    value: dict[str, Any] = read_plain(document.root)
    return value


def read_plain(node: Node) -> Any:
    """The value of a node, in which expressions are still texts."""
    if isinstance(node, ScalarNode):
        return resolve(node)
    if isinstance(node, MappingNode):
        return {key: read_plain(inner) for key, inner in node.fields.items()}
    return [read_plain(inner) for inner in node.items]
