"""Names for blocks, after what stands in them."""

from __future__ import annotations

import re

from shapecalc.formats.folding.body import Block
from shapecalc.layers.catalogue import ALIASES, CATALOGUE

_WORDS = (
    ("SeparableConv", "Separable"), ("DepthwiseConv", "Depthwise"), ("Conv", "Conv"), ("Normalization", "Norm"),
    ("MultiHeadAttention", "Attention"), ("GroupQueryAttention", "Attention"), ("Bidirectional", "Bidirectional"),
    ("LSTM", "LSTM"), ("GRU", "GRU"), ("Dense", "Dense"), ("Pooling", "Pool"), ("UpSampling", "Up"),
    ("Activation", "Act"), ("ReLU", "Act"), ("Concatenate", "Concat"), ("Embedding", "Embed"), ("Dropout", "Dropout"),
)  # fmt: skip


def title_of(block: Block, taken: set[str], titles: dict[int, str]) -> str:
    """A name for a block that no other block and no layer type has."""
    if block.given is not None and block.given.title:
        return _free(block.given.title, taken)
    heads = [titles.get(id(slot.block), "") if slot.block is not None else slot.type_name for slot in block.slots]
    last = heads[-1]
    if any(head == "Add" for head in heads):
        title = "Attend" if any("Attention" in head for head in heads) else "Residual"
    elif any(head == "Multiply" for head in heads) and any(head.startswith("GlobalAverage") for head in heads):
        title = "SqueezeExcite" if last == "Multiply" else "Gated"
    elif last == "Concatenate" and (-1, 0) in block.slots[-1].refs():
        title = "Grow"
    elif last == "Concatenate":
        title = "Mixed"
    else:
        title = _join(heads)
    return _free(title, taken)


def common_title(title: str, other: str) -> str:
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
    found, count = title, 1
    while found in taken or found in CATALOGUE or found in ALIASES:
        count += 1
        found = f"{title}{count}"
    return found
