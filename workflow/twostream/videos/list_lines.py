"""The lines of split lists, as they are published and as editors and spreadsheets leave them.

A byte order mark, tabs, several blanks, blanks at the end, quotes, line ends and forms of Unicode
change nothing.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twostream.errors import InputError
from twostream.text import printable
from twostream.videos import names
from twostream.videos.video_names import VideoNames

GAP = r"[\s,;]+"
QUOTED = re.compile(rf"""(["'])(?P<text>.+?)\1(?P<numbers>(?:{GAP}\d+){{0,2}})""")
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
    """Return the label of each class name in classInd.txt, whose lines are numbered from 1, or from 0."""
    labels: dict[str, int] = {}
    first = 1
    for line in _lines(file):
        number, _, name = _unquoted(re.sub(GAP, " ", line, count=1)).partition(" ")
        name = names.composed(_unquoted(name.strip()))
        first = 0 if not labels and number == "0" else first
        if number != str(len(labels) + first) or not name:
            problem = f"`{printable(line)}` is not `{len(labels) + first} NAME`"
            raise InputError(file, problem, "mend the list: classes are numbered from 1")
        if name in labels:
            raise InputError(file, f"a class is named twice, {name}", "rename one of them")
        labels[name] = len(labels)
    if not labels:
        raise InputError(file, "no class is listed", "add one `1 NAME` a line")
    return labels


def read_videos(file: Path, labels: Mapping[str, int], videos: VideoNames | None) -> list[Line]:
    """Return the lines of a list of `class/video`, with the ids of the files that `videos` knows by such names."""
    rows = []
    for text in _lines(file):
        name, numbers = _reading(text, "", file, videos)
        if name.startswith("/") or ".." in name.split("/") or "/" not in name:
            problem = f"`{printable(text)}` is not `class/video.avi` within the data set's folder"
            raise InputError(file, problem, "mend the line")
        of_class = names.composed(name.split("/")[0])
        if of_class not in labels:
            class_file = file.with_name("classInd.txt")
            raise InputError(class_file, f"class `{of_class}` of {printable(name)} is not in it", "add every class")
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


def _lines(file: Path) -> list[str]:
    try:
        data = file.read_bytes()
        is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except OSError as error:
        raise InputError(file, f"the list cannot be read ({error.strerror})", "add the file") from error
    except UnicodeDecodeError as error:
        raise InputError(file, "is not a text file in UTF-8", "make it one, a video a line") from error
    return [line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip()]


def _reading(
    text: str, folder: str, file: Path, videos: VideoNames | None, most: int = MAX_NUMBERS
) -> tuple[str, tuple[str, ...]]:
    """Return the video that a line means and the numbers behind it.

    A name may end with a number itself: of all readings, the one that is of a file is taken.
    """
    readings = [(folder + name, numbers) for name, numbers in _readings(text, most)]
    if videos is None:
        return readings[-1]
    for name, numbers in readings:
        id = videos.find(name, file)
        if id is not None:
            return id, numbers
    name, numbers = readings[-1]
    if numbers != ("0",) or not folder:
        videos.note_absence(name, file)
    return name, numbers


def _readings(text: str, most: int) -> list[tuple[str, tuple[str, ...]]]:
    """Return the ways to read a line as a name and at `most` so many numbers, the longest name first."""
    quoted = QUOTED.fullmatch(text)
    if quoted and quoted["numbers"]:
        return [(_slashes(quoted["text"]), tuple(re.findall(r"\d+", quoted["numbers"])))]
    name = _unquoted(text).rstrip(",; \t")
    numbers: tuple[str, ...] = ()
    readings = [(_slashes(name), numbers)]
    while len(readings) <= most and (match := re.fullmatch(rf"(.*?\S){GAP}(\d+)", name)):
        name, numbers = match[1].rstrip(",;"), (match[2], *numbers)
        readings.append((_slashes(name), numbers))
    return readings


def _slashes(name: str) -> str:
    """Return a path as the ids have it: Windows has backslashes."""
    return (name if "/" in name else name.replace("\\", "/")).removeprefix("./")


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if is_quoted else text


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
