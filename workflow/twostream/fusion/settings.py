"""The section `fusion` of the configuration as one value."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FusionSettings:
    """What is tried, and on how many folds it is selected; see docs/fusion.md."""

    normalisations: Sequence[str]
    mixed: bool
    poolings: Sequence[str]
    strategies: Sequence[str]
    step: float
    folds: int
    seconds: int
