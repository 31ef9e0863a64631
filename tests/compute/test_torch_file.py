"""Files of tensors: every damaged byte is noticed, and a bomb is refused."""

import pickle
import zipfile

import numpy as np
import pytest
import torch

from twostream.compute import torch_file
from twostream.errors import InputError

VALUES = {"weights": torch.arange(3000, dtype=torch.float32), "epochs": [1, {"loss": 0.5}]}


def is_same(value) -> bool:
    return value["epochs"] == VALUES["epochs"] and torch.equal(value["weights"], VALUES["weights"])


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path):
    file = tmp_path / "state.pt"
    torch.save(VALUES, file)
    content = file.read_bytes()
    noticed, rng = 0, np.random.default_rng(0)
    for position in rng.integers(0, len(content), 400):
        flipped = bytearray(content)
        flipped[position] ^= 1 << int(rng.integers(8))
        file.write_bytes(flipped)
        try:
            assert is_same(torch_file.load(file)), position
        except AssertionError:
            raise
        except Exception:
            noticed += 1
    assert noticed > 300


def test_torch_itself_does_not_notice(tmp_path):
    """What the checksum is for."""
    file = tmp_path / "state.pt"
    torch.save(VALUES, file)
    content = bytearray(file.read_bytes())
    content[content.index(np.float32(2000).tobytes())] ^= 1
    file.write_bytes(content)
    assert not is_same(torch.load(file, weights_only=True))
    with pytest.raises(ValueError, match="has another checksum than when it was written"):
        torch_file.load(file)


def test_a_compressed_file_is_refused_before_it_is_unpacked(tmp_path):
    torch.save({"weights": torch.zeros(1 << 20)}, tmp_path / "plain.pt")
    plain, bomb = zipfile.ZipFile(tmp_path / "plain.pt"), zipfile.ZipFile(tmp_path / "bomb.pt", "w", 8)
    with plain, bomb:
        for part in plain.infolist():
            bomb.writestr(part.filename, plain.read(part))
    with pytest.raises(ValueError, match="is compressed"):
        torch_file.load(tmp_path / "bomb.pt")


def test_a_file_of_the_old_form_that_asks_for_gigabytes_is_refused(tmp_path):
    file = tmp_path / "old.pt"
    torch.save({"a": torch.zeros(3)}, file, _use_new_zipfile_serialization=False)
    content = file.read_bytes()
    assert torch.equal(torch_file.load(file)["a"], torch.zeros(3))
    # The number of elements that the pickle claims of the storage: 3 becomes 2 ** 31 - 1, eight gigabytes.
    head, tail = content.split(b"K\x03Nt", 1) if b"K\x03Nt" in content else content.split(b"K\x03t", 1)
    mark = content[len(head) + 2 : len(content) - len(tail)]
    file.write_bytes(head + pickle.BININT + (2**31 - 1).to_bytes(4, "little") + mark + tail)
    with pytest.raises((InputError, RuntimeError)):
        torch_file.load(file)
