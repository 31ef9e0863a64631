"""Which column of a score file is which class of the lists: by names of classes, or by the labels of its videos."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.files import user_text
from twostream.logits import video_rows
from twostream.text import are, counted
from twostream.videos import list_lines, names

GIVE_LISTS = "give the split lists that the scores were made with"


def read_names(file: Path, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return `class_names` in the order of a list of them: a name a line, or `NUMBER NAME` in any order.

    InputError where they are not those of the list.
    """
    try:
        lines = list_lines.lines(user_text.read(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(file, "not a list of classes that can be read", "give a text of one class a line") from error
    numbered = [list_lines.NUMBERED.fullmatch(line) for line in lines]
    by_number = {int(match[1]): match[2].strip() for match in numbered if match}
    is_numbered = len(by_number) == len(lines)
    listed = [by_number[number] for number in sorted(by_number)] if is_numbered else lines
    columns = by_name(file, class_names, listed)
    return tuple(class_names[columns.index(column)] for column in range(len(columns)))


def by_name(path: Path, class_names: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Return the column of each of `class_names` where a file calls its columns `theirs`.

    Small and capital letters, and punctuation, change nothing, unless classes differ in them alone.
    """
    if len(theirs) != len(class_names):
        problem = f"{counted(len(theirs), 'class')} {are(len(theirs))} named, and the lists have {len(class_names)}"
        raise InputError(path, problem, GIVE_LISTS)
    for form in (names.composed, _folded, video_rows.letters):
        columns = {form(name): column for column, name in enumerate(theirs)}
        ours = [form(name) for name in class_names]
        if len(columns) == len(set(ours)) == len(class_names) and set(ours) <= set(columns):
            return [columns[name] for name in ours]
    folded = set(map(_folded, theirs))
    missing = [name for name in class_names if _folded(name) not in folded] or class_names
    problem = (
        f"{counted(len(missing), 'class')} of the list {are(len(missing))} missing: {video_rows.first_few(missing)}"
    )
    raise InputError(path, problem, "mend the file or the list")


def from_zero(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return the labels of a file that numbers the classes from 0 or from 1, from 0."""
    return labels - 1 if labels.min(initial=1) > 0 and labels.max(initial=0) == classes else labels


def by_labels(theirs: NDArray[np.int64], ours: NDArray[np.int64], classes: int) -> list[int] | None:
    """Return the column of each of our classes where a file numbers them otherwise; None where it is not one to one.

    `theirs` and `ours` (videos,) are the labels of the same videos in the file and in the lists. One class without a
    video has the column that is left.
    """
    if theirs.min(initial=0) < 0 or theirs.max(initial=0) >= classes:
        return None
    columns = [-1] * classes
    for (label, column), _ in Counter(zip(ours.tolist(), theirs.tolist(), strict=True)).most_common():
        if columns[label] < 0 and column not in columns:
            columns[label] = column
    unnamed = sorted(set(range(classes)) - set(columns))
    if len(unnamed) > 1:
        return None
    return [column if column >= 0 else unnamed[0] for column in columns]


def _folded(name: str) -> str:
    return names.composed(name).casefold().strip()
