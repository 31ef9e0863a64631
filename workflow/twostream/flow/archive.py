"""Flow that others computed: folders of images, a pair of them for every pair of frames.

Known are the layouts `u/VIDEO/frame000001.jpg` with `v/VIDEO/frame000001.jpg` (the published archives of UCF101 and
HMDB51) and `VIDEO/flow_x_00001.jpg` with `VIDEO/flow_y_00001.jpg` (denseflow, which counts from 0, dense_flow and
gpu_flow, which count from 1); there may be folders of classes around the videos.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from twostream.cache import keys
from twostream.errors import InputError
from twostream.flow.quantise import Stored, quantise
from twostream.videos.index import Video

IMAGE = re.compile(r"(?:frame|flow_[xy]_)(\d+)\.(?:jpe?g|png)", re.IGNORECASE)
COMPONENTS = ("u", "v")

Numbered = dict[int, list[Path]]


@dataclass(frozen=True)
class Found:
    """The images of one video, by their number, which may be there twice."""

    folder: Path
    u: Numbered
    v: Numbered


def scan(root: Path) -> dict[str, list[Found]]:
    """Every folder of images in the archive `root`, by the name of its video in small letters.

    UCF101 has HandstandPushups and HandStandPushups for one class.
    """
    if not root.is_dir():
        raise InputError(f"{root} is not a folder: give one of u and v, or of flow_x and flow_y images")
    beside = all((root / name).is_dir() for name in COMPONENTS)
    found: dict[str, list[Found]] = {}
    for folder in _folders(root / "u" if beside else root):
        if beside:
            videos = Found(folder, _images(folder), _images(root / "v" / folder.relative_to(root / "u")))
        else:
            videos = Found(folder, _images(folder, "flow_x_"), _images(folder, "flow_y_"))
        if videos.u or videos.v:
            found.setdefault(folder.name.casefold(), []).append(videos)
    if not found:
        raise InputError(
            f"{root}: no flow is there: known are u/VIDEO/frame000001.jpg with v/VIDEO/frame000001.jpg, "
            "and VIDEO/flow_x_00001.jpg with VIDEO/flow_y_00001.jpg"
        )
    return found


def fault(found: Sequence[Found], pairs: int) -> str:
    """What is wrong with what was found of a video that has `pairs` pairs of frames; nothing if it is empty."""
    if not found:
        return "missing"
    if len(found) > 1:
        return f"doubled: in {found[0].folder} and in {found[1].folder}"
    images = found[0]
    twice = [number for part in (images.u, images.v) for number, paths in part.items() if len(paths) > 1]
    if twice:
        return f"doubled: {images.folder} has number {min(twice)} twice"
    alone = images.u.keys() ^ images.v.keys()
    if alone:
        return f"missing: {images.folder} has number {min(alone)} of one component only"
    if len(images.u) != pairs:
        return f"{'short' if len(images.u) < pairs else 'too long'}: {len(images.u)} of {pairs} pairs"
    first = min(images.u)
    if first > 1 or max(images.u) != first + pairs - 1:
        gaps = set(range(min(first, 1), max(images.u))) - images.u.keys()
        return f"missing: {images.folder} has no number {min(gaps)}"
    return ""


def match(found: Mapping[str, list[Found]], videos: Iterable[Video]) -> tuple[dict[str, Found], dict[str, str]]:
    """The images of each of `videos` by its id, and by its id what is wrong with others."""
    good, bad = {}, {}
    for video in videos:
        there = _of(video, found)
        reason = fault(there, video.frames - 1)
        if reason:
            bad[video.id] = reason
        else:
            good[video.id] = there[0]
    return good, bad


def digest(images: Iterable[Found]) -> str:
    """Of the names and sizes of all the images."""
    paths = (path for found in images for part in (found.u, found.v) for paths in part.values() for path in paths)
    return keys.digest("\n".join(sorted(f"{path.parent.name}/{path.name} {path.stat().st_size}" for path in paths)))


def fields(images: Found, bound: float) -> Iterator[Stored]:
    """The flow (2, height, width) of each pair in our eight bits, from theirs.

    Theirs is round(255 (f + bound) / (2 bound)), in which no number is zero motion: 127 and 128, the two
    beside it, become our 128, which is. The others move by at most bound / 254.
    """
    theirs = np.linspace(-bound, bound, 256, dtype=np.float32)
    ours = quantise(theirs, bound)
    size: tuple[int, ...] = ()
    for number in sorted(images.u):
        pair = [_read(part[number][0]) for part in (images.u, images.v)]
        size = size or pair[0].shape
        if {part.shape for part in pair} != {size}:
            raise InputError(f"{images.folder}: number {number} is of another size than the first image")
        yield ours[np.stack(pair)]


def _of(video: Video, found: Mapping[str, list[Found]]) -> list[Found]:
    """What may be `video`: where folders of classes tell them apart, the one in its own class."""
    path = PurePosixPath(video.id.casefold())
    there = found.get(path.stem, [])
    own = [images for images in there if images.folder.parent.name.casefold() == path.parent.name]
    return own or there


def _folders(root: Path) -> Iterator[Path]:
    """The folders in `root` and those in them."""
    for outer in _subfolders(root):
        yield outer
        yield from _subfolders(outer)


def _subfolders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir())


def _images(folder: Path, prefix: str = "") -> Numbered:
    numbered: Numbered = {}
    if folder.is_dir():
        for name in sorted(os.listdir(folder)):
            match = IMAGE.fullmatch(name)
            if match and name.lower().startswith(prefix):
                numbered.setdefault(int(match[1]), []).append(folder / name)
    return numbered


def _read(path: Path) -> Stored:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{path}: not an image that can be read: replace it and import again")
    return image
