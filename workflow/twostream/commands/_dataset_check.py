"""What is wrong with a configuration's data set: counts, and what is missing, extra, damaged, double or leaking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twostream.commands import _dataset
from twostream.commands._dataset import DataSet
from twostream.config import check
from twostream.errors import InputError
from twostream.text import counted, printable
from twostream.videos import left_out, overview, remarks, summary
from twostream.videos.formats.form import HMDB51, UCF101
from twostream.videos.left_out import LeftOut

OK, NOTE, WRONG = "ok", "note", "WRONG"
"""What is said of a check; a note is no fault."""
OFFICIAL = {UCF101: (101, 13320), HMDB51: (51, 6766)}
"""Classes and videos of the published data sets, by the form that their lists give them."""
EXAMPLES = 3
"""Videos that a line names."""


@dataclass(frozen=True)
class Finding:
    """What a check found: `verdict` is OK, NOTE or WRONG."""

    check: str
    verdict: str
    words: str


def findings(configfile: Path) -> list[Finding]:
    """Return what is found of the data set of the configuration; InputError where it is the demo's, or no data set."""
    settings = check.load(configfile)
    if settings["dataset"]["folder"] is None:
        raise InputError(f"{configfile}: dataset.folder", "is null, which stands for the demo", "set it to a folder")
    dataset = _dataset.look(settings)
    return [
        Finding("format", OK, printable(str(dataset.planned.form))),
        _videos(dataset),
        _missing(dataset),
        _extra(dataset),
        _damaged(dataset),
        _double(dataset),
        *_leaking(dataset),
        *(Finding("unread", NOTE, f"split lists in {printable(name)}") for name in dataset.index.account.unread_lists),
        *(Finding("remark", NOTE, printable(line)) for line in remarks.lines(dataset.index.videos)),
        *(Finding("class", WRONG, f"`{name}` has one recording: add others") for name in overview.alone(dataset.index)),
    ]


def _videos(dataset: DataSet) -> Finding:
    """Return how many videos there are, beside how many were published."""
    account = dataset.index.account
    unused = sum(row.files for row in account.left_out if row.reason == left_out.UNUSED)
    there = len(dataset.index.videos) + len(dataset.index.bad) + unused
    classes = len(dataset.index.class_names)
    published = OFFICIAL.get(dataset.planned.form.name)
    words = summary.lines(dataset.index)[0]
    if published is None or published[0] != classes:
        return Finding("videos", OK, words)
    verdict = OK if there == published[1] else WRONG
    return Finding("videos", verdict, f"{there:,} of the {published[1]:,} that were published; {words}")


def _missing(dataset: DataSet) -> Finding:
    rows = [row for row in dataset.index.account.left_out if row.reason == left_out.MISSING]
    return _of_rows("missing", WRONG, rows, "no listed video is missing" if dataset.planned.form.source else "no lists")


def _extra(dataset: DataSet) -> Finding:
    rows = [row for row in dataset.index.account.left_out if row.reason not in left_out.INTENDED]
    return _of_rows("extra", NOTE, rows, "every file is used")


def _damaged(dataset: DataSet) -> Finding:
    bad = dataset.index.bad
    if not bad:
        return Finding("damaged", OK, "every video can be decoded")
    first = _some(f"{printable(video.id)} ({video.reason})" for video in bad)
    return Finding("damaged", WRONG, f"{counted(len(bad), 'video')}: {first}")


def _double(dataset: DataSet) -> Finding:
    account = dataset.index.account
    if not account.copies:
        return Finding("double", OK, "no two videos have the same bytes")
    in_classes = [row for row in account.copies if row.classes > 1]
    more = f"; in several classes: {_equal(row.ids for row in in_classes)}" if in_classes else ""
    words = f"{counted(account.copied, 'video')} with the bytes of another: {_equal(row.ids for row in account.copies)}"
    return Finding("double", WRONG if in_classes else NOTE, words + more)


def _leaking(dataset: DataSet) -> Iterator[Finding]:
    """Yield what stands in both subsets: the same bytes, and videos of one recording."""
    across = [row.ids for row in dataset.index.account.copies if row.subsets > 1]
    pairs = overview.leaking(dataset.index)
    if across:
        words = f"the same bytes train and test, {counted(len(across), 'time')}: {_equal(across)}"
        yield Finding("leaking", WRONG, words)
    if pairs:
        first = _some(f"{printable(trained)} and {printable(tested)}" for trained, tested in pairs)
        yield Finding("leaking", WRONG, f"{counted(len(pairs), 'recording')} both train and test: {first}")
    if not dataset.index.account.grouping.is_known:
        yield Finding("leaking", NOTE, "recordings are unknown: index.group_pattern can name them")
    elif not across and not pairs:
        yield Finding("leaking", OK, "no recording and no bytes are in both subsets")


def _of_rows(name: str, verdict: str, rows: list[LeftOut], otherwise: str) -> Finding:
    return Finding(name, verdict, left_out.described(rows)) if rows else Finding(name, OK, otherwise)


def _equal(sets: Iterable[tuple[str, ...]]) -> str:
    return _some(" = ".join(map(printable, ids)) for ids in sets)


def _some(items: Iterable[str]) -> str:
    every = list(items)
    return ", ".join(every[:EXAMPLES]) + (f" and {len(every) - EXAMPLES} more" if len(every) > EXAMPLES else "")
