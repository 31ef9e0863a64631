"""Answers of windows as a table to read, as CSV and as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twostream import text
from twostream.predict import segments, tables
from twostream.predict.answers import Failure
from twostream.predict.long_videos import LongAnswer, WindowAnswer

Results = Sequence[LongAnswer | Failure]
TIMES = ["start", "end", "first_frame"]
DIGITS = 3
"""Of seconds: a millisecond."""


def table(results: Results, class_names: tuple[str, ...]) -> str:
    """Return a row for each part of a video in which one class is the most probable one, with its mean percent."""
    rows = [["video", "start", "end", "class", "mean"]]
    for video in results:
        if isinstance(video, LongAnswer):
            rows.extend(
                [video.video, clock(each.start), clock(each.end), each.class_name, f"{each.percent:.1f} %"]
                for each in segments.of_video(video, class_names)
            )
    return text.table(rows) if len(rows) > 1 else ""


def clock(seconds: float) -> str:
    """Return `seconds` as hours, minutes and seconds, 1:02:03.40; of less than an hour without the hours."""
    hundredths = round(100 * seconds)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:{minutes:02d}" if hours else f"{minutes}") + f":{rest // 100:02d}.{rest % 100:02d}"


def write(folder: Path, results: Results, class_names: tuple[str, ...], model: Mapping[str, Any]) -> list[Path]:
    """Write `predictions.csv` and `predictions.json` into `folder`, and return their paths."""
    return tables.write_files(folder, to_csv(results, class_names), to_json(results, class_names, model))


def to_csv(results: Results, class_names: tuple[str, ...]) -> str:
    """Return a row a window, as `tables.rows` has a video's, with its times; a video without an answer has one row."""
    rows: list[WindowAnswer | Failure] = []
    for each in results:
        rows.extend(each.windows if isinstance(each, LongAnswer) else [each])
    flat = [row.answer if isinstance(row, WindowAnswer) else row for row in rows]
    (video, *names), *cells = tables.rows(flat, class_names)
    table_rows: list[list[object]] = [[video, *TIMES, *names]]
    for row, (name, *rest) in zip(rows, cells, strict=True):
        times = _times(row).values() if isinstance(row, WindowAnswer) else [""] * len(TIMES)
        table_rows.append([name, *times, *rest])
    return tables.csv_of(table_rows)


def to_json(results: Results, class_names: tuple[str, ...], model: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is known of each window; probabilities in percent, in the order of `class_names`."""
    videos = [
        tables.head(each) | {"windows": [_entry(window, class_names) for window in each.windows]}
        for each in results
        if isinstance(each, LongAnswer)
    ]
    return tables.document(videos, results, class_names, model)


def _entry(window: WindowAnswer, class_names: tuple[str, ...]) -> dict[str, Any]:
    answer = window.answer
    counts = {"frames": answer.frames, "damaged_frames": answer.damaged}
    return _times(window) | counts | tables.guesses_of(answer, class_names)


def _times(window: WindowAnswer) -> dict[str, float]:
    """Return when a window starts and ends, in seconds, and its first frame, counted from 0."""
    start, end = round(window.window.start, DIGITS), round(window.window.end, DIGITS)
    return {"start": start, "end": end, "first_frame": window.window.first}
