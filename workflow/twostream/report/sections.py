"""The sections of the report, from its numbers: tables and plots. A section without numbers is None."""

from collections.abc import Mapping, Sequence
from typing import Any

from twostream.cache import difference, provenance
from twostream.cache.costs import Reuse
from twostream.report import derive, lineage, plots
from twostream.report.page import Plot
from twostream.report.tables import Column, Table

Page = Mapping[str, Any]
Section = dict[str, Any] | None

ACCURACY = (Column("top1", "top1", ".4f"), Column("top5", "top5", ".4f"))
MEAN = Column("mean class", "mean_class_accuracy", ".4f")
INTERVAL = Column("95 % interval", "interval", "s")
EPOCH = Column("epoch chosen on", "best_epoch_on")
BARS = 12
"""At either end of a plot of classes that has not room for all."""


def answer(page: Page) -> Section:
    best = derive.reported(page)
    streams = [_spread(row) | {"name": row["stream"], "kind": "stream"} for row in page["streams"]]
    rows = [*streams, _spread(best) | {"name": "fused", "kind": "fused"}]
    told = "; ".join(f"{row['name']} {row['top1']:.1f} %" for row in rows)
    return {
        "best": best,
        "most_chosen": derive.most_chosen(best),
        "stream": derive.best_stream(page),
        "gains": derive.stream_gains(page),
        "tests": page.get("mcnemar", []),
        "combinations": page.get("combinations", 0),
        "tested_epochs": derive.tested_epochs(page),
        "plot": Plot("accuracies", plots.accuracies(rows), f"Top-1 of each stream and of their fusion: {told}."),
    }


def fusion(page: Page) -> Section:
    best = derive.reported(page)
    rows = [_spread(row) | _told(row, row is best) for row in page["fusion"]]
    chosen = [Column("selected on", "selected_on"), Column("how", "told")]
    epoch = [EPOCH] if derive.tested_epochs(page) else []
    columns = [Column("strategy", "strategy"), *ACCURACY, MEAN, INTERVAL, *epoch, *chosen]
    streams = [_spread(row) | {"mark": derive.mark(row)} for row in page["streams"]]
    return {
        "order": best["streams"],
        "table": Table("fusion", "Ways to fuse", columns, rows),
        "streams": Table(
            "streams", "The streams alone", [Column("stream", "stream"), *ACCURACY, MEAN, INTERVAL, *epoch], streams
        ),
    }


def weights(page: Page) -> Section:
    """The curve of two streams' weights, or the map of three."""
    curve = page.get("curve")
    if not curve:
        return None
    names = [row["stream"] for row in page["streams"]]
    alt = f"Top-1 by the weights of {', '.join(names)}: between {_range(curve)} %."
    drawn = plots.ternary(curve, names) if len(names) == 3 else plots.weight_curve([*curve, *_named(page)], names)
    return {"plot": Plot("weights", drawn, alt), "peak": max(row["top1"] for row in curve)}


def classes(page: Page) -> Section:
    rows = derive.class_gains(page)
    if not rows:
        return None
    names = derive.stream_names(page)
    columns = [
        Column("class", "class_name"),
        Column("videos", "videos", "d"),
        *(Column(name, f"stream {name}", ".1f") for name in names),
        Column("fused", derive.FUSED, ".1f"),
        Column("gain", "gain", "+.1f"),
    ]
    shown = _ends(rows)
    better, worse = sum(row["gain"] > 0 for row in rows), sum(row["gain"] < 0 for row in rows)
    return {
        "better": better,
        "worse": worse,
        "same": len(rows) - better - worse,
        "cut": len(shown) < len(rows),
        "plot": Plot("gains", plots.gains(shown), f"Gain of fusion by class: {better} better, {worse} worse."),
        "table": Table("classes", "Top-1 by class", columns, rows),
    }


def confusion(page: Page) -> Section:
    pairs = derive.confused_pairs(page)
    if not pairs:
        return None
    columns = [
        Column("class", "right"),
        Column("taken for", "taken_for"),
        Column("videos", "videos", "d"),
        Column("% of the class", "share", ".1f"),
        *(Column(f"by {name}", f"stream {name}", "d") for name in derive.stream_names(page)),
    ]
    worst = pairs[0]
    alt = f"Confusion of the most confused classes; most often {worst['right']} is taken for {worst['taken_for']}."
    return {
        "plot": Plot("confusion", plots.confusion(derive.confused_classes(page)), alt),
        "table": Table("confusion", "Who is taken for whom", columns, pairs),
    }


