"""What the device makes of raw frames is what the loader makes of them, within a level of a byte."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.stacks import video
from support.training import CLIP_SAMPLING, CPU
from twostream.compute.hardware import Runtime
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import augmentation, loader, raw, resampling, sampling
from twostream.streams.augmentation import Box, Sight
from twostream.streams.clips import TrainingClips
from twostream.streams.design import Design
from twostream.streams.epoch_order import SampleIndex
from twostream.streams.network import build_network
from twostream.streams.scoring import Scorer, score
from twostream.streams.views import EvaluationViews

SIZES = {"a": (48, 64), "b": (48, 64), "c": (40, 90), "d": (200, 300)}
"""Those of d are more than eight times as large as the network's input."""
DESIGNS = {
    name: Design(architecture="resnet18", modality=name, stack=3, dropout=0.0, pretrained="none")
    for name in ("flow", "rgb", "rgb_diff")
}
VIDEOS = [replace(video(name), label=number % 2) for number, name in enumerate(SIZES)]
BATCHES = [
    [SampleIndex(epoch, position) for position in positions]
    for epoch, positions in enumerate(([0, 1, 2, 3], [3, 1], [0, 1]))
]


@pytest.fixture(scope="module", params=DESIGNS)
def stored(request, tmp_path_factory):
    """A design, and a reader of noise of several sizes."""
    folder, design = tmp_path_factory.mktemp("sizes"), DESIGNS[request.param]

    def write(entry, group):
        shape = (6, design.sees.channels, *SIZES[entry.id[2]])
        frames = np.random.default_rng(ord(entry.id[2])).integers(0, 256, shape, np.uint8)
        codecs.write(group, iter(frames), 6, "lz4", 95)

    shards.fill(folder / "x" / "0000-x.h5", VIDEOS, write)
    links.write_links(folder / "x.h5", [folder / "x" / "0000-x.h5"], design.sees.stored)
    return design, StackReader(folder / "x.h5")


def trapezoids(*sights: Sight) -> torch.Tensor:
    return torch.from_numpy(resampling.trapezoids(sights, 32))


def far(one: torch.Tensor, other: torch.Tensor) -> int:
    """Return the largest difference, in levels; the shapes are equal."""
    assert one.shape == other.shape
    return int((one.int() - other.int()).abs().max())


@settings(max_examples=40)
@given(
    st.integers(20, 90), st.integers(20, 120), st.integers(16, 64), st.integers(0, 2**32 - 1), st.booleans(), st.data()
)
def test_a_box_is_resized_as_opencv_does(height, width, size, seed, is_mirrored, data):
    box = augmentation.random_box(height, width, 0.3, 1, np.random.default_rng(seed))
    if data.draw(st.booleans()):
        box = Box(0, 0, height, width)
    frames = torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (1, 2, height, width), np.uint8))
    expected = augmentation.resize(box.crop(frames), size)
    seen_by = torch.from_numpy(resampling.trapezoids([Sight(box, is_mirrored)], size))
    for precision in (torch.float32, torch.float16):
        seen = resampling.resample(frames, seen_by, precision)
        assert far(seen, expected.flip(-1) if is_mirrored else expected) <= 1


@pytest.mark.parametrize("precision", [torch.float32, torch.float16])
def test_a_box_of_the_networks_size_is_seen_as_it_is_and_still_flow_stays_still(precision):
    frames = torch.randint(0, 256, (1, 3, 50, 70), dtype=torch.uint8)
    seen = resampling.resample(frames, trapezoids(Sight(Box(7, 11, 32, 32))), precision)
    assert torch.equal(seen, frames[..., 7:39, 11:43])
    still = torch.full((1, 2, 50, 70), 128, dtype=torch.uint8)
    both = trapezoids(Sight(Box(0, 0, 50, 70)), Sight(Box(3, 5, 33, 41)))
    assert (resampling.resample(still, both, precision) == 128).all()


@pytest.mark.parametrize("crop", ["random", "multiscale"])
def test_clips_are_those_of_the_loader(stored, crop):
    design, reader = stored
    clip_sampling = replace(CLIP_SAMPLING, crop=crop, smallest_crop=0.5, seed=5)
    here, there = (TrainingClips(reader, VIDEOS, design, clip_sampling, crops) for crops in (False, True))
    mirrored = 0
    for batch in BATCHES:
        (clips, labels), (seen, same_labels) = (
            some.prepare(some[batch], Runtime(device=CPU, device_crops=True)) for some in (here, there)
        )
        assert far(clips, seen) <= 1
        assert torch.equal(labels, same_labels)
        mirrored += int(there[batch].trapezoids[:, 1, -1].sum())
    assert 0 < mirrored < 8


