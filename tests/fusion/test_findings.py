from dataclasses import replace

import numpy as np

from support.scores import CHEAP, fusion_settings, noisy, stream_scores
from twostream.fusion import findings


def find(streams, **changed):
    return findings.find(streams, fusion_settings(**(CHEAP | changed)), 2)


def test_streams_may_have_different_numbers_of_samples():
    streams = noisy(60)
    mixed = replace(streams, samples=(streams.samples[0], streams.samples[1][:, :1]))
    assert find(mixed)["streams"][1]["samples"] == 1


def test_constant_scores_and_a_class_without_videos():
    streams = stream_scores([np.zeros((40, 2, 3)), np.ones((40, 2, 3))], np.arange(40) % 2)
    result = findings.find(streams, fusion_settings(resamples=100, step=0.25), 2)
    assert result["streams"][0]["top1"] == 50
    assert result["classes"][2] == {"class": "c2", "videos": 0, "top1": None, "gain": {"s0": None, "s1": None}}


def test_videos_rescued_and_lost_are_named():
    """Each stream confuses the right class with another one, and their average does not for the first two videos."""
    scores = np.array([[[[0, 1, 1.5]]] * 2 + [[[3.0, 0, 0]]] * 2, [[[2, 1.5, 0]]] * 2 + [[[0, 1.0, 0]]] * 2])
    result = find(stream_scores(scores, [1, 1, 1, 1], groups=np.array(["g"] * 4)))
    examples = result["examples"]
    assert (examples["rescued"]["videos"], examples["lost"]["videos"]) == (2, 2)
    assert {name: value for name, value in examples["rescued"]["shown"][0].items() if name != "margin"} == {
        "video": "v0",
        "class": "c1",
        "fused": "c1",
        "streams": {"s0": "c2", "s1": "c0"},
    }
    assert [guess["class_name"] for guess in result["guesses"]["v0"]["s0"]] == ["c2", "c1", "c0"]


def test_calibration_is_better_after_a_temperature():
    streams = noisy(600, samples=1, noise=(1.0, 1.0))
    hot = replace(streams, samples=tuple(10 * stream for stream in streams.samples))
    calibration = find(hot)["calibration"]["s0"]
    assert calibration["after"]["ece"] < calibration["before"]["ece"] / 2


def test_the_curve_is_each_stream_at_its_ends():
    result = find(noisy())
    ends = {point["weight"]: point["top1"] for point in result["curve"]}
    assert (ends[0], ends[1]) == (result["streams"][1]["top1"], result["streams"][0]["top1"])
