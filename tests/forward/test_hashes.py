"""The hashes behind the hashing layers: published values, and their range."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.forward.hashes import hash_by_farmhash, hash_by_siphash


def test_published_hashes() -> None:
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert hash_by_siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert hash_by_siphash(b"", key) == 0x726FDB47DD0E0E31
    assert hash_by_farmhash(b"") == 0x9AE16A3B2F90404F


@given(st.binary(max_size=200))
def test_hashes_are_words(data: bytes) -> None:
    assert 0 <= hash_by_farmhash(data) < 1 << 64
    assert 0 <= hash_by_siphash(data, (1, 2)) < 1 << 64
