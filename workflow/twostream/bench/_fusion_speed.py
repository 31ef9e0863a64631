"""How long a whole fusion takes, by the number of streams, at the size of UCF101's test list and one sample a video."""

import resource
import time
from typing import Any

from twostream.config import check, section
from twostream.forecast import fusion_trial
from twostream.fusion import findings
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores

VIDEOS, CLASSES, GROUPS = 3783, 101, 7
"""Of UCF101's first test list."""
STRENGTHS = (3.2, 3.0, 2.6, 2.2)
"""By how much the right class stands out of noise of deviation 1, in turn for each stream."""


def measure(streams: int, threads: int) -> dict[str, Any]:
    """Return what one fusion of so many streams takes: seconds, core-seconds, and the peak of memory in GB."""
    settings = section.pick(FusionSettings, check.check({})["fusion"])
    scores = draw(streams, VIDEOS, CLASSES)
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


def draw(streams: int, videos: int, classes: int) -> StreamScores:
    """Return scores of which some streams are better than others, and which are wrong about different videos."""
    rows = [(video % classes, video // classes % GROUPS, True) for video in range(videos)]
    return fusion_trial.draw_scores(rows, classes, [1] * streams, STRENGTHS)
