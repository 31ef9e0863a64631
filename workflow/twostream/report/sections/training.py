"""How the streams were trained: curves, tables of epochs, and which epoch was kept."""

from collections.abc import Mapping, Sequence

from twostream.report import data_plots, derive
from twostream.report.contents import HistoryRow, Report
from twostream.report.data_plots import EpochPoint
from twostream.report.document import Plot
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

TITLES = {"Loss": "loss", "Prec@1": "top-1 (Prec@1), %"}
"""Columns of history.csv that are drawn; `Val ...` is the same on the videos that the epoch was chosen on."""
TRAINING = "training"
"""What the other curves are of: on the videos that are trained on, accuracy is far higher than on any others."""


def training(report: Report) -> Content | None:
    """Return the plots of loss and accuracy by epoch, and each stream's table of epochs."""
    histories = {name: rows for name, rows in report.get("training", {}).items() if rows}
    if not histories:
        return None
    return {
        "plots": _plots(histories),
        "streams": [_stream(name, rows) for name, rows in histories.items()],
    }


def _plots(histories: Mapping[str, Sequence[HistoryRow]]) -> list[Plot]:
    """Return a plot for each title that any history has."""
    points = {title: _points(histories, title) for title in TITLES}
    return [
        Plot(
            f"training-{number}",
            data_plots.training(points[title], TITLES[title], list(histories)),
            f"{title} by epoch, a line a stream.",
            _caption(points[title]),
        )
        for number, title in enumerate(TITLES)
        if points[title]
    ]


def _caption(points: Sequence[EpochPoint]) -> str:
    """Return which videos the values are of: accuracy on those that are trained on is no result."""
    words = "On the training videos, as they are augmented."
    others = any(point["of"] != TRAINING for point in points)
    return (
        f"Drawn through: {words[0].lower()}{words[1:]} Dotted: on the videos that chose the epoch." if others else words
    )


def _stream(name: str, rows: Sequence[HistoryRow]) -> Content:
    """Return one stream's table of epochs, the epoch that was kept, and what percentage of a step waited for data."""
    titles = [title for title in rows[0] if any(row[title] for row in rows)]
    headings = [Column(title, title, "" if title == "Chosen on" else "g") for title in titles]
    batch_time = sum(float(row["Batch Time"]) for row in rows)
    data_time = sum(float(row["Data Time"]) for row in rows)
    best = derive.kept_epoch(rows)
    chosen_on = best.get("Chosen on", "")
    css_class = derive.css_class({"best_epoch_on": chosen_on})
    return {
        "name": name,
        "waiting": 100 * data_time / batch_time if batch_time else None,
        "chosen_on": chosen_on,
        "epoch": best.get("Epoch", ""),
        "table": Table(
            f"training-{name}", f"Training of {name}", headings, [{**row, "mark": css_class} for row in rows]
        ),
    }


def _points(histories: Mapping[str, Sequence[HistoryRow]], title: str) -> list[EpochPoint]:
    """Return the points of the column `title`, and of the same on the videos that the epoch was chosen on."""
    points: list[EpochPoint] = []
    for name, rows in histories.items():
        chosen_on = derive.kept_epoch(rows).get("Chosen on", "validation")
        points += _line(rows, title, name, TRAINING)
        points += _line(rows, f"Val {title}", name, chosen_on)
    return points


def _line(rows: Sequence[HistoryRow], title: str, stream: str, of: str) -> list[EpochPoint]:
    """Return the points of a stream's values on the videos `of`."""
    return [
        {"epoch": int(row["Epoch"]), "value": float(row[title]), "line": f"{stream}, {of}", "stream": stream, "of": of}
        for row in rows
        if row.get(title)
    ]
