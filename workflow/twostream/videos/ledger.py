"""What is known of the files of a data set, so that none is read twice for nothing.

A file is known by its size and time of change. One that was merely touched is recognised by its content, and keeps
the time that was noted first, so that no key changes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from twostream.cache import keys, stages
from twostream.compute.workers import map_videos
from twostream.files import records
from twostream.videos import probe
from twostream.videos.fingerprint import Fingerprint
from twostream.videos.listing import File
from twostream.videos.probe import Probe


@dataclass(frozen=True)
class Entry:
    """A file that was probed; `mtimes_ns` are its times of change so far, the first one first.

    `reads` and `version` are those of the fingerprint of the decoder that probed it.
    """

    size: int
    mtimes_ns: tuple[int, ...]
    probe: Probe
    reads: str = ""
    version: str = ""


Ledger = dict[str, Entry]


def path(cache_root: Path, folder: Path) -> Path:
    """Return the file of the ledger of the data set in `folder`."""
    name = f"ledger{stages.INDEX.version}-{keys.digest(str(folder.resolve()))}.json"
    return stages.INDEX.parent(cache_root) / name


def read(path: Path) -> Ledger:
    """Return the ledger in the file `path`, empty where there is none or a damaged one."""
    return records.read(path, _from_record, "the videos are read again") or {}


def write(path: Path, ledger: Ledger) -> None:
    """Write `ledger` to `path`, as JSON."""
    records.write(path, {id: asdict(entry) for id, entry in ledger.items()})


def recognise(folder: Path, files: Sequence[File], ledger: Ledger) -> Ledger:
    """Return the `ledger` with the new times of files that were touched and have not changed."""
    touched = [file for file in files if _may_be_touched(file, ledger)]
    same = [file for file in touched if probe.content_digest(folder / file.id) == ledger[file.id].probe.digest]
    renewed = {
        file.id: replace(ledger[file.id], mtimes_ns=(*ledger[file.id].mtimes_ns, file.mtime_ns)) for file in same
    }
    return ledger | renewed


def listing_digest(files: Sequence[File], ledger: Ledger) -> str:
    """Return a digest of the data set's files: ids, sizes and the times that were noted first."""
    times = {file.id: _first_mtime(file, ledger) for file in files}
    return keys.digest("\n".join(f"{file.id} {file.size} {times[file.id]}" for file in files))


def add_probes(
    folder: Path, files: Sequence[File], ledger: Ledger, decoder: Fingerprint, workers: int, scheduler: str
) -> Ledger:
    """Return the `ledger` with all `files` in it; those that are not known to this `decoder` are decoded whole."""
    new = [file for file in files if not (_is_known(file, ledger) and _is_verdict_of(decoder, ledger[file.id]))]
    probes = map_videos(partial(_probe, folder), new, "read", workers, scheduler)
    fresh = {
        file.id: Entry(file.size, _mtimes(file, ledger), result, decoder.reads, decoder.version)
        for file, result in zip(new, probes, strict=True)
    }
    return ledger | fresh


def _from_record(stored: dict[str, Any]) -> Ledger:
    return {
        id: Entry(**entry | {"mtimes_ns": tuple(entry["mtimes_ns"]), "probe": Probe(**entry["probe"])})
        for id, entry in stored.items()
    }


def _probe(folder: Path, file: File) -> Probe:
    return probe.probe(folder / file.id)


def _is_verdict_of(decoder: Fingerprint, entry: Entry) -> bool:
    """Return whether `decoder` need not look again. What was bad, another version may mend, bits equal or not."""
    is_bad = bool(entry.probe.reason or entry.probe.damaged)
    return entry.reads == decoder.reads and (not is_bad or entry.version == decoder.version)


def _is_known(file: File, ledger: Ledger) -> bool:
    entry = ledger.get(file.id)
    return entry is not None and entry.size == file.size and file.mtime_ns in entry.mtimes_ns


def _may_be_touched(file: File, ledger: Ledger) -> bool:
    entry = ledger.get(file.id)
    return bool(entry and entry.probe.digest and entry.size == file.size and not _is_known(file, ledger))


def _mtimes(file: File, ledger: Ledger) -> tuple[int, ...]:
    """Return the times of change of `file`; those of a known one stay, since the first is in keys."""
    return ledger[file.id].mtimes_ns if _is_known(file, ledger) else (file.mtime_ns,)


def _first_mtime(file: File, ledger: Ledger) -> int:
    return _mtimes(file, ledger)[0]
