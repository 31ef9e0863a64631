import json
import os
import shutil
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from support.videos import encode, entry, moving_dots
from twostream import plan
from twostream.cache.stages import COMPUTE_FLOW
from twostream.config import check
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow import backends, opencv
from twostream.flow.compute import compute, load_solver
from twostream.flow.parameters import TVL1, Flow, Solver
from twostream.flow.quantise import dequantise, quantise
from twostream.stacks import codecs
from twostream.steps import compute_flow
from twostream.videos import decode, probe
from twostream.videos.image import Image

BACKENDS = backends.TVL1
DEFAULTS = TVL1.from_settings(check.check({})["flow"]["tvl1"])
fields = arrays(np.float32, (2, 3, 4), elements=st.floats(-60, 60, width=32))
bounds = st.floats(0.5, 100)


@given(fields, bounds)
def test_quantised_flow_comes_back_within_half_a_step(field, bound):
    back = dequantise(quantise(field, bound), bound)
    assert np.abs(back - np.clip(field, -bound, bound)).max() <= bound / 254 * 1.001


@given(bounds)
def test_no_motion_comes_back_as_exactly_zero(bound):
    assert (dequantise(quantise(np.zeros((2, 1, 1), np.float32), bound), bound) == 0).all()


@given(fields, bounds)
def test_quantisation_is_symmetric(field, bound):
    assert (quantise(-field, bound).astype(int) + quantise(field, bound) == 256).all()


def scene(motion: str, frames: int = 2, width: int = 96, height: int = 64) -> Iterator[Image]:
    """Grey frames of a random texture, as `motion` says."""
    rng = np.random.default_rng(3)
    still = cv2.GaussianBlur(rng.uniform(0, 255, (height, width)).astype(np.float32), (0, 0), 2)
    still = cv2.normalize(still, None, 0, 255, cv2.NORM_MINMAX)
    for t in range(frames):
        if motion == "black":
            yield np.zeros((height, width), np.uint8)
        elif motion == "cut":
            yield (255 - still if t % 2 else still).astype(np.uint8)
        elif motion == "noise":
            yield np.clip(still + rng.normal(0, 12, still.shape), 0, 255).astype(np.uint8)
        else:
            shift = {"still": (0, 0), "slow": (0.6, -0.3), "fast": (5, 3)}[motion]
            matrix = np.array([[1, 0, shift[0] * t], [0, 1, shift[1] * t]], np.float32)
            yield cv2.warpAffine(still, matrix, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)


def check_agreement(frames: Sequence[Image], backend: str, parameters: TVL1 = DEFAULTS, batch: int = 4) -> None:
    """The bars that a backend has to pass against OpenCV, whatever the processor it runs on."""
    farthest, equal = {"fused": (0.01, 0.99), "torch": (0.05, 0.95)}[backend]
    theirs = np.array(list(opencv.solve(iter(frames), parameters)))
    ours = np.array(list(load_solver(backend, "cpu", batch)(iter(frames), parameters)))
    assert ours.shape == theirs.shape == (len(frames) - 1, 2, *frames[0].shape)
    assert ours.dtype == np.float32
    assert np.hypot(*(ours - theirs).swapaxes(0, 1)).mean() <= farthest
    assert (quantise(ours, 20) == quantise(theirs, 20)).mean() >= equal


@pytest.mark.parametrize("backend", ["fused", "torch"])
class TestAgreementWithOpenCV:
    @pytest.mark.parametrize("motion", ["still", "slow", "fast", "noise", "cut", "black"])
    def test_of_scenes(self, backend, motion):
        check_agreement(list(scene(motion, 3)), backend)

    @pytest.mark.parametrize(("width", "height"), [(16, 16), (17, 16), (31, 53), (127, 65), (300, 16)])
    def test_at_sizes(self, backend, width, height):
        check_agreement(list(scene("slow", 2, width, height)), backend)

    def test_at_1080p(self, backend):
        quick = replace(DEFAULTS, scales=3, warps=1, outer_iterations=2, inner_iterations=4)
        check_agreement(list(scene("fast", 2, 1920, 1080)), backend, quick)

    @pytest.mark.parametrize(
        "other",
        [
            {"median_filter": 1},
            {"median_filter": 3},
            {"scale_step": 0.5},
            {"scale_step": 0.01},
            {"scales": 1, "warps": 1},
            {"epsilon": 1e-6, "warps": 1, "inner_iterations": 7},
            {"tau": 0.1, "lambda_": 0.05, "theta": 0.5},
        ],
        ids=str,
    )
    def test_with_parameters(self, backend, other):
        check_agreement(list(scene("slow")), backend, replace(DEFAULTS, **other))

    def test_of_real_clips(self, backend, clips):
        for path in sorted(clips.glob("*.*")):
            frames = [frame for _, frame in zip(range(3), decode.decode(path, 96), strict=False)]
            check_agreement([cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames], backend)