def examples(page: Page) -> Section:
    """Videos rescued and lost: how many, which, and of some of them what each stream made of them."""
    found = page.get("examples")
    if not found:
        return None
    streams = [row["stream"] for row in page["streams"]]
    columns = [
        Column("video", "video"),
        Column("class", "class"),
        *(Column(name, f"stream {name}") for name in streams),
        Column("fused", "fused"),
    ]

    def table(outcome: str) -> Table:
        shown = found[outcome]["shown"]
        rows = [row | {f"stream {name}": guess for name, guess in row["streams"].items()} for row in shown]
        caption = f"{len(rows)} of the {found[outcome]['videos']} videos {outcome}"
        return Table(outcome, caption, columns, rows)

    return {
        outcome: {
            "videos": found[outcome]["videos"],
            "table": table(outcome),
            "pictured": [one for one in page.get("pictured", []) if one["outcome"] == outcome],
        }
        for outcome in ("rescued", "lost")
    }


def training(page: Page) -> Section:
    histories = {name: rows for name, rows in page.get("training", {}).items() if rows}
    if not histories:
        return None
    drawn = [
        Plot(f"training-{place}", plots.training(rows, title), f"{title} by epoch, a line a stream.")
        for place, title in enumerate(("Loss", "Prec@1"))
        if (rows := _lines(histories, title))
    ]
    return {"plots": drawn, "streams": [_history(name, rows) for name, rows in histories.items()]}


def calibration(page: Page) -> Section:
    points = derive.reliability(page)
    if not points:
        return None
    rows = [
        {"name": name, "before": found["before"]["ece"], "after": found.get("after", {}).get("ece")}
        for name, found in page["calibration"].items()
    ]
    columns = [Column("scores", "name"), Column("ECE, %", "before", ".2f"), Column("cooled", "after", ".2f")]
    told = ", ".join(f"{row['name']} {row['before']:.1f} %" for row in rows)
    return {
        "plot": Plot("calibration", plots.reliability(points), f"Reliability curves; calibration errors: {told}."),
        "table": Table("calibration", "Expected calibration error", columns, rows),
    }


def videos(page: Page) -> Section:
    known = page.get("videos") or {}
    if "by_class" not in known:
        return None
    rows = known["by_class"]
    columns = [
        Column("class", "class_name"),
        Column("train", "train", "d"),
        Column("test", "test", "d"),
        Column("fewest frames", "shortest", "d"),
        Column("median", "median", "g"),
        Column("most", "longest", "d"),
    ]
    bars = [
        {"class_name": row["class_name"], "split": side, "videos": row[side]}
        for row in rows[: 2 * BARS]
        for side in ("train", "test")
    ]
    bad = [Column("video", "id"), Column("reason", "reason")]
    return known | {
        "cut": len(rows) > 2 * BARS,
        "plots": [
            Plot("videos", plots.videos(bars), "Videos of each class, to train on and to test on."),
            Plot("lengths", plots.lengths(known["lengths"]), "How many videos are how many frames long."),
        ],
        "table": Table("videos", "Videos by class", columns, rows),
        "bad_table": Table("left-out", "Videos left out", bad, known["bad"]),
    }


def mean(page: Page) -> Section:
    """Several runs' mean: tables of streams, of ways to fuse and of the runs."""
    tested = bool(derive.tested_epochs(page))
    epoch = [EPOCH] if tested else []
    names = {"top1": "top1", "top5": "top5", "mean_class_accuracy": "mean class"}
    runs = [Column(title, field, ".4f") for field, title in names.items()]
    figures = [each for column in runs for each in (column, Column("±", f"{column.field}_sd", ".4f"))]
    how = [Column("selected on", "selected_on"), Column("how", "told")]
    ways = [row | _told(row, row is page["fusion"][0]) for row in page["fusion"]]
    streams, of_runs = ([row | {"mark": derive.mark(row)} for row in page[part]] for part in ("streams", "runs"))
    return {
        "tested": tested,
        "fusion": Table("fusion", "Ways to fuse", [Column("strategy", "strategy"), *figures, *epoch, *how], ways),
        "streams": Table("streams", "The streams alone", [Column("stream", "stream"), *figures, *epoch], streams),
        "runs": Table("runs", "The runs", [Column("run", "run"), *runs, *epoch], of_runs),
    }


