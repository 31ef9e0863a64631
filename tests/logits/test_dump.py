from dataclasses import replace

import numpy as np
import pytest
import torch

from support.training import CPU, DESIGN, HOW, train
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.logits import dump, logits_file
from twostream.streams import sampling, scoring
from twostream.streams.checkpoints import Checkpoint
from twostream.videos import index


@pytest.fixture
def checkpoint(flows, tmp_path):
    network, _ = train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=1))
    return Checkpoint(DESIGN, 32, ("A", "B"), network.eval(), "validation", (flows[1][1].id, flows[1][8].id))


def score(checkpoint, flows, folder, protocol="ref19", samples=3, workers=0, keep_crops=False):
    reader, videos = flows
    chosen, machine = sampling.protocol(protocol, samples), Runtime(CPU, workers)
    dump.score_into(folder / "parts", checkpoint, reader, videos, chosen, 4, machine, keep_crops)
    return dump.collect(folder / "parts", checkpoint, videos, chosen, 4)


def test_scores_are_the_networks_at_the_protocols_places(checkpoint, flows, tmp_path):
    reader, videos = flows
    found = score(checkpoint, flows, tmp_path)
    assert found.logits.shape == (10, 3, 2)
    place = int(sampling.test_starts(sampling.protocol("ref19", 3), videos[4].frames - 1, 4)[1])
    assert found.frame_index[4, 1] == place
    stack = torch.from_numpy(reader.read(videos[4].id, place, 4)).flatten(0, 1)[None].float()
    squashed = torch.nn.functional.interpolate(stack, (32, 32), mode="bilinear").round()
    with torch.no_grad():
        expected = checkpoint.network((squashed / 255 - 128 / 255) / 0.226)
    assert np.allclose(found.logits[4, 1], expected[0].numpy(), atol=2e-2)


def test_crops_are_averaged(checkpoint, flows, tmp_path):
    assert score(checkpoint, flows, tmp_path, "tsn25x10", 2).logits.shape == (10, 2, 2)


def test_crops_are_kept_where_asked_for(checkpoint, flows, tmp_path):
    """Ten samples a place, one after another, whose mean is what is kept otherwise."""
    kept = score(checkpoint, flows, tmp_path / "kept", "tsn25x10", 2, keep_crops=True)
    mean = score(checkpoint, flows, tmp_path / "mean", "tsn25x10", 2)
    assert kept.logits.shape == (10, 20, 2)
    assert np.allclose(kept.logits.reshape(10, 2, 10, 2).mean(axis=2), mean.logits, atol=1e-5)
    assert np.array_equal(kept.frame_index.reshape(10, 2, 10), mean.frame_index[:, :, None].repeat(10, axis=2))


def test_those_that_are_not_trained_on_are_scored_and_told_apart(checkpoint, flows, tmp_path):
    reader, videos = flows
    sides = ["test" if n in (3, 4) else "train" for n in range(10)]
    made = index.Index(("A", "B"), tuple(replace(v, subset=side) for v, side in zip(videos, sides, strict=True)), ())
    settings = {"protocol": "ref19", "samples": 3, "crops": None, "stack": 4, "keep_crops": False}
    out = tmp_path / "dump" / "logits.h5"
    dump.dump(out, checkpoint, reader, made, settings, Runtime(CPU), ProcessGroup(), "model", "digest")
    found = logits_file.read(out)
    assert found.video_id == tuple(videos[n].id for n in (1, 3, 4, 8))
    assert found.split == ("validation", "test", "test", "validation")
    assert found.chosen_on == "validation"
    assert not (tmp_path / "dump" / "parts").exists()


def test_processes_share_the_videos_and_leave_none(checkpoint, flows, tmp_path):
    alone = score(checkpoint, flows, tmp_path / "alone")
    reader, videos = flows
    for rank in range(3):
        mine = ProcessGroup(rank, 3).own_part(videos)
        chosen = sampling.protocol("ref19", 3)
        dump.score_into(tmp_path / "parts", checkpoint, reader, mine, chosen, 4, Runtime(CPU))
    assert len(list((tmp_path / "parts").iterdir())) == 10
    assert np.array_equal(score(checkpoint, flows, tmp_path).logits, alone.logits)


def test_scores_are_the_same_whoever_loads(checkpoint, flows, tmp_path):
    here, there = (score(checkpoint, flows, tmp_path / str(workers), "tsn25x10", 8, workers) for workers in (0, 2))
    assert np.array_equal(here.logits, there.logits)


