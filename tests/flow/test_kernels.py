"""The kernels without a graphics card: interpreted, against `fused`, and compiled for cards that are not there."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from twostream.config import check
from twostream.flow import fused
from twostream.flow.parameters import TVL1

pytest.importorskip("triton", reason="without Triton there are no kernels to try")

import torch

from support import compiled, interpreter
from twostream.flow.slots import Slots

DEFAULTS = TVL1.from_settings(check.check({})["flow"]["tvl1"])
QUICK = replace(DEFAULTS, scales=1, warps=1, outer_iterations=2, inner_iterations=2)


@pytest.fixture(scope="module")
def interpreted() -> Iterator[interpreter.Interpreter]:
    process = interpreter.Interpreter()
    yield process
    process.close()


def scene(motion: str, height: int, width: int, frames: int = 2) -> list[np.ndarray]:
    """Grey frames of a texture that moves as `motion` says."""
    rng = np.random.default_rng(3)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (height, width)).astype(np.float32), (0, 0), 2)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    u, v = {"slow": (1.3, -0.7), "fast": (9.0, 5.0)}.get(motion, (0, 0))
    matrices = [np.array([[1, 0, u * t], [0, 1, v * t]], np.float32) for t in range(frames)]
    moved = [cv2.warpAffine(texture, m, (width, height), borderMode=cv2.BORDER_REFLECT) for m in matrices]
    noise = rng.normal(0, 12, (frames, height, width)) * (motion == "noise")
    return list((np.clip(moved + noise, 0, 255) * (motion != "black")).astype(np.uint8))


@pytest.mark.parametrize(
    ("motion", "height", "width", "other"),
    [
        ("slow", 16, 16, {}),
        ("slow", 17, 33, {"median_filter": 3}),
        ("fast", 22, 21, {"scales": 2, "scale_step": 0.75, "warps": 2}),
        ("noise", 16, 30, {"epsilon": 0.5, "inner_iterations": 6}),
        ("still", 18, 16, {"median_filter": 1}),
        ("black", 16, 17, {"tau": 0.1, "lambda_": 0.05, "theta": 0.5}),
    ],
)
def test_interpreted_kernels_give_the_bits_of_fused(interpreted, motion, height, width, other):
    frames, tvl1 = scene(motion, height, width), replace(QUICK, **other)
    assert np.array_equal(interpreted(interpreter.flow, frames, tvl1, 1), list(fused.solve(iter(frames), tvl1)))


def test_slots_that_take_one_pair_after_another_give_what_each_pair_gives_alone(interpreted):
    frames, tvl1 = scene("noise", 16, 16, 6), replace(QUICK, epsilon=2.0, inner_iterations=5)
    assert np.array_equal(interpreted(interpreter.flow, frames, tvl1, 2), list(fused.solve(iter(frames), tvl1)))


@pytest.mark.parametrize("epsilon", [0.5, 0.1])
def test_pairs_stop_after_the_iteration_that_settles_them_the_first_or_the_second_of_a_launch(interpreted, epsilon):
    frames, tvl1 = scene("noise", 16, 16), replace(QUICK, warps=3, epsilon=epsilon, inner_iterations=5)
    expected = list(fused.solve(iter(frames), tvl1))
    for way in (interpreter.flow, interpreter.flow_in_doubt):
        assert np.array_equal(interpreted(way, frames, tvl1, 2), expected)


def test_a_launch_does_two_iterations_but_one_where_a_median_filter_follows(interpreted):
    frames = scene("noise", 16, 16)
    for inner, launches, done in ((9, 1, 2), (9, 3, 6), (9, 4, 8), (9, 5, 0), (8, 4, 0)):
        tvl1 = replace(QUICK, epsilon=0.0, inner_iterations=inner)
        assert interpreted(interpreter.iterations_of_a_turn, frames, tvl1, launches) == done


def hard_lengths(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors whose length lies next to the middle of two numbers, which double precision takes for a tie or not."""
    rng = np.random.default_rng(5)
    x = rng.uniform(1, 2, count).astype(np.float32)
    middle = x.astype(np.float64) + 2.0**-24
    y = np.sqrt(middle**2 - x.astype(np.float64) ** 2).astype(np.float32)
    y = (y.view(np.int32) + rng.integers(-1, 2, count, np.int32)).view(np.float32)
    scale = (2.0 ** rng.integers(-30, 20, count)).astype(np.float32)
    return x * scale, y * scale


