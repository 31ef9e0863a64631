"""The files of a data set's folder, as the folder lists them: nothing is opened."""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream.cache import stages, usage
from twostream.errors import InputError
from twostream.videos import frame_folder, left_out, names
from twostream.videos.left_out import LeftOut

UNREADABLE = -1
"""The size of a file that this process may not read, so that a change of its permissions changes the listing."""

OWN_FOLDERS = ("results", "logs", "benchmarks", ".snakemake")
"""Folders that the workflow writes in its working folder, which may be the data set's."""

RUN_ELSEWHERE = "run the workflow in another folder"

DEMO_DEPTH = 3
"""Parts of a path in the cache that leads to the demo's videos."""

FIRST_BYTES = 4096
"""What is looked at to tell a text."""


@dataclass(frozen=True)
class File:
    """A file as the folder lists it; `id` is its path within the data set, `class/video.avi`.

    `ctime_ns` is the time of change of its inode, which no program can set.
    """

    id: str
    size: int
    mtime_ns: int
    ctime_ns: int = 0


@dataclass(frozen=True)
class Listing:
    """All files of a data set's folder: those that may be videos, ordered by id, and how many are left out and why."""

    files: tuple[File, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class _Folder:
    """A folder to list: what its files' ids begin with, how deep it lies, and why all its files are left out."""

    path: str
    prefix: str
    depth: int
    reason: str


def scan(folder: Path) -> list[File]:
    """Return the files of the `class/video` tree in `folder` that may be videos, ordered by id."""
    return list(scan_all(folder).files)


def check_folder(folder: Path) -> None:
    """Raise InputError where the data set's `folder` is none."""
    if not folder.is_dir():
        raise InputError("dataset.folder", f"{folder} is not a folder", "choose one that holds `class/video` files")


def check_apart(folder: Path, cache_root: Path) -> None:
    """Raise InputError where the data set's `folder` is one that the workflow writes in, or is among its artefacts."""
    whole, root = _real(folder), _real(cache_root)
    for name, own in (("the cache", root), *((f"`{own}`", _real(Path(own))) for own in OWN_FOLDERS)):
        if own == whole:
            problem = f"{folder} is the folder of {name} too, in which the workflow writes"
            remedy = "choose another folder for one of the two" if own == root else f"rename it, or {RUN_ELSEWHERE}"
            raise InputError("dataset.folder", problem, remedy)
    for place in folder.iterdir() if folder.is_dir() else ():
        if str(_real(place)) in _own(cache_root) and place.is_dir() and _has_videos(str(place)):
            problem = f"the workflow would write in {place}, which holds videos of a class"
            if str(_real(place)) in _own(None):
                raise InputError("dataset.folder", problem, f"rename the class, or {RUN_ELSEWHERE}")
            raise InputError("compute.cache_root", problem, "choose a folder of its own")
    parts = whole.relative_to(root).parts if root in whole.parents else ()
    # The demo's videos are as any others.
    if parts and parts[0] in stages.STAGES and (parts[0] != stages.RENDER_DEMO.name or len(parts) < DEMO_DEPTH):
        problem = f"{folder} lies among the artefacts of {parts[0]} in the cache {cache_root}"
        raise InputError("dataset.folder", problem, "choose another folder for one of the two")


def scan_all(
    folder: Path,
    cache_root: Path | None = None,
    depth: int | None = 1,
    lists: Collection[Path] = (),
    pictures: bool = False,
) -> Listing:
    """Return all files in `folder`, but for `lists` and what the workflow writes itself, as into `cache_root`.

    Videos lie `depth` folders deep, None at any depth; UCF101's and HMDB51's lists are known by their names. A file
    whose suffix is not known may be a video: whoever opens it can tell. With `pictures`, folders of numbered pictures
    are videos.
    """
    check_folder(folder)
    files: list[File] = []
    others: list[tuple[str, str]] = []
    list_paths = frozenset(str(_real(path)) for path in lists)
    for id, entry, reason in _entries(folder, _own(cache_root), depth, pictures):
        if list_paths and str(_real(Path(entry.path))) in list_paths:
            continue
        if reason:
            others.append((reason, id))
        elif not _is_utf8(id):
            raise InputError("dataset.folder", f"{id!a} has a name that is not UTF-8", "rename the file")
        else:
            files.append(_file(id, entry))
    listing = Listing(tuple(sorted(files, key=lambda file: file.id)), left_out.count(others))
    if not files:
        raise _no_video(folder, listing.left_out, depth)
    return listing


def _no_video(folder: Path, others: tuple[LeftOut, ...], depth: int | None) -> InputError:
    more = f" ({left_out.described(others)})" if others else ""
    what = "`class/video` file" if depth == 1 else "video"
    return InputError("dataset.folder", f"{folder} holds no {what}{more}", f"choose a folder that holds {what}s")


def walk(folder: Path, cache_root: Path | None, pictures: bool = False) -> Iterator[File]:
    """Yield the files in `folder` that may be videos, at any depth, in no order; with `pictures`, folders of these."""
    for id, entry, reason in _entries(folder, _own(cache_root), None, pictures):
        if not reason and _is_utf8(id):
            yield _file(id, entry)


def is_text(path: Path) -> bool:
    """Return whether the file begins as a text: a decoder may take one for a picture or a list of what to play."""
    try:
        with path.open("rb") as file:
            start = file.read(FIRST_BYTES)
        # The last letter may be cut.
        text = start.decode("utf-8", "strict" if len(start) < FIRST_BYTES else "ignore")
    except (OSError, UnicodeDecodeError):
        return False
    if len(start) == FIRST_BYTES and len(text.encode()) < FIRST_BYTES - 3:
        return False
    return all(letter.isprintable() or letter in "\t\n\r\f\ufeff" for letter in text)


def _entries(
    folder: Path, own: Collection[str], depth: int | None, pictures: bool
) -> Iterator[tuple[str, os.DirEntry[str], str]]:
    """Yield the id of each file in `folder`, the file, and why it is left out, empty where it is not."""
    folders = [_Folder(str(folder), "", 0, "")]
    while folders:
        outer = folders.pop()
        entries = _contents(outer)
        aliases = frozenset() if outer.depth else _aliases(folder, entries)
        inner = []
        for entry in entries:
            reason = outer.reason or _hidden(entry.name)
            # A link is followed to a class's folder, and no deeper: it may lead round in a circle.
            if _is_folder(entry, follow_links=outer.depth == 0):
                if _is_own(entry.path, own):
                    continue
                if entry.name in aliases:
                    yield outer.prefix + entry.name, entry, reason or left_out.ALIAS
                    continue
                reason = reason or (left_out.SYSTEM if names.is_system_folder(entry.name) else "")
                if pictures and not reason and depth in (None, outer.depth) and frame_folder.pictures(Path(entry.path)):
                    yield outer.prefix + entry.name, entry, ""
                    continue
                inner.append(_Folder(entry.path, f"{outer.prefix}{entry.name}/", outer.depth + 1, reason))
            elif outer.depth > 1 or not names.is_list(entry.name):
                yield outer.prefix + entry.name, entry, reason or _reason(entry, outer.depth, depth)
        folders.extend(reversed(inner))


def _aliases(folder: Path, entries: Iterable[os.DirEntry[str]]) -> frozenset[str]:
    """Return the names of links that are no classes: to the `folder`, one above it, or another class of `entries`.

    Of several links to one folder elsewhere, the first is the class.
    """
    classes = [entry for entry in entries if _is_folder(entry, follow_links=True) and not _hidden(entry.name)]
    whole = Path(os.path.realpath(folder))
    targets = {whole, *whole.parents}
    targets |= {Path(os.path.realpath(entry.path)) for entry in classes if not entry.is_symlink()}
    aliases = set()
    for entry in classes:
        if entry.is_symlink():
            target = Path(os.path.realpath(entry.path))
            if target in targets:
                aliases.add(entry.name)
            targets.add(target)
    return frozenset(aliases)


def _is_folder(entry: os.DirEntry[str], follow_links: bool) -> bool:
    """Return whether `entry` is a folder; a link to itself is none."""
    try:
        return entry.is_dir(follow_symlinks=follow_links)
    except OSError:
        return False


def _is_own(path: str, own: Collection[str]) -> bool:
    """Return whether the workflow writes in the folder `path`, or has written there as in a cache."""
    return os.path.realpath(path) in own or (_is_cache(path) and not _has_videos(path))


def _has_videos(path: str) -> bool:
    return any(map(names.is_video, os.listdir(path)))


def _contents(folder: _Folder) -> list[os.DirEntry[str]]:
    """Return what is in `folder`, by name; nothing of a hidden one that may not be read, such as a system's bin."""
    try:
        with os.scandir(folder.path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        if not folder.reason:
            raise
        return []


def _hidden(name: str) -> str:
    if name.startswith("._"):
        return left_out.MACOS
    return left_out.HIDDEN if name.startswith(".") else ""


def _reason(entry: os.DirEntry[str], depth: int, wanted: int | None) -> str:
    """Return why a file that is not hidden is left out, `depth` folders deep; an empty text if it may be a video.

    Videos are `wanted` so many folders deep, None at any depth.
    """
    if names.is_other(entry.name):
        return left_out.OTHER
    if wanted is not None and depth != wanted:
        return left_out.DEEPER if depth > wanted else left_out.LOOSE if wanted == 1 else left_out.SHALLOWER
    path = Path(entry.path)  # Of a link to itself the entry would raise.
    if path.is_file():
        return ""
    if path.is_dir():
        return left_out.DEEPER
    # A link to nothing is a video that cannot be read, if it is called as one.
    is_dangling = entry.is_symlink() and not path.exists()
    return "" if is_dangling and names.is_video(entry.name) else left_out.NO_FILE


def _is_cache(path: str) -> bool:
    try:
        return Path(path, usage.LOCK).exists()
    except OSError:
        return False


def _own(cache_root: Path | None) -> frozenset[str]:
    """Return the real paths of the folders that the workflow writes."""
    roots = [*map(Path, OWN_FOLDERS), *([cache_root] if cache_root else [])]
    return frozenset(str(_real(root)) for root in roots)


def _real(path: Path) -> Path:
    """Return where `path` leads, itself where it is a link to itself, of which `Path.resolve` makes an error."""
    return Path(os.path.realpath(path))


def _is_utf8(name: str) -> bool:
    """Return whether `name` can be written: Python keeps other bytes of a file's name as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _file(id: str, entry: os.DirEntry[str]) -> File:
    if _is_folder(entry, follow_links=True):
        states = [path.stat() for path in frame_folder.pictures(Path(entry.path))]
        # The times are those of the picture that was changed last.
        mtime, ctime = max(state.st_mtime_ns for state in states), max(state.st_ctime_ns for state in states)
        return File(id, sum(state.st_size for state in states), mtime, ctime)
    # A dangling link is listed too: probing then says what is wrong with it.
    status = entry.stat(follow_symlinks=Path(entry.path).exists()) if entry.is_symlink() else entry.stat()
    size = status.st_size if os.access(entry.path, os.R_OK) else UNREADABLE
    return File(id, size, status.st_mtime_ns, status.st_ctime_ns)
