"""The lines of split lists, as they are published and as editors and spreadsheets leave them.

The encoding, tabs, several blanks, blanks at the end, quotes, in any column, line ends, forms of Unicode, small and
capital letters change nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twostream.errors import InputError
from twostream.files import user_text
from twostream.text import printable
from twostream.videos import names
from twostream.videos.video_names import VideoNames

GAP = r"[\s,;]+"
NUMBER = r"""["']?(\d{1,18})(?:\.0+)?["']?"""
"""A number as spreadsheets write it: in quotes perhaps, or with a zero behind the point."""
NUMBERED = re.compile(rf"{NUMBER}{GAP}(.+)")
QUOTED = re.compile(
    rf"""(?P<mark>["'])(?P<text>(?:(?!(?P=mark)).|(?P=mark){{2}})+)(?P=mark)"""
    rf"""(?P<numbers>(?:{GAP}{NUMBER}){{1,2}})(?:{GAP}(?:""|''))*"""
)
"""A name in quotes, which are doubled within it, numbers, and cells that are empty."""
CURVED = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))
"""Quotes as word processors write them."""
MAX_NUMBERS = 2
"""Behind the name of a video: its label, its number of frames, or both."""


@dataclass(frozen=True)
class Line:
    """A line of a list of videos: the id, the label by the id's class, and the numbers behind it."""

    text: str
    id: str
    label: int
    numbers: tuple[str, ...]


def read_classes(file: Path) -> dict[str, int]:
    """Return the label of each class name in classInd.txt, whose lines are numbered from 1, or from 0, in any order."""
    classes = sorted(_class(file, line, position) for position, line in enumerate(_lines(file), 1))
    if not classes:
        raise InputError(file, "no class is listed", "add one `1 NAME` a line")
    labels: dict[str, int] = {}
    first = min(1, classes[0][0])
    for number, _, name, line in classes:
        if number != len(labels) + first:
            raise _no_class(file, line, len(labels) + first)
        if name in labels:
            raise InputError(file, f"a class is named twice, {printable(name)}", "rename one of them")
        labels[name] = len(labels)
    return labels


def class_names(file: Path) -> list[str]:
    """Return the names in classInd.txt, also of lines that are not as they should be; none where it cannot be read."""
    try:
        text = user_text.read(file)
    except UnicodeDecodeError:
        text = file.read_text(encoding="latin1")
    except OSError:
        return []
    matches = ((line, NUMBERED.fullmatch(_unquoted(line))) for line in lines(text))
    return [_unquoted(match[2].strip(" ,;\t") if match else line) for line, match in matches]


def read_videos(file: Path, labels: Mapping[str, int], videos: VideoNames | None) -> list[Line]:
    """Return the lines of a list of `class/video`, with the ids of the files that `videos` knows by such names."""
    rows = []
    for text in _lines(file):
        name, numbers = _reading(text, "", file, videos)
        if name.startswith("/") or ".." in name.split("/") or "/" not in name:
            problem = f"`{printable(text)}` is not `class/video.avi` within the data set's folder"
            raise InputError(file, problem, "mend the line")
        of_class = _listed_class(names.composed(name.split("/")[0]), labels)
        if of_class is None:
            problem = f"class `{printable(name.split('/')[0])}` of {printable(name)} is not in it"
            raise InputError(file.with_name("classInd.txt"), problem, "add every class")
        rows.append(Line(text, name, labels[of_class], numbers))
    _check_numbers(file, rows, list(labels))
    return rows


def read_class(file: Path, class_name: str, label: int, videos: VideoNames | None) -> Iterator[Line]:
    """Yield the lines of one of HMDB51's lists, whose number says the subset."""
    for text in _lines(file):
        name, numbers = _reading(text, f"{class_name}/", file, videos, most=1)
        if len(numbers) != 1 or numbers[0] not in ("0", "1", "2"):
            problem = f"`{printable(text)}` is not `video.avi` and 0, 1 or 2"
            raise InputError(file, problem, "mend the line")
        yield Line(text, name, label, numbers)


def lines(text: str) -> list[str]:
    """Return the lines of `text` that are not empty, without blanks around them."""
    # A byte order mark within the text was at the beginning of another list.
    return [line for line in map(str.strip, re.split(r"\r\n|\r|\n", text.replace("\ufeff", ""))) if line]


