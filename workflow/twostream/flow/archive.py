"""Flow that others computed: folders of images, a pair of them for every pair of frames.

Two layouts are known: `u/VIDEO/frame000001.jpg` with `v/VIDEO/frame000001.jpg` (the published archives of UCF101 and
HMDB51), and `VIDEO/flow_x_00001.jpg` with `VIDEO/flow_y_00001.jpg` (denseflow, which counts from 0; dense_flow and
gpu_flow, which count from 1). The folders of videos may lie in folders of classes.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from twostream.errors import InputError
from twostream.flow import image_file
from twostream.flow.quantise import Stored, quantise
from twostream.videos.index import Video
from twostream.videos.names import composed

IMAGE = re.compile(r"(?:frame|flow_[xy]_)(\d+)\.(?:jpe?g|png)", re.IGNORECASE)
COMPONENTS = ("u", "v")

Numbered = dict[int, list[Path]]


@dataclass(frozen=True)
class VideoImages:
    """The images of one video by their numbers; a faulty archive has several with one number."""

    folder: Path
    u: Numbered
    v: Numbered


def scan(root: Path) -> dict[str, list[VideoImages]]:
    """Return every folder of images in the archive `root`, by the name of its video as `_key` has it.

    Names are compared in any case, since UCF101 has HandstandPushups and HandStandPushups for one class.
    """
    if not root.is_dir():
        raise InputError(root, "is not a folder", "choose one of u and v, or of flow_x and flow_y images")
    has_two_trees = all((root / name).is_dir() for name in COMPONENTS)
    folders: dict[str, list[VideoImages]] = {}
    for folder in _folders(root / "u" if has_two_trees else root):
        if has_two_trees:
            images = VideoImages(folder, _images(folder), _images(root / "v" / folder.relative_to(root / "u")))
        else:
            images = VideoImages(folder, _images(folder, "flow_x_"), _images(folder, "flow_y_"))
        if images.u or images.v:
            folders.setdefault(_key(folder.name), []).append(images)
    if not folders:
        raise InputError(
            root,
            "no flow is there",
            "choose a folder of u/VIDEO/frame000001.jpg with v/VIDEO/frame000001.jpg, "
            "or of VIDEO/flow_x_00001.jpg with VIDEO/flow_y_00001.jpg",
        )
    return folders


def fault(folders: Sequence[VideoImages], pairs: int) -> str:
    """Return what is wrong with the folders of a video that has `pairs` pairs of frames; an empty text if nothing."""
    if not folders:
        return "missing"
    if len(folders) > 1:
        return f"doubled: in {folders[0].folder} and in {folders[1].folder}"
    images = folders[0]
    twice = [number for component in (images.u, images.v) for number, paths in component.items() if len(paths) > 1]
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


def match(
    folders: Mapping[str, list[VideoImages]], videos: Iterable[Video]
) -> tuple[dict[str, VideoImages], dict[str, str]]:
    """Return the images of each of `videos` that has all of them, and what is wrong with each other, by their ids."""
    videos = tuple(videos)
    candidates = _candidates(folders, videos)
    users = Counter(images.folder for of_video in candidates.values() for images in of_video)
    good, bad = {}, {}
    for video in videos:
        of_video = candidates[video.id]
        reason = fault(of_video, video.frames - 1)
        if len(of_video) == 1 and users[of_video[0].folder] > 1:
            reason = f"shared: {of_video[0].folder} is of one of {users[of_video[0].folder]} videos of that name"
        if reason:
            bad[video.id] = reason
        else:
            good[video.id] = of_video[0]
    return good, bad


def fields(images: VideoImages, bound: float) -> Iterator[Stored]:
    """Yield the flow (2, height, width) of each pair, stored as `quantise` does; `bound` is that of the images.

    Theirs is round(255 (f + bound) / (2 bound)), in which no number is zero motion: 127 and 128, the two beside it,
    become our 128, which is. Other values move by at most bound / 254. InputError where an image has another size.
    """
    theirs = np.linspace(-bound, bound, 256, dtype=np.float32)
    ours = quantise(theirs, bound)
    size: tuple[int, ...] = ()
    for number in sorted(images.u):
        pair = [image_file.read(component[number][0]) for component in (images.u, images.v)]
        size = size or pair[0].shape
        if {image.shape for image in pair} != {size}:
            problem = f"number {number} has another size than the first image"
            raise InputError(images.folder, problem, "mend the archive, then import it again")
        yield ours[np.stack(pair)]


def _candidates(folders: Mapping[str, list[VideoImages]], videos: Sequence[Video]) -> dict[str, list[VideoImages]]:
    """Return the folders that may be those of each video, by its id: the one in its class, if there are classes."""
    paths = {video.id: PurePosixPath(_key(video.id)) for video in videos}
    classes = {path.parent.name for path in paths.values()}
    # If all folders of videos lie in one folder, that is the archive and no class, whatever its name.
    is_flat = len({images.folder.parent for several in folders.values() for images in several}) == 1
    candidates = {}
    for id, path in paths.items():
        several = folders.get(path.stem, [])
        own = [images for images in several if _key(images.folder.parent.name) == path.parent.name]
        others = [images for images in several if is_flat or _key(images.folder.parent.name) not in classes]
        candidates[id] = own or others
    return candidates


def _key(name: str) -> str:
    """Return `name` in a form that is the same in any case and in any form of Unicode."""
    return composed(name.casefold())


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders in `root` and those in them."""
    for outer in _subfolders(root):
        yield outer
        yield from _subfolders(outer)


def _subfolders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir())


def _images(folder: Path, prefix: str = "") -> Numbered:
    """Return the images in `folder` whose names begin with `prefix`, by their numbers."""
    numbered: Numbered = {}
    if folder.is_dir():
        for name in sorted(os.listdir(folder)):
            match = IMAGE.fullmatch(name)
            if match and name.lower().startswith(prefix):
                numbered.setdefault(int(match[1]), []).append(folder / name)
    return numbered
