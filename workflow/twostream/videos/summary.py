"""What an index tells of its data set in sentences, for the log and the report."""

from twostream.videos import index, left_out, names
from twostream.videos.index import Index


def lines(made: Index) -> list[str]:
    """Return what was found: the subsets and whose split it is, what is left out, and the notes."""
    subsets = (
        f"{len(made.subset(subset))} to {subset} of {made.recordings(subset)} recordings"
        for subset in ("train", "test")
    )
    told = [
        f"{len(made.videos)} videos of {len(made.class_names)} classes, {', '.join(subsets)}; {made.account.split_by}"
    ]
    rows = made.account.left_out
    if rows:
        told.append(f"{sum(row.files for row in rows)} files are left out: {left_out.described(rows)}")
    if made.bad:
        told.append(f"{len(made.bad)} videos are bad, first {names.printable(made.bad[0].id)}: {made.bad[0].reason}")
    return told + notes(made)


def notes(made: Index) -> list[str]:
    """Return what a user should look at before anything is trained."""
    told = []
    for folder in made.account.unread_lists:
        told.append(
            f"there are split lists in {names.printable(folder)} that are not read; dataset.splits can name them"
        )
    told += _of_copies(made)
    for subset, what in (("train", "training"), ("test", "test")):
        without = index.classes_without(made, subset)
        if without:
            told.append(f"without a {what} video: {_some(without, 'class', 'classes')}")
    empty = sorted({video.id.split("/")[0] for video in made.bad} - {video.id.split("/")[0] for video in made.videos})
    if empty:
        told.append(f"all videos are bad: {_some(empty, 'class', 'classes')}")
    return told


def _of_copies(made: Index) -> list[str]:
    rows = made.account.copies
    if not rows:
        return []
    told = [f"{made.account.copied} videos are copies of others, to the byte: {_equal(rows[0].ids)}"]
    across = [row for row in rows if row.subsets > 1]
    if across:
        told.append(f"copies are both trained and tested on: {len(across)} videos, as {_equal(across[0].ids)}")
    classes = [row for row in rows if row.classes > 1]
    if classes:
        told.append(f"copies have several classes: {len(classes)} videos, as {_equal(classes[0].ids)}")
    return told


def _equal(ids: tuple[str, ...]) -> str:
    more = " = ..." if len(ids) > left_out.FIRST else ""
    return " = ".join(names.printable(id) for id in ids[: left_out.FIRST]) + more


def _some(items: list[str], one: str, several: str) -> str:
    more = ", ..." if len(items) > left_out.FIRST else ""
    shown = ", ".join(names.printable(item) for item in items[: left_out.FIRST])
    return f"{len(items)} {one if len(items) == 1 else several} ({shown}{more})"