def test_a_length_has_the_bits_of_double_precision(interpreted):
    rng = np.random.default_rng(6)
    for x, y in (hard_lengths(2**16), rng.normal(0, 1, (2, 2**16)).astype(np.float32)):
        long = np.sqrt(x.astype(np.float64) ** 2 + y.astype(np.float64) ** 2).astype(np.float32)
        exact, fast, doubtful = interpreted(interpreter.lengths, x, y)
        assert np.array_equal(exact, long)
        assert np.array_equal(fast[~doubtful], long[~doubtful])
    assert doubtful.mean() < 1e-3


def hard_quotients(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Dividends and divisors whose quotient lies next to the middle of two numbers; the last divisors are all ones."""
    rng = np.random.default_rng(7)
    divisor = rng.uniform(1, 2, count).astype(np.float32)
    divisor[-count // 4 :] = np.float32(2 - 2.0**-23)
    middle = (rng.integers(2**24, 2**25, count) | 1) * 2.0**-24
    return (middle * divisor).astype(np.float32), divisor


def test_a_quotient_is_the_processors_or_in_doubt(interpreted):
    rng = np.random.default_rng(8)
    tiny = (rng.normal(0, 1, 2**16) * 10.0 ** rng.uniform(-44, 0, 2**16)).astype(np.float32)
    divisors = rng.uniform(1, 100, 2**16).astype(np.float32)
    for dividend, divisor in (hard_quotients(2**16), (tiny, divisors), (tiny * 0, divisors)):
        quotient, doubtful = interpreted(interpreter.quotients, dividend, divisor)
        assert np.array_equal(quotient[~doubtful], (dividend / divisor)[~doubtful])
    assert not doubtful.any()


@pytest.mark.parametrize("kind", ["even", "small first", "ties", "zeros", "tiny"])
def test_a_recount_is_the_sum_one_by_one(interpreted, kind):
    rng = np.random.default_rng(9)
    numbers = {
        "even": rng.uniform(0, 1, 3000),
        "small first": np.sort(rng.lognormal(-9, 6, 3000)),
        "ties": rng.integers(0, 64, 3000) * 2.0 ** rng.integers(-20, 4, 3000),
        "zeros": np.where(rng.uniform(size=3000) < 0.9, 0, rng.uniform(0, 1e-3, 3000)),
        "tiny": np.append(rng.uniform(0, 1e-42, 2000), rng.uniform(0, 1e-30, 1000)),
    }[kind].astype(np.float32)
    assert interpreted(interpreter.total, numbers) == np.add.accumulate(numbers)[-1]


@pytest.fixture(scope="module")
def launches() -> dict[str, compiled.Launch]:
    return compiled.record(Slots((256, 340), DEFAULTS, 4, torch.device("cpu")).advance)


@pytest.mark.parametrize("capability", [80, 89, 90])
def test_compiled_iterations_leave_registers_for_many_warps(launches, capability, tmp_path):
    kernel = compiled.compile_for(launches["iterate"], capability, tmp_path)
    assert kernel.registers <= 80
    assert kernel.spilled_bytes == 0
    assert ".f64" not in kernel.ptx
    assert kernel.fmas() == kernel.intended_fmas > 0


def test_no_kernel_spills_or_fuses_or_uses_double_precision(launches, tmp_path):
    kernels = {name: compiled.compile_for(launch, 90, tmp_path) for name, launch in launches.items()}
    assert {name for name, kernel in kernels.items() if kernel.spilled_bytes or ".f64" in kernel.ptx} == set()
    assert {n: kernel.fmas() for n, kernel in kernels.items()} == {n: k.intended_fmas for n, k in kernels.items()}
    assert {name for name, kernel in kernels.items() if kernel.fmas()} == {
        "shrink",
        "begin_flow",
        "linearise",
        "iterate",
    }
