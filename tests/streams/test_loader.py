"""Batches are made of the seed alone: not of how many processes load them, nor of how these are started."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from support.stacks import video
from support.videos import moving_dots
from twostream.stacks import codecs, shards
from twostream.stacks import reader as stacks
from twostream.streams import buffers, loader, network

CPU = torch.device("cpu")
DESIGN = network.Design("resnet18", "flow", 4, 0.0, "none")
DRAW = loader.Draw(32, 2, "segments", "random", 0.5, 1.0, 13, 0.0, seed=3)
MANY = [video(name) for name in "abc"] * 4
STILL = np.full((6, 2, 8, 10), 128, np.uint8)


def batches(path, workers: int, start: str | None, seed: int = 3, epochs=(0, 1), draw=DRAW) -> list[torch.Tensor]:
    clips = loader.TrainingClips(stacks.StackReader(path), MANY, DESIGN, replace(draw, seed=seed))
    order = loader.Order(len(MANY), 5, seed)
    loading = loader.load(clips, order, workers, CPU, start)
    made = []
    for order.epoch in epochs:
        made += [batch.clone() for batch, _ in loading]
    return made


def are_equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("workers", [0, 1, 4])
def test_batches_are_the_same_whoever_loads_them(linked, start, workers):
    assert are_equal(batches(linked, workers, start), batches(linked, 0, None))


def test_a_clip_is_a_crop_or_its_mirror_image_in_which_x_changes_sign_and_the_same_in_all_segments(linked):
    reader = stacks.StackReader(linked)
    draw = replace(DRAW, size=8, smallest_crop=1.0)
    clips = loader.TrainingClips(reader, [video("a")], DESIGN, draw)
    seen = {}
    for start in range(3):
        stack = torch.from_numpy(reader.read("A/a.avi", start, 4))
        for left in range(3):
            crop = stack[..., left : left + 8]
            mirrored = crop.flip(-1).int()
            mirrored[:, 0] = 256 - mirrored[:, 0].clamp(min=1)
            seen |= {_bytes(crop): (left, False), _bytes(mirrored): (left, True)}
    drawn = []
    for epoch in range(40):
        batch, _ = clips[[(epoch, 0)]]
        first, second = (seen[_bytes(clip)] for clip in batch[0])
        assert first == second
        drawn.append(first)
    assert {left for left, _ in drawn} == {0, 1, 2}
    assert {mirrored for _, mirrored in drawn} == {False, True}


def _bytes(clip: torch.Tensor) -> bytes:
    return clip.to(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_processes_do_not_read_from_what_the_caller_has_open(linked, start):
    """A forked one inherits it: what has taken the file's place since is what is to be read."""
    clips = loader.TrainingClips(stacks.StackReader(linked), MANY, DESIGN, DRAW)
    before, _ = clips[[(0, 0)]]
    shard = linked.parents[1] / "flow" / "0000-x.h5"
    shard.unlink()
    shards.fill(
        shard, [video("a")], lambda *to: codecs.write(to[1], iter(STILL), len(STILL), "raw", 95), "", 1, "threads"
    )
    ((batch, _),) = loader.load(clips, [[(0, 0)]], 1, CPU, start)
    assert (batch == 128).all()
    assert not (before == 128).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_holds_while_processes_load_ahead(linked, workers):
    clips = loader.TrainingClips(stacks.StackReader(linked), MANY, DESIGN, DRAW)
    order = [[(epoch, place), (epoch, place + 1)] for epoch in range(4) for place in range(0, 12, 2)]
    held = []
    for batch, _ in loader.load(clips, order, workers, CPU):
        time.sleep(0.1)  # Long enough for every process to be as far ahead as it may.
        held.append(batch.clone())
    assert are_equal(held, [clips[places][0] for places in order])


def test_processes_use_their_memory_again(linked):
    clips = loader.TrainingClips(stacks.StackReader(linked), MANY, DESIGN, DRAW)
    every = [batch for batch, _ in loader.load(clips, [[(epoch, 0)] for epoch in range(8)], 1, CPU)]
    assert len({batch.numpy().tobytes() for batch in every}) == buffers.AHEAD + 1


def test_another_seed_and_another_epoch_are_other_batches(linked):
    here = batches(linked, 0, None)
    assert not are_equal(here, batches(linked, 0, None, seed=4))
    assert not are_equal(here[:3], here[3:])


def test_an_epoch_is_the_same_without_those_before_it(linked):
    assert are_equal(batches(linked, 0, None)[3:], batches(linked, 0, None, epochs=(1,)))


@pytest.mark.parametrize("crop", ["random", "multiscale"])
def test_a_batch_is_bytes_of_the_networks_size(linked, crop):
    first, *_ = batches(linked, 0, None, draw=replace(DRAW, crop=crop))
    assert first.dtype == torch.uint8
    assert first.shape == (4, 2, 8, 32, 32)


@pytest.fixture
def coloured(tmp_path):
    """A linked file of RGB frames, as JPEG."""

    def write(entry, group):
        frames = (frame[..., ::-1].transpose(2, 0, 1) for frame in moving_dots(entry.frames))
        codecs.write(group, frames, entry.frames, "jpeg", 95)

    shards.fill(tmp_path / "rgb" / "0000-x.h5", [video(name) for name in "abc"], write, "rgb", 1, "threads")
    stacks.write_links(tmp_path / "rgb.h5", [tmp_path / "rgb" / "0000-x.h5"], "rgb")
    return tmp_path / "rgb.h5"


def test_colours_stray_from_sample_to_sample_and_are_the_same_again(coloured):
    design = network.Design("resnet18", "rgb", 1, 0.0, "none")
    plain, strayed, again = (
        loader.TrainingClips(stacks.StackReader(coloured), MANY, design, replace(DRAW, colour_jitter=strength))[
            [(0, 5)]
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
    order = loader.Order(9, 8, 0)
    seen = list(order)
    assert [len(batch) for batch in seen] == [5, 4] == [len(order) + 3, 4]
    assert sorted(place for batch in seen for _, place in batch) == list(range(9))


def test_views_to_test_with_are_those_of_the_stack(linked):
    reader = stacks.StackReader(linked)
    views = loader.TestViews(reader, DESIGN, 8, "squash")["A/a.avi", [0, 2]]
    assert views.shape == (2, 8, 8, 8)
    assert np.array_equal(
        views[1, 2, :, 4], loader.augmentation.resized(torch.from_numpy(reader.read("A/a.avi", 3, 1)), 8)[0, 0, :, 4]
    )
