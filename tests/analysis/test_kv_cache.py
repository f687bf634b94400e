"""What decoders keep of keys and values: of layers, of attention made of operations, of published models."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.kv_cache import KVCache, count_cache_bytes, find_kv_cache_bytes, find_kv_caches
from shapecalc.dims import Size, add_up
from shapecalc.model.load import Library
from tests.specs.analysed import clean

MODELS = Path(__file__).parents[2] / "specs" / "models"
DECODER = """\
input: [T, 64]
blocks:
  Layer:
    layers:
      - MultiHeadAttention: {num_heads: 4, key_dim: 16, value_dim: 8, dtype: %s}
        from: [input, input]
        call: {use_causal_mask: true}
      - GroupQueryAttention: {num_query_heads: 4, num_key_value_heads: 2, head_dim: 16, dtype: %s}
        from: [prev, prev]
        call: {use_causal_mask: true}
      - MultiHeadAttention: {num_heads: 4, key_dim: 16}
        from: [prev, input]
layers:
  - Layer:
    repeat: 3
"""
OPERATIONS = """\
inputs: {x: [T, 8], memory: [S, 8], bias: [T, T]}
layers:
  - EinsumDense: {equation: "bqd,dhk->bhqk", output_shape: [2, null, 4], name: query}
    from: x
  - EinsumDense: {equation: "bsd,dhk->bhsk", output_shape: [2, null, 4], name: key}
    from: x
  - EinsumDense: {equation: "bsd,dhv->bhsv", output_shape: [2, null, 3], name: value}
    from: x
  - ops.einsum: {subscripts: "bhqk,bhsk->bhqs", name: scores}
    from: [query, key]
  - ops.full_like: {fill_value: -1e9}
  - ops.triu: {k: 1}
  - ops.add:
    from: [scores, prev]
  - Softmax
  - Dropout: {rate: 0.1, name: chances}
  - ops.einsum: {subscripts: "bhqs,bhsv->bhqv", name: attended}
    from: [chances, value]
"""


def cached(text: str) -> dict[str, Size]:
    walked = clean(text).walk
    assert walked is not None
    return find_kv_cache_bytes(walked)


def kept(text: str, **values: object) -> dict[str, KVCache]:
    walked = clean(text, **values).walk
    assert walked is not None
    return find_kv_caches(walked)


@pytest.mark.parametrize(("dtype", "size"), [("float32", 4), ("bfloat16", 2), ("mixed_float16", 2)])
def test_causal_attention_keeps_keys_and_values(dtype: str, size: int) -> None:
    # 4 heads of 16 and of 8; 2 shared heads of 16 twice; the attention over the input is not causal.
    assert cached(DECODER % (dtype, dtype)) == {
        name: size * numbers
        for i in range(3)
        for name, numbers in (
            (f"layer/{i}/multi_head_attention", 4 * (16 + 8)),
            (f"layer/{i}/group_query_attention", 2 * (16 + 16)),
        )
    }


def test_attention_made_of_operations_keeps_what_meets_queries_and_softmax() -> None:
    # 2 heads of 4 and of 3 numbers, of 4 bytes each.
    assert cached(OPERATIONS) == {"attended": 4 * 2 * (4 + 3)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  - ops.triu: {k: 1}\n", "  - ops.tril: {k: -1}\n"),
        ("  - Softmax\n", "  - ops.softmax\n"),
        ("  - Softmax\n", "  - Activation: {activation: softmax}\n"),
        (
            'bhqs,bhsv->bhqv", name: attended}\n    from: [chances, value',
            'bhsv,bhqs->bhqv", name: attended}\n    from: [value, chances',
        ),
        ('{subscripts: "bhqs,bhsv->bhqv", name: attended}', "{name: attended}"),
    ],
)
def test_ways_to_write_it(old: str, new: str) -> None:
    text = OPERATIONS.replace(old, new).replace("ops.einsum: {name", "ops.matmul: {name")
    assert text != OPERATIONS
    assert cached(text) == {"attended": 56}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  - ops.triu: {k: 1}\n", ""),
        ("  - Softmax\n", "  - Softmax: {axis: 2}\n"),
        ("  - Softmax\n", "  - ReLU\n"),
        ("[chances, value]", "[scores, value]"),
        ("  - Dropout: {rate: 0.1, name: chances}\n", "  - Dense: {units: $T, name: chances}\n"),
    ],
)
def test_what_is_no_causal_attention_keeps_nothing(old: str, new: str) -> None:
    text = OPERATIONS.replace(old, new)
    assert text != OPERATIONS
    walked = analyse(Library().parse(text, "model.yaml")).walk
    assert walked is not None
    assert find_kv_cache_bytes(walked) == {}


def test_the_triangle_may_come_from_outside_a_block() -> None:
    text = """\
