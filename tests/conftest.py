"""Real parts to test with: encoded videos, indexes, and the real material beside the repository."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

SHARED = Path(__file__).parents[2] / "shared"


def shared(name: str) -> Path:
    """A folder of real material; the test is skipped, saying so, where it is not at hand."""
    if not (SHARED / name).exists():
        pytest.skip(f"real material `{name}` is not beside this repository")
    return SHARED / name


@pytest.fixture(scope="session")
def clips() -> Path:
    return shared("clips")


@pytest.fixture(scope="session")
def ucf101() -> Path:
    return shared("ucf101")


def moving_dots(frames: int, width: int = 64, height: int = 48, step: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """Frames (height, width, 3) of a smooth random texture that moves right by `step` pixels a frame."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (height, 4 * width, 3)).astype(np.float32), (0, 0), 2)
    wide = cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX)
    for t in range(frames):
        shift = np.array([[1, 0, t * step - 2 * width], [0, 1, 0]], np.float32)
        yield cv2.warpAffine(wide, shift, (width, height)).astype(np.uint8)


def encode(path: Path, frames: Iterator[NDArray[np.uint8]], codec: str = "XVID", fps: float = 25) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = list(frames)
    size = (pictures[0].shape[1], pictures[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size)
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Make a `class/video` tree of small videos: two classes, three recordings of two clips each."""

    def make(classes: tuple[str, ...] = ("Jump", "Run"), groups: int = 3, clips: int = 2, frames: int = 14) -> Path:
        folder = tmp_path / "videos"
        for c, name in enumerate(classes):
            for group in range(1, groups + 1):
                for clip in range(1, clips + 1):
                    path = folder / name / f"v_{name}_g{group:02d}_c{clip:02d}.avi"
                    encode(path, moving_dots(frames + clip, step=1.0 + c))
        return folder

    return make