def test_videos_that_are_scored_are_not_scored_again(checkpoint, flows, tmp_path, monkeypatch):
    before = score(checkpoint, flows, tmp_path)
    monkeypatch.setattr(scoring, "_forward", lambda *_: pytest.fail("scored again"))
    assert np.array_equal(score(checkpoint, flows, tmp_path).logits, before.logits)


@pytest.mark.parametrize("length", [0, 100])
def test_a_damaged_part_is_scored_again(checkpoint, flows, tmp_path, length):
    before = score(checkpoint, flows, tmp_path)
    part = next((tmp_path / "parts").iterdir())
    part.write_bytes(part.read_bytes()[:length])
    assert np.array_equal(score(checkpoint, flows, tmp_path).logits, before.logits)


def test_scores_of_other_weights_are_not_taken_for_these(checkpoint, flows, tmp_path):
    reader, videos = flows
    made = index.Index(("A", "B"), tuple(replace(video, subset="test") for video in videos), ())
    settings = {"protocol": "ref19", "samples": 3, "crops": None, "stack": 4, "keep_crops": False}
    wrong = tmp_path / "parts" / "of other weights"
    score(checkpoint, flows, tmp_path)
    (tmp_path / "parts").rename(tmp_path / "others")
    wrong.parent.mkdir()
    (tmp_path / "others").rename(wrong)
    torch.nn.init.zeros_(checkpoint.network.fc[1].weight)
    torch.nn.init.ones_(checkpoint.network.fc[1].bias)
    out = tmp_path / "logits.h5"
    dump.dump(out, checkpoint, reader, made, settings, Runtime(CPU), ProcessGroup(), "model", "of these")
    assert (logits_file.read(out).logits == 1).all()


def test_scores_that_are_not_finite_are_not_kept(checkpoint, flows, tmp_path):
    torch.nn.init.constant_(checkpoint.network.fc[1].bias, float("nan"))
    with pytest.raises(InputError, match=r"the scores of A/0\.avi are not finite: train again"):
        score(checkpoint, flows, tmp_path)


def test_logits_come_back_as_the_contract_has_them(checkpoint, flows, tmp_path):
    found = score(checkpoint, flows, tmp_path)
    logits_file.write(tmp_path / "logits.h5", found, {"settings": "{}"})
    back = logits_file.read(tmp_path / "logits.h5")
    assert np.array_equal(back.logits, found.logits)
    assert (back.video_id, back.class_name, back.split, back.group) == (
        found.video_id,
        found.class_name,
        found.split,
        found.group,
    )
    with scoring_file(tmp_path) as file:
        assert set(file) == {"logits", "video_id", "label", "frame_index", "class_name", "split", "group"}
        assert file["logits"].dtype == np.float32
        assert file.attrs["settings"] == "{}"
        assert file.attrs["chosen_on"] == b"validation", "of a fixed length"


def scoring_file(folder):
    return logits_file.h5py.File(folder / "logits.h5")


def test_what_is_no_file_of_logits_is_refused(tmp_path):
    (tmp_path / "logits.h5").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"logits\.h5: not a file of logits"):
        logits_file.read(tmp_path / "logits.h5")


def test_scores_that_are_not_finite_are_named(checkpoint, flows, tmp_path):
    found = score(checkpoint, flows, tmp_path)
    found.logits[3, 1, 0] = np.nan
    logits_file.write(tmp_path / "logits.h5", found, {})
    with pytest.raises(InputError, match=f"the scores of {found.video_id[3]} are not finite"):
        logits_file.read(tmp_path / "logits.h5")


@pytest.mark.parametrize(("stored", "word"), [(None, "unknown"), ("test", "test"), (np.bytes_("nothing"), "nothing")])
def test_what_the_epoch_was_chosen_on_is_read_as_others_write_it(checkpoint, flows, tmp_path, stored, word):
    logits_file.write(tmp_path / "logits.h5", score(checkpoint, flows, tmp_path), {})
    change_chosen_on(tmp_path, stored)
    assert logits_file.read(tmp_path / "logits.h5").chosen_on == word


def test_another_word_for_it_is_refused(checkpoint, flows, tmp_path):
    logits_file.write(tmp_path / "logits.h5", score(checkpoint, flows, tmp_path), {})
    change_chosen_on(tmp_path, "the test set")
    with pytest.raises(InputError, match=r"chosen_on is `the test set`: allowed are test, unknown, validation"):
        logits_file.read(tmp_path / "logits.h5")


def change_chosen_on(folder, stored):
    with logits_file.h5py.File(folder / "logits.h5", "r+") as file:
        del file.attrs["chosen_on"]
        if stored is not None:
            file.attrs["chosen_on"] = stored
