"""Encoded videos to test with, and entries of an index."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.cache import keys
from twostream.videos import index, split_lists
from twostream.videos.fingerprint import Fingerprint
from twostream.videos.index import Index, Video
from twostream.videos.probe import Probe

DECODER = Fingerprint(bits="bits", reads="reads", version="version")


def moving_dots(frames: int, width: int = 64, height: int = 48, step: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """Yield frames (height, width, 3) of a smooth random texture that moves right by `step` pixels a frame."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (height, 4 * width, 3)).astype(np.float32), (0, 0), 2)
    wide = cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX)
    for t in range(frames):
        shift = np.array([[1, 0, t * step - 2 * width], [0, 1, 0]], np.float32)
        yield cv2.warpAffine(wide, shift, (width, height)).astype(np.uint8)


def encode(path: Path, frames: Iterator[NDArray[np.uint8]], codec: str = "XVID", fps: float = 25) -> Path:
    """Encode `frames` (height, width, 3), BGR, by OpenCV alone, so that tests do not rest on `videos.encode`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = list(frames)
    size = (pictures[0].shape[1], pictures[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size)
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def entry(id: str = "A/a.avi", **fields: object) -> Video:
    """Return an entry of an index: a training video of class 0, but for the `fields` that are named."""
    defaults: dict[str, object] = {
        "label": 0,
        "subset": "train",
        "group": "g01",
        "frames": 9,
        "width": 64,
        "height": 48,
        "fps": 25.0,
        "digest": f"digest of {id}",
    }
    return Video(id=id, **(defaults | fields))  # type: ignore[arg-type]


def index_from_counts(lists: Path, frames: Mapping[str, int], settings: dict[str, Any]) -> Index:
    """Return an index of listed videos that are not here, by the recorded number of `frames` of each name.

    Names are matched whatever their case: UCF101 has HandstandPushups and HandStandPushups for one class.
    """
    split = split_lists.read(lists, settings["split"])
    counts = {name.casefold(): count for name, count in frames.items()}

    def recorded(video: str) -> Probe:
        count = counts.get(Path(video).stem.casefold(), 0)
        reason = "" if count else "its length is not recorded"
        return Probe(digest=keys.digest(video, 16), frames=count, reason=reason)

    return index.assemble(lists, {video: recorded(video) for video in split.subset_of}, split, settings)
