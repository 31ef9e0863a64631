"""Sequences with known flow: files written here by their formats' definitions, and errors against the definitions."""

import json
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support.material import shared
from twostream.bench import _truth
from twostream.bench import flow as bench
from twostream.errors import InputError
from twostream.flow import truth, truth_files
from twostream.flow.truth import Truth

SHIFT = (3.0, -1.0)
HEIGHT, WIDTH = 48, 64


def picture(step: int, colour: bool = True) -> Image.Image:
    """A texture that moves by SHIFT at each step, drawn by PIL."""
    noise = np.random.default_rng(1).integers(0, 256, (20, 24, 3), np.uint8)
    left, top = 20 - step * SHIFT[0], 20 - step * SHIFT[1]
    drawn = Image.fromarray(noise).resize((120, 100), Image.Resampling.BICUBIC)
    drawn = drawn.crop((int(left), int(top), int(left) + WIDTH, int(top) + HEIGHT))
    return drawn if colour else drawn.convert("L")


def constant(shift: tuple[float, float] = SHIFT) -> np.ndarray:
    """Flow (height, width, 2) that is the same everywhere."""
    return np.tile(np.array(shift, np.float32), (HEIGHT, WIDTH, 1))


def write_flo(path: Path, flow: np.ndarray) -> Path:
    """The definition: PIEH, width, height, then u and v in turn, row by row, little-endian."""
    numbers = [float(value) for row in flow for pixel in row for value in pixel]
    data = b"PIEH" + struct.pack("<ii", flow.shape[1], flow.shape[0]) + struct.pack(f"<{len(numbers)}f", *numbers)
    path.write_bytes(data)
    return path


