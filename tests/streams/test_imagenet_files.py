"""ImageNet weights are downloaded whole and verified, or not at all."""

import hashlib

import pytest

from twostream.errors import InputError
from twostream.streams import imagenet, imagenet_files

CONTENT = b"weights"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder to download from, and one of torch to download to."""
    digest = hashlib.sha256(CONTENT).hexdigest()[:8]
    (tmp_path / "server").mkdir()
    monkeypatch.setattr(imagenet, "FOLDER", f"{(tmp_path / 'server').as_uri()}/")
    monkeypatch.setitem(imagenet.FILES, "resnet18", (f"resnet18-{digest}.pth",))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "server" / f"resnet18-{digest}.pth"


def test_a_missing_file_is_downloaded_once(server):
    server.write_bytes(CONTENT)
    assert imagenet_files.fetch("resnet18", "imagenet").read_bytes() == CONTENT
    server.unlink()
    assert imagenet_files.fetch("resnet18", "imagenet").read_bytes() == CONTENT


@pytest.mark.parametrize("content", [None, b"", b"weight"])
def test_a_file_that_cannot_be_had_or_is_cut_leaves_nothing(server, content):
    if content is not None:
        server.write_bytes(content)
    with pytest.raises(
        InputError,
        match=r"of resnet18: cannot be downloaded \(.*\): add the file: get file:.*`none`",
    ):
        imagenet_files.fetch("resnet18", "imagenet")
    assert not list(imagenet_files.place("resnet18", "imagenet").parent.glob("*"))


@pytest.mark.parametrize(
    ("variables", "folder"),
    [({"TORCH_HOME": "/t"}, "/t"), ({"XDG_CACHE_HOME": "/x"}, "/x/torch"), ({"HOME": "/h"}, "/h/.cache/torch")],
)
def test_the_place_is_torchs_own(monkeypatch, variables, folder):
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(imagenet_files.place("resnet18", "imagenet")) == f"{folder}/hub/checkpoints/resnet18-f37072fd.pth"
