"""How a video's frames lie in its HDF5 group: `zstd`, `lz4` and `raw` keep every bit, `jpeg` is smaller.

A codec writes frames (C, H, W) uint8 of one video into a group; `open_frames` returns them as something to
slice like an array (T, C, H, W), whichever codec wrote them. HDF5 checksums all of it.

`dense` (T, C, H, W) is chunked by frame, so that a stack is just its own frames. `jpeg` holds pictures
end to end, `offset` says where each begins: one in colour for an RGB frame; for flow, as the two-stream
literature keeps it, one in grey for x and one for y.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import cv2
import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import hdf5
from twostream.stacks import chunks

Image = NDArray[np.uint8]

LOSSLESS: dict[str, Mapping[str, Any]] = {
    "zstd": hdf5plugin.Zstd(clevel=6),
    "lz4": hdf5plugin.Blosc(cname="lz4hc", clevel=5, shuffle=hdf5plugin.Blosc.NOSHUFFLE),
    "raw": {},
}
"""HDF5 filters of each lossless codec; JPEG is encoded here."""

IN_MEMORY = {np.uint8: h5py.h5t.NATIVE_UINT8, np.int64: h5py.h5t.NATIVE_INT64}
"""HDF5's name for each type that is read."""

JPEG_CHUNK = 1 << 16
"""Bytes; a few frames of video. HDF5 allots whole chunks, so that larger ones would swell short videos."""

JPEG_END = b"\xff\xd9"
"""The bytes that end a picture: OpenCV decodes one that is cut short, and fills in the rest."""


class Frames(Protocol):
    """The frames of a video: `frames[start:stop]` is (stop - start, C, H, W) uint8."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a frame: (C, H, W)."""

    def __len__(self) -> int: ...
    def __getitem__(self, positions: slice) -> Image: ...
    def read_into(self, start: int, out: Image) -> None:
        """Fill `out` (n, C, H, W), which is contiguous, with the frames from `start` on."""


def write(group: h5py.Group, frames: Iterator[Image], count: int, codec: str, quality: int) -> None:
    """Store `count` frames (C, H, W) by `codec`: zstd, lz4, raw, or jpeg of `quality`.

    InputError where there are more or fewer, or none.
    """
    counted = _counted(group, frames, count)
    if codec == "jpeg":
        _write_jpeg(group, counted, quality)
    else:
        _write_dense(group, counted, count, LOSSLESS[codec])
    hdf5.write_text_attrs(group, codec=codec)


def as_stored(frame: Image, codec: str, quality: int) -> Image:
    """Return a frame (C, H, W) as it comes back from a file that `codec` has written."""
    if codec != "jpeg":
        return frame
    out = np.empty_like(frame)
    pictures = [_encode(picture, quality) for picture in _pictures(frame)]
    if len(pictures) == 1:
        out[:] = _decode(pictures[0], cv2.IMREAD_COLOR_RGB, frame.shape[1:]).transpose(2, 0, 1)
    else:
        for plane, picture in zip(out, pictures, strict=True):
            plane[:] = _decode(picture, cv2.IMREAD_GRAYSCALE, plane.shape)
    return out


def open_frames(group: h5py.h5g.GroupID) -> Frames:
    """Return the frames that `write` stored in the group with this id; they are read as they are sliced.

    h5py's low-level functions take less time to open a group.
    """
    if b"dense" in group:
        dataset = h5py.h5d.open(group, b"dense")
        length, *shape = dataset.shape
        return _Dense(dataset, length, tuple(shape))
    stream, offset = (h5py.h5d.open(group, name) for name in (b"jpeg", b"offset"))
    shape = np.empty(3, np.int64)
    h5py.h5a.open(stream, b"frame").read(shape)
    return _Pictures(stream, offset, tuple(shape.tolist()))


def _counted(group: h5py.Group, frames: Iterator[Image], count: int) -> Iterator[Image]:
    """Yield `frames`; InputError where they are not `count`, the number that the index says."""
    number = 0
    for number, frame in enumerate(frames, start=1):
        if number > count:
            break
        yield frame
        hdf5.raise_if_unwritten(group)
    if number != count or not count:
        decoded = f"more than {count}" if number > count else f"{number} of {count}"
        problem = f"{decoded} frames were decoded, the file may have changed since it was indexed"
        raise InputError(group.name[1:], problem, RERUN_WORKFLOW)


def _write_dense(group: h5py.Group, frames: Iterator[Image], count: int, compression: Mapping[str, Any]) -> None:
    first = next(frames)
    shape = first.shape
    dense = group.create_dataset(
        "dense", shape=(count, *shape), dtype=np.uint8, chunks=(1, *shape), fletcher32=True, **compression
    )
    compress = chunks.compressor(dense.id)
    for t, frame in enumerate(chain([first], frames)):
        if compress:
            chunks.write_chunk(dense.id, t, compress, frame)
        else:
            dense[t] = frame


