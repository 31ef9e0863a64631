"""Who is watched, and that whoever is tested is not, unless asked for."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from support.training import CPU, DESIGN, HOW, train
from support.videos import entry
from twostream import metrics
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.streams import network as streams
from twostream.streams import sampling
from twostream.training import history, validation
from twostream.training.history import Epoch, Validated
from twostream.videos import index


def member(name: str, label: int, subset: str, group: int) -> index.Video:
    return entry(f"{'ABC'[label]}/{name}.avi", label=label, subset=subset, group=f"g{group:02d}")


def entries(groups: int, clips: int = 2, classes: int = 3) -> index.Index:
    videos = [
        member(f"{split}{label}_{group}_{clip}", label, split, group + 50 * (split == "test"))
        for split in ("train", "test")
        for label in range(classes)
        for group in range(groups)
        for clip in range(clips)
    ]
    return index.Index(("A", "B", "C"), tuple(videos), ())


SETTINGS = {"by": "group", "fraction": 0.2}


@given(st.integers(2, 12), st.integers(1, 3), st.floats(0.01, 0.5))
def test_whole_recordings_are_held_out_of_the_training_videos(groups, clips, fraction):
    made = entries(groups, clips)
    sides = validation.divide(made, SETTINGS | {"fraction": fraction})
    assert {*sides.train, *sides.watched} == set(made.subset("train"))
    assert sides.watched == sides.held_out
    assert not {v.group for v in sides.train} & {v.group for v in sides.watched}
    for label in range(3):
        watched = sum(v.label == label for v in sides.watched)
        assert 0 < watched < fraction * groups * clips + clips
        assert any(v.label == label for v in sides.train)


def test_where_no_recording_can_be_spared_nobody_is_watched():
    made = entries(groups=1)
    assert validation.divide(made, SETTINGS) == validation.Sides(made.subset("train"), (), ())


@pytest.mark.parametrize(("by", "watched"), [("none", ()), ("test", "test")])
def test_otherwise_all_training_videos_are_trained_on(by, watched):
    made = entries(groups=3)
    sides = validation.divide(made, SETTINGS | {"by": by})
    assert (sides.train, sides.held_out) == (made.subset("train"), ())
    assert sides.watched == (made.subset("test") if watched else ())


@pytest.mark.parametrize(("size", "samples"), [(1, 2), (3, 4)])
def test_watched_videos_are_judged_as_their_scores_say(flows, tmp_path, size, samples):
    """Against each stack scored by hand; `size` processes together see each video once."""
    reader, videos = flows
    network, _ = train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=1))
    protocol = sampling.protocol("center25", samples)
    watch = validation.Watch(reader, videos, DESIGN, 32, protocol, 4, "average", 1, "validation")
    told = watch.judge(network, Runtime(CPU), ProcessGroup())
    scores = []
    for seen in videos:
        starts = sampling.test_starts(protocol, seen.frames - 1, 4)
        views = validation.loader.TestViews(reader, DESIGN, 32, "centre")[seen.id, starts.tolist()]
        with torch.no_grad():
            scores.append(network(streams.normalise(views, DESIGN)).mean(dim=0))
    every, labels = torch.stack(scores), torch.tensor([v.label for v in videos])
    assert told.loss == pytest.approx(float(torch.nn.functional.cross_entropy(every, labels)), rel=1e-4)
    assert told.prec1 == metrics.top(metrics.ranks(every.numpy(), labels.numpy()), 1)
    shares = [ProcessGroup(rank, size).own_part(videos) for rank in range(size)]
    assert sorted(v.id for share in shares for v in share) == sorted(v.id for v in videos)


def test_scores_that_are_not_finite_end_training_with_the_video(flows, tmp_path):
    """Compared with nothing, they would pass for right."""
    reader, videos = flows
    network, _ = train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=1))
    torch.nn.init.constant_(next(network.parameters()), torch.inf)
    watch = validation.Watch(reader, videos, DESIGN, 32, sampling.protocol("center25", 1), 4, "average", 1, "test")
    with pytest.raises(InputError, match=r"validation video A/0\.avi are not finite: lower this stream's lr"):
        watch.judge(network, Runtime(CPU), ProcessGroup())


def row(validated: Validated | None) -> Epoch:
    return Epoch(1, 0.1, 0.0, 1.0, 50.0, 90.0, 0.1, validated)


def test_the_best_epoch_has_most_right_then_the_lowest_loss_then_comes_first():
    seen = [(1.0, 50.0), (0.9, 60.0), (0.8, 60.0), (0.8, 60.0), (0.1, 40.0)]
    assert history.best([row(Validated(loss, right, 100.0)) for loss, right in seen]) == 2
    assert history.best([row(None)] * 3) == 2
