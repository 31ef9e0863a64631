"""What fusion found, as the report tells it. What a fusion.json does not have is told as nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Found = Mapping[str, Any]
Row = dict[str, Any]

FUSED = "fused"
ORACLE = "oracle"
PLAIN = {("pooling", "mean"), ("normalisation", "none"), ("transductive", "True")}
"""Parameters that go without saying."""
NAMELESS = ("strategy", "rule", "normalisation", "temperature", "weights")
CONFUSED_CLASSES = 12
"""As many as a square of numbers can show."""


def reported(found: Found) -> Row:
    """The fusion to report: the first row that no test label had a part in."""
    return next((row for row in found["fusion"] if not is_oracle(row)), found["fusion"][0])


def is_oracle(row: Row) -> bool:
    return ORACLE in row.get("selected_on", "")


def has_tested_epoch(row: Row) -> bool:
    """Whether an epoch was chosen on the test videos: the row is a bound then, and no result."""
    return row.get("best_epoch_on") == "test"


def tested_epochs(found: Found) -> list[str]:
    """The streams whose epoch was chosen on the test videos."""
    return [row["stream"] for row in found["streams"] if has_tested_epoch(row)]


def mark(row: Row, is_best: bool = False) -> str:
    """How the row is to be shown: as an `oracle`, as the `best`, or as any."""
    if is_oracle(row) or has_tested_epoch(row):
        return ORACLE
    return "best" if is_best else ""


def caveat(row: Row) -> str:
    """What is to be said after the row's numbers, wherever they stand alone."""
    return " (a bound: an epoch was chosen on the test videos)" if has_tested_epoch(row) else ""


def best_stream(found: Found) -> Row:
    return max(found["streams"], key=lambda row: row["top1"])


def stream_gains(found: Found) -> list[Row]:
    """What the reported fusion has more than each stream, in points of top-1."""
    top1 = reported(found)["top1"]
    return [{"stream": row["stream"], "gain": top1 - row["top1"]} for row in found["streams"]]


def params(row: Row) -> str:
    """A candidate's parameters in a few words; where each fold has its own, those of the most folds."""
    given = row.get("params") or {}
    chosen = given.get("chosen")
    if not chosen:
        return _told(given, row["strategy"])
    others = f"; {len(chosen) - 1} more choices" if len(chosen) > 2 else "; 1 more choice" if len(chosen) == 2 else ""
    return f"{_told(chosen[0], row['strategy'])} in {chosen[0]['folds']} folds{others}".strip()


def most_chosen(row: Row) -> str:
    """The strategy that most folds chose, if that was to be chosen."""
    chosen = (row.get("params") or {}).get("chosen") or [{}]
    strategy = chosen[0].get("strategy", "")
    return "" if strategy == row["strategy"] else strategy


def weights(row: Row) -> list[float] | None:
    """A candidate's share of each stream, adding up to one; None where it has no one weighting."""
    given = list((row.get("params") or {}).get("weights", {}).values())
    total = sum(given)
    return [weight / total for weight in given] if total else None


def class_gains(found: Found) -> list[Row]:
    """A row a class that has test videos: top-1 of each stream and fused, and the gain over the best stream.

    The greatest gain first.
    """
    best = best_stream(found)["stream"]
    rows = [
        {
            "class_name": row["class"],
            "videos": row["videos"],
            FUSED: row["top1"],
            "gain": row["gain"][best],
            **{f"stream {name}": row["top1"] - gain for name, gain in row["gain"].items()},
        }
        for row in found.get("classes", [])
        if row["videos"]
    ]
    return sorted(rows, key=lambda row: -row["gain"])


def reliability(found: Found) -> list[Row]:
    """The points of the curves of reliability, of each stream and of the fusion."""
    return [
        {"line": name} | point
        for name, measured in found.get("calibration", {}).items()
        for point in measured["before"]["bins"]
    ]


def confused_pairs(found: Found) -> list[Row]:
    """Classes and what the fusion takes them for, the most frequent mistake first."""
    known = matrices(found)
    if FUSED not in known:
        return []
    names, fused = found["class_names"], known[FUSED]
    wrong = np.argwhere(fused * (1 - np.eye(len(fused), dtype=int)))
    rows = [
        {
            "right": names[i],
            "taken_for": names[j],
            "videos": int(fused[i, j]),
            "share": 100 * float(fused[i, j] / fused[i].sum()),
            **{f"stream {stream}": int(known[stream][i, j]) for stream in stream_names(found)},
        }
        for i, j in wrong
    ]
    return sorted(rows, key=lambda row: -row["videos"])


def confused_classes(found: Found) -> list[Row]:
    """The square of the classes that are most confused: a row a pair of right class and predicted class."""
    chosen = dict.fromkeys(name for pair in confused_pairs(found) for name in (pair["right"], pair["taken_for"]))
    names, fused = found["class_names"], matrices(found).get(FUSED)
    shown = [name for name in names if name in list(chosen)[:CONFUSED_CLASSES]]
    return [] if fused is None else list(_square(fused, names, shown))


def matrices(found: Found) -> dict[str, NDArray[np.int64]]:
    """The confusion matrices by stream, and that of the reported fusion: right class by predicted class."""
    return {name: np.asarray(matrix) for name, matrix in found.get("confusion", {}).items()}


def stream_names(found: Found) -> list[str]:
    """The streams that there are confusion matrices of."""
    return [row["stream"] for row in found["streams"] if row["stream"] in found.get("confusion", {})]


def _square(matrix: NDArray[np.int64], names: list[str], shown: list[str]) -> Iterator[Row]:
    for right in shown:
        row = matrix[names.index(right)]
        for taken_for in shown:
            videos = int(row[names.index(taken_for)])
            yield {
                "right": right,
                "taken_for": taken_for,
                "videos": videos,
                "share": 100 * videos / max(1, int(row.sum())),
            }


def _told(given: Row, strategy: str) -> str:
    """What is not plain from the strategy's name, nor as it is everywhere."""
    told = []
    for name, value in given.items():
        words = _brief(value)
        if name == "folds" or words == strategy or (name, words) in PLAIN:
            continue
        told.append(words if name in NAMELESS else f"{name} {words}")
    return ", ".join(told)


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        words = [_brief(item) for item in value.values()]
        return words[0] if len(set(words)) == 1 and not _is_number(words[0]) else " : ".join(words)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()
