"""The model of a project: its trained streams, and the fusion of their scores fitted on all labelled videos."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from twostream import __version__
from twostream.config import section
from twostream.config.schema import Settings
from twostream.files import atomic
from twostream.fusion import model_fit, stream_scores
from twostream.fusion.contract import Findings
from twostream.fusion.settings import FusionSettings
from twostream.logits import logits_file
from twostream.predict import card
from twostream.predict.model import SECTIONS, Model, needs_raft
from twostream.streams.checkpoint import Checkpoint, load_checkpoint
from twostream.videos import index


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files that a model is made of: of each stream its checkpoint and its logits; what fusion found; the index.

    `settings` has the sections of `model.SECTIONS`, and `fusion`.
    """

    checkpoints: Mapping[str, Path]
    logits: Mapping[str, Path]
    findings: Path
    index: Path
    settings: Settings

    @property
    def files(self) -> list[Path]:
        """All of them."""
        return [*self.checkpoints.values(), *self.logits.values(), self.findings, self.index]


def build(sources: Sources, workers: int) -> Model:
    """Return the model of `sources`; InputError where its flow is RAFT's, and the weights of that are not there."""
    streams = {name: load_checkpoint(file) for name, file in sources.checkpoints.items()}
    raft = _raft(sources.settings["flow"]["raft"]) if needs_raft(sources.settings, streams) else None
    catalogue = index.read(sources.index)
    labels = [video.label for video in catalogue.subset("train")]
    counts = np.bincount(labels, minlength=len(catalogue.class_names))
    logits = {name: logits_file.read(file) for name, file in sources.logits.items()}
    scores = stream_scores.gather(logits, sources.logits, counts, catalogue.account.grouping)
    fusion = model_fit.fit(scores, section.pick(FusionSettings, sources.settings["fusion"]), workers)
    findings: Findings = atomic.read_json(sources.findings)
    return Model(
        streams=streams,
        settings={name: sources.settings[name] for name in SECTIONS},
        raft=raft,
        fusion=fusion,
        card=card.write(streams, sources.settings, fusion, findings, catalogue),
        provenance=_provenance(sources, streams),
    )


def _raft(settings: Settings) -> nn.Module:
    """Return the network of `settings`, the section `flow.raft`: flow of new videos is computed by it.

    InputError where it has no weights, as flow that is imported needs none.
    """
    from twostream.flow import raft

    return raft.load(settings["architecture"], settings["weights"], torch.device("cpu"))


def _provenance(sources: Sources, streams: Mapping[str, Checkpoint]) -> dict[str, object]:
    """Return which artefacts of the cache made the model, by their keys."""
    return {
        "twostream": __version__,
        "index_key": sources.index.parent.name,
        "fusion_key": sources.findings.parent.name,
        "stream_keys": {name: sources.checkpoints[name].parent.name for name in streams},
    }
