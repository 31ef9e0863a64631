"""The videos and what it cost to work on them."""

from collections.abc import Mapping

from twostream.cache.costs import Cost, Reuse
from twostream.report import data_plots, derive
from twostream.report.contents import CopiesRow, LeftOutRow, Report
from twostream.report.data_plots import StageBar, SubsetBar
from twostream.report.document import Plot
from twostream.report.sections.columns import Content
from twostream.report.tables import Column, Table

MAX_CLASSES = 24
"""In the plot of classes."""
VIDEO_COLUMNS = (
    Column("class", "class_name"),
    Column("train", "train", "d"),
    Column("test", "test", "d"),
    Column("fewest frames", "shortest", "d"),
    Column("median", "median", "g"),
    Column("most", "longest", "d"),
)
UNUSED_COLUMNS = (Column("reason", "reason"), Column("files", "files", "d"), Column("first", "first"))
COPIES_COLUMNS = (
    Column("videos that are equal", "ids"),
    Column("classes", "classes", "d"),
    Column("subsets", "subsets", "d"),
)
COST_COLUMNS = (
    Column("stage", "stage"),
    Column("key", "key"),
    Column("files", "artefacts", "d"),
    Column("seconds", "seconds", ".1f"),
    Column("memory, MB", "megabytes", ".0f"),
    Column("disk, MB", "stored", ".2f"),
)
REUSE_COLUMNS = (Column("cached", "cached", "d"), Column("s saved", "saved", ".1f"))


def videos(report: Report) -> Content | None:
    """Return the classes, the lengths and the bad videos of the data set."""
    summary = report.get("videos")
    if not summary or "by_class" not in summary:
        return None
    rows = summary["by_class"]
    bars: list[SubsetBar] = []
    for row in rows[:MAX_CLASSES]:
        bars.append({"class_name": row["class_name"], "split": "train", "videos": row["train"]})
        bars.append({"class_name": row["class_name"], "split": "test", "videos": row["test"]})
    unused = [_unused_row(row) for row in summary["left_out"]]
    remarks = summary.get("remarks", [])
    remark_columns = [Column("video", "id"), Column("what", "remark")]
    bad_columns = [Column("video", "id"), Column("reason", "reason")]
    return {
        **summary,
        "counts": derive.video_counts(report),
        "remarks": remarks,
        "cut": len(rows) > MAX_CLASSES,
        "plots": [
            Plot("videos", data_plots.videos(bars), "Videos of each class, to train on and to test on."),
            Plot("lengths", data_plots.lengths(summary["lengths"]), "How many videos have how many frames."),
        ],
        "table": Table("videos", "Videos by class", VIDEO_COLUMNS, rows),
        "unused_table": Table("not-used", "Files not used", UNUSED_COLUMNS, unused),
        "copies_table": Table("copies", "Copies", COPIES_COLUMNS, [_copies_row(row) for row in summary["copies"]]),
        "remarks_table": Table("remarks", "Interlaced, damaged and uneven videos", remark_columns, remarks),
        "bad_table": Table("left-out", "Videos left out", bad_columns, summary["bad"]),
    }


def _unused_row(row: LeftOutRow) -> dict[str, object]:
    return {**row, "first": ", ".join(row["first"])}


def _copies_row(row: CopiesRow) -> dict[str, object]:
    return {**row, "ids": ", ".join(row["ids"])}


def costs(report: Report, reuse: Mapping[str, Reuse] | None) -> Content | None:
    """Return what each stage cost, and what this run took from the cache: `reuse`, by key."""
    rows = report.get("costs")
    if not rows:
        return None
    seconds: dict[str, float] = {}
    for row in rows:
        seconds[row["stage"]] = seconds.get(row["stage"], 0.0) + row["seconds"]
    bars: list[StageBar] = [{"stage": stage, "seconds": spent} for stage, spent in seconds.items()]
    headings = [*COST_COLUMNS, *(REUSE_COLUMNS if reuse else ())]
    return {
        "seconds": sum(seconds.values()),
        "bytes": sum(row["bytes"] for row in rows),
        "saved": sum(each.seconds for each in reuse.values()) if reuse else None,
        "memory": max((row["memory"] for row in rows if row["memory"]), default=None),
        "plot": Plot("seconds", data_plots.seconds(bars), "Seconds of work by stage."),
        "table": Table("cost", "Cost by stage", headings, [_cost_fields(row, reuse) for row in rows]),
    }


def _cost_fields(row: Cost, reuse: Mapping[str, Reuse] | None) -> dict[str, object]:
    fields = {**row, "megabytes": row["memory"] and row["memory"] / 1e6, "stored": row["bytes"] / 1e6}
    if reuse:
        fields |= {"cached": reuse[row["key"]].artefacts, "saved": reuse[row["key"]].seconds}
    return fields
