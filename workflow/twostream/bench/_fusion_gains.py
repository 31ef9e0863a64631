"""What fusion gains on published scores: each row of the table over the average and over `scales`, by recording."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from twostream import certainty, metrics
from twostream.config import check, section
from twostream.errors import InputError
from twostream.fusion import candidates, stream_scores
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.logits import match
from twostream.videos import split_lists

SCALES = "scales"
HELP = (
    "a folder with `scores`, a file a stream, and `splits`, split 1 of which is fused; behind a colon, the streams in "
    "order by parts of their files' names: ucf101:spatial,motion"
)


def rows(data: str, threads: int) -> list[dict[str, Any]]:
    """Return a row for each way to fuse the scores in `data`, a folder with streams behind a colon."""
    streams = _read(data)
    settings = section.pick(FusionSettings, check.check({})["fusion"])
    proposed = candidates.propose(streams, settings, threads).rows
    is_right = [metrics.ranks(row.scores, streams.labels) == 0 for row in proposed]
    average = next(right for row, right in zip(proposed, is_right, strict=True) if row.selected_on.is_fixed)
    scales = next(right for row, right in zip(proposed, is_right, strict=True) if row.strategy == SCALES)
    return [
        {
            "data": f"{Path(data.partition(':')[0]).name}: {' + '.join(streams.names)}",
            "strategy": row.strategy,
            "selected on": str(row.selected_on),
            "top1": round(100 * float(right.mean()), 2),
            "over average": _gain(right, average, streams),
            "over scales": _gain(right, scales, streams),
        }
        for row, right in zip(proposed, is_right, strict=True)
    ]


def ratios(table: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return top-1 of the reported row of each of the data."""
    first: dict[str, float] = {}
    for row in table:
        first.setdefault(str(row["data"]), row["top1"])
    return first


def _gain(ours: metrics.Right, theirs: metrics.Right, streams: StreamScores) -> str:
    gain = certainty.gain(ours, theirs, streams.recordings)
    low, high = gain["gain_ci95"]
    return f"{gain['gain']:+.2f} [{low:.2f}, {high:.2f}]"


def _read(data: str) -> StreamScores:
    folder, _, names = data.partition(":")
    split = split_lists.read(Path(folder) / "splits", 1)
    files = dict(_files(Path(folder) / "scores", names.split(",") if names else []))
    pattern = check.check({})["index"]["group_pattern"]
    matches = {name: match.match_videos(file, split, pattern) for name, file in files.items()}
    modalities = {name: "flow" if name in ("flow", "motion", "temporal") else "unknown" for name in files}
    logits = {name: replace(each.logits, modality=modalities[name]) for name, each in matches.items()}
    train = [split.label_of[video] for video, subset in split.subset_of.items() if subset == "train"]
    counts = np.bincount(train, minlength=len(split.class_names))
    return stream_scores.gather(logits, files, counts, next(iter(matches.values())).grouping)


def _files(folder: Path, parts: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield each stream's name and file."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if not parts:
        yield from ((path.stem, path) for path in files)
    for part in parts:
        fitting = [path for path in files if part in path.name]
        if len(fitting) != 1:
            raise InputError(
                f"--data {folder}",
                f"{len(fitting)} files have {part} in their names",
                "give a part of the name of one alone",
            )
        yield part, fitting[0]
