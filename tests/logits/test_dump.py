"""What is scored of a stream, where, and what is left of it when a job is interrupted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from support.training import CPU, DESIGN
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.logits import dump, logits_file
from twostream.streams import network
from twostream.streams.checkpoint import Checkpoint
from twostream.videos import index

SETTINGS = {"protocol": "ref19", "samples": 3, "crops": None, "stack": 4, "keep_crops": False}
TSN = {"protocol": "tsn25x10", "samples": 2}


@pytest.fixture
def checkpoint(flows):
    torch.manual_seed(0)
    held_out = (flows[1][1].id, flows[1][8].id)
    return Checkpoint(
        design=DESIGN,
        size=32,
        class_names=("A", "B"),
        network=network.build_network(DESIGN, 2).eval(),
        chosen_on="validation",
        validation=held_out,
    )


@pytest.fixture
def job(checkpoint, flows):
    """Return the scoring of `checkpoint` with some other settings than SETTINGS."""

    def make(workers=0, **changes):
        return dump.ScoringJob(
            checkpoint=checkpoint,
            reader=flows[0],
            settings=SETTINGS | changes,
            runtime=Runtime(device=CPU, loader_workers=workers),
            model="model",
            digest="digest",
        )

    return make


def score(job, flows, folder):
    """Return the logits of all videos, of which those in `folder` are scored already."""
    dump.score_into(folder, job, flows[1])
    return dump.collect(folder, job, flows[1])


def test_scores_are_the_networks_at_the_protocols_places(job, flows, tmp_path):
    reader, videos = flows
    logits = score(job(), flows, tmp_path)
    assert logits.logits.shape == (10, 3, 2)
    start = int(job().starts(videos[4])[1])
    assert logits.frame_index[4, 1] == start
    stack = torch.from_numpy(reader.read(videos[4].id, start, 4)).flatten(0, 1)[None].float()
    squashed = torch.nn.functional.interpolate(stack, (32, 32), mode="bilinear").round()
    with torch.no_grad():
        expected = job().checkpoint.network((squashed / 255 - 128 / 255) / 0.226)
    assert np.allclose(logits.logits[4, 1], expected[0].numpy(), atol=2e-2)


def test_crops_are_averaged(job, flows, tmp_path):
    assert score(job(**TSN), flows, tmp_path).logits.shape == (10, 2, 2)


def test_crops_are_kept_where_asked_for(job, flows, tmp_path):
    """Ten samples a place, one after another, whose mean is what is kept otherwise."""
    kept = score(job(**TSN, keep_crops=True), flows, tmp_path / "kept")
    mean = score(job(**TSN), flows, tmp_path / "mean")
    assert kept.logits.shape == (10, 20, 2)
    assert np.allclose(kept.logits.reshape(10, 2, 10, 2).mean(axis=2), mean.logits, atol=1e-5)
    assert np.array_equal(kept.frame_index.reshape(10, 2, 10), mean.frame_index[:, :, None].repeat(10, axis=2))


def test_test_and_validation_videos_are_scored_and_training_videos_are_not(job, flows, tmp_path):
    videos = flows[1]
    subsets = ["test" if n in (3, 4) else "train" for n in range(10)]
    listed = tuple(replace(video, subset=subset) for video, subset in zip(videos, subsets, strict=True))
    out = tmp_path / "dump" / "logits.h5"
    dump.dump(out, job(), index.Index(("A", "B"), listed, ()), ProcessGroup())
    logits = logits_file.read(out)
    assert logits.video_id == tuple(videos[n].id for n in (1, 3, 4, 8))
    assert logits.split == ("validation", "test", "test", "validation")
    assert (logits.chosen_on, logits.modality) == ("validation", "flow")
    assert not (tmp_path / "dump" / "parts").exists()


def test_processes_divide_the_videos_and_leave_none(job, flows, tmp_path):
    alone = score(job(), flows, tmp_path / "alone")
    for rank in range(3):
        dump.score_into(tmp_path / "parts", job(), ProcessGroup(rank, 3).own_part(flows[1]))
    assert len(list((tmp_path / "parts").iterdir())) == 10
    assert np.array_equal(dump.collect(tmp_path / "parts", job(), flows[1]).logits, alone.logits)


def test_scores_are_the_same_with_any_number_of_loaders(job, flows, tmp_path):
    settings = TSN | {"samples": 8}
    here, there = (score(job(workers, **settings), flows, tmp_path / str(workers)) for workers in (0, 2))
    assert np.array_equal(here.logits, there.logits)


def test_videos_that_are_scored_are_not_scored_again(job, checkpoint, flows, tmp_path):
    before = score(job(), flows, tmp_path)
    spoil(checkpoint)
    assert np.array_equal(score(job(), flows, tmp_path).logits, before.logits)


@pytest.mark.parametrize("length", [0, 100])
def test_a_damaged_part_is_scored_again(job, flows, tmp_path, length):
    before = score(job(), flows, tmp_path)
    part = next(tmp_path.glob("*.npy"))
    part.write_bytes(part.read_bytes()[:length])
    assert np.array_equal(score(job(), flows, tmp_path).logits, before.logits)


def test_a_part_of_which_a_bit_flipped_is_scored_again(job, flows, tmp_path):
    before = score(job(), flows, tmp_path)
    part = next(tmp_path.glob("*.npy"))
    content = bytearray(part.read_bytes())
    content[-50] ^= 4  # within a number: the file is as readable as before
    part.write_bytes(content)
    assert np.array_equal(score(job(), flows, tmp_path).logits, before.logits)


def test_scores_of_other_weights_are_not_taken_for_these(job, checkpoint, flows, tmp_path):
    score(job(), flows, tmp_path / "parts" / "digest of other weights")
    torch.nn.init.zeros_(checkpoint.network.fc[1].weight)
    torch.nn.init.ones_(checkpoint.network.fc[1].bias)
    videos = index.Index(("A", "B"), tuple(replace(video, subset="test") for video in flows[1]), ())
    dump.dump(tmp_path / "logits.h5", job(), videos, ProcessGroup())
    assert (logits_file.read(tmp_path / "logits.h5").logits == 1).all()


def test_scores_that_are_not_finite_are_not_kept(job, checkpoint, flows, tmp_path):
    spoil(checkpoint)
    with pytest.raises(InputError, match=r"A/0\.avi: its scores are not finite: set a lower lr"):
        score(job(), flows, tmp_path)
    assert not list(tmp_path.glob("*.npy"))


def spoil(checkpoint):
    """Let every score be no number."""
    torch.nn.init.constant_(checkpoint.network.fc[1].bias, float("nan"))
