"""Answers as a table to read, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from twostream import text
from twostream.files import atomic
from twostream.predict.answers import TOP, Answer, AnsweredVideo, Failure, Guess, best, top

Results = Sequence[Answer | Failure]
NAMES = ("predictions.csv", "predictions.json")


def table(results: Results, class_names: tuple[str, ...]) -> str:
    """Return a table: for each video the most probable classes in percent, and what each stream alone says."""
    answers = [each for each in results if isinstance(each, Answer)]
    if not answers:
        return ""
    places = range(1, 1 + min(TOP, len(class_names)))
    cells = [["video", *(f"top {place}" for place in places), *answers[0].streams]]
    for answer in answers:
        guesses = top(answer.probabilities, class_names)
        alone = [best(probabilities, class_names) for probabilities in answer.streams.values()]
        cells.append([answer.video, *(f"{each.class_name} {each.percent:.1f} %" for each in (*guesses, *alone))])
    return text.table(cells)


def write(folder: Path, results: Results, class_names: tuple[str, ...], model: Mapping[str, Any]) -> list[Path]:
    """Write `predictions.csv` and `predictions.json` into `folder`, and return their paths."""
    return write_files(folder, to_csv(results, class_names), to_json(results, class_names, model))


def write_files(folder: Path, table: str, entries: Mapping[str, Any]) -> list[Path]:
    """Write `table`, which is CSV, and `entries`, as JSON, into `folder`, and return their paths."""
    files = [folder / name for name in NAMES]
    atomic.write_text(files[0], table)
    with atomic.replacing(files[1]) as beside, beside.open("w", encoding="utf-8") as out:
        json.dump(entries, out, indent=1)
        out.write("\n")
    return files


def to_csv(results: Results, class_names: tuple[str, ...]) -> str:
    """Return `rows` as CSV."""
    return csv_of(rows(results, class_names))


def csv_of(cells: Iterable[Sequence[object]]) -> str:
    """Return rows of `cells` as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(cells)
    return out.getvalue()


def rows(results: Results, class_names: tuple[str, ...]) -> list[list[object]]:
    """Return the headings, and a row a video, its most probable classes first; one without an answer has its reason."""
    streams = next((list(each.streams) for each in results if isinstance(each, Answer)), [])
    places = range(1, 1 + min(TOP, len(class_names)))
    names = [name for place in places for name in (f"class_{place}", f"percent_{place}")]
    names += [name for stream in streams for name in (stream, f"{stream}_percent")]
    headings: list[object] = ["video", *names, "frames", "fps", "damaged_frames", "trained_on", "failure"]
    return [headings, *(_row(each, class_names, len(names)) for each in results)]


def to_json(results: Results, class_names: tuple[str, ...], model: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is known of each video; probabilities in percent, in the order of `class_names`."""
    videos = [head(each) | guesses_of(each, class_names) for each in results if isinstance(each, Answer)]
    return document(videos, results, class_names, model)


def document(
    videos: list[dict[str, Any]], results: Sequence[object], class_names: tuple[str, ...], model: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the JSON of the entries of `videos`, with the failures among `results`; `model` says what answered."""
    return {
        "model": dict(model),
        "class_names": list(class_names),
        "videos": videos,
        "failures": [vars(each) for each in results if isinstance(each, Failure)],
    }


def head(video: AnsweredVideo) -> dict[str, Any]:
    """Return what is known of a video itself, with which its entry begins, be it answered as a whole or by windows."""
    return {
        "video": video.video,
        "frames": video.frames,
        "fps": video.fps,
        "damaged_frames": video.damaged,
        "trained_on": list(video.trained_on),
    }


def guesses_of(answer: Answer, class_names: tuple[str, ...]) -> dict[str, Any]:
    """Return the most probable classes, and the percentage of each, by all streams and by each alone."""
    return {
        "top": list(_guesses(top(answer.probabilities, class_names))),
        "percent": _percent(answer.probabilities),
        "streams": {
            name: {"top": list(_guesses(top(each, class_names))), "percent": _percent(each)}
            for name, each in answer.streams.items()
        },
    }


def _row(result: Answer | Failure, class_names: tuple[str, ...], width: int) -> list[object]:
    if isinstance(result, Failure):
        return [result.video, *[""] * (width + 4), result.reason]
    guesses = top(result.probabilities, class_names)
    alone = [best(probabilities, class_names) for probabilities in result.streams.values()]
    cells = [cell for each in (*guesses, *alone) for cell in (each.class_name, each.percent)]
    trained_on = " ".join(result.trained_on)
    return [result.video, *cells, result.frames, result.fps, result.damaged, trained_on, ""]


def _guesses(guesses: Iterable[Guess]) -> Iterator[dict[str, object]]:
    return ({"class": each.class_name, "percent": each.percent} for each in guesses)


def _percent(probabilities: Iterable[float]) -> list[float]:
    return [round(100 * float(value), 6) for value in probabilities]
