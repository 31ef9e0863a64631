"""A model: trained streams, how videos become what they see, and how their scores become one answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors import numpy as safe_arrays
from safetensors import torch as safe_tensors
from torch import Tensor, nn

from twostream.cache import keys
from twostream.config import check
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.fusion import model as fusion_model
from twostream.fusion.model import FusionModel
from twostream.predict import container
from twostream.streams import checkpoint
from twostream.streams.checkpoint import Checkpoint
from twostream.text import printable

SECTIONS = ("frames", "flow", "test")
"""Sections of the configuration that say how a video becomes what a network sees."""
FUSION = "fusion.safetensors"
RAFT = "raft.safetensors"
"""The weights of the network that computes flow, of a model whose flow is RAFT's."""
MAX_CLASSES = 100_000
STREAM = re.compile(r"[a-z][a-z0-9_]{0,30}")
"""The name of a stream, as config/schema.yaml has it: files are called by it."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """Streams by name, in the order of the fusion, with the `settings` of `SECTIONS` that they were trained by.

    `raft` is the network that computes flow, where that is RAFT's. `card` says in words what it is and how good;
    `provenance` what made it; `digest` is of the file that it was read from.
    """

    streams: Mapping[str, Checkpoint]
    settings: Settings
    fusion: FusionModel
    card: str
    provenance: Mapping[str, Any]
    raft: nn.Module | None = None
    digest: str = ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of the scores."""
        return next(iter(self.streams.values())).class_names

    @property
    def flow(self) -> Settings:
        """The section `flow`, by which flow is computed: the weights of RAFT are the network itself."""
        flow: Settings = self.settings["flow"]
        return flow | {"raft": flow["raft"] | {"weights": self.raft}} if self.raft else flow


def save(path: Path, model: Model) -> None:
    """Write `model` to `path`, one file."""
    fusion, arrays = fusion_model.to_values(model.fusion)
    members = {container.CARD: model.card.encode(), FUSION: safe_arrays.save(arrays)}
    streams = {}
    for name, stream in model.streams.items():
        stored = checkpoint.to_stored(stream)
        members[_weights_file(name)] = _packed(stored.pop("state_dict"))
        streams[name] = stored
    settings = {name: model.settings[name] for name in SECTIONS}
    if model.raft:
        members[RAFT] = _packed(model.raft.state_dict())
        settings["flow"] = settings["flow"] | {"raft": settings["flow"]["raft"] | {"weights": RAFT}}
    head = {
        "class_names": list(model.class_names),
        "streams": streams,
        "settings": settings,
        "fusion": fusion,
        "provenance": dict(model.provenance),
    }
    container.write(path, head, members)


def load(path: Path) -> Model:
    """Read the model at `path`; InputError where it is none, damaged, newer, or holds what none can."""
    content = container.read(path)
    try:
        return _from_container(path, content)
    except (AttributeError, KeyError, RuntimeError, SafetensorError, TypeError, ValueError) as error:
        problem = f"holds no whole model ({type(error).__name__}: {printable(str(error)):.80})"
        raise InputError(path, problem, "give the whole file that twostream export wrote") from error


def _from_container(path: Path, content: container.Container) -> Model:
    head = content.head
    classes = head["class_names"]
    if not isinstance(classes, list) or not 0 < len(classes) <= MAX_CLASSES:
        raise ValueError("it has no classes, or too many")
    if len(set(classes)) < len(classes) or not all(name.strip() and name.encode() for name in classes):
        raise ValueError("two of its classes have one name, or one has none")
    if not all(map(STREAM.fullmatch, head["streams"])):
        raise ValueError("a stream has a name that none may have")
    streams = {name: _stream(path, name, stored, content) for name, stored in head["streams"].items()}
    if any(list(stream.class_names) != classes for stream in streams.values()):
        raise ValueError("its streams have other classes")
    fusion = fusion_model.from_values(head["fusion"], safe_arrays.load(content.members[FUSION]), len(classes))
    if fusion.streams != tuple(streams):
        raise ValueError("its fusion is of other streams")
    settings = _settings(path, head["settings"], streams)
    return Model(
        streams=streams,
        settings=settings,
        raft=_raft(settings["flow"]["raft"], content) if needs_raft(settings, streams) else None,
        fusion=fusion,
        card=content.members[container.CARD].decode(),
        provenance=dict(head["provenance"]),
        digest=keys.file_digest(path),
    )


def _settings(path: Path, stored: Settings, streams: Mapping[str, Checkpoint]) -> Settings:
    """Return the sections of a model, complete; InputError where they have settings of a newer twostream."""
    for name in SECTIONS:
        if newer := check.unknown(name, stored[name]):
            problem = f"has the setting {name}.{newer}, which this version does not know"
            raise InputError(path, problem, "install a newer twostream")
    settings = {name: check.check_stage(name, stored[name], f"{path}: {name}") for name in SECTIONS}
    if any(stream.design.stack > settings["test"]["stack"] for stream in streams.values()):
        raise ValueError("a stack is longer than test.stack")
    return settings


def needs_raft(settings: Settings, streams: Mapping[str, Checkpoint]) -> bool:
    """Return whether flow by the `settings` is RAFT's, and one of the `streams` sees it."""
    return settings["flow"]["backend"] == "raft" and any(each.design.sees.stored == "flow" for each in streams.values())


def _raft(settings: Settings, content: container.Container) -> nn.Module:
    from twostream.flow import raft  # It loads torchvision's networks of flow, which few models need.

    return raft.build(settings["architecture"], safe_tensors.load(content.members[RAFT]))


def _packed(state: Mapping[str, Tensor]) -> bytes:
    return safe_tensors.save({name: value.detach().cpu().contiguous() for name, value in state.items()})


def _stream(path: Path, name: str, stored: Mapping[str, Any], content: container.Container) -> Checkpoint:
    tensors = safe_tensors.load(content.members[_weights_file(name)])
    return checkpoint.from_stored({**stored, "state_dict": tensors}, f"{path}: {name}")


def _weights_file(stream: str) -> str:
    return f"{stream}.safetensors"
