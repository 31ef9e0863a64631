"""Features are what the classifier sees: of them it makes the logits."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch

from support import features
from support.training import CPU, DESIGN
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.logits import dump, features_file, logits_file
from twostream.logits.features import dump_features
from twostream.streams import network
from twostream.streams.checkpoint import Checkpoint
from twostream.videos.index import Index

TEST = {"protocol": "ref19", "samples": 3, "crops": None, "stack": 4, "keep_crops": False}
ALL = {"videos": "all", "precision": "float32"}


@pytest.fixture(scope="module")
def index(flows):
    """Videos 3 and 4 are to test on; 1 and 8 are held out."""
    subsets = ["test" if n in (3, 4) else "train" for n in range(10)]
    videos = (replace(video, subset=subset) for video, subset in zip(flows[1], subsets, strict=True))
    return Index(("A", "B"), tuple(videos), ())


@pytest.fixture(scope="module")
def job(flows):
    torch.manual_seed(0)
    checkpoint = Checkpoint(
        design=DESIGN,
        size=32,
        class_names=("A", "B"),
        network=network.build_network(DESIGN, 2).eval(),
        chosen_on="validation",
        validation=(flows[1][1].id, flows[1][8].id),
    )
    return dump.ScoringJob(
        checkpoint=checkpoint,
        reader=flows[0],
        settings=TEST,
        runtime=Runtime(device=CPU),
        model="model",
        digest="digest",
    )


def dumped(folder, job, index, **settings):
    dump_features(folder / "features.h5", job, index, ALL | settings, ProcessGroup())
    return features_file.read(folder / "features.h5")


@pytest.mark.parametrize("test", [{}, {"protocol": "tsn25x10", "samples": 2}], ids=["one crop", "averaged crops"])
def test_the_classifier_makes_the_logits_of_the_features(job, index, tmp_path, test):
    job = replace(job, settings=TEST | test)
    found = dumped(tmp_path, job, index, videos="test")
    dump.dump(tmp_path / "dump" / "logits.h5", job, index, ProcessGroup())
    logits = logits_file.read(tmp_path / "dump" / "logits.h5")
    assert found.features.shape == (*logits.logits.shape[:2], 512)
    assert np.allclose(found.logits, logits.logits, atol=1e-5)
    for name in ("video_id", "class_name", "split", "group", "chosen_on", "modality"):
        assert getattr(found, name) == getattr(logits, name)
    assert np.array_equal(found.frame_index, logits.frame_index)
    assert not (tmp_path / "parts").exists()


def test_training_videos_are_there_unless_only_those_of_the_logits_are_asked_for(job, index, tmp_path):
    found = dumped(tmp_path, job, index)
    assert [found.split.count(subset) for subset in ("train", "validation", "test")] == [6, 2, 2]
    assert found.split[1] == "validation"


def test_half_precision_is_half_the_file_and_nearly_the_same(job, index, tmp_path):
    whole, half = dumped(tmp_path / "whole", job, index), dumped(tmp_path / "half", job, index, precision="float16")
    assert half.features.dtype == np.float16
    assert np.allclose(whole.features, half.features, rtol=1e-3, atol=1e-4)


def test_the_file_is_in_the_form_of_the_logits(tmp_path):
    described = features.write(tmp_path / "features.h5")
    with h5py.File(tmp_path / "features.h5") as file:
        assert file["features"].shape == (features.VIDEOS, features.SAMPLES, features.DIMS)
        assert file["features"].dtype == np.float32
        assert tuple(file["video_id"].asstr()[:]) == described.video_id
        assert {"label", "frame_index", "class_name", "split", "group"} < set(file)


def test_npz_has_the_same_parts(tmp_path):
    features.write(tmp_path / "features.h5")
    found = features_file.read(tmp_path / "features.h5")
    features_file.write_npz(tmp_path / "features.npz", found, "a source")
    with np.load(tmp_path / "features.npz", allow_pickle=False) as stored:
        for name, values in found.arrays.items():
            assert np.array_equal(stored[name], values), name
    assert features_file.npz_source(tmp_path / "features.npz") == "a source"
    assert features_file.npz_source(tmp_path / "nothing.npz") == ""


def test_a_feature_that_float16_does_not_hold_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"more than float16 holds: set features\.precision to float32"):
        features.write(tmp_path / "features.h5", "float16", scale=1e5)
    assert not (tmp_path / "features.h5").exists()


@pytest.mark.parametrize("name", ["label", "classifier_bias", "split", "features"])
def test_parts_that_do_not_fit_are_refused_in_one_line(tmp_path, name):
    features.write(tmp_path / "features.h5")
    with h5py.File(tmp_path / "features.h5", "r+") as file:
        values = file[name][:1]
        del file[name]
        file[name] = values
    with pytest.raises(InputError, match=r"features\.h5: not a file of features \(") as error:
        features_file.read(tmp_path / "features.h5")
    assert "\n" not in str(error.value)


def test_a_flipped_bit_is_noticed(tmp_path):
    path = tmp_path / "features.h5"
    features.write(path)
    found = features_file.read(path).features[4]
    content = bytearray(path.read_bytes())
    content[content.index(found.tobytes()) + 10] ^= 4
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"features\.h5: not a file of features"):
        features_file.read(path)
