"""How a stream is trained: its settings, and what stays the same all through training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config.section import pick
from twostream.streams.clips import ClipSampling
from twostream.streams.design import Design
from twostream.training import loss

AUTOCAST = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""The type of number that each setting of `precision` computes with, `auto` aside."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a batch is and what its loss is, as the stream's section of the configuration says."""

    batch: int
    accumulate: int
    consensus: str
    top_k: int
    partial_bn: bool
    label_smoothing: float
    class_weights: str
    class_sampling: str
    mixup: float
    precision: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """How the weights move, as the stream's section of the configuration says."""

    optimiser: str
    lr: float
    momentum: float
    weight_decay: float
    schedule: str
    epochs: int
    patience: int
    steps: Sequence[int]
    warmup: float
    clip: float | None
    ema: float


@dataclass(frozen=True, kw_only=True)
class TrainingSetup:
    """What stays the same all through training; `class_weights` (classes,) are None where all videos count alike."""

    design: Design
    clip_sampling: ClipSampling
    recipe: Recipe
    optimisation: Optimisation
    runtime: Runtime
    processes: ProcessGroup
    class_weights: Tensor | None = None

    def weighted(self, labels: Sequence[int], classes: int) -> "TrainingSetup":
        """Return this set-up with the weights of the classes that training videos with these `labels` have."""
        if self.recipe.class_weights == "none":
            return self
        weights = self.runtime.small_to_device(loss.balanced_weights(labels, classes))
        return replace(self, class_weights=weights)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], runtime: Runtime, processes: ProcessGroup) -> "TrainingSetup":
        """Return the set-up that a stream's section of the configuration describes."""
        precision = runtime.precision if settings["precision"] == "auto" else settings["precision"]
        return cls(
            design=pick(Design, settings),
            clip_sampling=pick(ClipSampling, settings),
            recipe=pick(Recipe, {**settings, "precision": precision}),
            optimisation=pick(Optimisation, settings),
            runtime=runtime,
            processes=processes,
        )


@dataclass(frozen=True)
class TrainingFiles:
    """Where training writes after every epoch: the state it resumes from, its table, and TensorBoard's folder."""

    state: Path
    table: Path
    scalars: Path
