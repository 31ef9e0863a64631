"""The index of a data set without decoding all of it: some videos are decoded, the others reckoned by their files."""

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
    """Write the ledger of `planned`, so that its index needs no decoding; return how many are known, and of how many.

    What the ledger `known` says holds; videos evenly spread over the others are decoded for so many `seconds`.
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
        for file in files:
            entries.setdefault(file.id, _like(good, file))
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
    entry = known.get(file.id)
    return entry is not None and entry.size == file.size and file.mtime_ns in entry.mtimes_ns


def _spread(files: Sequence[File]) -> list[File]:
    """Return `files` in an order of which any beginning is spread evenly over all of them."""
    step = 1
    while step < len(files):
        step *= 2
    numbers: list[int] = [0]
    while step > 1:
        step //= 2
        numbers += [number + step for number in numbers]
    return [files[number] for number in numbers if number < len(files)]


def _like(good: Sequence[Entry], file: File) -> Entry:
    """Return an entry for `file` as if its frames took as many bytes as those of the `good` entries."""
    like = good[int(keys.digest(file.id, 8), 16) % len(good)]
    of_frame = median(entry.size / entry.probe.frames for entry in good)
    guess = Probe(
        digest=keys.digest(file.id, 16),
        frames=max(2, round(file.size / of_frame)),
        width=like.probe.width,
        height=like.probe.height,
        fps=like.probe.fps,
    )
    return replace(like, size=file.size, mtimes_ns=(file.mtime_ns,), probe=guess, ctime_ns=file.ctime_ns)
