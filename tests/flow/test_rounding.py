"""The fused backend rounds as one version of OpenCV does, whichever OpenCV and whichever processor there are."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twostream.flow import resize, warp

OPENCV_4_14 = "90a4ccb41d84"
"""The digest of what OpenCV 4.14 computes on x86-64 with AVX2, its own TV-L1 and the fused backend alike."""

AVX2 = 11
"""OpenCV's number of that feature of a processor."""


def digest(backend: str, **environment: str) -> str:
    command = [sys.executable, "-m", "twostream.flow.fingerprint", backend]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout))


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OPENCV_CPU_DISABLE": "AVX2,FMA3,AVX512-SKX"},
        {"OPENCV_IPP": "disabled"},
        {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": "CACHE"},
    ],
    ids=str,
)
def test_the_fused_backend_gives_the_same_bits_on_every_processor(environment, tmp_path):
    folder = {name: str(tmp_path) for name, value in environment.items() if value == "CACHE"}
    assert digest("fused", **environment | folder) == OPENCV_4_14


def test_so_does_the_opencv_whose_rule_it_follows():
    if not (cv2.__version__.startswith("4.14") and cv2.checkHardwareSupport(AVX2)):
        pytest.skip("another OpenCV or another processor, which rounds by another rule")
    assert digest("opencv") == OPENCV_4_14


sizes = st.integers(2, 60)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 100 + width).normal(0, 100, (height, width)).astype(np.float32)


def bilinear(image: np.ndarray, axis: int, count: int, step: float) -> np.ndarray:
    """The definition, in double precision: a new pixel's middle, between the middles of two old ones."""
    old = np.arange(image.shape[axis])
    at = (np.arange(count) + 0.5) * step - 0.5
    return np.apply_along_axis(lambda line: np.interp(at, old, line), axis, image)


@given(sizes, sizes, st.floats(0.3, 0.95))
def test_shrinking_is_bilinear(height, width, scale):
    image = noise(height, width)
    ours = resize.shrink(image, scale)
    expected = bilinear(bilinear(image.astype(float), 1, ours.shape[1], 1 / scale), 0, ours.shape[0], 1 / scale)
    assert ours == pytest.approx(expected, abs=1e-3)


@given(sizes, sizes, st.floats(1, 3))
def test_enlarging_is_bilinear(height, width, factor):
    image, ours = noise(height, width), np.empty((round(height * factor), round(width * factor)), np.float32)
    resize.enlarge(image, ours)
    wide = bilinear(image.astype(float), 1, ours.shape[1], width / ours.shape[1])
    assert ours == pytest.approx(bilinear(wide, 0, ours.shape[0], height / ours.shape[0]), abs=1e-3)


def cubic(distance: np.ndarray) -> np.ndarray:
    """Keys's kernel, a = -0.75, in double precision."""
    d, a = np.abs(distance), -0.75
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    return np.where(d <= 1, near, np.where(d < 2, a * (d**3 - 5 * d**2 + 8 * d - 4), 0))


@settings(max_examples=25)
@given(st.integers(4, 30), st.integers(4, 30), st.sampled_from([0.3, 3, 40, 1e12]))
def test_a_warp_is_bicubic_at_steps_of_a_32nd_and_zero_outside(height, width, reach):
    images = np.stack([noise(height, width + i)[:, :width] for i in range(3)])
    u, v = np.random.default_rng(height).normal(0, reach, (2, height, width)).astype(np.float32)
    warped = np.empty((height, 3, width), np.float32)
    for y in range(height):
        warp.warp_row(images, warp.WEIGHTS, y, u[y], v[y], warped[y])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along = cubic(np.rint((x + u).astype(float) * 32)[..., None] / 32 - np.arange(width))
    down = cubic(np.rint((y + v).astype(float) * 32)[..., None] / 32 - np.arange(height))
    expected = np.einsum("yxj,yxi,kji->ykx", down, along, images.astype(float))
    assert warped == pytest.approx(expected, abs=1e-3)
