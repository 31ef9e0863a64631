import base64

import cv2
import numpy as np
import pytest

from twostream.flow.quantise import quantise
from twostream.report import strips


class Reader:
    """Stands for the stacks of one modality: `length` fields that say how far along they are."""

    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames

    def length(self, video: str) -> int:
        return len(self.frames)

    def step(self, video: str) -> int:
        return 1

    def read(self, video: str, start: int, length: int) -> np.ndarray:
        return self.frames[start : start + length]


def decoded(uri: str) -> np.ndarray:
    head, data = uri.split(",")
    assert head == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_strip_is_the_middle_of_its_video():
    frames = np.arange(41, dtype=np.uint8).reshape(-1, 1, 1, 1) * np.full((41, 3, 48, 64), 6, np.uint8)
    strip = strips.strips({"rgb": Reader(frames)}, "a/b.avi", 20, rate=10)["rgb"]
    picture = decoded(strip.uri)
    assert (strip.frames, strip.width, strip.height) == (12, 128, 96)
    assert picture.shape == (96, 12 * 128, 3)
    assert picture[48, 64::128, 0] == pytest.approx([6 * number for number in strips.frame_numbers(41, 10)], abs=12)
    assert strip.caption == "frames 10 to 29 of 41, 1.00 to 2.90 s"
    assert strip.seconds == 2.0, "the film takes as long as in the video"
    assert "12 frames of a/b.avi" in strip.alt


def test_a_short_video_is_in_its_strip_from_the_first_frame_to_the_last():
    assert strips.frame_numbers(9, 25) == list(range(9))
    assert strips.frame_numbers(40, 25)[::11] == [0, 39]
    reader = {"rgb": Reader(np.zeros((5, 3, 48, 64), np.uint8))}
    assert strips.strips(reader, "v", 20, rate=0)["rgb"].caption == "frames 0 to 4 of 5"


def test_flow_is_painted_at_the_places_of_the_frames():
    frames = np.zeros((6, 3, 48, 48), np.uint8)
    fields = np.full((5, 2, 48, 48), 128, np.uint8)
    fields[:, 0, :, 24:] = quantise(np.float32([[4.0]]), 20)[0, 0]
    by_modality = strips.strips({"rgb": Reader(frames), "flow": Reader(fields)}, "v", 20, rate=25)
    assert decoded(by_modality["rgb"].uri).shape == decoded(by_modality["flow"].uri).shape
    painted = decoded(by_modality["flow"].uri)[48, :96].astype(int)
    assert painted[16].min() > 240, "still is white"
    assert painted[85, 0] > 240 and painted[85, 1:].max() < 60, "to the right is red"
    assert by_modality["flow"].caption == "flow, full colour at 3.9 pixels a frame"  # 4, as it is stored


def test_a_strip_is_small_whatever_is_in_it():
    noise = np.random.default_rng(0).integers(0, 255, (9, 3, 256, 340), dtype=np.uint8)
    strip = strips.strips({"rgb": Reader(noise)}, "v", 20, rate=25)["rgb"]
    assert len(strip.uri) < 33_000


def test_a_video_of_one_frame_has_one_picture():
    strip = strips.strips({"rgb": Reader(np.zeros((1, 3, 20, 20), np.uint8))}, "v", 20, rate=25)["rgb"]
    assert decoded(strip.uri).shape == (96, 96, 3)
