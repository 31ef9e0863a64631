"""The index of a data set of which not all is decoded: the length of other videos is estimated by their files' size."""

import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from twostream.cache import keys
from twostream.plan import Plan
from twostream.videos import demo, fingerprint, ledger, listing, probe
from twostream.videos.formats import reading
from twostream.videos.index import Index, Video
from twostream.videos.ledger import Entry, Ledger
from twostream.videos.listing import File
from twostream.videos.probe import Probe


def fill_ledger(planned: Plan, known: Ledger, seconds: float) -> tuple[int, int]:
    """Write the ledger of `planned`, so that its index needs no decoding; return the known videos, and all, in numbers.

    Videos in the ledger `known` are known already. Of the others, evenly spread ones are decoded for so many `seconds`,
    one at least if none is known; the rest is estimated.
    """
    form, folder = planned.form, planned.folder
    number = planned.settings["dataset"]["split"]
    files = listing.scan_all(folder, planned.root, form.depth, reading.files(form, number), form.pictures).files
    decoder = fingerprint.take()
    entries = {file.id: known[file.id] for file in files if _is_known(file, known)}
    began = time.monotonic()
    for file in _spread([file for file in files if file.id not in entries]):
        if entries and time.monotonic() - began > seconds:
            break
        result = probe.probe(folder / file.id)
        entries[file.id] = Entry(file.size, (file.mtime_ns,), result, decoder.reads, decoder.version, file.ctime_ns)
    decoded = len(entries)
    good = [entry for entry in entries.values() if not entry.probe.reason and entry.size]
    if good:
        bytes_of_frame = median(entry.size / entry.probe.frames for entry in good)
        for file in files:
            entries.setdefault(file.id, _estimate(file, good, bytes_of_frame))
    ledger.write(planned.ledger, entries)
    return decoded, len(files)


def of_demo(settings: demo.Settings) -> Index:
    """Return the index of the demo, which need not be rendered for it."""
    names = demo.class_names()
    videos = [
        Video(
            id=clip.id,
            label=names.index(clip.name),
            subset="test" if clip.group <= settings.test_groups else "train",
            group=f"g{clip.group:02d}",
            frames=demo.length(settings, clip),
            width=settings.width,
            height=settings.height,
            fps=demo.FPS,
            digest=keys.digest(clip.id, 16),
        )
        for clip in demo.clips_of(settings)
    ]
    return Index(tuple(names), tuple(videos), ())


def _is_known(file: File, known: Ledger) -> bool:
    """Return whether the ledger `known` has `file` with its size and time of change."""
    entry = known.get(file.id)
    return entry is not None and entry.size == file.size and file.mtime_ns in entry.mtimes_ns


def _spread(files: Sequence[File]) -> list[File]:
    """Return `files` in an order in which the first ones, however many, are spread evenly over all of them."""
    step = 1
    while step < len(files):
        step *= 2
    numbers: list[int] = [0]
    while step > 1:
        step //= 2
        numbers += [number + step for number in numbers]
    return [files[number] for number in numbers if number < len(files)]


def _estimate(file: File, good: Sequence[Entry], bytes_of_frame: float) -> Entry:
    """Return an entry for `file` as if it had frames of so many bytes, and of the size of one of the `good` entries."""
    like = good[int(keys.digest(file.id, 8), 16) % len(good)]
    guess = Probe(
        digest=keys.digest(file.id, 16),
        frames=max(2, round(file.size / bytes_of_frame)),
        width=like.probe.width,
        height=like.probe.height,
        fps=like.probe.fps,
    )
    return replace(like, size=file.size, mtimes_ns=(file.mtime_ns,), probe=guess, ctime_ns=file.ctime_ns)
