"""What is known of the files of a data set, so that none is read twice for nothing.

A file is known by its size, its time of change and that of its inode (ctime), which no program can set. One that was
merely touched is recognised by its content, and keeps the time that was noted first, so that no key changes. One that
was renamed is recognised by its content too, and is not decoded again.
"""

import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from twostream.cache import keys, stages
from twostream.compute import cluster
from twostream.compute.workers import map_videos
from twostream.errors import InputError
from twostream.files import records
from twostream.videos import fingerprint, names, probe
from twostream.videos.fingerprint import Fingerprint
from twostream.videos.listing import File
from twostream.videos.probe import Probe


@dataclass(frozen=True)
class Entry:
    """A file that was probed; `mtimes_ns` are its times of change so far, the first one first.

    `ctime_ns` is the time of change of its inode, 0 where that was not noted. `reads` and `version` are those of the
    fingerprint of the decoder that probed it.
    """

    size: int
    mtimes_ns: tuple[int, ...]
    probe: Probe
    reads: str = ""
    version: str = ""
    ctime_ns: int = 0


Ledger = dict[str, Entry]
VERSION = 5
"""Of what a probe says of a file: raise it where the same file is to be looked at again."""


def path(cache_root: Path, folder: Path) -> Path:
    """Return the file of the ledger of the data set in `folder`."""
    name = f"ledger{VERSION}-{keys.digest(str(folder.resolve()))}.json"
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
    unnoted = [file for file in files if _is_known(file, ledger) and not ledger[file.id].ctime_ns]
    return ledger | {file.id: _with_times(ledger[file.id], file) for file in (*same, *unnoted)}


def listing_digest(files: Sequence[File], ledger: Ledger) -> str:
    """Return a digest of the data set's files: ids, sizes and the times that were noted first."""
    times = {file.id: _first_mtime(file, ledger) for file in files}
    return keys.digest("\n".join(f"{file.id} {file.size} {times[file.id]}" for file in files))


def add_probes(
    folder: Path,
    files: Sequence[File],
    ledger: Ledger,
    decoder: Fingerprint,
    workers: int,
    scheduler: str,
    needs_times: bool = False,
) -> Ledger:
    """Return the `ledger` with all `files` in it; those that are not known to this `decoder` are decoded whole.

    With `needs_times`, so are those of which an earlier version did not note when their frames are shown.
    """
    new = [file for file in files if not (_is_known(file, ledger) and _is_verdict_of(decoder, ledger[file.id]))]
    probe_of = _renamed(folder, new, ledger, decoder)
    if needs_times:
        probe_of = {id: probe for id, probe in probe_of.items() if not _lacks_times(probe)}
        ids = {file.id for file in new}
        new += [file for file in files if file.id not in ids and _lacks_times(ledger[file.id].probe)]
    unknown = [file for file in new if file.id not in probe_of]
    look = partial(_probe, folder)
    if cluster.is_address(scheduler):
        look = partial(_probe_as_here, folder.absolute(), decoder.reads)
    probes = map_videos(look, unknown, "read", workers, scheduler)
    probe_of |= zip((file.id for file in unknown), probes, strict=True)
    return ledger | {file.id: _entry(file, probe_of[file.id], ledger, decoder) for file in new}


def _lacks_times(probe: Probe) -> bool:
    return probe.times is None and not probe.reason


def _from_record(stored: dict[str, Any]) -> Ledger:
    return {id: _from_fields(entry) for id, entry in stored.items()}


def _from_fields(fields: dict[str, Any]) -> Entry:
    times = tuple(fields["mtimes_ns"])
    if not times or not all(isinstance(time, int) for time in times):
        raise TypeError("its times are no numbers")
    changed = {"mtimes_ns": times, "probe": records.build(Probe, fields["probe"])}
    return records.build(Entry, fields | changed)


