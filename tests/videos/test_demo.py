from itertools import pairwise

import cv2
import numpy as np
import pytest

from twostream.videos import demo, listing, probe, split_lists

SETTINGS = demo.Settings(seed=0, width=80, height=64, frames=12, train_groups=2, test_groups=1, clips_per_group=1)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo.render(SETTINGS, folder, 2)


def test_tree_and_lists_are_ucf101s(rendered):
    folder, videos = rendered
    split = split_lists.read(folder / "splits", 1)
    assert len(split.class_names) == 9
    assert sorted(split.subset_of) == videos == [file.id for file in listing.scan(folder / "videos")]
    assert {id.split("_")[2] for id, side in split.subset_of.items() if side == "test"} == {"g01"}


def test_videos_are_real_and_good(rendered):
    folder, videos = rendered
    for name in videos:
        result = probe.probe(folder / "videos" / name)
        assert result.reason == ""
        assert 12 <= result.frames <= 20
        assert (result.width, result.height) == (80, 64)


def test_the_same_settings_render_the_same_frames():
    first, second = (list(demo.clip_frames(SETTINGS, demo.Clip("LeafSpin", 1, 1))) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_still_frame_has_the_appearance_of_its_class(rendered):
    def colour(name):
        return np.mean(list(demo.clip_frames(SETTINGS, demo.Clip(name, 1, 1))), axis=(0, 1, 2))

    same = np.abs(colour("LeafSpin") - colour("LeafSlide")).max()
    other = np.abs(colour("LeafSpin") - colour("BrickSpin")).max()
    assert same < other


@pytest.mark.parametrize(("name", "axis"), [("WaveSlide", 0), ("WaveClimb", 1)])
def test_slide_moves_along_x_and_climb_along_y(name, axis):
    frames = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in demo.clip_frames(SETTINGS, demo.Clip(name, 1, 1))]
    shifts = [cv2.phaseCorrelate(np.float32(a), np.float32(b))[0] for a, b in pairwise(frames)]
    distance = np.abs(shifts).mean(axis=0)
    assert distance[axis] > 2 * distance[1 - axis]
