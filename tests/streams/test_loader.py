"""Batches are made of the seed alone: not of how many processes load them, nor of how these are started."""

import gc
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import resource_sharer
from pathlib import Path

import numpy as np
import pytest
import torch

from support.stacks import video
from support.training import CLIP_SAMPLING
from support.videos import moving_dots
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import augmentation, buffers, loader
from twostream.streams.clips import TrainingClips
from twostream.streams.design import Design
from twostream.streams.epoch_order import EpochOrder, SampleIndex
from twostream.streams.raw import RawClips
from twostream.streams.views import EvaluationViews

DESIGN = Design(architecture="resnet18", modality="flow", stack=4, dropout=0.0, pretrained="none")
SMALL_CROPS = replace(CLIP_SAMPLING, smallest_crop=0.5, seed=3)
MANY = [video(name) for name in "abc"] * 4
STILL = np.full((6, 2, 8, 10), 128, np.uint8)


def batches(
    path, workers: int, start: str | None, seed: int = 3, epochs=(0, 1), clip_sampling=SMALL_CROPS
) -> list[torch.Tensor]:
    clips = TrainingClips(StackReader(path), MANY, DESIGN, replace(clip_sampling, seed=seed))
    order = EpochOrder(len(MANY), 5, seed)
    loading = loader.load(clips, order, workers, start_method=start)
    every = []
    for epoch in epochs:
        order.set_epoch(epoch)
        every += [batch.clone() for batch, _ in loading]
    return every


def are_equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("workers", [0, 1, 4])
@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # More processes than cores are meant here.
def test_batches_are_the_same_with_any_number_of_loaders(linked, start, workers):
    assert are_equal(batches(linked, workers, start), batches(linked, 0, None))


def test_a_clip_is_a_crop_or_its_mirror_image_in_which_x_changes_sign_and_the_same_in_all_segments(linked):
    reader = StackReader(linked)
    clip_sampling = replace(SMALL_CROPS, size=8, smallest_crop=1.0)
    clips = TrainingClips(reader, [video("a")], DESIGN, clip_sampling)
    places = {}
    for start in range(3):
        stack = torch.from_numpy(reader.read("A/a.avi", start, 4))
        for left in range(3):
            crop = stack[..., left : left + 8]
            mirrored = crop.flip(-1).int()
            mirrored[:, 0] = 256 - mirrored[:, 0].clamp(min=1)
            places |= {_bytes(crop): (left, False), _bytes(mirrored): (left, True)}
    samples = []
    for epoch in range(40):
        batch, _ = clips[[SampleIndex(epoch, 0)]]
        first, second = (places[_bytes(clip)] for clip in batch[0])
        assert first == second
        samples.append(first)
    assert {left for left, _ in samples} == {0, 1, 2}
    assert {mirrored for _, mirrored in samples} == {False, True}