def costs(page: Page, reuse: Mapping[str, Reuse] | None) -> Section:
    rows = page.get("costs")
    if not rows:
        return None
    columns = [
        Column("stage", "stage"),
        Column("key", "key"),
        Column("files", "artefacts", "d"),
        Column("seconds", "seconds", ".1f"),
        Column("memory, MB", "megabytes", ".0f"),
        Column("disk, MB", "stored", ".2f"),
        *([Column("cached", "cached", "d"), Column("s saved", "saved", ".1f")] if reuse else []),
    ]
    shown = [
        row
        | {"megabytes": row["memory"] and row["memory"] / 1e6, "stored": row["bytes"] / 1e6}
        | ({"cached": reuse[row["key"]].artefacts, "saved": reuse[row["key"]].seconds} if reuse else {})
        for row in rows
    ]
    by_stage = {name: sum(row["seconds"] for row in rows if row["stage"] == name) for name in _names(rows)}
    bars = [{"stage": name, "seconds": seconds} for name, seconds in by_stage.items()]
    return {
        "seconds": sum(by_stage.values()),
        "bytes": sum(row["bytes"] for row in rows),
        "saved": sum(one.seconds for one in reuse.values()) if reuse else None,
        "memory": max((row["memory"] for row in rows if row["memory"]), default=None),
        "plot": Plot("seconds", plots.seconds(bars), "Seconds of work by stage."),
        "table": Table("cost", "Cost by stage", columns, shown),
    }


def made_from(page: Page) -> Section:
    stages = [provenance.Stage(**stage) for stage in page.get("stages", [])]
    drawn = lineage.draw(stages) if stages else None
    config = page.get("config")
    versions = {f"{name} {version}" for stage in stages for name, version in stage.versions.items()}
    seeds = [(name, value) for name, value in difference.leaves(config or {}) if name.endswith("seed")]
    return {
        "stages": stages,
        "graph": drawn,
        "config": config,
        "facts": [
            (name, value)
            for name, value in [*page.get("made_by", {}).items(), ("versions", ", ".join(sorted(versions))), *seeds]
            if value not in ("", None)
        ],
    }


def _history(name: str, rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    """One stream's table of training, and how much of a step it waited for data."""
    columns = [Column(title, title, "" if title == "Chosen on" else "g") for title in rows[0]]
    columns = [column for column in columns if any(row[column.field] for row in rows)]
    batch, data = (sum(float(row[title]) for row in rows) for title in ("Batch Time", "Data Time"))
    chosen = _chosen(rows)
    chosen_on = chosen.get("Chosen on", "")
    mark = "oracle" if chosen_on == "test" else ""
    marked = [dict(row) | {"mark": mark} for row in rows]
    return {
        "name": name,
        "waiting": 100 * data / batch if batch else None,
        "chosen_on": chosen_on,
        "epoch": chosen.get("Epoch", ""),
        "table": Table(f"training-{name}", f"Training of {name}", columns, marked),
    }


def _lines(histories: Mapping[str, Sequence[dict[str, str]]], title: str) -> list[dict[str, Any]]:
    """The points of a plot of the column `title`, and of the same on the videos that the epoch was chosen on."""
    return [
        {"epoch": int(row["Epoch"]), "value": float(row[column]), "line": f"{name}{side}"}
        for name, rows in histories.items()
        for column, side in ((title, ""), (f"Val {title}", f", {_chosen(rows).get('Chosen on', 'validation')}"))
        for row in rows
        if row.get(column)
    ]


def _chosen(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """The row of the epoch that was kept, in which stands what it was chosen on; empty where none says."""
    return next((row for row in rows if row.get("Chosen on")), {})


def _spread(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = row["ci95"]
    return {**row, "low": low, "high": high, "interval": f"{low:.1f} to {high:.1f}"}


def _told(row: dict[str, Any], is_best: bool) -> dict[str, str]:
    """How a way to fuse chose what it had to choose, and how its row is to be shown."""
    return {"told": derive.params(row), "mark": derive.mark(row, is_best)}


def _named(page: Page) -> list[dict[str, Any]]:
    """The points of the curve that are rows of the table: the fixed rules of two weights."""
    shares = [(row, derive.weights(row)) for row in page["fusion"] if not derive.is_oracle(row)]
    return [
        {"weight": share[0], "top1": row["top1"], "name": row["strategy"]}
        for row, share in shares
        if share and row["selected_on"] == "nothing"
    ]


def _range(rows: Sequence[Mapping[str, Any]]) -> str:
    found = [row["top1"] for row in rows]
    return f"{min(found):.1f} and {max(found):.1f}"


def _ends(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows`, or the first and the last of them."""
    return rows if len(rows) <= 2 * BARS else [*rows[:BARS], *rows[-BARS:]]


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["stage"] for row in rows))
