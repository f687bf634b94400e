"""The arrays of an HDF5 file, each judged before it is read: a file of a stranger may point anywhere.

HDF5 can link to other files, keep data in them, put an array together from others, and promise sizes that are not
there. None of this is followed: a file that has any of it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np

from shapecalc.dims import binary_text
from shapecalc.formats.archives import MOST_SQUEEZED
from shapecalc.formats.weights.hdf5_text import read_texts
from shapecalc.formats.weights.stored import Array, Refused, StoredWeight, plain_name, refuse, refuse_damage

INSTALL = "pip install 'shapecalc-cli[h5]'"
_MOST_OBJECTS = 100_000
_MOST_NESTED = 32  # groups; wrappers in wrappers in models come to a dozen
_SHUFFLE, _DEFLATE, _FLETCHER = 2, 1, 3  # the numbers that HDF5 gives to filters
_ROOM = 2**20  # bytes that small things may take, whatever else is said of them


class Hdf5(NamedTuple):
    """An open HDF5 file: its arrays by their paths, and where the header of each group is; that of the file is `""`."""

    file: IO[bytes]
    arrays: dict[str, StoredWeight]
    groups: dict[str, int]

    def names(self, group: str, attribute: str) -> list[str] | None:
        """An attribute that is a list of texts, a long one in numbered pieces; None where there is none of that name.

        Raises Refused.
        """
        address = self.groups.get(group)
        if address is None:
            return None
        found = read_texts(self.file, address, attribute)
        piece = read_texts(self.file, address, f"{attribute}0") if found is None else None
        number = 0
        while piece is not None:
            found = [*(found or ()), *piece]
            number += 1
            piece = read_texts(self.file, address, f"{attribute}{number}")
        return found

    def name(self, group: str) -> str:
        """The attribute `name` of a group; empty where there is none."""
        return next(iter(self.names(group, "name") or ()), "")


@contextmanager
def open_hdf5(file: IO[bytes], path: str, size: int) -> Iterator[Hdf5]:
    """An HDF5 file of so many bytes for reading. Raises Fault where h5py is not installed, else Refused."""
    try:
        import h5py
    except ImportError:
        raise refuse(path, "it is an HDF5 file, and h5py is not installed", help=INSTALL) from None
    with ExitStack() as stack:
        with refuse_damage("the HDF5 file"):
            found = _list_arrays(stack.enter_context(h5py.File(file, "r")), file, size)
        yield found


def _list_arrays(opened: Any, file: IO[bytes], size: int) -> Hdf5:
    """What a file of so many bytes holds, in its order. Raises Refused."""
    found = Hdf5(file, {}, {"": address_of(opened)})
    for path, dataset in _walk(opened, "", found.groups, {address_of(opened)}):
        found.arrays[path] = _describe_stored(path, dataset)
    total = sum(weight.nbytes for weight in found.arrays.values())
    if total > _ROOM + MOST_SQUEEZED * size:
        raise Refused(f"its arrays take {binary_text(total)}, and the file has {binary_text(size)}", "SC614")
    return found


def address_of(item: Any) -> int:
    """Where the header of a group or an array is."""
    import h5py

    address: int = h5py.h5o.get_info(item.id).addr
    return address


def _walk(group: Any, prefix: str, groups: dict[str, int], seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The datasets in a group and in those within. Raises Refused for links and for what was met before."""
    import h5py

    if prefix.count("/") > _MOST_NESTED:
        raise Refused(f"its groups are nested more than {_MOST_NESTED} deep", "SC602")
    for name in group:
        path = prefix + plain_name(name)
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise Refused(f"`{path}` links to {_target(link)}", "SC613")
        item = group[name]
        address = address_of(item)
        if address in seen:
            raise Refused(f"`{path}` stands in it under two names", "SC613")
        seen.add(address)
        if len(seen) > _MOST_OBJECTS:
            raise Refused(f"it has more than {_MOST_OBJECTS} groups and arrays", "SC602")
        if isinstance(item, h5py.Group):
            groups[path] = address
            yield from _walk(item, f"{path}/", groups, seen)
        elif isinstance(item, h5py.Dataset):
            yield path, item
        else:
            raise Refused(f"`{path}` in it is no array", "SC606")


def _target(link: Any) -> str:
    filename = getattr(link, "filename", None)
    return plain_name(f"`{link.path}` of the file `{filename}`" if filename is not None else f"`{link.path}`")


def _describe_stored(path: str, dataset: Any) -> StoredWeight:
    """An array that may be read. Raises Refused."""
    plain = dataset.id.get_create_plist()
    if plain.get_external_count():
        raise Refused(f"`{path}` is kept in the file `{plain.get_external(0)[0].decode('utf-8', 'replace')}`", "SC613")
    if dataset.is_virtual:
        raise Refused(f"`{path}` is put together from other arrays", "SC613")
    dtype, shape = dataset.dtype, dataset.shape
    brief = _is_brief(dataset)
    if shape is None or not (brief or (dtype.kind in "biuf" and dtype.itemsize <= 8)):
        raise Refused(f"`{path}` holds no plain numbers")
    _require_stored(path, dataset, plain)
    words = "bfloat16" if brief else dtype.name
    return StoredWeight(shape, words, lambda: _read(path, dataset, brief))


def _is_brief(dataset: Any) -> bool:
    """Whether an array holds bfloat16, which HDF5 has not: Keras writes it as two bytes without a meaning."""
    return bool(dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and dataset.dtype.names is None)


def _require_stored(path: str, dataset: Any, plain: Any) -> None:
    """Raises Refused where an array is far larger than what the file holds of it."""
    filters = [plain.get_filter(number)[0] for number in range(plain.get_nfilters())]
    if any(number not in (_SHUFFLE, _DEFLATE, _FLETCHER) for number in filters):
        raise Refused(f"`{path}` is compressed in a way that Keras does not write")
    size = dataset.dtype.itemsize
    declared = prod(dataset.shape) * size
    chunk = prod(dataset.chunks) * size if dataset.chunks else 0
    kept = dataset.id.get_storage_size()
    most = kept * MOST_SQUEEZED if _DEFLATE in filters else kept
    if declared > most:
        raise Refused(f"`{path}` promises {binary_text(declared)}, and {binary_text(kept)} are stored", "SC614")
    if chunk > max(declared, _ROOM):
        raise Refused(f"`{path}` has {binary_text(declared)}, in pieces of {binary_text(chunk)}", "SC614")


def _read(path: str, dataset: Any, brief: bool) -> Array:
    array = np.empty(dataset.shape, dataset.dtype)
    if array.size:
        with refuse_damage(f"`{path}` in it"):
            dataset.read_direct(array) if array.shape else array.__setitem__((), dataset[()])
    return widen(array.view(np.uint16)) if brief else array


def widen(values: Array) -> Array:
    """bfloat16, as the whole numbers of its bits, as float32."""
    wide: Array = (values.astype(np.uint32) << 16).view(np.float32)
    return wide
