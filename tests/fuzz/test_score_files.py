"""Score files of every kind, damaged at random: scores or one line, and nothing else."""

import io
import pickle

import h5py
import numpy as np
import pytest
import torch

from support import fuzz
from twostream.logits import logits_file, score_file
from twostream.logits.logits_file import Logits

VALUES = np.random.default_rng(0).normal(size=(3, 2, 4)).astype(np.float32)
NAMES = ("Jump/a.avi", "Run/b.avi", "Run/ö.avi")


def logits() -> Logits:
    return Logits(
        logits=VALUES,
        video_id=NAMES,
        label=np.array([0, 1, 3]),
        frame_index=np.zeros((3, 2), np.int64),
        class_name=("A", "B", "C", "D"),
        split=("test", "test", "validation"),
        group=NAMES,
    )


def objects() -> np.ndarray:
    """TSN's array of objects: an array of scores and a label a video."""
    stored = np.empty((3, 2), object)
    for row in range(3):
        stored[row] = VALUES[row], row
    return stored


def saved(save, *values, **named) -> bytes:
    file = io.BytesIO()
    save(file, *values, **named)
    return file.getvalue()


def pickles() -> list[bytes]:
    by_name = dict(zip(NAMES, VALUES, strict=True))
    entries = [
        {"pred_score": torch.tensor(value[0]), "gt_label": 1, "frame_dir": name} for name, value in by_name.items()
    ]
    return [pickle.dumps(stored, protocol) for stored in (by_name, entries, objects()) for protocol in (0, 2, 5)]


def table() -> bytes:
    lines = [
        "video,a,b,c,d",
        *(f"{name},{','.join(map(str, row[0]))}" for name, row in zip(NAMES, VALUES, strict=True)),
    ]
    return "\n".join(lines).encode()


def samples(tmp_path) -> dict[str, list[bytes]]:
    logits_file.write(tmp_path / "whole.h5", logits(), {})
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        for name in logits_file.ARRAYS:
            file[name] = getattr(logits(), name)
        for name in logits_file.TEXTS:
            file.create_dataset(name, data=getattr(logits(), name), dtype=h5py.string_dtype())
    return {
        "pkl": pickles(),
        "npy": [saved(np.save, VALUES), saved(np.save, objects(), allow_pickle=True)],
        "npz": [
            saved(np.savez, scores=VALUES, labels=[0, 1, 3]),
            saved(np.savez_compressed, scores=VALUES, names=NAMES),
            saved(np.savez, scores=objects()),
        ],
        "csv": [table(), table().replace(b",", b"\t"), table().decode().encode("utf-16")],
        "h5": [(tmp_path / name).read_bytes() for name in ("whole.h5", "theirs.h5")],
    }


@pytest.mark.parametrize("suffix", ["pkl", "npy", "npz", "csv", "h5"])
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, suffix):
    contents = samples(tmp_path)[suffix]
    path = tmp_path / f"a.{suffix}"
    for content in contents:
        path.write_bytes(content)
        assert fuzz.accepts_or_refuses(lambda: score_file.read(path), content), "whole files are read"
    taken = [
        fuzz.accepts_or_refuses(lambda: score_file.read(path), content)
        for content in fuzz.files(suffix, contents, path)
    ]
    assert not all(taken)


BOMBS = {
    "a memo of 2 ** 28 places": b"\x80\x04Nr\x00\x00\x00\x10.",
    "bytes that are not there": b"\x80\x04\x8e\xff\xff\xff\xff\x0f\x00\x00\x00.",
    "an array of bytes that is not there": b"\x80\x05\x96\xff\xff\xff\xff\x0f\x00\x00\x00.",
    "lists in lists": b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "lists of one list": b"\x80\x04]q\x00" + b"".join(b"](h%ch%ceq%c" % (n, n, n + 1) for n in range(40)) + b".",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_few_bytes_do_not_take_gigabytes(tmp_path, name):
    path = tmp_path / "a.pkl"
    path.write_bytes(BOMBS[name])
    assert not fuzz.accepts_or_refuses(lambda: score_file.read(path), BOMBS[name])


def test_a_small_archive_does_not_take_gigabytes(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**14, 2**16)})
    (tmp_path / "a.npy").write_bytes(header.getvalue() + bytes(64))
    assert not fuzz.accepts_or_refuses(lambda: score_file.read(tmp_path / "a.npy"), "a header")
    np.savez_compressed(tmp_path / "a.npz", scores=np.zeros((560, 1 << 20), np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 2 << 20
    assert not fuzz.accepts_or_refuses(lambda: score_file.read(tmp_path / "a.npz"), "zeros")
