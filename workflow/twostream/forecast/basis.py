"""Names of rates: each is made of the settings that a stage's time depends on, so that equal settings share a rate."""

from collections.abc import Mapping
from typing import Any

from twostream.cache import rates, stages
from twostream.cache.stages import Stage

NETWORK = ("architecture", "modality", "stack", "size")
"""Settings of a stream that the time of a pass depends on."""
NOT_OF_FLOW = ("bound", "imported")
"""Settings of `flow` that its time does not depend on."""
FRAMES = ("short_side", "deinterlace", "codec", "quality")
"""Settings of `frames` that its time depends on."""


def frames(settings: Mapping[str, Any]) -> str:
    """Return the name of the rate of extract_frames by `settings`, the section `frames`."""
    return rates.basis(stages.EXTRACT_FRAMES.name, *(settings[name] for name in FRAMES))


def flow(settings: Mapping[str, Any], device: str) -> str:
    """Return the name of the rate of compute_flow by `settings`, the section `flow`, of a backend that is resolved."""
    own = {name: value for name, value in settings.items() if name not in NOT_OF_FLOW}
    return rates.basis(stages.COMPUTE_FLOW.name, own, device)


def network(stage: Stage, stream: Mapping[str, Any], device: str) -> str:
    """Return the name of the rate of a `stage` that runs the network of `stream`; only training has a precision."""
    precision = stream["precision"] if stage is stages.TRAIN_STREAM else ""
    return rates.basis(stage.name, *(stream[name] for name in NETWORK), precision, device)


def fusion(settings: Mapping[str, Any]) -> str:
    """Return the name of the rate of fuse by `settings`, the section `fusion`."""
    return rates.basis(stages.FUSE.name, settings)


def fixed(stage: Stage) -> str:
    """Return the name of the rate of a `stage` that no setting makes slower."""
    return rates.basis(stage.name)