def _write_jpeg(group: h5py.Group, frames: Iterator[Image], quality: int) -> None:
    stream = group.create_dataset(
        "jpeg", shape=(0,), maxshape=(None,), dtype=np.uint8, chunks=(JPEG_CHUNK,), fletcher32=True
    )
    offsets = [0]
    for frame in frames:
        for picture in _pictures(frame):
            encoded = _encode(picture, quality)
            offsets.append(offsets[-1] + encoded.size)
            stream.resize((offsets[-1],))
            stream[offsets[-2] :] = encoded
    stream.attrs["frame"] = frame.shape
    group.create_dataset("offset", data=np.array(offsets, np.int64), chunks=True, fletcher32=True)


def _encode(picture: Image, quality: int) -> Image:
    encoded: Image = np.asarray(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], np.uint8)
    return encoded


def _pictures(frame: Image) -> list[Image]:
    """Return what OpenCV encodes of a frame (C, H, W): one picture (H, W, BGR), or a grey one (H, W) a channel."""
    return [frame[::-1].transpose(1, 2, 0)] if len(frame) == 3 else list(frame)


def _read_into(dataset: h5py.h5d.DatasetID, start: int, rows: NDArray[Any]) -> None:
    """Fill `rows` with those of `dataset` from `start` on, by h5py's low-level functions.

    Its indexing takes a fourth of a stack's time.
    """
    space = dataset.get_space()
    space.select_hyperslab((start, *[0] * (rows.ndim - 1)), rows.shape)
    # Without the type, h5py would make one from that of the array, which takes time too.
    dataset.read(h5py.h5s.create_simple(rows.shape), space, rows, IN_MEMORY[rows.dtype.type])


def _read(dataset: h5py.h5d.DatasetID, start: int, stop: int, kind: type[np.generic]) -> NDArray[Any]:
    """Return `dataset[start:stop]` of a data set of one axis."""
    values = np.empty(stop - start, kind)
    _read_into(dataset, start, values)
    return values


def _slice(frames: Frames, positions: slice) -> Image:
    start, stop, _ = positions.indices(len(frames))
    out = np.empty((stop - start, *frames.shape), np.uint8)
    frames.read_into(start, out)
    return out


@dataclass(frozen=True)
class _Dense:
    """The frames of a data set (T, C, H, W)."""

    dataset: h5py.h5d.DatasetID
    length: int
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, positions: slice) -> Image:
        return _slice(self, positions)

    def read_into(self, start: int, out: Image) -> None:
        decompress = chunks.decompressor(self.dataset)
        if decompress is None:
            _read_into(self.dataset, start, out)
            return
        address, size = out.ctypes.data, out.nbytes // max(len(out), 1)
        for number in range(len(out)):
            if not chunks.read_chunk(self.dataset, start + number, decompress, address + number * size, size):
                _read_into(self.dataset, start + number, out[number : number + 1])


@dataclass(frozen=True)
class _Pictures:
    """The frames (C, H, W) that JPEG pictures were encoded from."""

    stream: h5py.h5d.DatasetID
    offset: h5py.h5d.DatasetID
    shape: tuple[int, ...]

    def __len__(self) -> int:
        pictures: int = self.offset.shape[0] - 1
        return pictures // self._pictures_per_frame

    def __getitem__(self, positions: slice) -> Image:
        return _slice(self, positions)

    def read_into(self, start: int, out: Image) -> None:
        each = self._pictures_per_frame
        offsets = _read(self.offset, start * each, (start + len(out)) * each + 1, np.int64)
        encoded = np.split(_read(self.stream, offsets[0], offsets[-1], np.uint8), offsets[1:-1] - offsets[0])
        if each == 1:
            for frame, picture in zip(out, encoded, strict=True):
                frame[:] = _decode(picture, cv2.IMREAD_COLOR_RGB, frame.shape[1:]).transpose(2, 0, 1)
        else:
            for plane, picture in zip(out.reshape(-1, *self.shape[1:]), encoded, strict=True):
                plane[:] = _decode(picture, cv2.IMREAD_GRAYSCALE, plane.shape)

    @property
    def _pictures_per_frame(self) -> int:
        return 1 if self.shape[0] == 3 else self.shape[0]


def _decode(picture: Image, flag: int, size: tuple[int, ...]) -> Image:
    """Return a picture as pixels; OSError, as for any other damage, where it is not whole or has another `size`."""
    decoded: Image | None = cv2.imdecode(picture, flag) if bytes(picture[-2:]) == JPEG_END else None
    if decoded is None or decoded.shape[:2] != size:
        raise OSError("not the picture that was stored")
    return decoded
