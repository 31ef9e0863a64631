"""Grey clips to compute flow of: rendered, of videos, or of NumPy archives where no video can be decoded."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.flow.parameters import Grey
from twostream.videos import names

Clip = list[Grey]

WIDTH, HEIGHT = 340, 256


def from_folder(folder: Path, clips: int, frames: int) -> Iterator[Clip]:
    """Yield the first frames of some videos all over the folder, their shorter side at 256 pixels.

    A file `.npz` is a clip too, as it is: its first array is (frames, height, width), or (..., 3) of BGR.
    """
    files = sorted(path for path in folder.rglob("*") if names.is_video(path.name) or path.suffix == ".npz")
    if not files:
        raise InputError(folder, "holds no video", "choose a folder that holds some")
    for path in files[:: max(1, len(files) // clips)][:clips]:
        yield [_grey(frame) for frame in islice(_frames(path), frames)]


def rendered(clips: int, frames: int) -> Iterator[Clip]:
    """Yield clips of a camera that pans, turns and zooms a little over a noisy texture, some pixels a frame."""
    for number in range(clips):
        rng = np.random.default_rng(number)
        texture = cv2.GaussianBlur(rng.uniform(0, 255, (2 * HEIGHT, 2 * WIDTH)), (0, 0), 3)
        texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
        turn, growth, pan = rng.uniform(-0.3, 0.3), rng.uniform(-0.004, 0.004), rng.uniform(-1.5, 1.5, 2)
        clip = []
        for t in range(frames):
            view = cv2.getRotationMatrix2D((WIDTH, HEIGHT), turn * t, 1 + growth * t)
            view[:, 2] += t * pan - (WIDTH / 2, HEIGHT / 2)
            frame = cv2.warpAffine(texture, view, (WIDTH, HEIGHT)) + rng.normal(0, 2, (HEIGHT, WIDTH))
            clip.append(np.clip(frame, 0, 255).astype(np.uint8))
        yield clip


def _frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    if path.suffix != ".npz":
        from twostream.videos import decode

        return decode.decode(path, HEIGHT)
    with np.load(path) as arrays:
        frames: NDArray[np.uint8] = arrays[arrays.files[0]]
    if frames.dtype != np.uint8 or frames.ndim not in (3, 4):
        problem = f"its first array is {frames.dtype} {frames.shape}"
        raise InputError(path, problem, "give one of uint8, (frames, height, width)")
    return iter(frames)


def _grey(frame: NDArray[np.uint8]) -> Grey:
    """Return a frame (height, width, 3), BGR, in grey, and one that is grey already as it is."""
    grey: Grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame
    return grey
