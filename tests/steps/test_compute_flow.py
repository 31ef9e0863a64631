"""The flow that is stored of a video: of each of its frames, of every n-th, and of an interval of it."""

from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from support.videos import encode, entry, moving_dots
from twostream.cache import provenance
from twostream.cache.stages import COMPUTE_FLOW
from twostream.config import check
from twostream.flow.compute import compute_stored
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.steps.compute_flow import write_flow
from twostream.streams import augmentation, views
from twostream.streams.design import Design
from twostream.videos import decode, probe
from twostream.videos.index import Video
from twostream.videos.interval import Part

FLOW = check.check({"flow": {"backend": "dis", "short_side": None}})["flow"]


@pytest.fixture
def video(tmp_path) -> Video:
    path = encode(tmp_path / "v.avi", moving_dots(40))
    held = probe.probe(path)
    return entry(path.name, frames=40, digest=held.digest)


def stored(folder: Path, video: Video, **settings: object) -> Path:
    """A shard with the flow of the video, in a folder of a key."""
    file = folder / "0123456789ab" / "0000-0123456789ab.h5"
    with provenance.recording(COMPUTE_FLOW, file, {}, []):
        shards.fill(file, [video], partial(write_flow, "cpu", 32, False, folder, FLOW | settings))
    return file


def fields(frames) -> np.ndarray:
    return np.stack(list(compute_stored(iter(frames), FLOW, "cpu")))


def test_every_third_frame_gives_the_flow_from_each_of_them_to_the_next(tmp_path, video):
    frames = list(decode.decode(tmp_path / video.id, None))
    with h5py.File(stored(tmp_path, video, step=3)) as shard:
        group = shard[video.id]
        assert group.attrs["step"] == 3
        assert np.array_equal(codecs.open_frames(group.id)[:], fields(frames[::3]))
    assert len(fields(frames[::3])) == 13


def test_a_video_of_fewer_frames_has_the_flow_from_its_first_to_its_last(tmp_path, video):
    part = Part(file=video.id, first=10, length=3, frames=3)
    short = replace(video, id=f"{video.id}#frame=10,13", frames=3, part=part)
    frames = list(islice(decode.decode(tmp_path / video.id, None), 10, 13))
    with h5py.File(stored(tmp_path, short, step=5)) as shard:
        assert np.array_equal(codecs.open_frames(shard[short.id].id)[:], fields(frames[::2]))


def test_a_network_sees_the_fields_that_begin_at_a_frame(tmp_path, video):
    linked = tmp_path / "flow.h5"
    links.write_links(linked, [stored(tmp_path, video, step=3)], "flow")
    reader = StackReader(linked)
    design = Design(architecture="resnet18", modality="flow", stack=4, dropout=0, pretrained="none")
    clips = views.EvaluationViews(reader, design, 48, "centre")[[(video.id, [0, 13, 38])]]
    whole = augmentation.test_views(torch.from_numpy(reader.read(video.id, 0, 13)), "centre", 48, "flow")[0]
    for clip, first in zip(clips, (0, 4, 9), strict=True):
        assert torch.equal(clip, whole[first : first + 4].flatten(0, 1))
