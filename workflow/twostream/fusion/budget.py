"""What is left out, so that a fusion takes no longer than `fusion.seconds`.

The seconds are reckoned from the sizes of the scores, for two cores of today, and not measured: the same scores and
settings leave out the same on every machine, however busy it is, so that a result in the cache can be made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twostream.fusion import refinement, stacking
from twostream.fusion.contract import LeftOut
from twostream.fusion.folds import Folds
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores

CORES = 2
FLOPS = 2e10
"""Operations of linear algebra that a core does in a second."""
POOLED = 8e7
"""Scores of samples that a core normalises and pools in a second, by one normalisation and one pooling."""
COUNTED = 5e8
"""Scores of videos that a core counts in a second, by one weight."""
POWERS = 1e8
"""Scores of which a core takes the softmax in a second."""

TEMPERATURE = "temperature"
MIXED_STREAMS = 2
"""The number of streams that may have a normalisation each."""

SCALES, GRID, BLEND = "scales", "grid", "blend"
DISCRIMINANT, KERNEL_RIDGE, STACKED = "discriminant", "kernel_ridge", "stacked"
PARTS = (SCALES, DISCRIMINANT, STACKED, KERNEL_RIDGE, GRID, BLEND)
"""The parts of a fusion, those first that are worth most for their time."""


@dataclass(frozen=True)
class Size:
    """What the time depends on: videos, classes, streams, samples of all streams, folds, and fits of a family."""

    videos: int
    classes: int
    streams: int
    samples: int
    folds: int
    fits: int

    @property
    def features(self) -> int:
        """The number of features of the learned families."""
        return self.streams * self.classes


def size_of(streams: StreamScores, folds: Folds) -> Size:
    """Return the size of a fusion of `streams`."""
    samples = [samples.shape[1] for samples in streams.samples]
    return size(len(streams.labels), len(streams.class_name), samples, folds)


def size(videos: int, classes: int, samples: Sequence[int], folds: Folds) -> Size:
    """Return the size of a fusion of streams with so many `samples` of each video.

    A family is fitted for each fold and for each pair of folds.
    """
    tests, others = len(folds.test_folds), folds.number - len(folds.test_folds)
    return Size(
        videos=videos,
        classes=classes,
        streams=len(samples),
        samples=sum(samples),
        folds=folds.number,
        fits=tests + tests * (tests - 1) // 2 + tests * others,
    )


def reckon(size: Size, settings: FusionSettings) -> dict[str, float]:
    """Return the seconds of each of `PARTS` on two cores, in their order."""
    features, classes, rounds = size.features, size.classes, max(stacking.ROUNDS)
    products = 2.0 * size.videos * features * classes
    solve = features**3 / 3 + 2.0 * features**2 * classes
    out = 2.0 * size.videos / size.folds
    softmaxes = size.videos * classes / POWERS
    by_part = {
        SCALES: 10 * size.fits * size.streams * softmaxes,
        DISCRIMINANT: size.fits * 3 * (solve + 2 * products / size.folds) / FLOPS + 60 * size.folds * softmaxes,
        STACKED: size.fits * (rounds * (2 * products + 2.0 * features**2 * classes) + solve) / FLOPS
        + size.fits * rounds * softmaxes,
        KERNEL_RIDGE: (size.videos**3 + size.fits * (out**3 / 3 + 2 * out * size.videos * classes)) / FLOPS,
        GRID: _grid(size, settings),
        BLEND: 40 * size.folds * softmaxes,
    }
    return {part: by_part[part] / CORES for part in PARTS}


def _grid(size: Size, settings: FusionSettings) -> float:
    """Return the seconds of the grid on one core; blocks with a temperature are counted anew for each fold."""
    normalisations = len(settings.normalisations)
    poolings = len(settings.poolings) if size.samples > size.streams else 1
    passes = normalisations + (size.folds if TEMPERATURE in settings.normalisations else 0)
    is_mixed = settings.mixed and size.streams == MIXED_STREAMS
    blocks = poolings * passes * (normalisations if is_mixed else 1)
    ways = len(refinement.coarse_weights(size.streams, settings.step))
    pooled = size.videos * size.samples * size.classes * poolings * passes / POOLED
    return pooled + size.videos * size.classes * blocks * ways / COUNTED


def within(size: Size, settings: FusionSettings) -> tuple[list[str], list[LeftOut]]:
    """Return the parts that fit into `settings.seconds`, and what is left out, with the reason."""
    in_time: list[str] = []
    left_out: list[LeftOut] = []
    rest = float(settings.seconds)
    for part, seconds in reckon(size, settings).items():
        if part not in (GRID, *settings.strategies):
            continue
        if seconds <= rest:
            in_time.append(part)
            rest -= seconds
        else:
            why = f"reckoned {seconds:.0f} s on two cores, {rest:.0f} of fusion.seconds = {settings.seconds} are left"
            left_out.append({"what": part, "why": why})
    return in_time, left_out
