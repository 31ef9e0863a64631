"""A folder of videos without labels as shards: which videos a job answers. A shard's name says what it holds.

The folder is listed once, when a run is planned. Its jobs, on whatever node, read the list that was written then.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from twostream.cache import keys
from twostream.cache.stages import PREDICT_VIDEOS
from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import records
from twostream.predict import inputs
from twostream.text import writable
from twostream.videos import probe


def find(folder: Path, count: int) -> dict[str, list[Path]]:
    """Return the videos in `folder` of each of up to `count` shards, by the shard's name.

    A hash of a video's path in the folder chooses its shard. The name carries a digest of paths and contents, so that
    a new video makes one name new, and a mere touch none. InputError where `folder` holds no video.
    """
    if not folder.is_dir():
        raise InputError("predict.folder", f"{folder} is not a folder", "set it to a folder of videos")
    numbered: dict[int, list[Path]] = {}
    for path in inputs.find([str(folder)]):
        numbered.setdefault(_number(folder, path, count), []).append(path)
    return {f"{number:04d}-{_digest(folder, numbered[number])}": numbered[number] for number in sorted(numbered)}


def answers(root: Path, model: Path, shards: Iterable[str]) -> list[Path]:
    """Return where in the cache at `root` the answers of `shards`, by their names, lie that `model` gives."""
    key = PREDICT_VIDEOS.key({}, model.parent.name)
    return [PREDICT_VIDEOS.path(root, key, shard=name) for name in shards]


def stored(root: Path, model: Path) -> list[Path]:
    """Return all answers of `model` that the cache at `root` holds."""
    pattern = PREDICT_VIDEOS.path(root, PREDICT_VIDEOS.key({}, model.parent.name), shard="*")
    return sorted(pattern.parent.glob(pattern.name))


def save(path: Path, folder: Path, shards: Mapping[str, Sequence[Path]]) -> None:
    """Write the list of the videos of all `shards` of `folder` to `path`, names of any bytes in URLs' form."""
    videos = {
        name: [quote_from_bytes(os.fsencode(each.relative_to(folder))) for each in shards[name]] for name in shards
    }
    records.write(path, {"shards": videos})


def videos_of(folder: Path, count: int, shard: str, listing: Path | None = None) -> list[Path]:
    """Return the videos of `shard`; InputError where they are no longer those that its name says.

    They are those of the file `listing`, of `save`; where it does not know the shard, `folder` is listed again.
    """
    number = int(shard.partition("-")[0])
    own = _listed(listing, folder, shard) if listing else None
    if own is None:
        own = [path for path in inputs.find([str(folder)]) if _number(folder, path, count) == number]
    if f"{number:04d}-{_digest(folder, own)}" != shard:
        raise InputError(folder, "its videos have changed since the run was planned", RERUN_WORKFLOW)
    return own


def _listed(listing: Path, folder: Path, shard: str) -> list[Path] | None:
    """Return what the file `listing` has of `shard`, None where it does not know it."""

    def of_shard(record: dict[str, Any]) -> list[Path] | None:
        names = record["shards"].get(shard)
        return None if names is None else [folder / os.fsdecode(unquote_to_bytes(name)) for name in names]

    return records.read(listing, of_shard, "the folder is listed again")


def _number(folder: Path, path: Path, count: int) -> int:
    return int(keys.digest(_id(folder, path), 8), 16) % count


def _digest(folder: Path, paths: list[Path]) -> str:
    return keys.digest("\n".join(f"{_id(folder, path)} {_content(path)}" for path in paths))


def _id(folder: Path, path: Path) -> str:
    return writable(path.relative_to(folder).as_posix())


def _content(path: Path) -> str:
    """Return the digest of the file's bytes; of one that cannot be read, why: it is answered by that."""
    try:
        return probe.content_digest(path)
    except OSError as error:
        return error.strerror or "unreadable"
