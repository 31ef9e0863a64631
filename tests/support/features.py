"""Features that tell two classes apart, as a file."""

from pathlib import Path

import numpy as np

from twostream.logits import features_file
from twostream.logits.logits_file import ScoredVideos

VIDEOS, SAMPLES, DIMS = 20, 3, 8


def videos(count: int = VIDEOS) -> ScoredVideos:
    numbers = np.arange(count)
    return ScoredVideos(
        video_id=tuple(f"{'AB'[n % 2]}/{n}.avi" for n in numbers),
        label=numbers % 2,
        frame_index=np.tile(np.arange(SAMPLES), (count, 1)),
        class_name=("A", "B"),
        split=tuple(("train", "test", "validation", "train")[n // 2 % 4] for n in numbers),
        group=tuple(f"g{n:02d}" for n in numbers),
        chosen_on="validation",
        modality="flow",
    )


def write(path: Path, precision: str = "float32", scale: float = 1.0) -> ScoredVideos:
    """Write features whose mean is 1 in one class and -1 in the other; return what is known of the videos."""
    rng = np.random.default_rng(0)
    described = videos()
    rows = [
        (scale * (2.0 * label - 1 + rng.normal(0, 0.3, (SAMPLES, DIMS)))).astype(np.float32)
        for label in described.label
    ]
    classifier = (np.array([[-1.0] * DIMS, [1.0] * DIMS], np.float32), np.zeros(2, np.float32))
    features_file.write(path, described, rows, classifier, precision)
    return described