def _lines(file: Path) -> list[str]:
    try:
        return lines(user_text.read(file))
    except OSError as error:
        raise InputError(file, f"the list cannot be read ({error.strerror})", "add the file") from error
    except UnicodeDecodeError as error:
        raise InputError(file, "is not a text file in UTF-8", "make it one, a video a line") from error


def _class(file: Path, line: str, position: int) -> tuple[int, int, str, str]:
    """Return the number of a class, the position of its `line` in the `file`, the class's name, and the line."""
    match = NUMBERED.fullmatch(_unquoted(line))
    name = names.composed(_unquoted(match[2].strip(" ,;\t"))) if match else ""
    if not match or not name:
        raise _no_class(file, line, position)
    return int(match[1]), position, name, line


def _no_class(file: Path, line: str, number: int) -> InputError:
    problem = f"`{printable(line)}` is not `{number} NAME`"
    return InputError(file, problem, "mend the list: classes are numbered from 1")


def _listed_class(name: str, labels: Mapping[str, int]) -> str | None:
    """Return the class that `name` is, written with small or capital letters; None where none or several are."""
    if name in labels:
        return name
    alike = [label for label in labels if label.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _reading(
    text: str, folder: str, file: Path, videos: VideoNames | None, most: int = MAX_NUMBERS
) -> tuple[str, tuple[str, ...]]:
    """Return the video that a line means and the numbers behind it.

    A name may end with a number itself: of all readings, the one that is of a file is taken.
    """
    ways = [(folder + name, numbers) for name, numbers in readings(text, most)]
    if videos is None:
        return ways[-1]
    for name, numbers in ways:
        id = videos.find(name, file)
        if id is not None:
            return id, numbers
    name, numbers = ways[-1]
    if numbers != ("0",) or not folder:
        videos.note_absence(name, file)
    return name, numbers


def readings(text: str, most: int = MAX_NUMBERS) -> list[tuple[str, tuple[str, ...]]]:
    """Return the ways to read a line as a name and at `most` so many numbers, the longest name first."""
    text = _straight(text).rstrip(",; \t")
    quoted = QUOTED.fullmatch(text)
    if quoted:
        numbers = tuple(re.findall(rf"{GAP}{NUMBER}", quoted["numbers"]))
        return [(_slashes(quoted["text"].replace(2 * quoted["mark"], quoted["mark"])), numbers)]
    name = _unquoted(text).rstrip(",; \t")
    numbers = ()
    ways: list[tuple[str, tuple[str, ...]]] = [(_slashes(_unquoted(name)), numbers)]
    while len(ways) <= most and (match := re.fullmatch(rf"(.*?\S){GAP}{NUMBER}", name)):
        name, numbers = match[1].rstrip(",;"), (match[2], *numbers)
        ways.append((_slashes(_unquoted(name)), numbers))
    return ways


def _straight(text: str) -> str:
    return text.translate(CURVED) if text[:1] in "\u201c\u201e\u00ab" else text


def _slashes(name: str) -> str:
    """Return a path as the ids have it, without `.` and empty parts; Windows has backslashes."""
    path = name if "/" in name else name.replace("\\", "/")
    return "/" * path.startswith("/") + "/".join(part for part in path.split("/") if part not in ("", "."))


def _unquoted(text: str) -> str:
    """Return `text` without the quotes around all of it, and with those within it, which are doubled, once."""
    text = _straight(text)
    mark = text[:1]
    is_quoted = len(text) > 1 and mark == text[-1] and mark in "\"'" and not re.search(mark + GAP + mark, text)
    return text[1:-1].replace(2 * mark, mark).strip() if is_quoted else text


def _check_numbers(file: Path, rows: Sequence[Line], class_names: Sequence[str]) -> None:
    """Raise InputError where the numbers are neither labels, from 1 or from 0, nor numbers of frames."""
    columns = [[(row, int(row.numbers[c])) for row in rows if len(row.numbers) > c] for c in range(MAX_NUMBERS)]
    columns = [column for column in columns if column]
    if not columns or any(_are_labels(column) for column in columns):
        return
    if len(columns) == 1 and any(number > len(class_names) for _, number in columns[0]):
        return
    row = next(row for row, number in columns[-1] if number != row.label + 1)
    problem = f"`{printable(row.text)}`: class {class_names[row.label]} has the number {row.label + 1}"
    raise InputError(file, f"{problem} in classInd.txt", "mend the line")


def _are_labels(column: Sequence[tuple[Line, int]]) -> bool:
    return any(all(number == row.label + first for row, number in column) for first in (1, 0))
