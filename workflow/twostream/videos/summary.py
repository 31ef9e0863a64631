"""What an index tells of its data set in sentences, for the log and the report."""

from twostream.text import are, counted, printable
from twostream.videos import index, left_out
from twostream.videos.formats.form import FOLDER, HMDB51, UCF101
from twostream.videos.index import Index


def lines(catalogue: Index) -> list[str]:
    """Return what was found: the subsets and whose split it is, what is left out, and the notes."""
    subsets = (
        f"{len(catalogue.subset(subset))} to {subset} of {counted(catalogue.recordings(subset), 'recording')}"
        for subset in ("train", "test")
    )
    counts = f"{len(catalogue.videos)} videos of {len(catalogue.class_names)} classes, {', '.join(subsets)}"
    sentences = [f"{counts}; {catalogue.account.split_by}"]
    if catalogue.account.form:
        sentences.append(f"the data set is taken for {catalogue.account.form}")
    if catalogue.account.grouping.rule not in catalogue.account.split_by:
        sentences.append(f"recordings are told by {catalogue.account.grouping.rule}")
    rows = catalogue.account.left_out
    if rows:
        number = sum(row.files for row in rows)
        is_listed = any(row.reason == left_out.MISSING for row in rows)
        both = "listed videos and files" if number > 1 else "listed video or file"
        what = f"{number} {both}" if is_listed else counted(number, "file")
        sentences.append(f"{what} {are(number)} left out: {left_out.described(rows)}")
    if catalogue.bad:
        first = catalogue.bad[0]
        number = len(catalogue.bad)
        which = f"first {printable(first.id)}" if number > 1 else printable(first.id)
        sentences.append(f"{counted(number, 'video')} {are(number)} bad, {which}: {first.reason}")
    return sentences + notes(catalogue)


def notes(catalogue: Index) -> list[str]:
    """Return what a user should look at before anything is trained."""
    sentences = []
    partly = catalogue.account.left_out_by_settings
    if partly:
        whole = f"of the data set's videos {partly} are left out"
        sentences.append(f"a part of the data set is used: {whole}, as dataset.missing, classes and limit say")
    for folder in catalogue.account.unread_lists:
        sentences.append(
            f"there are split lists in {printable(folder)} that are not read; dataset.splits can name them"
        )
    if not catalogue.account.grouping.is_known:
        sentences.append(
            "recordings are unknown, and clips of one may stand in both subsets; index.group_pattern can name them"
        )
    sentences += _of_copies(catalogue)
    for subset, what in (("train", "training"), ("test", "test")):
        without = index.classes_without(catalogue, subset)
        if without:
            sentences.append(f"without a {what} video: {_some(without, 'class')}")
    if empty := _classes_of_bad_videos(catalogue):
        sentences.append(f"all videos are bad: {_some(empty, 'class')}")
    return sentences


def _classes_of_bad_videos(catalogue: Index) -> list[str]:
    """Return the class folders all of whose videos are bad; none where folders do not say the class."""
    if catalogue.account.form.partition(",")[0] not in ("", FOLDER, UCF101, HMDB51):
        return []
    bad, good = ({video.id.split("/")[0] for video in videos} for videos in (catalogue.bad, catalogue.videos))
    return sorted(bad - good)


def _of_copies(catalogue: Index) -> list[str]:
    rows = catalogue.account.copies
    if not rows:
        return []
    copied = catalogue.account.copied
    what = "1 video is a copy of another" if copied == 1 else f"{copied} videos are copies of others"
    sentences = [f"{what}, to the byte: {_equal(rows[0].ids)}"]
    across = [row for row in rows if row.subsets > 1]
    if across:
        sentences.append(f"equal videos are in both subsets, {len(across)} in all: {_equal(across[0].ids)}")
    classes = [row for row in rows if row.classes > 1]
    if classes:
        sentences.append(f"equal videos are in several classes, {len(classes)} in all: {_equal(classes[0].ids)}")
    return sentences


def _equal(ids: tuple[str, ...]) -> str:
    more = " = ..." if len(ids) > left_out.FIRST else ""
    return " = ".join(printable(id) for id in ids[: left_out.FIRST]) + more


def _some(items: list[str], noun: str) -> str:
    more = ", ..." if len(items) > left_out.FIRST else ""
    first = ", ".join(printable(item) for item in items[: left_out.FIRST])
    return f"{counted(len(items), noun)} ({first}{more})"
