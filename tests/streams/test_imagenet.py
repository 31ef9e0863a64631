"""The weights that `imagenet` stands for are files, pinned by their digests, whatever the version of torchvision."""

import hashlib

import pytest
import torchvision

from twostream import plan, survey
from twostream.config import check, schema, sizes
from twostream.errors import InputError
from twostream.streams import imagenet, weights

ARCHITECTURES = schema.of_stage("streams")["properties"]["architecture"]["enum"]


def test_every_architecture_has_its_weights():
    assert set(imagenet.FILES) == set(ARCHITECTURES)
    assert all(imagenet.digest(name, version).isalnum() for name in ARCHITECTURES for version in imagenet.NAMES)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_they_are_files_of_torchvision_that_take_our_size(name):
    side = sizes.only_size(name)
    fitting = [
        each.url
        for each in torchvision.models.get_model_weights(name)
        if not name.startswith("vit_") or each.meta["min_size"] == (side, side)
    ]
    assert imagenet.FOLDER + imagenet.file_name(name, "imagenet_v1") == fitting[0]
    assert imagenet.FOLDER + imagenet.file_name(name, "imagenet") in fitting


def test_their_digest_is_in_the_key_of_the_training(monkeypatch):
    settings = check.check({"streams": {"a": {"modality": "rgb", "architecture": "resnet50"}}})

    def train_settings():
        monkeypatch.setattr(survey.decoder, "find", lambda *_: survey.decoder.UNKNOWN)
        return plan.Plan(settings, survey.take(settings)).survey.weights

    assert train_settings() == {"a": "11ad3fa6"}
    monkeypatch.setitem(imagenet.FILES, "resnet50", ("other-01234567.pth",))
    assert train_settings() == {"a": "01234567"}


def test_another_file_of_that_name_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    digest = hashlib.sha256(b"weights").hexdigest()[:8]
    monkeypatch.setitem(imagenet.FILES, "resnet18", (f"resnet18-{digest}.pth",))
    file = tmp_path / "hub" / "checkpoints" / f"resnet18-{digest}.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    assert weights.imagenet_file("resnet18", "imagenet") == file
    file.write_bytes(b"weightz")
    with pytest.raises(InputError, match="is not the file of that name"):
        weights.imagenet_file("resnet18", "imagenet")
