"""Models in HDF5 files, `model.save("x.h5")` of Keras 2 and 3, of which only the config is read.

https://keras.io/api/models/model_saving_apis/model_saving_and_loading/

No link is followed: no other file is opened.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.guarded import GuardedFile

if TYPE_CHECKING:
    import h5py

CONFIG = "model_config"
_WEIGHTS = ("layer_names", "layer_names0", "layers", "_layer_checkpoint_dependencies", "model_weights")
"""What a file of weights has at its root: attributes of one kind, groups of the other."""


def config_of(file: IO[bytes], path: str) -> str:
    """The model's config as JSON text. Raises Fault: SC601 for what is no such file, SC602 for one too large.

    It may be as large as a spec.
    """
    h5py = _import_h5py(path)
    guarded = GuardedFile(file, 2 * MAX_BYTES)
    try:
        with h5py.File(guarded, "r") as opened:
            return _config_in(opened, guarded, path)
    except (Fault, MemoryError):
        raise
    except Exception:  # h5py has no list of what it may raise
        if guarded.is_spent:
            raise _too_large(path) from None
        raise _fault(f"cannot read {shorten(path)}: the HDF5 file is damaged") from None


def _import_h5py(path: str) -> Any:
    """The package that reads HDF5. Raises Fault where it is not installed."""
    try:
        import h5py
    except ImportError:
        help = "`pip install 'shapecalc-cli[h5]'` installs it"
        raise _fault(
            f"cannot read {shorten(path)}: HDF5 files are read by h5py, which is not installed", help
        ) from None
    return h5py


def _config_in(opened: h5py.File, guarded: GuardedFile, path: str) -> str:
    """The config in an open file. Raises Fault, and whatever h5py raises."""
    from h5py import h5a, h5t

    root = opened.id
    if not h5a.exists(root, CONFIG.encode()):
        raise _without_config(root, path)
    attribute = h5a.open(root, CONFIG.encode())
    if not isinstance(attribute.get_type(), h5t.TypeStringID) or attribute.shape != ():
        raise _fault(f"cannot read {shorten(path)}: its `{CONFIG}` is no text")
    varies = attribute.get_type().is_variable_str()
    size = guarded.longest_text(CONFIG, 1) if varies else attribute.get_storage_size()
    if size is None:
        raise OSError("the attribute is not where it was read")
    if size > MAX_BYTES:
        raise _too_large(path)
    value = opened.attrs[CONFIG]
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data.decode("utf-8", "replace")


def _without_config(root: Any, path: str) -> Fault:
    """What is said of a file that holds no model."""
    from h5py import h5a

    names = [name.encode() for name in _WEIGHTS]
    if any(h5a.exists(root, name) or root.links.exists(name) for name in names):
        help = f"give it to the model's spec: `shapecalc run SPEC --weights {shorten(path)}`"
        return _fault(f"cannot read {shorten(path)} as a model: it holds weights alone", help)
    return _fault(f"cannot read {shorten(path)}: an HDF5 file without `{CONFIG}` is no model of Keras")


def _too_large(path: str) -> Fault:
    return Fault(error("SC602", f"the `{CONFIG}` in {shorten(path)} is larger than {MAX_BYTES // 2**20} MiB"))


def _fault(message: str, help: str | None = None) -> Fault:
    return Fault(error("SC601", message, help=help))