def _bytes(clip: torch.Tensor) -> bytes:
    return clip.to(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_do_not_read_from_what_the_caller_has_open(linked, start):
    """A forked one inherits it: what has taken the file's place since is what is to be read."""
    clips = TrainingClips(StackReader(linked), MANY, DESIGN, SMALL_CROPS)
    before, _ = clips[[SampleIndex(0, 0)]]
    shard = linked.parents[1] / "flow" / "0000-x.h5"
    shard.unlink()
    shards.fill(shard, [video("a")], lambda *to: codecs.write(to[1], iter(STILL), len(STILL), "raw", 95))
    ((batch, _),) = loader.load(clips, [[SampleIndex(0, 0)]], 1, start_method=start)
    assert (batch == 128).all()
    assert not (before == 128).all()


class Counted(torch.utils.data.Dataset):
    """Clips, and how many batches of them each process has written."""

    def __init__(self, clips: TrainingClips, workers: int) -> None:
        self.clips = clips
        self.written = torch.zeros(workers, dtype=torch.int64).share_memory_()

    def __getitem__(self, batch):
        clips = self.clips[batch]
        self.written[torch.utils.data.get_worker_info().id] += 1
        return clips

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while self.written.sum() < count:
            assert time.monotonic() < deadline
            time.sleep(0.001)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_holds_while_processes_load_ahead(linked, workers):
    """Each batch is read when every process has written all that it may ahead of it."""
    clips = TrainingClips(StackReader(linked), MANY, DESIGN, SMALL_CROPS)
    order = [[SampleIndex(epoch, position + n) for n in (0, 1)] for epoch in range(4) for position in range(0, 12, 2)]
    counted, held = Counted(clips, workers), []
    for batch, _ in loader.load(counted, order, workers):
        counted.wait_for(min(len(order), len(held) + 1 + buffers.AHEAD * workers))
        held.append(batch.clone())
    assert are_equal(held, [clips[batch][0] for batch in order])


def test_processes_use_their_memory_again(linked):
    clips = TrainingClips(StackReader(linked), MANY, DESIGN, SMALL_CROPS)
    every = [batch for batch, _ in loader.load(clips, [[SampleIndex(epoch, 0)] for epoch in range(8)], 1)]
    assert len({batch.numpy().tobytes() for batch in every}) == buffers.AHEAD + 1


def raw_batches(path: Path, count: int) -> Iterator[RawClips]:
    clips = TrainingClips(StackReader(path), MANY, DESIGN, SMALL_CROPS, device_crops=True)
    return iter(loader.load(clips, [[SampleIndex(epoch, 0)] for epoch in range(count)], 1))


def test_the_memory_of_raw_batches_is_sent_once(linked, monkeypatch):
    """Each time takes several messages to a busy process and back."""
    detach, sent = resource_sharer.DupFd.detach, []

    def count(handle):
        sent.append(handle)
        return detach(handle)

    monkeypatch.setattr(resource_sharer.DupFd, "detach", count)
    every = [batch.content.tensor for batch in raw_batches(linked, 12)]
    assert len(sent) == buffers.AHEAD + 2
    assert len({tensor.data_ptr() for tensor in every}) == buffers.AHEAD + 2


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_the_memory_of_raw_batches_goes_with_their_loader(linked):
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    loading = raw_batches(linked, 12)
    assert sum(1 for _ in loading) == 12
    assert len(os.listdir("/proc/self/fd")) > before
    del loading
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_two_loaders_of_the_same_clips_do_not_mix_their_memory(linked):
    clips = TrainingClips(StackReader(linked), MANY, DESIGN, SMALL_CROPS, device_crops=True)
    order = [[SampleIndex(epoch, 0)] for epoch in range(8)]
    pairs = zip(loader.load(clips, order, 1), loader.load(clips, order[::-1], 1), strict=True)
    both = [(one.content.tensor.clone(), other.content.tensor.clone()) for one, other in pairs]
    alone = [clips[batch].content.tensor for batch in order]
    assert are_equal([one for one, _ in both], alone)
    assert are_equal([other for _, other in both], alone[::-1])


def test_another_seed_and_another_epoch_are_other_batches(linked):
    here = batches(linked, 0, None)
    assert not are_equal(here, batches(linked, 0, None, seed=4))
    assert not are_equal(here[:3], here[3:])


def test_an_epoch_is_the_same_without_those_before_it(linked):
    assert are_equal(batches(linked, 0, None)[3:], batches(linked, 0, None, epochs=(1,)))


@pytest.mark.parametrize("crop", ["random", "multiscale"])
def test_a_batch_is_bytes_of_the_networks_size(linked, crop):
    first, *_ = batches(linked, 0, None, clip_sampling=replace(SMALL_CROPS, crop=crop))
    assert first.dtype == torch.uint8
    assert first.shape == (4, 2, 8, 32, 32)


@pytest.fixture
def coloured(tmp_path):
    """A linked file of RGB frames, as JPEG."""

    def write(entry, group):
        frames = (frame[..., ::-1].transpose(2, 0, 1) for frame in moving_dots(entry.frames))
        codecs.write(group, frames, entry.frames, "jpeg", 95)

    shards.fill(tmp_path / "rgb" / "0000-x.h5", [video(name) for name in "abc"], write)
    links.write_links(tmp_path / "rgb.h5", [tmp_path / "rgb" / "0000-x.h5"], "rgb")
    return tmp_path / "rgb.h5"


def test_colours_stray_from_sample_to_sample_and_are_the_same_again(coloured):
    design = Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained="none")
    plain, strayed, again = (
        TrainingClips(StackReader(coloured), MANY, design, replace(SMALL_CROPS, colour_jitter=strength))[
            [SampleIndex(0, 5)]
        ][0]
        for strength in (0, 0.4, 0.4)
    )
    assert plain.shape == (1, 2, 3, 32, 32)
    assert not torch.equal(plain, strayed)
    assert torch.equal(strayed, again)


def test_the_networks_random_numbers_are_left_alone(linked):
    before = torch.get_rng_state()
    batches(linked, 0, None)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_sees_every_video_once_in_batches_of_nearly_equal_size():
    order = EpochOrder(9, 8, 0)
    batches = list(order)
    assert [len(batch) for batch in batches] == [5, 4] == [len(order) + 3, 4]
    assert sorted(sample.position for batch in batches for sample in batch) == list(range(9))


def test_test_views_are_those_of_the_stack(linked):
    reader = StackReader(linked)
    views = EvaluationViews(reader, DESIGN, 8, "squash")[[("A/a.avi", [0, 2])]]
    assert views.shape == (2, 8, 8, 8)
    assert np.array_equal(
        views[1, 2, :, 4], augmentation.resize(torch.from_numpy(reader.read("A/a.avi", 3, 1)), 8)[0, 0, :, 4]
    )