input: [T, 8]
blocks:
  Attend:
    inputs: {x: [T, 8], bias: [...]}
    layers:
      - ops.swapaxes: {axis1: 1, axis2: 2, name: turned}
        from: x
      - ops.matmul:
        from: [x, turned]
      - ops.add:
        from: [prev, bias]
      - Softmax
      - ops.matmul: {name: attended}
        from: [prev, x]
layers:
  - ops.arange: {start: $T, name: free}
  - ops.expand_dims: {axis: 0}
  - ops.triu: {name: bound}
  - Attend: {name: any}
    from: [input, free]
  - Attend: {name: causal}
    from: [input, bound]
outputs: [any, causal]
"""
    assert cached(text) == {"causal/attended": 4 * (8 + 8)}


@pytest.mark.parametrize(
    ("model", "layers", "numbers"),
    [
        # Twice the layers' heads of keys times the size of a head; in half precision Llama-2-7B keeps 512 KiB.
        ("gpt2_small", 12, 12 * 64),
        ("llama_2_7b", 32, 32 * 128),
        ("llama_3_8b", 32, 8 * 128),
        ("mixtral_8x7b", 32, 8 * 128),
        ("t5_small", 6, 8 * 64),
        ("whisper_tiny", 4, 6 * 64),
        ("bert_base", 0, 0),
        ("vit_b_16", 0, 0),
    ],
)
def test_published_decoders(model: str, layers: int, numbers: int) -> None:
    walked = analyse(Library().open(str(MODELS / f"{model}.yaml"))).walk
    assert walked is not None
    found = find_kv_cache_bytes(walked)
    assert len(found) == layers
    assert add_up(found.values()) == 4 * 2 * layers * numbers


BAND = """\
input: [T, 8]
blocks:
  Attend:
    inputs: {x: [T, 8], bias: [...]}
    layers:
      - ops.swapaxes: {axis1: 1, axis2: 2, name: turned}
        from: x
      - ops.matmul:
        from: [x, turned]
      - ops.add:
        from: [prev, bias]
      - Softmax
      - ops.matmul: {name: attended}
        from: [prev, x]
layers:
  - ops.arange: {start: $T}
  - ops.expand_dims: {axis: 0, name: free}
%s
  - Attend:
    from: [input, prev]
"""
"""Not the numbers of a mask, but its triangles."""


@pytest.mark.parametrize(
    ("triangles", "window"),
    [
        ("  - ops.triu: {k: 1}", None),
        ("  - ops.tril", None),
        ("  - ops.tril\n  - ops.triu: {k: -2}", 3),  # kept: this token and two before
        ("  - ops.triu: {k: -2}\n  - ops.tril", 3),
        (
            "  - ops.triu: {k: 1, name: ahead}\n  - ops.tril: {k: -3, name: behind}\n    from: free\n"
            "  - ops.add:\n    from: [ahead, behind]",
            3,  # hidden: what is ahead, and what is three before
        ),
    ],
)
def test_a_window_between_two_triangles(triangles: str, window: int | None) -> None:
    (cache,) = kept(BAND % triangles).values()
    assert (cache.token, cache.window) == (64, window)
    assert [cache.count_bytes(tokens) for tokens in (2, 3, 5)] == [64 * tokens for tokens in (2, 3, 3 if window else 5)]


def test_a_window_hides_the_sum_of_a_number_of_tokens_that_is_not_known() -> None:
    caches = kept(BAND % "  - ops.tril\n  - ops.triu: {k: -2}")
    (cache,) = caches.values()
    assert cache.count_bytes(cache.tokens) is None
    assert count_cache_bytes(caches, cache.tokens) is None
    assert count_cache_bytes(caches, 9) == 3 * 64


def test_a_triangle_as_a_layers_mask() -> None:
    text = """\