def known_motion(name: str, size: int = 96) -> tuple[list[Image], Flow]:
    """Two grey frames and the true flow (2, size, size) between them, pixels drawn where the motion leads."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    dx, dy = x - size / 2, y - size / 2
    turn, growth = 0.03, 0.03
    u, v = {
        "translation": (np.full_like(x, 1.7), np.full_like(x, -0.8)),
        "rotation": (np.cos(turn) * dx - np.sin(turn) * dy - dx, np.sin(turn) * dx + np.cos(turn) * dy - dy),
        "zoom": (growth * dx, growth * dy),
        "layers": (np.where(np.hypot(dx, dy) < size / 4, 2.0, -1.0), np.zeros_like(x)),
    }[name]
    texture = cv2.GaussianBlur(np.random.default_rng(5).uniform(0, 255, (size, size)), (0, 0), 1.5)
    after = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX).astype(np.float32)
    at = (x + u).astype(np.float32), (y + v).astype(np.float32)
    before = cv2.remap(after, *at, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return [np.clip(np.rint(image), 0, 255).astype(np.uint8) for image in (before, after)], np.stack([u, v])


@pytest.mark.parametrize("motion", ["translation", "rotation", "zoom", "layers"])
@pytest.mark.parametrize("backend", ["fused", "torch"])
def test_no_backend_is_farther_from_the_truth_than_opencv(backend, motion):
    frames, truth = known_motion(motion)

    def error(solver: Solver) -> float:
        (field,) = solver(iter(frames), DEFAULTS)
        return float(np.hypot(*(field - truth))[8:-8, 8:-8].mean())

    reference = error(opencv.solve)
    assert reference < 0.4
    assert error(load_solver(backend, "cpu")) <= 1.01 * reference


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_a_batch_gives_what_its_pairs_give_alone(batch):
    frames = [*scene("fast", 2), *scene("still", 2), *scene("slow", 3)]
    quick = replace(DEFAULTS, warps=2)
    alone = [next(load_solver("torch", "cpu", 1)(iter(pair), quick)) for pair in pairwise(frames)]
    together = list(load_solver("torch", "cpu", batch)(iter(frames), quick))
    assert np.array_equal(alone, together)


@pytest.mark.parametrize("backend", BACKENDS)
class TestEveryBackend:
    @pytest.mark.parametrize("step", [1.0, -2.0])
    def test_flow_is_pixels_a_frame_x_to_the_right(self, backend, step):
        (first, *_) = compute(moving_dots(2, step=step), DEFAULTS, load_solver(backend, "cpu"))
        assert first.shape == (2, 48, 64)
        inner = first[:, 8:-8, 8:-8]
        assert np.median(inner[0]) == pytest.approx(step, abs=0.1)
        assert np.median(inner[1]) == pytest.approx(0, abs=0.1)

    def test_a_still_scene_does_not_move(self, backend):
        (first,) = compute(moving_dots(2, step=0), DEFAULTS, load_solver(backend, "cpu"))
        assert (quantise(first, 20) == 128).all()

    def test_fields_are_not_written_over_by_the_next(self, backend):
        fields = compute(moving_dots(3, step=1), DEFAULTS, load_solver(backend, "cpu"))
        first = next(fields)
        copy = first.copy()
        next(fields)
        assert np.array_equal(first, copy)

    def test_a_frame_smaller_than_the_pyramid_allows_is_refused(self, backend):
        with pytest.raises(InputError, match=r"frames of 12 x 48 pixels are too small.* set it to 16"):
            next(compute(moving_dots(2, width=12), DEFAULTS, load_solver(backend, "cpu")))

    def test_few_frames_are_held_at_once(self, backend):
        alive: set[int] = set()
        most = 0

        def counted_frames() -> Iterator[Image]:
            nonlocal most
            for frame in moving_dots(40, width=24, height=16):
                alive.add(id(frame))
                weakref.finalize(frame, alive.discard, id(frame))
                most = max(most, len(alive))
                yield frame

        quick = replace(DEFAULTS, scales=1, warps=1, outer_iterations=1, inner_iterations=1)
        assert sum(1 for _ in compute(counted_frames(), quick, load_solver(backend, "cpu", 4))) == 39
        assert most <= 3


@pytest.mark.parametrize(("devices", "backend"), [(0, "fused"), (1, "torch")])
def test_auto_is_the_fastest_backend_here(monkeypatch, devices, backend):
    monkeypatch.setattr(backends, "_cuda_devices", lambda: devices)
    assert backends.resolve("auto") == backend
    assert backends.resolve("opencv") == "opencv"


def test_the_key_contains_the_backend_that_auto_stands_for(monkeypatch):
    def key(backend: str) -> str:
        return plan.make(check.check({"flow": {"backend": backend}})).video_key(COMPUTE_FLOW)

    monkeypatch.setattr(backends, "_cuda_devices", lambda: 0)
    assert key("auto") == key("fused")
    assert len({key("opencv"), key("fused"), key("torch")}) == 3
    monkeypatch.setattr(backends, "_cuda_devices", lambda: 1)
    assert key("auto") == key("torch")


def test_a_backend_imports_no_other(tmp_path):
    code = "import sys; from twostream.flow.compute import load_solver; load_solver('{}'); print(*sorted(sys.modules))"
    for backend, others in (("opencv", {"torch", "numba"}), ("fused", {"torch"}), ("torch", {"numba"})):
        process = subprocess.run(
            [sys.executable, "-c", code.format(backend)], capture_output=True, text=True, check=True
        )
        assert not others & set(process.stdout.split())


def test_the_compiled_solver_is_kept_where_the_package_cannot_be_written(tmp_path):
    package = shutil.copytree(Path(backends.__file__).parents[1], tmp_path / "lib" / "twostream") / "flow"
    shutil.rmtree(package / "__pycache__", ignore_errors=True)
    (package / "__pycache__").touch()  # A file where the folder would be stops even root.
    code = (
        "import numpy as np; from twostream.flow import fused as f; image = np.zeros((16, 16), np.float32); "
        "compiled = f.central_differences; compiled(image, np.zeros((2, 16, 16), np.float32)); "
        "print(len(compiled.stats.cache_hits))"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "lib"), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
        for _ in range(2)
    ]
    assert runs == ["0\n", "1\n"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0])
@pytest.mark.parametrize("name", ["tau", "theta", "epsilon", "scales", "scale_step", "warps"])
def test_meaningless_parameters_are_refused(name, value):
    with pytest.raises(InputError, match=rf"flow\.tvl1\.{name}: is"):
        check.check({"flow": {"tvl1": {name: value}}})


def test_opencv_without_its_contributed_modules_is_refused(monkeypatch):
    monkeypatch.delattr(cv2, "optflow")
    with pytest.raises(InputError, match=r"flow\.backend: is opencv, and the OpenCV here has no optflow: install"):
        opencv.create(DEFAULTS)


def test_defaults_are_opencvs():
    ours, theirs = opencv.create(DEFAULTS), cv2.optflow.DualTVL1OpticalFlow_create()
    getters = [name for name in dir(theirs) if name.startswith("get") and name != "getDefaultName"]
    assert len(getters) >= 12
    for name in getters:
        assert getattr(ours, name)() == getattr(theirs, name)(), name


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_shard_says_how_its_flow_was_made(tmp_path, backend):
    path = encode(tmp_path / "a" / "b.avi", moving_dots(4))
    video = entry("a/b.avi", frames=4, digest=probe.content_digest(path))
    settings = check.check({"flow": {"short_side": 32, "backend": backend, "tvl1": {"warps": 1}}})["flow"]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("a/b.avi")
        compute_flow.write_flow("cpu", 2, False, tmp_path, settings, video, group)
        assert group["dense"].shape == (3, 2, 32, 43)
        assert [int(group.attrs[name]) for name in ("bound", "height", "width")] == [20, 32, 43]
        assert hdf5.read_text_attr(group, "backend") == backend
        assert TVL1.from_settings(json.loads(hdf5.read_text_attr(group, "tvl1"))) == replace(DEFAULTS, warps=1)


def test_flow_of_a_real_clip_is_stored_a_pair_less_than_frames(clips, tmp_path):
    path = clips / "ucf3" / "Diving" / "v_Diving_g01_c01.avi"
    frames = [frame for _, frame in zip(range(4), decode.decode(path, 64), strict=False)]
    fields = (quantise(field, 20) for field in compute(iter(frames), DEFAULTS, opencv.solve))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        codecs.write(file.create_group("clip"), fields, 3, "zstd", 95)
        assert file["clip/dense"].shape == (3, 2, 64, 85)
        assert file["clip/dense"].chunks == (1, 2, 64, 85)
