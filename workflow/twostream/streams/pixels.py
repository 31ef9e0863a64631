"""How the frames or the flow that a network sees were made: a network knows them only as they were in its training.

A network sees bytes. The same byte stands for another motion under another bound, and for another picture at another
size, so that a network trained on one says little about the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twostream.cache import provenance
from twostream.cache.difference import leaves
from twostream.cache.stages import EXTRACT_FRAMES, IMPORT_FLOW

SLIGHT = ("codec", "quality", "backend")
"""Settings that, with the same algorithm, change a few bytes a little."""
PARAMETERS = ("tvl1", "dis", "farneback", "raft")
"""Sections of `flow`, of which the backend's own counts: that of its name, or that of the TV-L1 backends, `tvl1`."""
WITHOUT_EFFECT = ("imported", "archive", "raft.weights", "rounding", "decoder")
"""Names of files, and digests of what differs from machine to machine by rounding."""
ALGORITHM = "algorithm"
TVL1 = "tvl1"

Pixels = Mapping[str, Any]
"""The stage that made frames or flow, `stage`, and its `settings`; empty where they are not known."""


@dataclass(frozen=True)
class Difference:
    """A setting, dotted, as it was in training and as it is here; `is_slight` where a few bytes differ by rounding."""

    setting: str
    trained: Any
    here: Any
    is_slight: bool

    def __str__(self) -> str:
        """Return the difference in words."""
        return f"{self.setting} was {self.trained} in training and is {self.here} here"


def of_stacks(stacks: Path) -> Pixels:
    """Return how the frames or the flow were made that the file `stacks` links."""
    for name in provenance.read(stacks.parent).get("inputs", ()):
        record = provenance.read((stacks.parent / name).parent)
        if record:
            return {"stage": record["stage"], "settings": record["settings"]}
    return {}


def of_settings(stage: str, settings: Mapping[str, Any], trained: Pixels) -> Pixels:
    """Return how `stage` would make frames or flow by its section of the `settings`; of more, as in `trained`."""
    return {"stage": stage, "settings": {**trained["settings"], **settings}} if trained else {}


def differences(trained: Pixels, here: Pixels) -> list[Difference]:
    """Return what differs between the pixels that a network was `trained` on and those `here`; nothing if unknown."""
    if not (trained and here):
        return []
    section = "frames" if trained["stage"] == EXTRACT_FRAMES.name else "flow"
    before, after = _settings(trained), _settings(here)
    return [
        Difference(f"{section}.{name}", before[name], after[name], name in SLIGHT)
        for name in before
        if name in after and before[name] != after[name]  # Settings that only one has, another version knows.
    ]


def _settings(pixels: Pixels) -> dict[str, Any]:
    """Return the settings that have a part in the bytes, dotted, of the parameters those of one algorithm alone."""
    settings = dict(pixels["settings"])
    if pixels["stage"] == IMPORT_FLOW.name:
        settings[ALGORITHM] = settings["backend"] = "imported"
    elif "backend" in settings:
        settings[ALGORITHM] = settings["backend"] if settings["backend"] in PARAMETERS else TVL1
    own = {name: value for name, value in settings.items() if name not in PARAMETERS or name == settings[ALGORITHM]}
    return {name: value for name, value in leaves(own) if name not in WITHOUT_EFFECT}
