"""The trials before a run: what they measure is what the stages take."""

import time

import pytest
import torch

from support.videos import encode, moving_dots
from twostream.config import check
from twostream.config.section import pick
from twostream.forecast import network_trial, video_trial
from twostream.streams.design import Design
from twostream.streams.network import build_network

SETTINGS = check.check(
    {
        "frames": {"short_side": 32, "codec": "raw"},
        "flow": {"short_side": 32, "backend": "farneback", "codec": "raw", "bound": 20},
        "streams": {"x": {"modality": "flow", "stack": 2, "architecture": "resnet18", "size": 32, "batch": 2}},
    }
)
STREAM = SETTINGS["streams"]["x"] | {"precision": "float32", "pretrained": "none"}


@pytest.fixture
def request_of(tmp_path):
    path = encode(tmp_path / "a.avi", moving_dots(12, step=3.0))

    def make(**flow):
        videos = [[str(path), "a.avi", 64 * 48]]
        sections = {"frames": SETTINGS["frames"], "flow": SETTINGS["flow"] | flow}
        return {"videos": videos, "device": "cpu", "threads": 1} | sections

    return make


def test_raw_frames_are_three_bytes_a_pixel_and_flow_is_two(request_of):
    measured = video_trial.measure(request_of())
    # Beside them, HDF5 stores a checksum of four bytes a frame.
    pixels = 32 * round(64 * 32 / 48)
    assert measured["frames"]["bytes"] == pytest.approx(3 + 4 / pixels)
    assert measured["flow"]["rate"]["bytes"] == pytest.approx(2 + 4 / pixels)
    assert measured["frames"]["seconds"] > 0
    assert measured["flow"]["rate"]["seconds"] > 0


def test_flow_is_tried_between_frames_as_far_apart_as_it_is_computed(request_of):
    near, far = (video_trial.measure(request_of(bound=100, step=step))["flow"]["levels"] for step in (1, 3))
    assert far > 1.5 * near


def test_a_small_bound_clips_and_a_large_one_wastes_levels(request_of):
    small, large = (video_trial.measure(request_of(bound=bound))["flow"] for bound in (0.2, 200))
    assert small["clipped"]["a.avi"] > 0.02
    assert small["levels"] == 127
    assert large["clipped"]["a.avi"] == 0
    assert large["levels"] < 16


def test_only_what_is_asked_for_is_tried(request_of):
    assert video_trial.measure(request_of() | {"flow": None}).keys() == {"imports", "frames", "decoding", "memory"}


def test_the_start_of_a_shard_is_more_than_its_imports(request_of, monkeypatch):
    def identify_decoder() -> None:
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass

    monkeypatch.setattr(video_trial.fingerprint, "take", identify_decoder)
    measured = video_trial.measure(request_of() | {"flow": None})
    assert measured["frames"]["start"] >= measured["imports"] + 0.5


def test_a_network_is_tried_once_each_way(monkeypatch):
    monkeypatch.setattr(network_trial, "SECONDS", 0.0)
    (trial,) = network_trial.measure({"streams": [STREAM], "device": "cpu", "threads": 1})
    weights = build_network(pick(Design, STREAM), network_trial.CLASSES).state_dict().values()
    assert trial["training"]["bytes"] == sum(weight.nbytes for weight in weights)
    assert trial["training"]["seconds"] > 0
    assert trial["scoring"]["seconds"] > 0
    assert trial["features"] == 512


def test_seconds_are_those_of_all_cores_for_one_pass(monkeypatch):
    """A batch of two stacks, six seconds to train on and one to score: with two cores 12 and 2 core-seconds."""
    of_a_batch = iter((6.0, 1.0))
    monkeypatch.setattr(network_trial, "_seconds", lambda *_: next(of_a_batch))
    trial = network_trial.try_network(STREAM, torch.device("cpu"), threads=2)
    assert (trial.training.seconds, trial.scoring.seconds) == (12 / 2 / 3, 2 / 2)
