from dataclasses import replace

import numpy as np
import pytest
import torch
from test_train_stream import CPU, DESIGN, RECIPE, flows, train  # noqa: F401

from twostream import logits, sampling, scoring
from twostream.errors import InputError


@pytest.fixture
def checkpoint(flows, tmp_path):  # noqa: F811
    network, _ = train(flows, tmp_path / "state.pt", replace(RECIPE, epochs=1))
    return scoring.Checkpoint(DESIGN, 32, ("A", "B"), network.eval())


def score(checkpoint, flows, folder, protocol="ref19", samples=3):  # noqa: F811
    reader, videos = flows
    return scoring.score_videos(checkpoint, reader, videos, protocol, samples, 4, CPU, folder / "parts")


def test_scores_are_the_networks_at_the_protocols_places(checkpoint, flows, tmp_path):  # noqa: F811
    reader, videos = flows
    found = score(checkpoint, flows, tmp_path)
    assert found.logits.shape == (10, 3, 2)
    place = int(sampling.test_starts("ref19", videos[4].frames - 1, 4, 3)[1])
    assert found.frame_index[4, 1] == place
    stack = torch.from_numpy(reader.read(videos[4].id, place, 4)).flatten(0, 1)[None].float()
    squashed = torch.nn.functional.interpolate(stack, (32, 32), mode="bilinear", antialias=True).round()
    with torch.no_grad():
        expected = checkpoint.network((squashed / 255 - 128 / 255) / 0.226)
    assert np.allclose(found.logits[4, 1], expected[0].numpy(), atol=2e-2)


def test_crops_are_averaged(checkpoint, flows, tmp_path):  # noqa: F811
    assert score(checkpoint, flows, tmp_path, "tsn25x10", 2).logits.shape == (10, 2, 2)


def test_videos_that_are_scored_are_not_scored_again(checkpoint, flows, tmp_path, monkeypatch):  # noqa: F811
    before = score(checkpoint, flows, tmp_path)
    monkeypatch.setattr(scoring, "_score", lambda *_: pytest.fail("scored again"))
    assert np.array_equal(score(checkpoint, flows, tmp_path).logits, before.logits)


def test_logits_come_back_as_the_contract_has_them(checkpoint, flows, tmp_path):  # noqa: F811
    found = score(checkpoint, flows, tmp_path)
    logits.write(tmp_path / "logits.h5", found, {"settings": "{}"})
    back = logits.read(tmp_path / "logits.h5")
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


def scoring_file(folder):
    return logits.h5py.File(folder / "logits.h5")


def test_what_is_no_file_of_logits_is_refused(tmp_path):
    (tmp_path / "logits.h5").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"logits\.h5: not a file of logits"):
        logits.read(tmp_path / "logits.h5")


def test_scores_that_are_not_finite_are_named(checkpoint, flows, tmp_path):  # noqa: F811
    found = score(checkpoint, flows, tmp_path)
    found.logits[3, 1, 0] = np.nan
    logits.write(tmp_path / "logits.h5", found, {})
    with pytest.raises(InputError, match=f"the scores of {found.video_id[3]} are not finite"):
        logits.read(tmp_path / "logits.h5")
