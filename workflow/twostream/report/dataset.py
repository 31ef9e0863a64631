"""The data set in numbers: by class, by length, and what was left out."""

from collections.abc import Sequence

import numpy as np

from twostream.report.contents import ClassSummary, CopiesRow, LeftOutRow, LengthBin, VideosRemarks, VideosSummary
from twostream.videos import remarks, summary
from twostream.videos.copies import Copies
from twostream.videos.index import Index, Video
from twostream.videos.left_out import LeftOut

BINS = 20
"""Of the histogram of lengths, at most."""


def summarise(index: Index) -> VideosSummary:
    """Return the numbers of the data set in `index`."""
    members: list[list[Video]] = [[] for _ in index.class_names]
    for video in index.videos:
        members[video.label].append(video)
    return {
        "classes": len(index.class_names),
        "train": len(index.subset("train")),
        "test": len(index.subset("test")),
        "groups": len({video.group for video in index.videos}),
        "frames": sum(video.frames for video in index.videos),
        "recordings": {subset: index.recordings(subset) for subset in ("train", "test")},
        "form": index.account.form,
        "split_by": index.account.split_by,
        "unlisted": index.account.unlisted,
        "bad": [{"id": video.id, "reason": video.reason} for video in index.bad],
        "left_out": [_left_out(row) for row in index.account.left_out],
        "copies": [_copies(row) for row in index.account.copies],
        "notes": summary.notes(index),
        "by_class": [_class(name, videos) for name, videos in zip(index.class_names, members, strict=True)],
        "lengths": _histogram([video.frames for video in index.videos]),
        "samples": _samples(members),
        **_remarks(index.videos),
    }


def _remarks(videos: Sequence[Video]) -> VideosRemarks:
    """Return what is worth knowing of the videos in use: of how many, and of which."""
    counts = remarks.counts(videos)
    return {
        "interlaced": counts["interlaced"],
        "damaged": counts["damaged"],
        "variable_rate": counts["variable_rate"],
        "promised": counts["promised"],
        "remarks": [{"id": video.id, "remark": text} for video in videos if (text := remarks.of_video(video))],
    }


def _left_out(row: LeftOut) -> LeftOutRow:
    return {"reason": row.reason, "files": row.files, "first": list(row.first)}


def _copies(row: Copies) -> CopiesRow:
    return {"ids": list(row.ids), "classes": row.classes, "subsets": row.subsets}


def _class(name: str, videos: Sequence[Video]) -> ClassSummary:
    lengths = [video.frames for video in videos] or [0]
    return {
        "class_name": name,
        "train": sum(video.subset == "train" for video in videos),
        "test": sum(video.subset == "test" for video in videos),
        "shortest": min(lengths),
        "median": float(np.median(lengths)),
        "longest": max(lengths),
    }


def _histogram(lengths: Sequence[int]) -> list[LengthBin]:
    """Return how many videos have how many frames, in bins of equal width."""
    width = -(-(max(lengths) + 1 - min(lengths)) // BINS)
    counts, edges = np.histogram(lengths, np.arange(min(lengths), max(lengths) + width + 1, width))
    return [
        {"first": int(edge), "last": int(edge) + width - 1, "videos": int(count)}
        for edge, count in zip(edges[:-1], counts, strict=True)
    ]


def _samples(members: Sequence[Sequence[Video]], count: int = 3) -> list[str]:
    """Return a video of each of `count` classes, which are spread evenly over all classes."""
    labels = np.linspace(0, len(members) - 1, min(count, len(members))).round().astype(int)
    return [members[label][0].id for label in labels if members[label]]
