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

    def read(self, video: str, start: int, length: int) -> np.ndarray:
        return self.frames[start : start + length]


def decoded(uri: str) -> np.ndarray:
    head, data = uri.split(",")
    assert head == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR_RGB)


def test_a_strip_has_five_frames_from_the_first_to_the_last():
    frames = np.arange(11, dtype=np.uint8).reshape(-1, 1, 1, 1) * np.full((11, 3, 56, 80), 20, np.uint8)
    strip = strips.strips({"rgb": Reader(frames)}, "a/b.avi", 20)["rgb"]
    picture = decoded(strip.uri)
    assert picture.shape == (112, 5 * 160, 3)
    assert picture[56, 80::160, 0] == pytest.approx([0, 40, 100, 160, 200], abs=12)
    assert "5 frames of a/b.avi" in strip.alt


def test_flow_is_painted_at_the_places_of_the_frames():
    frames = np.zeros((6, 3, 48, 48), np.uint8)
    fields = np.full((5, 2, 48, 48), 128, np.uint8)
    fields[:, 0, :, 24:] = quantise(np.float32([[4.0]]), 20)[0, 0]
    by_modality = strips.strips({"rgb": Reader(frames), "flow": Reader(fields)}, "v", 20)
    assert decoded(by_modality["rgb"].uri).shape == decoded(by_modality["flow"].uri).shape
    painted = decoded(by_modality["flow"].uri)[56, :112].astype(int)
    assert painted[20].min() > 240, "still is white"
    assert painted[100, 0] > 240 and painted[100, 1:].max() < 60, "to the right is red"
    assert "3.9 pixels a frame" in by_modality["flow"].alt  # 4, as it is stored


def test_a_strip_is_small_whatever_is_in_it():
    noise = np.random.default_rng(0).integers(0, 255, (9, 3, 256, 340), dtype=np.uint8)
    strip = strips.strips({"rgb": Reader(noise)}, "v", 20)["rgb"]
    assert len(strip.uri) < 60_000


def test_a_video_of_one_frame_has_one_picture():
    strip = strips.strips({"rgb": Reader(np.zeros((1, 3, 20, 20), np.uint8))}, "v", 20)["rgb"]
    assert decoded(strip.uri).shape == (112, 112, 3)