def test_colours_are_those_of_the_loader(stored):
    """Of frames that need not be resized: colours magnify a level."""
    design, reader = stored
    if design.modality != "rgb":
        pytest.skip("colours are of RGB")
    clip_sampling = replace(CLIP_SAMPLING, size=40, smallest_crop=1.0, colour_jitter=0.4)
    square = [VIDEOS[2]]
    runtime = Runtime(device=CPU)
    for epoch in range(6):
        clips, seen = (
            some.prepare(some[[SampleIndex(epoch, 0)]], runtime)[0]
            for some in (TrainingClips(reader, square, design, clip_sampling, crops) for crops in (False, True))
        )
        assert torch.equal(clips, seen)


@pytest.mark.parametrize("crops", sampling.CROPS)
def test_views_are_those_of_the_loader(stored, crops):
    design, reader = stored
    requests = [("A/a.avi", [0, 2]), ("A/d.avi", [1]), ("A/c.avi", [0, 1, 2]), ("A/b.avi", [0])]
    if design.sees.is_difference:
        requests = [(name, [min(start, 2) for start in starts]) for name, starts in requests]
    runtime = Runtime(device=CPU)
    views, seen = (
        some.prepare(some[requests], runtime)[0]
        for some in (EvaluationViews(reader, design, 32, crops, device) for device in (False, True))
    )
    assert len(views) == 7 * sampling.CROPS[crops]
    assert far(views, seen) <= 1


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # More processes than cores are meant here.
def test_raw_batches_are_the_same_with_any_number_of_loaders(stored, workers):
    design, reader = stored
    clips = TrainingClips(reader, VIDEOS, design, CLIP_SAMPLING, device_crops=True)
    runtime = Runtime(device=CPU)
    alone, loaded = (
        [clips.prepare(batch, runtime)[0] for batch in loader.load(clips, BATCHES * 2, number)]
        for number in (0, workers)
    )
    assert all(torch.equal(one, other) for one, other in zip(alone, loaded, strict=True))


def test_frames_that_are_much_larger_than_what_is_seen_are_not_sent(stored):
    design, reader = stored
    clips = TrainingClips(reader, VIDEOS, design, CLIP_SAMPLING, device_crops=True)
    batch = clips[[SampleIndex(0, 2), SampleIndex(0, 3)]]
    assert [shape[-2:] for shape in batch.shapes] == [SIZES["c"], (32, 32)]
    assert raw.is_large((3, *SIZES["d"]), 32)


@pytest.mark.parametrize("crops", ["squash", "ten"])
def test_scores_of_full_batches_are_those_of_videos_one_by_one(stored, crops):
    design, reader = stored
    network = build_network(design, 3).eval()
    starts = {entry: np.arange(3) % (1 if design.sees.is_difference else 3) for entry in VIDEOS}
    one_by_one, full = (
        list(
            score(
                network,
                EvaluationViews(reader, design, 32, crops, there),
                starts,
                Runtime(device=CPU, device_crops=there),
            )
        )
        for there in (False, True)
    )
    assert [entry for entry, _ in one_by_one] == [entry for entry, _ in full] == VIDEOS
    for (_, scores), (_, others) in zip(one_by_one, full, strict=True):
        assert scores.shape == others.shape == (3, 3)
        assert np.abs(scores - others).max() < 0.05


def test_one_scorer_scores_one_network_after_another(stored):
    design, reader = stored
    networks = [build_network(design, 2).eval() for _ in range(2)]
    views = EvaluationViews(reader, design, 32, "squash")
    starts = {entry: np.array([0, 1]) for entry in VIDEOS}
    scorer = Scorer(views, starts, Runtime(device=CPU, loader_workers=1))
    for network in networks:
        expected = dict(score(network, views, starts, Runtime(device=CPU)))
        scores = dict(scorer.scores(network))
        assert all(np.array_equal(scores[entry], expected[entry]) for entry in VIDEOS)