input: [T, 8]
layers:
  - ops.arange: {start: $T}
  - ops.expand_dims: {axis: 0}
  - ops.greater_equal: {x2: 0}
  - ops.cast: {dtype: int32}
  - ops.broadcast_to: {shape: [$T, $T]}
  - ops.expand_dims: {axis: 0}
  - ops.tril
  - ops.triu: {k: -1}
  - ops.cast: {dtype: bool, name: band}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4, name: attention}
    from: {query: input, value: input, attention_mask: band}
"""
    assert {name: cache[:1] + cache[2:] for name, cache in kept(text).items()} == {"attention": (64, 2, False)}


LATENT = """\
input: [T, 16]
layers:
  - Dense: {units: 6, name: narrow}
  - ops.split: {indices_or_sections: [4], axis: -1}
  - RMSNormalization: {name: latent}
    from: split.0
  - Dense: {units: 24}
  - Reshape: {target_shape: [-1, 2, 12]}
  - ops.split: {indices_or_sections: [8], axis: -1, name: parts}
  - ops.expand_dims: {axis: 2}
    from: split.1
  - ops.repeat: {repeats: 2, axis: 2, name: shared}
  - ops.concatenate: {axis: -1, name: key}
    from: [parts.0, shared]
  - Dense: {units: 20}
    from: input
  - Reshape: {target_shape: [-1, 2, 10], name: query}
  - ops.einsum: {subscripts: "bqhk,bshk->bhqs", name: scores}
    from: [query, key]
  - ops.full_like: {fill_value: -1e9}
  - ops.triu: {k: 1}
  - ops.add:
    from: [scores, prev]
  - Softmax
  - ops.einsum: {subscripts: "bhqs,bshv->bqhv", name: attended}
    from: [prev, parts.1]
"""


def test_what_is_projected_from_a_latent_is_not_kept() -> None:
    # 4 numbers that keys and values are made of, and 2 that all heads share; else 2 heads of 10 and of 4.
    assert cached(LATENT) == {"attended": 4 * (4 + 2)}
    assert kept(LATENT, T=5)["attended"].count_bytes(5) == 5 * 24


def test_a_latent_wider_than_keys_and_values_is_not_kept() -> None:
    text = LATENT.replace("units: 6, name: narrow", "units: 42, name: narrow").replace("[4], axis", "[40], axis")
    assert cached(text) == {"attended": 4 * 2 * (10 + 4)}


def test_what_goes_through_other_weights_is_no_latent() -> None:
    text = LATENT.replace("RMSNormalization: {name: latent}", "PReLU: {shared_axes: [1], name: latent}")
    assert cached(text) == {"attended": 4 * (2 * (8 + 4) + 2)}  # and what heads share, once


def test_heads_are_kept_before_they_are_repeated() -> None:
    text = """\
input: [T, 16]
layers:
  - Dense: {units: 8, name: key}
  - Reshape: {target_shape: [-1, 1, 8]}
  - ops.repeat: {repeats: 4, axis: 2, name: keys}
  - Dense: {units: 8, name: value}
    from: input
  - Reshape: {target_shape: [-1, 1, 8]}
  - ops.repeat: {repeats: 4, axis: 2, name: values}
  - Dense: {units: 32}
    from: input
  - Reshape: {target_shape: [-1, 4, 8], name: query}
  - ops.einsum: {subscripts: "bqhk,bshk->bhqs", name: scores}
    from: [query, keys]
  - ops.triu
  - Softmax
  - ops.einsum: {subscripts: "bhqs,bshv->bqhv", name: attended}
    from: [prev, values]
"""
    assert cached(text) == {"attended": 4 * (8 + 8)}


def test_a_decoder_keeps_keys_and_values_of_what_it_did_not_write() -> None:
    text = """\
inputs: {source: [S, 8], target: [T, 8]}
layers:
  - MultiHeadAttention: {num_heads: 2, key_dim: 4, name: encoder}
    from: [source, source]
  - MultiHeadAttention: {num_heads: 2, key_dim: 4, name: own}
    from: [target, target]
    call: {use_causal_mask: true}
  - MultiHeadAttention: {num_heads: 2, key_dim: 4, value_dim: 3, name: cross}
    from: [own, encoder]
  - MultiHeadAttention: {num_heads: 2, key_dim: 4, name: both_ways}
    from: [cross, cross]
"""
    caches = kept(text, S=10)
    assert {name: (cache.token, cache.cross) for name, cache in caches.items()} == {
        "own": (64, False),
        "cross": (56, True),
    }
    assert count_cache_bytes(caches, 3) == 3 * 64 + 10 * 56
