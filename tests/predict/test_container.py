"""The file of a model, and what is refused in place of one: each in one line, and nothing in it is run."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from support.models import CLASSES, small_model
from twostream.errors import InputError
from twostream.predict import container, model


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def changed_head(source: Path, path: Path, **parts) -> Path:
    members = contents(source)
    head = json.loads(members[container.HEAD])
    return rewritten(path, members | {container.HEAD: json.dumps(head | parts).encode()})


def test_a_model_comes_back_as_it_was(model_file):
    before, after = small_model(), model.load(model_file)
    assert after.class_names == CLASSES
    assert after.settings == before.settings
    assert (after.fusion, after.card, after.provenance) == (before.fusion, before.card, before.provenance)
    for name, stream in before.streams.items():
        assert after.streams[name].design == stream.design
        weights = after.streams[name].network.state_dict()
        assert all(torch.equal(weights[layer], value) for layer, value in stream.network.state_dict().items())


def test_the_same_model_is_the_same_file(model_file, tmp_path):
    model.save(tmp_path / "again", small_model())
    assert (tmp_path / "again").read_bytes() == model_file.read_bytes()


def test_weights_are_tables_of_numbers_and_no_pickles(model_file):
    members = contents(model_file)
    assert set(members) == {
        "model.json",
        "card.md",
        "fusion.safetensors",
        "spatial.safetensors",
        "temporal.safetensors",
    }
    assert not any(content[:2] in (b"\x80\x02", b"PK") for content in members.values())


@pytest.mark.parametrize("part", np.linspace(0.01, 0.99, 7))
def test_a_file_that_is_cut_short_is_one_line(model_file, tmp_path, part):
    whole = model_file.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(InputError, match="is no model of twostream, or damaged"):
        model.load(tmp_path / "cut")


@pytest.mark.parametrize("part", np.linspace(0.001, 0.999, 9))
def test_a_file_with_a_changed_byte_is_one_line(model_file, tmp_path, part):
    spoilt = bytearray(model_file.read_bytes())
    spoilt[int(part * len(spoilt))] ^= 0xFF
    (tmp_path / "spoilt").write_bytes(spoilt)
    with pytest.raises(InputError, match=r"no model of twostream|holds no whole model"):
        model.load(tmp_path / "spoilt")


def test_a_newer_model_says_what_to_install(model_file, tmp_path):
    with pytest.raises(InputError, match=r"is a model of version 2, .* up to 1: install a newer twostream"):
        model.load(changed_head(model_file, tmp_path / "newer", version=2))


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"PK\x03\x04", b"\x80\x04cos\nsystem\n(S'false'\ntR.", np.random.default_rng(0).bytes(4096)],
)
def test_a_foreign_file_is_one_line(tmp_path, content):
    (tmp_path / "foreign").write_bytes(content)
    with pytest.raises(InputError, match="is no model of twostream, or damaged"):
        model.load(tmp_path / "foreign")


def test_a_checkpoint_of_torch_is_not_unpickled(tmp_path):
    torch.save({"design": 1}, tmp_path / "model.pt")
    with pytest.raises(InputError, match="is no model of twostream, or damaged"):
        model.load(tmp_path / "model.pt")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match="is not a file: give the file that twostream export wrote"):
        model.load(tmp_path / "nothing")


def test_what_is_compressed_may_swell_and_is_refused(model_file, tmp_path):
    path = rewritten(tmp_path / "bomb", contents(model_file), zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="a member is compressed or encrypted"):
        model.load(path)


def test_a_member_that_is_not_named_is_refused(model_file, tmp_path):
    path = rewritten(tmp_path / "more", contents(model_file) | {"../../etc/cron.d/x": b"* * * * * root true"})
    with pytest.raises(InputError, match="other members than it names"):
        model.load(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"class_names": ["Jump", "Run"]},
        {"class_names": []},
        {"class_names": 3},
        {"streams": {}},
        {"streams": {"spatial": {}}},
        {"settings": {}},
        {"fusion": {}},
        {"provenance": 3},
    ],
    ids=str,
)
def test_a_head_of_another_form_is_one_line(model_file, tmp_path, parts):
    with pytest.raises(InputError, match="holds no whole model"):
        model.load(changed_head(model_file, tmp_path / "other", **parts))


@pytest.mark.parametrize(("section", "inner"), [("flow", "flow"), ("tvl1", "flow.tvl1")])
def test_a_setting_that_only_a_newer_version_has_says_what_to_install(model_file, tmp_path, section, inner):
    settings = json.loads(contents(model_file)[container.HEAD])["settings"]
    (settings | settings["flow"])[section]["zoom"] = 2
    with pytest.raises(InputError, match=rf"has the setting {inner}\.zoom, .*: install a newer twostream"):
        model.load(changed_head(model_file, tmp_path / "other", settings=settings))


def test_a_stack_that_the_samples_do_not_hold_is_refused(model_file, tmp_path):
    settings = json.loads(contents(model_file)[container.HEAD])["settings"]
    settings["test"]["stack"] = 3
    with pytest.raises(InputError, match=r"a stack is longer than test\.stack"):
        model.load(changed_head(model_file, tmp_path / "other", settings=settings))


@pytest.mark.parametrize("names", [["Jump", "Jump", "Walk"], ["Jump", " ", "Walk"], ["Jump", "\ud800", "Walk"]])
def test_classes_that_cannot_be_told_apart_or_written_are_refused(model_file, tmp_path, names):
    streams = json.loads(contents(model_file)[container.HEAD])["streams"]
    for stream in streams.values():
        stream["class_names"] = names
    with pytest.raises(InputError, match="holds no whole model"):
        model.load(changed_head(model_file, tmp_path / "other", class_names=names, streams=streams))


@pytest.mark.parametrize("version", [0, -1, True, "1"])
def test_a_version_that_never_was_is_refused(model_file, tmp_path, version):
    with pytest.raises(InputError, match="of another form"):
        model.load(changed_head(model_file, tmp_path / "other", version=version))


def test_weights_of_another_network_are_refused(model_file, tmp_path):
    streams = json.loads(contents(model_file)[container.HEAD])["streams"]
    streams["spatial"]["design"]["architecture"] = "resnet18"
    with pytest.raises(InputError, match=r"holds no whole model|give"):
        model.load(changed_head(model_file, tmp_path / "other", streams=streams))


@pytest.mark.parametrize("name", ["../spatial", "/spatial", "Spatial", ""])
def test_a_stream_whose_name_leads_out_of_a_folder_is_refused(model_file, tmp_path, name):
    members = contents(model_file)
    head = json.loads(members[container.HEAD])
    head["streams"][name] = head["streams"].pop("spatial")
    head["fusion"]["streams"] = list(head["streams"])
    path = rewritten(tmp_path / "hostile", members | {container.HEAD: json.dumps(head).encode()})
    with pytest.raises(InputError, match="a stream has a name that none may have"):
        model.load(path)
