"""Where sequences with known flow lie in a folder: which two frames belong to which file of flow."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from twostream.errors import InputError
from twostream.flow import image_file
from twostream.flow.truth import Files

IMAGES = (".png", ".jpg", ".jpeg", ".ppm", ".pgm", ".bmp", ".tif", ".tiff")
"""Suffixes of frames."""
PNG_HEADER = 26
"""Bytes of a PNG file up to its bit depth and its kind of colours, which are the last two of them."""
DEEP_COLOURS = bytes((16, 2))
"""Bit depth and kind of colours of a PNG file that holds flow: 16 bits, RGB."""

NO_FRAMES = {
    *("flow_viz", "invalid", "occlusions", "occlusions_rev", "disparities", "disparities_viz", "outofframe"),
    *("image_1", "image_3", "colored_1"),
}
"""Folders, of Sintel and of KITTI's right cameras, whose images are not the frames that flow is known for."""

SECOND = ("after", "next", "second", "target")
"""Words by which the second of two frames without numbers is called."""

Numbers = tuple[int, ...]
"""All numbers in a file's name: the last one counts the frames."""


def find(folder: Path) -> list[Files]:
    """Return every sequence in or below `folder`; InputError where there is none, or one lacks a frame."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise InputError(folder, "is not a folder", "give one that holds frames and their flow")
    # By folder first: between the files of one folder there may be a folder's name.
    flows = sorted((path for path in folder.rglob("*") if _is_flow(path)), key=lambda flow: (flow.parent, flow))
    if not flows:
        raise InputError(folder, "holds no flow, neither .flo nor PNG of 16 bits", "give the folder of a sequence")
    by_folder = groupby(flows, key=lambda flow: flow.parent)
    return [sequence for parent, files in by_folder for sequence in _sequences(folder, parent, list(files))]


def _sequences(folder: Path, parent: Path, flows: Sequence[Path]) -> Iterator[Files]:
    """Yield the sequences of the `flows` in the folder `parent`, somewhere in `folder`.

    Their frames are beside them, or in every folder that corresponds to theirs.
    """
    beside = _frames(parent)
    groups = [beside] if beside else [frames for side in _corresponding(folder, parent) if (frames := _frames(side))]
    for flow in flows:
        pairs = [pair for frames in groups if (pair := _pair(flow, frames, is_alone=len(flows) == 1))]
        if not pairs:
            problem = "has no two frames, neither beside it nor in a folder that corresponds to its own"
            raise InputError(flow, problem, "add them, with its number in their names and the next one, or delete it")
        for before, after in pairs:
            name = before.parent.relative_to(folder.parent if before.parent == folder else folder).as_posix()
            yield Files(name if len(flows) == 1 else f"{name}/{flow.stem}", before, after, flow)


def _pair(flow: Path, frames: Sequence[Path], is_alone: bool) -> tuple[Path, Path] | None:
    """Return the frame with the numbers in the name of `flow` and the next one, None where that is not clear.

    Where one frame alone has the last number of `flow`, the other numbers may differ. If `flow` `is_alone` among two
    frames, these are its own whatever their names.
    """
    numbers = _numbers(flow)
    before = {_following(frame): frame for frame in frames if _numbers(frame)}
    pairs = [(before[_key(frame)], frame) for frame in frames if _key(frame) in before]
    same = [pair for pair in pairs if _numbers(pair[0]) == numbers]
    alike = [pair for pair in pairs if numbers and _numbers(pair[0])[-1] == numbers[-1]]
    if same or len(alike) == 1:
        return (same or alike)[0]
    return _in_order(*frames) if is_alone and len(frames) == 2 else None


def _in_order(one: Path, other: Path) -> tuple[Path, Path]:
    """Return two frames, the first of which is the earlier: by name, unless that says it is the second."""
    is_second = any(word in one.stem.lower() for word in SECOND) and not _numbers(one)
    return (other, one) if is_second else (one, other)


def _corresponding(folder: Path, flows: Path) -> list[Path]:
    """Return the folders that correspond to `flows`: `image_2` to `flow_noc`, `clean/alley_1` to `flow/alley_1`."""
    parts = flows.relative_to(folder).parts
    for levels in range(len(parts)):
        top = flows.parents[levels]
        sides = [side.joinpath(*parts[len(parts) - levels :]) for side in sorted(top.iterdir())]
        sides = [side for side in sides if not NO_FRAMES & set(side.relative_to(folder).parts)]
        if with_frames := [side for side in sides if _frames(side)]:
            return with_frames
    return []


def _frames(folder: Path) -> list[Path]:
    """Return the images in `folder` but for those that hold flow, by number; none where it is no folder."""
    if not folder.is_dir():
        return []
    images = (path for path in folder.iterdir() if path.suffix.lower() in IMAGES and not path.name.startswith("."))
    return sorted((path for path in images if not _is_flow(path)), key=lambda path: (_numbers(path), path.name))


def _is_flow(path: Path) -> bool:
    """Return whether the name, or the first bytes of a PNG file, say that `path` holds flow."""
    suffix = path.suffix.lower()
    if suffix != ".png" or path.name.startswith(".") or not path.is_file():
        return suffix == ".flo" and not path.name.startswith(".")
    with path.open("rb") as file:
        header = file.read(PNG_HEADER)
    return header.startswith(image_file.PNG) and header.endswith(DEEP_COLOURS)


def _numbers(path: Path) -> Numbers:
    return tuple(int(digits) for digits in re.findall(r"\d+", path.stem))


def _key(frame: Path) -> tuple[str, Numbers]:
    """Return the name without its last number, and all numbers."""
    return re.sub(r"\d+(?=\D*$)", "", frame.stem) + frame.suffix, _numbers(frame)


def _following(frame: Path) -> tuple[str, Numbers]:
    """Return the key of the frame that comes after `frame`."""
    name, numbers = _key(frame)
    return name, (*numbers[:-1], numbers[-1] + 1)
