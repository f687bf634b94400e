"""Hash functions of Keras's hashing layers, of bytes to 64-bit numbers.

FarmHash's Fingerprint64 (Pike & Alakuijala, https://github.com/google/farmhash) and SipHash-2-4 (Aumasson & Bernstein,
2012, https://www.aumasson.jp/siphash/siphash.pdf).
"""

from __future__ import annotations

_WORD = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_CAT = 0xC6A4A7935BD1E995


def hash_by_farmhash(data: bytes) -> int:
    """Fingerprint64 of FarmHash: what `tf.strings.to_hash_bucket_fast` takes the remainder of."""
    if len(data) <= 16:
        return _hash_up_to_16(data)
    if len(data) <= 32:
        return _hash_up_to_32(data)
    return _hash_up_to_64(data) if len(data) <= 64 else _hash_long(data)


def join_fingerprints(first: int, second: int) -> int:
    """One fingerprint of two."""
    result = (first ^ _CAT) ^ _multiply(_shift_mix(_multiply(second, _CAT)), _CAT)
    result = _multiply(_shift_mix(_multiply(result, _CAT)), _CAT)
    return _shift_mix(result)


def hash_by_siphash(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4: what `tf.strings.to_hash_bucket_strong` takes the remainder of."""
    low, high = key[0] & _WORD, key[1] & _WORD
    state = (low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D, low ^ 0x6C7967656E657261, high ^ 0x7465646279746573)
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        a, b, c, d = state
        a, b, c, d = _run_sip_round(*_run_sip_round(a, b, c, d ^ word))
        state = (a ^ word, b, c, d)
    a, b, c, d = state
    c ^= 0xFF
    for _ in range(4):
        a, b, c, d = _run_sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


def _run_sip_round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a, c = (a + b) & _WORD, (c + d) & _WORD
    b, d = _rotate(b, 51) ^ a, _rotate(d, 48) ^ c
    a = _rotate(a, 32)
    c, a = (c + b) & _WORD, (a + d) & _WORD
    b, d = _rotate(b, 47) ^ c, _rotate(d, 43) ^ a
    return a, b, _rotate(c, 32), d


def _multiply(left: int, right: int) -> int:
    return left * right & _WORD


def _rotate(value: int, bits: int) -> int:
    """A word of 64 bits rotated to the right."""
    return (value >> bits | value << (64 - bits)) & _WORD


def _shift_mix(value: int) -> int:
    return value ^ value >> 47


def _read_word(data: bytes, start: int) -> int:
    """The eight bytes from `start`, which may count from the end."""
    start += len(data) if start < 0 else 0
    return int.from_bytes(data[start : start + 8], "little")


def _mix(left: int, right: int, factor: int) -> int:
    """One word of two."""
    a = _shift_mix(_multiply(left ^ right, factor))
    b = _shift_mix(_multiply(right ^ a, factor))
    return _multiply(b, factor)


def _hash_up_to_16(data: bytes) -> int:
    size = len(data)
    factor = (_K2 + size * 2) & _WORD
    if size >= 8:
        a, b = (_read_word(data, 0) + _K2) & _WORD, _read_word(data, -8)
        c = (_multiply(_rotate(b, 37), factor) + a) & _WORD
        d = _multiply(_rotate(a, 25) + b & _WORD, factor)
        return _mix(c, d, factor)
    if size >= 4:
        first, last = int.from_bytes(data[:4], "little"), int.from_bytes(data[-4:], "little")
        return _mix(size + (first << 3) & _WORD, last, factor)
    if size:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[-1] << 2)
        return _multiply(_shift_mix(_multiply(y, _K2) ^ _multiply(z, _K0)), _K2)
    return _K2


def _hash_up_to_32(data: bytes) -> int:
    factor = (_K2 + len(data) * 2) & _WORD
    a, b = _multiply(_read_word(data, 0), _K1), _read_word(data, 8)
    c, d = _multiply(_read_word(data, -8), factor), _multiply(_read_word(data, -16), _K2)
    left = _rotate(a + b & _WORD, 43) + _rotate(c, 30) + d & _WORD
    right = a + _rotate(b + _K2 & _WORD, 18) + c & _WORD
    return _mix(left, right, factor)


def _hash_up_to_64(data: bytes) -> int:
    factor = (_K2 + len(data) * 2) & _WORD
    a, b = _multiply(_read_word(data, 0), _K2), _read_word(data, 8)
    c, d = _multiply(_read_word(data, -8), factor), _multiply(_read_word(data, -16), _K2)
    y = _rotate(a + b & _WORD, 43) + _rotate(c, 30) + d & _WORD
    z = _mix(y, a + _rotate(b + _K2 & _WORD, 18) + c & _WORD, factor)
    e, f = _multiply(_read_word(data, 16), factor), _read_word(data, 24)
    g = _multiply(y + _read_word(data, -32) & _WORD, factor)
    h = _multiply(z + _read_word(data, -24) & _WORD, factor)
    left = _rotate(e + f & _WORD, 43) + _rotate(g, 30) + h & _WORD
    return _mix(left, e + _rotate(f + a & _WORD, 18) + g & _WORD, factor)


def _hash_long(data: bytes) -> int:
    """Blocks of 64 bytes, the last of which may overlap the one before."""
    seed = 81
    x, y = seed * _K2 + _read_word(data, 0) & _WORD, seed * _K1 + 113 & _WORD
    z = _multiply(_shift_mix(_multiply(y, _K2) + 113 & _WORD), _K2)
    v, w = (0, 0), (0, 0)
    rest = (len(data) - 1) & 63
    for start in range(0, len(data) - 1 - rest, 64):
        x, y, z, v, w = _mix_block(data, start, x, y, z, v, w, _K1, 1)
    factor = _K1 + ((z & 0xFF) << 1) & _WORD
    w = (w[0] + rest & _WORD, w[1])
    v = (v[0] + w[0] & _WORD, v[1])
    w = (w[0] + v[0] & _WORD, w[1])
    x, y, z, v, w = _mix_block(data, len(data) - 64, x, y, z, v, w, factor, 9)
    left = _mix(v[0], w[0], factor) + _multiply(_shift_mix(y), _K0) + z & _WORD
    return _mix(left, _mix(v[1], w[1], factor) + x & _WORD, factor)


def _mix_block(
    data: bytes, at: int, x: int, y: int, z: int, v: tuple[int, int], w: tuple[int, int], factor: int, weight: int
) -> tuple[int, int, int, tuple[int, int], tuple[int, int]]:
    x = _multiply(_rotate(x + y + v[0] + _read_word(data, at + 8) & _WORD, 37), factor)
    y = _multiply(_rotate(y + v[1] + _read_word(data, at + 48) & _WORD, 42), factor)
    x ^= w[1] * weight & _WORD
    y = y + v[0] * weight + _read_word(data, at + 40) & _WORD
    z = _multiply(_rotate(z + w[0] & _WORD, 33), factor)
    v = _mix_weakly(data, at, _multiply(v[1], factor), x + w[0] & _WORD)
    w = _mix_weakly(data, at + 32, z + w[1] & _WORD, y + _read_word(data, at + 16) & _WORD)
    return z, y, x, v, w


def _mix_weakly(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    first, second, third, fourth = (_read_word(data, at + step) for step in (0, 8, 16, 24))
    a = a + first & _WORD
    b = _rotate(b + a + fourth & _WORD, 21)
    before = a
    a = a + second + third & _WORD
    b = b + _rotate(a, 44) & _WORD
    return a + fourth & _WORD, b + before & _WORD