def _entry(file: File, result: Probe, ledger: Ledger, decoder: Fingerprint) -> Entry:
    return Entry(file.size, _mtimes(file, ledger), result, decoder.reads, decoder.version, file.ctime_ns)


def _renamed(folder: Path, files: Sequence[File], ledger: Ledger, decoder: Fingerprint) -> dict[str, Probe]:
    """Return what `decoder` has found in each of `files` whose bytes another name had, with the same suffix.

    FFmpeg takes the suffix for a hint at the format. Only good videos of the same size are compared.
    """
    probes: dict[tuple[int, str], dict[str, Probe]] = {}
    for id, entry in ledger.items():
        if not entry.probe.reason and _is_verdict_of(decoder, entry):
            probes.setdefault((entry.size, names.suffix(id)), {})[entry.probe.digest] = entry.probe
    alike = [(file, probes.get((file.size, names.suffix(file.id)), {})) for file in files if file.size > 0]
    digests = {file.id: _digest(folder / file.id) for file, by_digest in alike if by_digest}
    return {file.id: by_digest[digests[file.id]] for file, by_digest in alike if digests.get(file.id, "") in by_digest}


def _digest(path: Path) -> str:
    """Return the digest of a file, empty where it cannot be read, which its probe then tells."""
    try:
        return probe.content_digest(path)
    except OSError:
        return ""


def _with_times(entry: Entry, file: File) -> Entry:
    """Return the `entry` of a file that has the same bytes as before, with the times that it has."""
    is_noted = file.mtime_ns in entry.mtimes_ns
    return replace(
        entry,
        mtimes_ns=entry.mtimes_ns if is_noted else (*entry.mtimes_ns, file.mtime_ns),
        ctime_ns=file.ctime_ns,
    )


def _probe(folder: Path, file: File) -> Probe:
    return probe.probe(folder / file.id)


def _probe_as_here(folder: Path, reads: str, file: File) -> Probe:
    """Do as `_probe` on a worker of a cluster; InputError where it sees another file, or would read others than here.

    What a worker cannot see is not to be taken for a bad video.
    """
    host, path = socket.gethostname(), folder / file.id
    if not path.is_file() or path.stat().st_size != file.size:
        remedy = "run the workers on the same file system, under the same path"
        raise InputError(path, f"the worker on {host} does not see this file as it is here", remedy)
    fingerprint.check(reads, fingerprint.of_process().reads)
    return _probe(folder, file)


def _is_verdict_of(decoder: Fingerprint, entry: Entry) -> bool:
    """Return whether `decoder` need not look again. What was bad, another version may mend, bits equal or not."""
    is_bad = bool(entry.probe.reason or entry.probe.damaged)
    return entry.reads == decoder.reads and (not is_bad or entry.version == decoder.version)


def _is_known(file: File, ledger: Ledger) -> bool:
    entry = ledger.get(file.id)
    return entry is not None and _looks_like(file, entry) and entry.ctime_ns in (0, file.ctime_ns)


def _looks_like(file: File, entry: Entry) -> bool:
    return entry.size == file.size and file.mtime_ns in entry.mtimes_ns


def _may_be_touched(file: File, ledger: Ledger) -> bool:
    entry = ledger.get(file.id)
    return bool(entry and entry.probe.digest and entry.size == file.size and not _is_known(file, ledger))


def _mtimes(file: File, ledger: Ledger) -> tuple[int, ...]:
    """Return the times of change of `file`; those of a known one stay, since the first is in keys.

    A file of other bytes may have the size and the time of the one that it replaced: in keys it has that of its inode.
    """
    entry = ledger.get(file.id)
    if entry and _is_known(file, ledger):
        return entry.mtimes_ns
    return (file.ctime_ns, file.mtime_ns) if entry and _looks_like(file, entry) else (file.mtime_ns,)


def _first_mtime(file: File, ledger: Ledger) -> int:
    return _mtimes(file, ledger)[0]
