"""The file of logits: what is in it, what comes back, and what is refused."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from twostream.cache import provenance
from twostream.cache.stages import DUMP_LOGITS
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
        checksum = file.attrs["checksum"]
        assert dict(file.attrs) == {"settings": "{}", "chosen_on": b"validation", "checksum": checksum}, "fixed length"


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
    with pytest.raises(InputError, match="2 x 3 x 2 scores, and 1 in /video_id: give"):
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
        record = {
            "stage": "train_stream",
            "key": "t",
            "settings": {"modality": trained},
            "inputs": [],
            "versions": {},
            "version": 1,
        }
        atomic.write_json(tmp_path / "train_stream" / "t" / "provenance.json", record)
    inputs = ["../../train_stream/t/model.pt", *([f"../../write_stacks/s/{stacks}.h5"] if stacks else [])]
    record = {"stage": stage, "key": "key", "settings": {}, "inputs": inputs, "versions": {}, "version": 1}
    atomic.write_json(path.with_name("provenance.json"), record)
    assert logits_file.read(path).modality == word


ODD = {
    "label": [[0, 7], [-1, 0], [0.0, 0.5], [0], [[0, 1]], ["a", "b"]],
    "frame_index": [[[0, 1, 2]], [0, 1], [[0.5] * 3] * 2],
    "split": [["test"], ["test", "train"], [1, 2], "test"],
    "group": [["g01"], [1.5, 2.5]],
    "class_name": [["A"], ["A", "B", "C"]],
    "logits": [[[1.0, 2.0]], np.zeros((0, 3, 2)), np.zeros((2, 3, 2), complex), "scores", [[["a", "b"]] * 3] * 2],
}


@pytest.mark.parametrize(("name", "values"), [(name, values) for name in ODD for values in ODD[name]], ids=str)
def test_parts_that_do_not_fit_or_cannot_be_are_refused_in_one_line(path, name, values):
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises(InputError, match=r"logits\.h5: .*: (give|set)") as error:
        logits_file.read(path)
    assert "\n" not in str(error.value)


class TestOtherFiles:
    """A file of scores must not bring in any other file."""

    def test_storage_in_another_file_is_refused(self, path):
        with h5py.File(path, "r+") as file:
            del file["logits"]
            file.create_dataset("logits", (2, 3, 2), "f4", external=[("/etc/passwd", 0, 48)])
        with pytest.raises(InputError, match="/logits is no data set, or lies in another file"):
            logits_file.read(path)

    @pytest.mark.parametrize("link", [h5py.ExternalLink("other.h5", "/label"), h5py.SoftLink("/frame_index")])
    def test_a_link_is_refused(self, path, tmp_path, link):
        with h5py.File(path, "r+") as file, h5py.File(path.with_name("other.h5"), "w") as other:
            other["label"] = [0, 1]
            del file["label"]
            file["label"] = link
        with pytest.raises(InputError, match="/label is missing, or a link"):
            logits_file.read(path)

    def test_a_view_of_other_files_is_refused(self, path):
        with h5py.File(path, "r+") as file:
            del file["label"]
            layout = h5py.VirtualLayout((2,), "i8")
            layout[:] = h5py.VirtualSource("other.h5", "label", (2,))
            file.create_virtual_dataset("label", layout)
        with pytest.raises(InputError, match="/label is no data set, or lies in another file"):
            logits_file.read(path)


def test_gigabytes_of_nothing_are_refused(path):
    with h5py.File(path, "r+") as file:
        del file["logits"]
        file.create_dataset("logits", (2**14, 2**10, 2**8), "f4", chunks=(1, 2**10, 2**8), compression="gzip")
    with pytest.raises(InputError, match=r"logits\.h5: "):
        logits_file.read(path)


@pytest.mark.parametrize(("name", "place"), [("label", 0), ("group", 1), ("frame_index", (1, 2)), ("class_name", 0)])
def test_what_has_no_checksum_of_hdf5_has_one_of_ours(path, name, place):
    with h5py.File(path, "r+") as file:
        file[name][place] = b"other" if name in logits_file.TEXTS else 1
    with pytest.raises(InputError, match="has another checksum than when it was written: give a whole one"):
        logits_file.read(path)
    with h5py.File(path, "r+") as file:
        del file.attrs["checksum"]
    logits_file.read(path)


def test_a_damaged_file_of_the_cache_is_refused_before_it_is_opened(path, logits):
    other = path.with_name("other")
    with provenance.recording(DUMP_LOGITS, path, {}, []):
        logits_file.write(path, logits, {})
    logits_file.read(path)
    logits_file.write(other, replace(logits, group=("g01", "g03")), {})
    path.write_bytes(other.read_bytes())
    with pytest.raises(InputError, match=r"logits\.h5: is damaged"):
        logits_file.read(path)


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
