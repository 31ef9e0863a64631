"""Pickles of plain containers, NumPy arrays and torch tensors, read without running anything that they name.

A pickle is a programme that may call any function of Python's. Here the few names that arrays need stand for
functions of this module, and every other name is refused: neither NumPy's nor torch's own code is called.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError

KINDS = frozenset("biufSU")
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
FACTORIES = ("dict", "float", "int", "list")
"""What a defaultdict may make of a name that is not there."""
PATHS = ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath")


class Refused(pickle.UnpicklingError):
    """The pickle names what no array needs."""


def load(file: BinaryIO, name: str) -> Any:
    """Return what the pickle in `file` holds, where arrays are `Array`, for `np.asarray`.

    InputError, which calls the file `name`, where the pickle is damaged or would run something.
    """
    try:
        # Python 2 wrote text and bytes alike; by this encoding each byte stays what it is.
        return _Unpickler(file, encoding="latin1").load()
    except Refused as error:
        remedy = "give a file of containers, NumPy arrays and torch tensors only"
        raise InputError(name, f"refused: {error}", remedy) from error
    except Exception as error:  # a damaged pickle can make the unpickler raise anything
        reason = "the file ends early" if isinstance(error, EOFError) else " ".join(str(error).split())
        problem = f"not a pickle that can be read ({type(error).__name__}: {reason:.100})"
        raise InputError(name, problem, "make it again") from error


class Array:
    """An array as its pickle describes it, for `np.asarray`."""

    values: NDArray[Any] = np.zeros(0)
    """What it holds; of the class, as a pickle can make one without a call of `__init__`."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, data = state
        self.values = _array(data, dtype, shape, "F" if is_fortran else "C")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.values if dtype is None else self.values.astype(dtype)


class _Dtype:
    """A dtype's name and its byte order, which comes after."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code, self.order = str(code), "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1] if state[1] in ("<", ">") else "="

    @property
    def is_object(self) -> bool:
        return self.code.lstrip("|").startswith("O")

    def numpy(self) -> np.dtype[Any]:
        dtype = np.dtype(self.code)
        if dtype.kind not in KINDS or dtype.subdtype or dtype.names:
            raise Refused(f"an array of `{self.code}`")
        return dtype.newbyteorder(">") if self.order == ">" else dtype


class _Storage:
    """The numbers that tensors are views of."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values


class _Unpickler(pickle._Unpickler):
    """The unpickler that is written in Python.

    That in C keeps what is referred to by a number in an array, which six bytes of a file let grow to gigabytes.
    """

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("torch") and name in STORAGES:
            return STORAGES[name]
        if (module, name) not in ADMITTED:
            raise Refused(f"it would run `{module}.{name}`")
        return ADMITTED[module, name]


class _StorageUnpickler(_Unpickler):
    def persistent_load(self, pid: Any) -> str:
        return str(pid[1])


def _array(data: Any, dtype: _Dtype, shape: Any, order: Any) -> NDArray[Any]:
    shape = tuple(int(size) for size in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    if dtype.is_object:
        if not isinstance(data, list) or len(data) != np.prod(shape, dtype=object):
            raise Refused("an array of objects that are not there")
        flat = np.empty(len(data), object)
        for position, item in enumerate(data):
            flat[position] = item
        return flat.reshape(shape, order="F" if order == "F" else "C")
    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    return np.frombuffer(raw, dtype.numpy()).reshape(shape, order="F" if order == "F" else "C")


def _reconstruct(*_: Any) -> Array:
    return Array()


def _frombuffer(data: Any, dtype: _Dtype, shape: Any, order: Any = "C") -> Array:
    array = Array()
    array.values = _array(data, dtype, shape, order)
    return array


def _scalar(dtype: _Dtype, data: Any = b"") -> Any:
    return _array(data, dtype, (), "C")[()]


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Return the bytes of `text`: pickles of the old protocols hold bytes so."""
    if encoding != "latin1":
        raise Refused(f"it would decode `{encoding}`")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """Return no bytes, as pickles of the old protocols ask for; given a number, `bytes` would take any memory."""
    return b""


def _mapping(*_: Any) -> dict[Any, Any]:
    """Return the mapping that a defaultdict begins with, whatever it would make of a name that is not there."""
    return {}


def _factory(*_: Any) -> Any:
    """Stand for what a defaultdict would make of a name that is not there; called, it is refused."""
    raise Refused("it would make a container by its type")


def _path(*parts: str) -> str:
    return "/".join(map(str, parts))


def _tensor(storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Array:
    """Return the view of `storage` that `torch._utils._rebuild_tensor_v2` makes, refused beyond its bounds."""
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if (
        offset < 0
        or min((*size, *stride), default=0) < 0
        or (0 not in size and last >= len(storage.values))
        or (np.prod(size, dtype=object) > len(storage.values))
    ):
        raise Refused("a tensor outside its storage")
    array = Array()
    part = storage.values[offset:]
    array.values = np.lib.stride_tricks.as_strided(
        part, size, [step * part.itemsize for step in stride], writeable=False
    ).copy()
    return array


def _storage(data: bytes) -> _Storage:
    """Return the storage that `torch.save` wrote: five pickles before the numbers; a zip archive is refused."""
    file = io.BytesIO(data)
    if zipfile.is_zipfile(file):
        raise Refused("a storage in a zip archive")
    file.seek(0)
    for _ in range(3):
        _Unpickler(file, encoding="latin1").load()
    dtype = _StorageUnpickler(file, encoding="latin1").load()
    keys = _Unpickler(file, encoding="latin1").load()
    if not (isinstance(dtype, str) and dtype in STORAGES.values()) or len(keys) != 1:
        raise Refused("a storage of no known numbers")
    count = int.from_bytes(file.read(8), "little")
    return _Storage(np.frombuffer(file.read(), dtype, count))


ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _reconstruct for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _frombuffer for core in ("core", "_core")},
    ("numpy", "ndarray"): Array,
    ("numpy", "dtype"): _Dtype,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch.storage", "_load_from_bytes"): _storage,
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "defaultdict"): _mapping,
    **{(module, name): _factory for module in ("builtins", "__builtin__") for name in FACTORIES},
    **{(module, name): _path for module in ("pathlib", "pathlib._local") for name in PATHS},
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
}