def write_kitti(path: Path, flow: np.ndarray, known: np.ndarray) -> Path:
    """A PNG of 16 bits a channel, built by hand: 64 u + 2^15, 64 v + 2^15, 1 where that is known; big-endian."""
    rows = b""
    for values, is_known in zip(flow, known, strict=True):
        pixels = [
            (round(64 * u + 2**15), round(64 * v + 2**15), 1) if k else (0, 0, 0)
            for (u, v), k in zip(values, is_known, strict=True)
        ]
        rows += b"\0" + b"".join(struct.pack(">HHH", *pixel) for pixel in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", flow.shape[1], flow.shape[0], 16, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


def frames(folder: Path, *names: str, colour: bool = True) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for step, name in enumerate(names):
        picture(step, colour).save(folder / name)


def found(folder: Path) -> list[tuple[str, str, str, str]]:
    """The name of each sequence, and the paths of its frames and flow below `folder`."""
    top = folder.resolve()
    return [
        (files.name, *(path.relative_to(top).as_posix() for path in (files.before, files.after, files.flow)))
        for files in truth_files.find(folder)
    ]


def test_a_flo_file_is_read_and_unknown_flow_is_left_out(tmp_path):
    flow = np.random.default_rng(0).normal(0, 9, (HEIGHT, WIDTH, 2)).astype(np.float32)
    unknown = {(0, 0): 1e9, (1, 2): 1.666e9, (3, 4): -1e10, (5, 6): np.nan, (7, 8): np.inf}
    for number, (pixel, value) in enumerate(unknown.items()):
        flow[pixel][number % 2] = value
    ours, is_known = truth.read_flow(write_flo(tmp_path / "a.flo", flow))
    assert {(int(y), int(x)) for y, x in np.argwhere(~is_known)} == set(unknown)
    assert np.array_equal(ours[:, is_known], flow.transpose(2, 0, 1)[:, is_known])
    assert np.isfinite(ours).all()


def test_a_png_of_kitti_is_read_and_only_what_is_known_counts(tmp_path):
    rng = np.random.default_rng(0)
    flow = np.round(rng.uniform(-511, 511, (HEIGHT, WIDTH, 2)) * 64) / 64
    known = rng.random((HEIGHT, WIDTH)) < 0.2
    ours, is_known = truth.read_flow(write_kitti(tmp_path / "a.png", flow, known))
    assert np.array_equal(is_known, known)
    assert np.array_equal(ours[:, known], flow.transpose(2, 0, 1)[:, known])


@pytest.mark.parametrize(
    ("images", "flow"),
    [
        (("frame10.png", "frame11.png"), "flow10.flo"),
        (("frame_0001.png", "frame_0002.png"), "frame_0001.flo"),
        (("kitti_000010_10.png", "kitti_000010_11.png"), "kitti_noc_000010_10.png"),
        (("im1.ppm", "im2.ppm"), "truth.flo"),
        (("before.jpg", "after.jpg"), "gt.PNG"),
        (("0007.BMP", "0008.BMP"), "0007.FLO"),
        (("seq2_9.tif", "seq2_10.tif"), "flow9.flo"),
    ],
)
@pytest.mark.parametrize("colour", [True, False])
def test_a_sequence_in_one_folder_is_recognised(tmp_path, images, flow, colour):
    folder = tmp_path / "Scene"
    frames(folder, *images, colour=colour)
    if flow.lower().endswith("flo"):
        write_flo(folder / flow, constant())
    else:
        write_kitti(folder / flow, constant(), np.ones((HEIGHT, WIDTH)))
    assert found(tmp_path) == [("Scene", *(f"Scene/{name}" for name in (*images, flow)))]
    assert found(folder) == [("Scene", *images, flow)]
    sequence = truth.read(truth_files.find(folder)[0])
    assert sequence.before.shape == sequence.after.shape == (HEIGHT, WIDTH, 3)
    assert sequence.flow[:, 5, 5].tolist() == list(SHIFT)


def test_the_frames_of_the_number_are_taken_out_of_many(tmp_path):
    frames(tmp_path, *(f"frame{number:02d}.png" for number in range(7, 15)))
    write_flo(tmp_path / "flow10.flo", constant())
    assert found(tmp_path) == [(tmp_path.name, "frame10.png", "frame11.png", "flow10.flo")]


def test_a_folder_whose_name_lies_between_two_files_of_flow_does_not_part_them(tmp_path):
    frames(tmp_path, *(f"frame_{number}.png" for number in (1, 2, 3)))
    frames(tmp_path / "frame_1b", "frame_1.png", "frame_2.png")
    for name in ("frame_1.flo", "frame_2.flo", "frame_1b/frame_1.flo"):
        write_flo(tmp_path / name, constant())
    names = {name for name, *_ in found(tmp_path)}
    assert names == {f"{tmp_path.name}/frame_1", f"{tmp_path.name}/frame_2", "frame_1b"}


def test_folders_as_of_sintel_are_matched(tmp_path):
    for side in ("clean", "final", "flow_viz", "occlusions"):
        for scene in ("alley_1", "cave_2"):
            frames(tmp_path / side / scene, *(f"frame_000{number}.png" for number in (1, 2, 3)))
    for scene in ("alley_1", "cave_2"):
        (tmp_path / "flow" / scene).mkdir(parents=True)
        for number in (1, 2):
            write_flo(tmp_path / "flow" / scene / f"frame_000{number}.flo", constant())
    rows = found(tmp_path)
    assert len(rows) == 8
    name = "final/cave_2"
    expected = (f"{name}/frame_0002.png", f"{name}/frame_0003.png", "flow/cave_2/frame_0002.flo")
    assert (f"{name}/frame_0002", *expected) in rows


def test_folders_as_of_kitti_are_matched_and_the_right_camera_is_not(tmp_path):
    for camera in ("image_2", "image_3"):
        frames(tmp_path / camera, *(f"00000{scene}_1{number}.png" for scene in (0, 1) for number in (0, 1)))
    (tmp_path / "flow_noc").mkdir()
    for scene in (0, 1):
        write_kitti(tmp_path / "flow_noc" / f"00000{scene}_10.png", constant(), np.ones((HEIGHT, WIDTH)))
    assert found(tmp_path)[1] == (
        "image_2/000001_10",
        *("image_2/000001_10.png", "image_2/000001_11.png", "flow_noc/000001_10.png"),
    )
    assert len(found(tmp_path)) == 2


def scene(folder: Path) -> Path:
    frames(folder, "frame10.png", "frame11.png")
    return write_flo(folder / "flow10.flo", constant())


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HOSTILE = {
    "no flow": (lambda folder: (folder / "flow10.flo").unlink(), "holds no flow"),
    "no second frame": (lambda folder: (folder / "frame11.png").unlink(), "has no two frames"),
    "empty flow": (lambda folder: (folder / "flow10.flo").write_bytes(b""), "does not begin with PIEH"),
    "another magic": (lambda folder: (folder / "flow10.flo").write_bytes(b"EIPH" * 9), "does not begin with PIEH"),
    "header only": (lambda folder: (folder / "flow10.flo").write_bytes(b"PIEH\1\0"), "not the size of a flow"),
    "flow cut short": (lambda folder: os.truncate(folder / "flow10.flo", 999), "has 999 bytes, which is not the size"),
    "negative size": (
        lambda folder: (folder / "flow10.flo").write_bytes(b"PIEH" + struct.pack("<ii", -2, -2) + bytes(32)),
        "a flow of -2 x -2",
    ),
    "huge size": (
        lambda folder: (folder / "flow10.flo").write_bytes(b"PIEH" + struct.pack("<ii", 2**31 - 1, 2**31 - 1)),
        "has 12 bytes",
    ),
    "all unknown": (
        lambda folder: write_flo(folder / "flow10.flo", constant((1e9, 1e9))),
        "knows the flow of no pixel",
    ),
    "another size": (
        lambda folder: write_flo(folder / "flow10.flo", constant()[:, 1:]),
        "has 64 x 48 pixels, the flow",
    ),
    "frame cut short": (lambda folder: os.truncate(folder / "frame10.png", 500), "is cut short"),
    "no image": (lambda folder: (folder / "frame10.png").write_text("hello"), "is unreadable"),
    "a pipe": (lambda folder: pipe(folder / "frame10.png"), "is not a file"),
    "a folder": (lambda folder: [(folder / "flow10.flo").unlink(), (folder / "flow10.flo").mkdir()], "is not a file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_one_line_before_any_flow_is_computed(tmp_path, monkeypatch, case, capsys):
    scene(tmp_path / "good")
    scene(tmp_path / "bad")
    spoil, line = HOSTILE[case]
    spoil(tmp_path / "bad")
    folder = tmp_path / "bad" if case == "no flow" else tmp_path
    monkeypatch.setattr(_truth, "load", lambda *_: pytest.fail("flow is computed"))
    with pytest.raises(InputError) as refused:
        _truth.main(folder, {}, ["fused"])
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_errors_are_those_of_the_definitions():
    true, ours = np.zeros((2, 4, 5)), np.zeros((2, 4, 5))
    true[0] = 100
    ours[0] = 100
    ours[:, 0, 0] = 103, 4  # 5 px off, and 5 % of 100 px: no outlier.
    ours[:, 0, 1] = 106, 0  # 6 px off, and over 5 %.
    ours[:, 0, 2] = 101.5, 0
    ours[:, 3, 4] = 900, 0
    known = np.ones((4, 5), bool)
    known[3, 4] = False
    frame = np.zeros((4, 5, 3), np.uint8)
    errors = _truth.errors(ours, Truth(frame, frame, true, known))
    assert errors == pytest.approx({"epe": (5 + 6 + 1.5) / 19, "over_1px": 300 / 19, "fl": 100 / 19})


def test_the_bench_tells_of_every_backend_and_sequence(tmp_path, monkeypatch, capsys):
    for name in ("First", "Second"):
        scene(tmp_path / name)
    backends = ["opencv", "fused", "dis", "farneback"]
    monkeypatch.setattr(sys, "argv", ["flow", "--truth", str(tmp_path), "--backends", *backends, "raft"])
    bench.main()
    lines = capsys.readouterr().out.splitlines()
    numbers = json.loads(lines[-1])
    assert lines[0].split()[:2] == ["sequence", "backend"]
    assert len(lines) == 1 + 3 * len(backends) + 1
    assert list(numbers) == ["First", "Second", "mean"]
    assert all(list(numbers[name]) == backends for name in numbers)
    assert all(numbers["mean"][backend]["epe"] < 0.5 for backend in backends)
    assert numbers["First"]["fused"]["epe"] == numbers["mean"]["fused"]["epe"]


def test_a_backend_that_does_not_run_here_is_a_line_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    scene(tmp_path)
    monkeypatch.delattr("cv2.optflow")
    monkeypatch.setattr(sys, "argv", ["flow", "--truth", str(tmp_path), "--backends", "opencv", "dis"])
    bench.main()
    printed = capsys.readouterr()
    assert list(json.loads(printed.out.splitlines()[-1])[tmp_path.name]) == ["dis"]
    warnings = [line for line in printed.err.splitlines() if "warning" in line]
    assert len(warnings) == 1
    assert "flow backend opencv: does not run here" in warnings[0]


def test_real_sequences_are_read():
    folder = shared("flow_truth")
    known = {files.name: truth.read(files) for files in truth_files.find(folder)}
    assert known["RubberWhale"].flow.shape == (2, 388, 584)
    assert known["RubberWhale"].is_known.mean() == pytest.approx(0.984, abs=1e-3)
    assert np.abs(known["RubberWhale"].flow).max() < 5
    assert known["kitti_000010"].is_known.mean() == pytest.approx(0.234, abs=1e-3)
