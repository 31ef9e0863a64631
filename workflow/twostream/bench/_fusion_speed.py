"""How long a whole fusion takes, by the number of streams, at the size of UCF101's test list and one sample a video."""

import resource
import time
from typing import Any

import numpy as np

from twostream.config import check, section
from twostream.fusion import findings
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores

VIDEOS, CLASSES, GROUPS = 3783, 101, 7
STRENGTHS = (3.2, 3.0, 2.6, 2.2)
"""By how much the right class stands out of noise of one, in turn for each stream."""


def measure(streams: int, threads: int) -> dict[str, Any]:
    """Return what one fusion of so many streams takes: seconds, seconds of all cores, the peak of memory."""
    settings = section.pick(FusionSettings, check.check({})["fusion"])
    scores = made_up(streams, VIDEOS, CLASSES)
    began, began_cores = time.perf_counter(), time.process_time()
    outcome = findings.find(scores, settings, threads)
    return {
        "streams": streams,
        "seconds": round(time.perf_counter() - began, 1),
        "core_seconds": round(time.process_time() - began_cores, 1),
        "gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2),
        "combinations": outcome["combinations"],
        "left_out": " ".join(part["what"] for part in outcome.get("left_out", [])),
    }


def made_up(streams: int, videos: int, classes: int) -> StreamScores:
    """Return scores of which some streams are better than others, and which are wrong about different videos."""
    rng = np.random.default_rng(0)
    labels = np.arange(videos) % classes
    truth = np.eye(classes, dtype=np.float32)[labels]
    samples = tuple(
        (STRENGTHS[s % len(STRENGTHS)] * truth + rng.normal(size=(videos, classes))).astype(np.float32)[:, None]
        for s in range(streams)
    )
    return StreamScores(
        names=tuple(f"s{s}" for s in range(streams)),
        modalities=("unknown",) * streams,
        samples=samples,
        labels=labels,
        groups=np.array([f"g{v // classes % GROUPS}" for v in range(videos)]),
        is_test=np.ones(videos, bool),
        video_id=tuple(f"c{label:03d}/v{v:05d}.avi" for v, label in enumerate(labels)),
        class_name=tuple(f"c{c:03d}" for c in range(classes)),
        chosen_on=("unknown",) * streams,
    )
