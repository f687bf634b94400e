"""Libyaml's events to nodes, in one pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from sys import intern
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from shapecalc.diagnostics import Edit, Fault, Fix, Label, Span, did_you_mean, error, has_rival, shorten
from shapecalc.document.commas import rejoin_items, rejoin_values
from shapecalc.document.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode, list_children

MAX_DEPTH = 100
MAX_EVENTS = 2_500_000
MAX_UNFOLDED = 1_000_000
MAX_FINDINGS = 100

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ScalarEvent.__bases__ += (ScalarNode,)  # an event is a node: a copy of each took a sixth longer
_TAGGED = (ScalarEvent, MappingStartEvent, SequenceStartEvent)


class Builder:
    """Builds the nodes of one file. `build` handles every event; the other methods handle what few files have."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.anchors: dict[str, Node] = {}
        self.open_anchors: dict[int, str] = {}
        self.measures: dict[int, tuple[int, int]] = {}
        self.unfolded = 0
        self.documents = 0

    def build(self) -> Node:
        """The root of the first document.

        Libyaml's own events are two thirds of the time, so the choices below were measured on 10,000 entries, in parts
        of a bare event loop: `get_event` called from C and counted by `islice` instead of `yaml.parse` saves 0.1, the
        first key taken together with its `{` 0.1, nodes without `__init__` that keep a mark, not an event, 0.05 and
        a fifth of the memory; a tenth of it is `implicit`, which nobody asks a scalar for, a twentieth the texts of
        keys, which are the same few. Duplicates, merge keys and split values (`hollow`: some value is empty) are judged
        as a mapping closes; anchors and tags are looked for only in a text that has their signs.
        """
        text = self.text
        get_event = _Loader(text).get_event
        watchful, parentheses, hollow = "!" in text or "&" in text, "(" in text, False
        if watchful:
            get_event = self.watch(get_event)
        node: Any = SequenceNode()
        node.items = items = root = []  # type: ignore[var-annotated]
        fields: Any = None  # the open mapping's; None in a list
        key: str | None = None  # waits for its value
        stack: list[Any] = []
        event: Any = None
        for event in islice(iter(get_event, None), MAX_EVENTS):
            kind = event.__class__
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                child: Any = MappingNode() if kind is MappingStartEvent else SequenceNode()
                child.start = event.start_mark
                if key is not None:
                    fields[key] = child
                    key = None
                elif fields is None:
                    items.append(child)
                else:
                    self.refuse_key(event)
                stack.append(node)
                if len(stack) > MAX_DEPTH:
                    self.refuse_depth(event)
                node = child
                if kind is SequenceStartEvent:
                    fields = None
                    child.items = items = []
                    continue
                child.fields = fields = {}
                event = get_event()
                kind = event.__class__
                if kind is ScalarEvent:
                    event.implicit = None
                    child.keys = items = [event]
                    key = event.value = intern(event.value)
                    continue
                child.keys = items = []
            if kind is ScalarEvent:
                event.implicit = None
                if key is not None:
                    fields[key] = event
                    key = None
                    if not event.value:
                        hollow = True
                else:
                    items.append(event)
                    if fields is not None:
                        key = event.value = intern(event.value)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                if fields is None:
                    if parentheses:
                        self.rejoin_items(node)
                elif len(fields) != len(items) or "<<" in fields or (hollow and len(items) > 1):
                    self.judge(node)
                if watchful:
                    self.measure(node)
                node = stack.pop()
                if node.__class__ is MappingNode:
                    fields, items = node.fields, node.keys
                else:
                    fields, items = None, node.items
            elif fields is not None and key is None:
                self.refuse_key(event)
            elif kind is AliasEvent:
                target = self.follow(event, len(stack))
                if key is None:
                    items.append(target)
                else:
                    fields[key] = target
                    key = None
            elif kind is DocumentStartEvent and self.is_second(event):
                break
        if event.__class__ not in (StreamEndEvent, DocumentStartEvent):
            self.fail("SC602", f"the file has more than {MAX_EVENTS:,} YAML events", event)
        return self.root_of(root)

    def watch(self, get_event: Callable[[], Any]) -> Callable[[], Any]:
        """The same events, checked first: tags are refused, anchors noted, aliases of scalars replaced."""

        def watch_events() -> Any:
            event = get_event()
            if event.__class__ is AliasEvent:
                target = self.anchors.get(str(event.anchor))
                return target if isinstance(target, ScalarNode) else event
            kind = event.__class__
            if kind in _TAGGED:
                if event.tag:
                    self.refuse_tag(event)
                if event.anchor and kind is ScalarEvent:
                    self.anchors[event.anchor] = event
                elif event.anchor:
                    self.open_anchors[id(event.start_mark)] = event.anchor
            return event

        return watch_events

    def root_of(self, root: list[Node]) -> Node:
        if not root or (isinstance(root[0], ScalarNode) and not root[0].value and not root[0].style):
            start = Span(self.document.file, 1, 1, 1)
            raise Fault(
                error(
                    "SC108", "the file is empty", start, help="write one with `shapecalc init`, or begin with `layers:`"
                )
            )
        return root[0]

    def find(self, code: str, message: str, span: Span, **more: Any) -> None:
        """Add a finding, and go on reading."""
        if len(self.document.diagnostics) >= MAX_FINDINGS:
            raise Fault(error("SC602", f"more than {MAX_FINDINGS} findings; stopped here", span))
        self.document.diagnostics.append(error(code, message, span, **more))

    def fail(self, code: str, message: str, event: Any, way_out: str | Fix | None = None) -> NoReturn:
        """Raise Fault with the finding that says why."""
        span = self.document.span_between(event.start_mark, event.end_mark)
        raise Fault(error(code, message, span, help=way_out))

    def refuse_key(self, event: Any) -> NoReturn:
        template = self.text[event.start_mark.index - 1 : event.start_mark.index + 1] == "{{"
        way_out = "templates are not read; `$name` reads a value" if template else "write the key as plain text"
        self.fail("SC108", "a key is one word, not a list or a mapping", event, way_out)

    def refuse_depth(self, event: Any) -> NoReturn:
        way_out = "give the inner part a name under `blocks`"
        self.fail("SC602", f"nested more than {MAX_DEPTH} levels deep", event, way_out)

    def is_second(self, event: Any) -> bool:
        self.documents += 1
        if self.documents > 1:
            span = self.document.span_between(event.start_mark, event.end_mark)
            way_out = "a file holds one spec; split it at the `---`"
            self.find("SC105", "a second document begins here", span, help=way_out)
        return self.documents > 1

    def refuse_tag(self, event: Any) -> None:
        start = event.start_mark
        written = re.match(r"(?:&\S+[ \t]+)?(!\S*)", self.text[start.index : start.index + 200])
        tag = shorten(written[1]) if written else "!"
        column = start.column + 1 + (written.start(1) if written else 0)
        words = 'leave it out; quotes make text: `"5"`' if event.__class__ is ScalarEvent else "leave it out"
        span = Span(self.document.file, start.line + 1, column, column + len(tag))
        length = len(re.match(r"\S*[ \t]*", self.document.lines[start.line][column - 1 :])[0])  # type: ignore[index]
        edit = Edit(span.file, span.line, column, span.line, column + length, "")
        self.find("SC104", f"the tag `{tag}` is not read", span, help=Fix(words, (edit,)))

    def measure(self, node: MappingNode | SequenceNode) -> None:
        """Remember how many nodes a node with an anchor holds, and how deep it is.

        Anchored nodes inside were measured before, and aliases share them, so each node is visited once.
        """
        anchor = self.open_anchors.pop(id(node.start), None)
        if anchor is None:
            return
        size, height = 0, 0
        waiting: list[tuple[Node, int]] = [(node, 1)]
        while waiting:
            inner, level = waiting.pop()
            known = self.measures.get(id(inner))
            size += known[0] if known else 1
            height = max(height, level + (known[1] - 1 if known else 0))
            if known is None and not isinstance(inner, ScalarNode):
                waiting.extend((child, level + 1) for child in list_children(inner))
        self.anchors[anchor] = node
        self.measures[id(node)] = (size, height)

    def follow(self, event: Any, depth: int) -> Node:
        """The node an alias stands for."""
        name = event.anchor
        if name in self.open_anchors.values():
            self.fail("SC602", f"`*{shorten(name)}` stands inside what it names", event, "a spec cannot hold itself")
        target = self.anchors.get(name)
        if target is None:
            near = did_you_mean(name, self.anchors)
            from shapecalc.document.edits import replace_between

            words, text = f'define it above with `&{shorten(name)}`, or quote: `"*{shorten(name)}"`', f'"*{name}"'
            if near:
                words, text = f"did you mean `*{near}`?", f"*{near}"
            edit = replace_between(self.document, event.start_mark, event.end_mark, text)
            safe = near is not None and not has_rival(name, near, self.anchors)
            self.fail("SC101", f"no anchor `&{shorten(name)}` above", event, Fix(words, (edit,), safe))
        size, height = self.measures.get(id(target), (1, 0))
        self.unfolded += size
        if self.unfolded > MAX_UNFOLDED:
            self.fail("SC602", f"the aliases unfold to more than {MAX_UNFOLDED:,} nodes", event)
        if depth + height > MAX_DEPTH:
            self.refuse_depth(event)
        return target

    def judge(self, node: MappingNode) -> None:
        """Check what concerns a mapping as a whole: keys that stand twice, merge keys, values split at a comma."""
        if len(node.keys) > 1 and self.text[node.start.index : node.start.index + 1] == "{":
            rejoin_values(node, self.document, self.find)
        if "<<" in node.fields:
            self.refuse_merge(node)
        if len(node.fields) == len(node.keys):
            return
        first: dict[str, ScalarNode] = {}
        for key in node.keys:
            earlier = first.setdefault(key.value, key)
            if earlier is not key:
                label = Label(self.document.span(earlier), "first here")
                span = self.document.span(key)
                message = f"the key `{shorten(key.value)}` stands twice"
                self.find("SC102", message, span, labels=(label,), help=self.keep_one(node, key))

    def keep_one(self, node: MappingNode, key: ScalarNode) -> str | Fix:
        """The way out of a key that stands twice; the last may be taken out, whose value is the one that is known."""
        way_out = "keep one of the two"
        if key is not [other for other in node.keys if other.value == key.value][-1]:
            return way_out
        from shapecalc.document.edits import remove_field

        return Fix(way_out, (remove_field(self.document, node, key),))

    def refuse_merge(self, node: MappingNode) -> None:
        """Report a merge key. Its keys are merged all the same, so that none of them is reported as missing."""
        for key in [key for key in node.keys if key.value == "<<" and not key.style]:
            way_out = "write the keys out, or make a block of what is shared and give it `args`"
            value = node.fields.get("<<")
            from shapecalc.document.edits import write_merged

            help = Fix(way_out, write_merged(self.document, node, key), safe=True)
            self.find("SC103", "the merge key `<<` is not read", self.document.span(key), help=help)
            node.keys.remove(key)
            node.fields.pop("<<", None)
            for source in value.items if isinstance(value, SequenceNode) else [value]:
                if isinstance(source, MappingNode):
                    added = [event for event in source.keys if event.value not in node.fields]
                    node.keys += added
                    node.fields.update((event.value, source.fields[event.value]) for event in added)

    def rejoin_items(self, node: SequenceNode) -> None:
        if len(node.items) > 1 and self.text[node.start.index : node.start.index + 1] == "[":
            rejoin_items(node, self.document, self.find)
