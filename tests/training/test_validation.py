"""Which videos are for validation, and that no test video is among them unless the settings ask for it."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from support.training import CPU, DESIGN, OPTIMISATION, train_small, validator
from support.videos import entry
from twostream import metrics
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.streams import inputs, sampling
from twostream.streams.views import TestViews
from twostream.training import validation
from twostream.videos import index


def member(name: str, label: int, subset: str, group: int) -> index.Video:
    return entry(f"{'ABC'[label]}/{name}.avi", label=label, subset=subset, group=f"g{group:02d}")


def entries(groups: int, clips: int = 2, classes: int = 3) -> index.Index:
    videos = [
        member(f"{subset}{label}_{group}_{clip}", label, subset, group + 50 * (subset == "test"))
        for subset in ("train", "test")
        for label in range(classes)
        for group in range(groups)
        for clip in range(clips)
    ]
    return index.Index(("A", "B", "C"), tuple(videos), ())


SETTINGS = {"by": "group", "fraction": 0.2}


@given(st.integers(2, 12), st.integers(1, 3), st.floats(0.01, 0.5))
def test_whole_recordings_are_held_out_of_the_training_videos(groups, clips, fraction):
    catalogue = entries(groups, clips)
    subsets = validation.divide(catalogue, SETTINGS | {"fraction": fraction})
    assert {*subsets.train, *subsets.validation} == set(catalogue.subset("train"))
    assert subsets.validation == subsets.held_out
    assert not {v.group for v in subsets.train} & {v.group for v in subsets.validation}
    for label in range(3):
        count = sum(v.label == label for v in subsets.validation)
        assert 0 < count < fraction * groups * clips + clips
        assert any(v.label == label for v in subsets.train)


def test_where_no_recording_can_be_spared_there_is_no_validation():
    catalogue = entries(groups=1)
    assert validation.divide(catalogue, SETTINGS) == validation.Subsets(catalogue.subset("train"), (), ())


@pytest.mark.parametrize(("by", "is_validated"), [("none", False), ("test", True)])
def test_without_validation_all_training_videos_are_trained_on(by, is_validated):
    catalogue = entries(groups=3)
    subsets = validation.divide(catalogue, SETTINGS | {"by": by})
    assert (subsets.train, subsets.held_out) == (catalogue.subset("train"), ())
    assert subsets.validation == (catalogue.subset("test") if is_validated else ())


@pytest.mark.parametrize(("size", "samples"), [(1, 2), (3, 4)])
def test_validation_videos_are_measured_by_their_scores(flows, tmp_path, size, samples):
    """Against each stack scored by hand; `size` processes together see each video once."""
    reader, videos = flows
    network, _ = train_small(flows, tmp_path / "state.pt", optimisation=replace(OPTIMISATION, epochs=1))
    result = validator(reader, videos, samples).start(Runtime(device=CPU), ProcessGroup())(network)
    scores = []
    for video in videos:
        starts = sampling.test_starts(sampling.protocol("center25", samples), video.frames - 1, 4)
        views = TestViews(reader, DESIGN, 32, "centre")[[(video.id, starts.tolist())]]
        with torch.no_grad():
            scores.append(network(inputs.normalise(views, DESIGN)).mean(dim=0))
    every, labels = torch.stack(scores), torch.tensor([v.label for v in videos])
    assert result.loss == pytest.approx(float(torch.nn.functional.cross_entropy(every, labels)), rel=1e-4)
    assert result.prec1 == metrics.top(metrics.ranks(every.numpy(), labels.numpy()), 1)
    parts = [ProcessGroup(rank, size).own_part(videos) for rank in range(size)]
    assert sorted(v.id for part in parts for v in part) == sorted(v.id for v in videos)


def test_scores_that_are_not_finite_end_training_and_name_the_video(flows, tmp_path):
    """Compared with nothing, they would pass for right."""
    reader, videos = flows
    network, _ = train_small(flows, tmp_path / "state.pt", optimisation=replace(OPTIMISATION, epochs=1))
    torch.nn.init.constant_(next(network.parameters()), torch.inf)
    with pytest.raises(
        InputError, match=r"validation video A/0\.avi: its scores are not finite: lower this stream's lr"
    ):
        validator(reader, videos, samples=1).start(Runtime(device=CPU), ProcessGroup())(network)
