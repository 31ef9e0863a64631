"""The content of the images of an archive, so that an image that changed or is cut short is noticed.

All images are read once. Afterwards a video's images are read again only if one has another name, size or time.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twostream.cache import keys
from twostream.cache.stages import IMPORT_FLOW
from twostream.compute.workers import progress
from twostream.files import records
from twostream.flow import image_file
from twostream.flow.archive import VideoImages


@dataclass(frozen=True)
class Content:
    """The content of a video's images.

    `state` is a digest of their names, sizes and times, `digest` one of their bytes. `fault` says what is wrong with
    the first image that is not whole; it is empty if all are.
    """

    state: str
    digest: str
    fault: str


def read(cache_root: Path, root: Path, images: Mapping[str, VideoImages], workers: int) -> dict[str, Content]:
    """Return the content of each video's `images` in the archive `root`, and note it in the cache."""
    file = memory_file(cache_root, root)
    before = records.read(file, _from_record, "the images are read again") or {}
    states = {id: _state(of_video) for id, of_video in images.items()}
    changed = [id for id, state in states.items() if id not in before or before[id].state != state]
    if not changed:
        return {id: before[id] for id in images}
    work = [(states[id], images[id]) for id in changed]
    with ThreadPoolExecutor(workers) as pool:
        fresh = progress(pool.map(_read, work), "archive", "video", len(work))
        contents = before | dict(zip(changed, fresh, strict=True))
    records.write(file, {id: asdict(content) for id, content in contents.items()})
    return {id: contents[id] for id in images}


def digest(contents: Mapping[str, Content]) -> str:
    """Return a digest of all the images' bytes."""
    return keys.digest("\n".join(f"{id} {contents[id].digest}" for id in sorted(contents)))


def memory_file(cache_root: Path, root: Path) -> Path:
    """Return the file of the cache that holds what is known of the archive `root`."""
    name = f"archive{IMPORT_FLOW.version}-{keys.digest(str(root.resolve()))}.json"
    return IMPORT_FLOW.parent(cache_root) / name


def _from_record(stored: dict[str, Any]) -> dict[str, Content]:
    return {id: records.build(Content, entry) for id, entry in stored.items()}


def _paths(images: VideoImages) -> Iterator[tuple[str, Path]]:
    """Yield every image of a video, in order, with what it is: its component and number."""
    for component, numbered in (("u", images.u), ("v", images.v)):
        yield from ((f"{component} {number}", path) for number in sorted(numbered) for path in numbered[number])


def _state(images: VideoImages) -> str:
    """Return a digest of the images' names, sizes and times."""
    lines = []
    for name, path in _paths(images):
        status = path.stat()
        # A tool that keeps the time of a file's content, as `cp -p` does, cannot keep that of its entry.
        lines.append(
            f"{name} {path.parent.name}/{path.name} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        )
    return keys.digest("\n".join(lines))


def _read(work: tuple[str, VideoImages]) -> Content:
    state, images = work
    digests, faults = [], []
    for name, path in _paths(images):
        data = path.read_bytes()
        digests.append(f"{name} {keys.digest(data, 32)}")
        fault = image_file.fault(data)
        if fault:
            faults.append(f"{fault}: {path}")
    return Content(state, keys.digest("\n".join(digests), 32), next(iter(faults), ""))
