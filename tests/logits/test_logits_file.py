"""The file of logits: what is in it, what comes back, and what is refused."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from twostream.config import schema
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.logits.logits_file import Logits


@pytest.fixture
def logits():
    return Logits(
        logits=np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        video_id=("A/a.avi", "B/b.avi"),
        label=np.array([0, 1]),
        frame_index=np.array([[0, 4, 8], [0, 5, 10]]),
        class_name=("A", "B"),
        split=("test", "validation"),
        group=("g01", "g02"),
        chosen_on="validation",
        modality="flow",
    )


@pytest.fixture
def path(tmp_path, logits):
    folder = tmp_path / "dump_logits" / "key"
    logits_file.write(folder / "logits.h5", logits, {"settings": "{}"})
    return folder / "logits.h5"


def test_logits_come_back(path, logits):
    back = logits_file.read(path)
    for name in ("logits", "label", "frame_index"):
        assert np.array_equal(getattr(back, name), getattr(logits, name))
    for name in (*logits_file.TEXTS, "chosen_on", "modality"):
        assert getattr(back, name) == getattr(logits, name)


def test_the_file_is_as_the_contract_has_it(path):
    with h5py.File(path) as file:
        assert set(file) == {"logits", "video_id", "label", "frame_index", "class_name", "split", "group"}
        assert file["logits"].dtype == np.float32
        assert dict(file["logits"].attrs) == {"modality": b"flow"}, "of a fixed length"
        assert dict(file.attrs) == {"settings": "{}", "chosen_on": b"validation"}, "of a fixed length"


def test_a_file_without_logits_is_refused(path):
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"logits\.h5: not a file of logits"):
        logits_file.read(path)


def test_scores_that_are_not_finite_are_named(path, logits):
    logits.logits[1, 1, 0] = np.nan
    logits_file.write(path, logits, {})
    with pytest.raises(InputError, match=r"the scores of B/b\.avi are not finite"):
        logits_file.read(path)


def test_another_number_of_names_is_refused(path, logits):
    logits_file.write(path, replace(logits, video_id=("A/a.avi",)), {})
    with pytest.raises(InputError, match="2 x 2 scores for 1 videos and 2 classes: give"):
        logits_file.read(path)


@pytest.mark.parametrize(("stored", "word"), [(None, "unknown"), ("test", "test"), (np.bytes_("nothing"), "nothing")])
def test_what_the_epoch_was_selected_on_is_read_as_others_write_it(path, stored, word):
    change(path, "chosen_on", stored)
    assert logits_file.read(path).chosen_on == word


@pytest.mark.parametrize(("stored", "word"), [(None, "unknown"), ("rgb", "rgb"), (np.bytes_("rgb_diff"), "rgb_diff")])
def test_the_modality_is_read_as_others_write_it(path, stored, word):
    change(path, "modality", stored)
    assert logits_file.read(path).modality == word


@pytest.mark.parametrize("name", ["chosen_on", "modality"])
def test_another_word_is_refused(path, name):
    change(path, name, "the test set")
    with pytest.raises(InputError, match=rf"{name} is `the test set`: set it to one of .*, unknown"):
        logits_file.read(path)


@pytest.mark.parametrize(
    ("stage", "trained", "stacks", "word"),
    [
        ("dump_logits", "rgb_diff", "rgb", "rgb_diff"),
        ("dump_logits", None, "flow", "flow"),
        ("dump_logits", None, None, "unknown"),
        ("fuse", "flow", "flow", "unknown"),
    ],
)
def test_a_file_without_a_modality_has_that_of_its_inputs(path, tmp_path, stage, trained, stacks, word):
    change(path, "modality", None)
    if trained:
        atomic.write_json(tmp_path / "train_stream" / "t" / "provenance.json", {"settings": {"modality": trained}})
    inputs = ["../../train_stream/t/model.pt", *([f"../../write_stacks/s/{stacks}.h5"] if stacks else [])]
    atomic.write_json(path.with_name("provenance.json"), {"stage": stage, "inputs": inputs})
    assert logits_file.read(path).modality == word


def test_the_modalities_are_those_of_the_configuration():
    streams = schema.read()["properties"]["streams"]["additionalProperties"]
    assert set(logits_file.MODALITIES) == set(streams["properties"]["modality"]["enum"])


def change(path, name, word):
    """Set the attribute `name` to `word`, or remove it where `word` is None."""
    with h5py.File(path, "r+") as file:
        item = file["logits"] if name == "modality" else file
        del item.attrs[name]
        if word is not None:
            item.attrs[name] = word
