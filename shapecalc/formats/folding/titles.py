"""Names for blocks, their inputs and their arguments, after what stands in them."""

from __future__ import annotations

import re
from collections import Counter

from shapecalc.formats.folding.body import Block, Leaf, Slot
from shapecalc.layers.catalogue import ALIASES, CATALOGUE

INPUTS = ("x", "y", "z", "u", "v", "w")
"""What the inputs of a block are called where it has several."""

_WORDS = (
    ("SeparableConv", "Separable"), ("DepthwiseConv", "Depthwise"), ("Conv", "Conv"), ("Normalization", "Norm"),
    ("MultiHeadAttention", "Attention"), ("GroupQueryAttention", "Attention"), ("Bidirectional", "Bidirectional"),
    ("LSTM", "LSTM"), ("GRU", "GRU"), ("Dense", "Dense"), ("Pooling", "Pool"), ("UpSampling", "Up"),
    ("Activation", "Act"), ("ReLU", "Act"), ("Concatenate", "Concat"), ("Embedding", "Embed"), ("Dropout", "Dropout"),
)  # fmt: skip


def title_of(block: Block, taken: set[str], titles: dict[int, str]) -> str:
    """A name for a block that no other block and no layer type has."""
    if block.given is not None and block.given.title:
        return block.given.title if block.given.fixed else _free(block.given.title, taken)
    heads = [titles.get(id(slot.block), "") if slot.block is not None else slot.type_name for slot in block.slots]
    last = heads[-1]
    if len({*heads}) == 1 and last not in CATALOGUE:
        return _free(f"{last}s", taken)
    if any(head in ("Add", "ops.add") for head in heads):
        dense = any(head.startswith(("Dense", "Feed")) for head in heads)
        attends = any("Attention" in head or head.startswith("Attend") for head in heads)
        title = ("Transformer" if dense else "Attend") if attends else "Residual"
    elif any(head == "Multiply" for head in heads) and any(head.startswith("GlobalAverage") for head in heads):
        title = "SqueezeExcite" if last == "Multiply" else "Gated"
    elif last == "Concatenate" and (-1, 0) in block.slots[-1].refs():
        title = "Grow"
    elif last == "Concatenate":
        title = "Mixed"
    else:
        title = _join(heads)
    return _free(title, taken)


def unite_titles(title: str, other: str) -> str:
    """The words that two titles have in common, numbers apart; empty where there are none."""
    words, others = (re.findall(r"[A-Z][a-z]*|[a-z]+", name) for name in (title, other))
    return title if title == other else "".join(word for word in words if word in others)


def _join(heads: list[str]) -> str:
    """The first things that stand in a block, in one word: `ConvNorm`."""
    words: list[str] = []
    for head in heads:
        short = [next((short for long, short in _WORDS if long in head), "")]
        for word in short if head in CATALOGUE else re.findall(r"[A-Z]+[a-z]*", head.removesuffix("Block")):
            if word and word not in words and len(words) < 3:
                words.append(word)
    title = "".join(words) or "Block"
    return f"{title}Block" if len(words) == 1 else title


def _free(title: str, taken: set[str]) -> str:
    title = re.sub(r"[^A-Za-z0-9]", "", title) or "Block"
    free, count = title, 1
    while free in taken or free in CATALOGUE or free in ALIASES:
        count += 1
        free = f"{title}{count}"
    return free


def inputs_of(block: Block) -> list[str]:
    """What the inputs of a block are called."""
    if block.given is not None:
        return block.given.inputs
    return ["input"] if block.inputs == 1 else [*INPUTS[: block.inputs]]


def shortcuts_of(block: Block) -> list[int]:
    """The slots that are added to others further below."""
    shortcuts = [
        source
        for position, slot in enumerate(block.slots)
        for source, _ in slot.refs()
        if slot.type_name == "Add" and 0 <= source != position - 1
    ]
    return shortcuts if len(shortcuts) == 1 else []


def find_common_ending(names: list[str]) -> str:
    """The words that all of several names end with: what a thing is called that has another name in each instance."""
    endings = [re.split(r"[_/-]", name) for name in names]
    words: list[str] = []
    for parts in zip(*(reversed(ending) for ending in endings), strict=False):
        if len({*parts}) != 1 or not parts[0].isalpha():
            break
        words.insert(0, parts[0])
    return "_".join(words)


_VAGUE = ("conv", "block", "norm", "batch", "normalization", "convd", "layer")
"""Words of names that say nothing of what an entry is for."""

_FLAGS = {"Add": "residual", "ZeroPadding2D": "pad", "ZeroPadding1D": "pad", "Dropout": "drop"}


def flag_of(slot: Slot, leaves: list[Leaf]) -> str:
    """What the argument is called that says whether an entry is there."""
    common = find_common_ending([leaf.name for leaf in leaves]) if leaves else ""
    if slot.type_name in _FLAGS:
        return _FLAGS[slot.type_name]
    if common and common.split("_")[-1] not in ("conv", "bn"):
        return common
    ending = Counter(re.sub(r"[^a-z]", "", word) for leaf in leaves for word in leaf.name.split("_"))
    fitting = [word for word, often in ending.items() if often >= len(leaves) and len(word) > 3 and word not in _VAGUE]
    if fitting:
        return fitting[-1]
    return "project" if slot.type_name.startswith("Conv") else "norm" if "Norm" in slot.type_name else "more"


def owner_of(slot: Slot, names: list[str]) -> str:
    """A word for an entry that tells its arguments from others of the same name: `expand`, `depthwise`."""
    words = [word for word in find_common_ending(names).lower().split("_") if word not in _VAGUE]
    return words[-1] if words else next((short.lower() for long, short in _WORDS if long in slot.type_name), "")
