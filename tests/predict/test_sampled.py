"""What networks see of a video in memory is, to the bit, what the workflow stores of it."""

import h5py
import numpy as np
import pytest

from support.videos import encode, entry, moving_dots
from twostream.config import check
from twostream.predict import sampled
from twostream.predict.sampled import Decoding
from twostream.stacks import codecs
from twostream.steps import compute_flow, extract_frames
from twostream.videos import probe

FRAMES = 23


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = encode(tmp_path_factory.mktemp("video") / "A" / "dots.avi", moving_dots(FRAMES))
    return path, probe.probe(path)


def settings(codec: str) -> dict:
    tvl1 = {"scales": 2, "warps": 1, "outer_iterations": 1}
    section = {"short_side": 40, "codec": codec, "quality": 80}
    return check.check({"frames": section, "flow": section | {"bound": 5, "backend": "fused", "tvl1": tvl1}})


def stored(video, checked, modality):
    """Return the video as its step stores it."""
    path, known = video
    file = h5py.File("x", "w", driver="core", backing_store=False)
    group = file.create_group("A")
    item = entry(path.name, frames=FRAMES, width=known.width, height=known.height, digest=known.digest)
    if modality == "rgb":
        extract_frames.write_frames(path.parent, checked["frames"], item, group)
    else:
        compute_flow.write_flow("cpu", 4, False, path.parent, checked["flow"], item, group)
    return codecs.open_frames(group.id)[:]


@pytest.mark.parametrize("codec", ["zstd", "jpeg"])
@pytest.mark.parametrize("modality", ["rgb", "flow"])
def test_frames_and_flow_are_those_that_the_workflow_stores(video, codec, modality):
    checked = settings(codec)
    expected = stored(video, checked, modality)
    decoding = Decoding(frames=checked["frames"], flow=checked["flow"], device="cpu")
    positions = np.array([0, 1, 2, 7, 11, 12, len(expected) - 1])
    read = sampled.read_rgb if modality == "rgb" else sampled.read_flow
    memory = read(video[0], decoding, positions, len(expected), video[1].digest)
    assert set(memory.frames.pictures) == set(positions.tolist())
    for position in positions:
        assert np.array_equal(memory.frames.pictures[position], expected[position]), position


def test_what_is_wanted_are_the_frames_of_all_stacks_each_once():
    starts = np.array([0, 2, 9])
    assert sampled.positions_in([starts, starts], [1, 3], 100).tolist() == [0, 1, 2, 3, 4, 9, 10, 11]


def test_of_a_short_video_the_last_frame_is_repeated():
    positions = sampled.positions_in([np.array([0, 2])], [4], 3)
    assert positions.tolist() == [0, 1, 2]
    pictures = {int(number): np.full((1, 2, 2), number, np.uint8) for number in positions}
    out = np.empty((4, 1, 2, 2), np.uint8)
    sampled.VideoInMemory(sampled.Frames(pictures, 3)).read_into(1, out)
    assert out[:, 0, 0, 0].tolist() == [1, 2, 2, 2]


def test_any_backend_of_tvl1_is_the_one_of_this_machine():
    flow = settings("zstd")["flow"]
    decoding = Decoding(frames={}, flow=flow | {"backend": "torch"})
    assert decoding.flow_here["backend"] in ("fused", "torch")
    other = Decoding(frames={}, flow=flow | {"backend": "dis"})
    assert other.flow_here["backend"] == "dis"
