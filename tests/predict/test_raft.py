"""A model whose flow is RAFT's carries the network of it, and needs no other file to answer a video."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.models import optical_flow

from support.models import small_model
from support.raft import write_weights
from support.videos import encode, moving_dots
from twostream.config import check
from twostream.errors import InputError
from twostream.flow.compute import load
from twostream.predict import container, model, videos
from twostream.predict.answers import Answer
from twostream.predict.model import Model


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A file of weights of raft_small, drawn at random."""
    return write_weights(tmp_path_factory.mktemp("raft"))


def flow_settings(weights: Path) -> dict[str, Any]:
    raft = {"architecture": "small", "weights": str(weights), "updates": 1}
    settings: dict[str, Any] = check.check_stage("flow", {"backend": "raft", "raft": raft, "short_side": 40}, "flow")
    return settings


@pytest.fixture(scope="module")
def raft_model(weights) -> Model:
    standard = small_model()
    network = optical_flow.raft_small()
    network.load_state_dict(torch.load(weights))
    return replace(standard, settings=standard.settings | {"flow": flow_settings(weights)}, raft=network.eval())


@pytest.fixture(scope="module")
def file(raft_model, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "raft.twostream"
    model.save(path, raft_model)
    return path


def test_its_flow_is_that_of_the_file_of_weights(weights, file):
    pictures = list(moving_dots(3))
    expected = list(load(flow_settings(weights), "cpu")(iter(pictures)))
    flow = list(load(model.load(file).flow, "cpu")(iter(pictures)))
    assert np.array_equal(flow, expected) and len(flow) == 2


def test_a_video_is_answered_without_that_file(raft_model, file, tmp_path):
    with zipfile.ZipFile(file) as archive:
        head = json.loads(archive.read(container.HEAD))
    assert head["settings"]["flow"]["raft"]["weights"] == model.RAFT  # No path of the machine that made it.
    video, options = encode(tmp_path / "a.avi", moving_dots(6)), videos.Options(device="cpu", threads=1)
    before, after = (next(videos.videos([video], each, options)) for each in (raft_model, model.load(file)))
    assert isinstance(before, Answer) and isinstance(after, Answer)
    assert np.array_equal(after.probabilities, before.probabilities)


@pytest.mark.parametrize("network", [None, torch.nn.Linear(2, 2)])
def test_a_model_without_that_network_is_refused(network, raft_model, tmp_path):
    model.save(tmp_path / "m", replace(raft_model, raft=network))
    with pytest.raises(InputError, match=r"holds no whole model \(\w+: .+\): give the whole file"):
        model.load(tmp_path / "m")
