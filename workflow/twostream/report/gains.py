"""What the reported fusion gains over another way, in words that claim no more than the intervals show."""

from twostream import text
from twostream.fusion.contract import Findings, TestRow
from twostream.report import precision

BEST_STREAM = "best stream: "
"""How the name of the best stream begins in a row of tests."""
NAMES = {"average": "the plain average", "scales": "fitted weights (scales)"}


def lines(findings: Findings) -> list[str]:
    """Return a sentence for each way that the reported fusion is tested against."""
    best = findings["fusion"][0]
    right = round(best["top1"] * best.get("videos", 0) / 100)
    return [line(row, right, best.get("videos", 0)) for row in findings.get("mcnemar", [])]


def line(row: TestRow, right: int, videos: int) -> str:
    """Return what is gained over the way of `row` by a fusion that is `right` on so many of the `videos`."""
    other = other_name(row["against"])
    if "gain" not in row:
        return f"Against {other}: {text.counted(row['gained'], 'video')} gained, {row['lost']:,} lost."
    if not row["gained"] and not row["lost"]:
        return f"Not better than {other} (the same {right:,} of {videos:,} videos are right)."
    low, high = row["gain_ci95"]
    interval = f"95 % interval {precision.interval(low, high, videos)}"
    by_recording, by_video = probability(row["p_recordings"]), probability(row["p"])
    tests = f"p {by_recording} by recording, p {by_video} by McNemar's test of single videos"
    counts = f"{text.counted(row['gained'], 'video')} gained, {row['lost']:,} lost; {tests}"
    points = f"{precision.signed(row['gain'], videos)} points"
    if low <= 0 <= high:
        return f"No clear difference from {other}: {points} ({interval}; {counts})."
    return f"{'Better' if low > 0 else 'Worse'} than {other}: {points} ({interval}; {counts})."


def other_name(against: str) -> str:
    """Return the way that the row of a test is against, in words."""
    if against.startswith(BEST_STREAM):
        return f"{against.removeprefix(BEST_STREAM)}, the best single stream"
    return NAMES.get(against, against)


def probability(p: float) -> str:
    """Return a p value with its sign of relation."""
    return "< 0.0001" if p < 0.0001 else f"= {p:.2g}"
