"""Pairs of frames whose true flow is known: as Middlebury, KITTI and MPI Sintel publish them.

Sources: Baker et al., "A Database and Evaluation Methodology for Optical Flow", 2011 (.flo); Geiger, Lenz, Urtasun,
"Are we ready for Autonomous Driving?", 2012 (PNG of 16 bits); Butler et al., "A Naturalistic Open Source Movie for
Optical Flow Evaluation", 2012 (folders of frames beside folders of .flo).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.flow import image_file
from twostream.flow.parameters import SMALLEST_SIDE, Flow
from twostream.videos.image import Image

FLO_MAGIC = b"PIEH"
FLO_HEADER = 12
"""Bytes of a .flo file before its numbers: the magic, width and height."""
UNKNOWN = 1e9
"""A number of a .flo file that is as large says that the flow is unknown there."""
ZERO, STEPS = np.float32(2**15), np.float32(64)
"""The value of no motion in a PNG file of KITTI, and the values that a pixel of motion adds."""
REMEDY = "delete the sequence, or download it again"


@dataclass(frozen=True)
class Truth:
    """A frame and the next one (height, width, 3), BGR, and the flow between them where `is_known` (height, width)."""

    before: Image
    after: Image
    flow: Flow
    is_known: NDArray[np.bool_]


@dataclass(frozen=True)
class Files:
    """The files of a sequence, and its name."""

    name: str
    before: Path
    after: Path
    flow: Path


def read(files: Files) -> Truth:
    """Return the frames and the true flow in `files`; InputError where one is not whole or they do not fit together."""
    flow, is_known = read_flow(files.flow)
    before, after = _read_image(files.before), _read_image(files.after)
    for path, image in ((files.before, before), (files.after, after)):
        if image.shape[:2] != is_known.shape:
            problem = f"has {_size(image.shape)} pixels, the flow {files.flow.name} {_size(is_known.shape)}"
            raise InputError(path, problem, REMEDY)
    if min(is_known.shape) < SMALLEST_SIDE:
        problem = f"has {_size(is_known.shape)} pixels, flow needs {SMALLEST_SIDE} x {SMALLEST_SIDE}"
        raise InputError(files.before, problem, "delete the sequence")
    if not is_known.any():
        raise InputError(files.flow, "knows the flow of no pixel", REMEDY)
    return Truth(before, after, flow, is_known)


def read_flow(path: Path) -> tuple[Flow, NDArray[np.bool_]]:
    """Return the flow (2, height, width) in `path`, zero where it is unknown, and where it is known."""
    data = _bytes(path)
    flow, is_known = _from_flo(path, data) if path.suffix.lower() == ".flo" else _from_png(path, data)
    return np.where(is_known, flow, np.float32(0)), is_known


def _from_flo(path: Path, data: bytes) -> tuple[Flow, NDArray[np.bool_]]:
    """Return the flow (2, height, width) of a .flo file, and where it is known (height, width)."""
    if not data.startswith(FLO_MAGIC):
        raise InputError(path, "is no .flo file: it does not begin with PIEH", REMEDY)
    width, height = (int(side) for side in np.frombuffer(data[:FLO_HEADER].ljust(FLO_HEADER), "<i4")[1:])
    if width < 1 or height < 1 or len(data) != FLO_HEADER + 8 * width * height:
        problem = f"has {len(data)} bytes, which is not the size of a flow of {width} x {height} pixels"
        raise InputError(path, problem, REMEDY)
    flow = np.frombuffer(data, "<f4", offset=FLO_HEADER).reshape(height, width, 2).transpose(2, 0, 1)
    return flow.astype(np.float32), (np.abs(flow) < UNKNOWN).all(axis=0)  # Not-a-number is unknown too.


def _from_png(path: Path, data: bytes) -> tuple[Flow, NDArray[np.bool_]]:
    """Return the flow (2, height, width) of a PNG file of KITTI, and where it is known (height, width)."""
    stored = _decode(path, data, cv2.IMREAD_UNCHANGED)
    if stored.dtype != np.uint16 or stored.ndim != 3 or stored.shape[2] != 3:
        raise InputError(path, "is no flow of KITTI: that has three channels of 16 bits", REMEDY)
    # OpenCV gives the channels backwards: whether it is known, y, x.
    flow = (stored[..., :0:-1].astype(np.float32) - ZERO) / STEPS
    return flow.transpose(2, 0, 1), stored[..., 0] > 0


def _read_image(path: Path) -> Image:
    return _decode(path, _bytes(path), cv2.IMREAD_COLOR)


def _decode(path: Path, data: bytes, flags: int) -> Image:
    if reason := image_file.fault(data):
        raise InputError(path, f"is {reason}", REMEDY)
    image = image_file.decode(data, flags)
    if image is None:
        raise InputError(path, "is no image that can be read", REMEDY)
    return image


def _bytes(path: Path) -> bytes:
    if not path.is_file():  # Opening a named pipe would wait for ever.
        raise InputError(path, "is not a file", REMEDY)
    return path.read_bytes()


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"
