"""Videos share a solver: its batches hold pairs of several, and each video gets its own flow."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.flow import pytorch
from twostream.flow.parameters import TVL1, Grey, Pair
from twostream.flow.quantise import Stored, quantise
from twostream.flow.shared import AHEAD, SharedSolver

PARAMETERS = TVL1(
    tau=0.25,
    lambda_=0.15,
    theta=0.3,
    scales=2,
    scale_step=0.5,
    warps=2,
    epsilon=0.01,
    inner_iterations=5,
    outer_iterations=2,
    median_filter=5,
)
BATCH = 6


def video(number: int, frames: int, width: int = 24) -> list[Grey]:
    noise = np.random.default_rng(number).integers(0, 256, (20, width + frames), np.uint8)
    return [noise[:, t : t + width] for t in range(frames)]


def sums(pairs: Iterator[Pair | None], batches: list[list[Pair]]) -> Iterator[Stored]:
    """What stands for a solver: the sum of both frames. It notes its batches."""
    batch: list[Pair] = []
    for pair in chain(pairs, [None]):
        batch += [pair] if pair else []
        if batch and (pair is None or len(batch) == BATCH):
            batches.append(batch)
            for before, after in batch:
                yield before + after
            batch = []


def solve_together(solver: SharedSolver, videos: list[list[Grey]]) -> list[list[Stored]]:
    with ThreadPoolExecutor(len(videos)) as pool:
        return list(pool.map(lambda frames: list(solver.solve(iter(frames))), videos))


def test_flow_is_that_of_each_video_alone_to_the_bit():
    solve = partial(pytorch.solve_quantised, tvl1=PARAMETERS, bound=20.0, device="cpu", batch=BATCH)
    videos = [
        video(n, frames, width) for n, (frames, width) in enumerate([(3, 24), (9, 24), (4, 31), (15, 24), (2, 31)])
    ]
    together = solve_together(SharedSolver(solve, BATCH), videos)
    for frames, fields in zip(videos, together, strict=True):
        alone = pytorch.solve(iter(frames), PARAMETERS, device="cpu")
        assert np.array_equal(fields, [quantise(field, 20.0) for field in alone])
        assert len(fields) == len(frames) - 1


def test_short_videos_fill_a_batch_together():
    """The solver waits for a full batch, which none of the videos can fill alone."""
    batches: list[list[Pair]] = []

    def patient(pairs: Iterator[Pair | None]) -> Iterator[Stored]:
        full = list(islice(filter(None, pairs), 0 if batches else BATCH))
        return sums(chain(full, pairs), batches)

    videos = [video(n, 3) for n in range(6)]
    together = solve_together(SharedSolver(patient, BATCH), videos)
    assert [len(fields) for fields in together] == [2] * 6
    assert len({id(before.base) for before, _ in batches[0]}) >= 3


def test_videos_of_two_sizes_take_turns():
    batches: list[list[Pair]] = []
    videos = [video(n, 200, width=24 + n % 2) for n in range(4)]
    together = solve_together(SharedSolver(partial(sums, batches=batches), BATCH), videos)
    assert all(len({before.shape for before, _ in batch}) == 1 for batch in batches)
    for frames, fields in zip(videos, together, strict=True):
        assert np.array_equal(fields, np.array(frames[:-1]) + frames[1:])


def test_frames_are_taken_only_some_batches_ahead():
    taken = fetched = 0
    ahead = []

    def greys() -> Iterator[Grey]:
        nonlocal taken
        for frame in video(0, 100):
            taken += 1
            ahead.append(taken - fetched)
            yield frame

    for _ in SharedSolver(partial(sums, batches=[]), BATCH).solve(greys()):
        fetched += 1
    assert fetched == 99
    # A frame more than pairs, one that is taken and not handed in, and a pair that is fetched and not counted yet.
    assert max(ahead) <= AHEAD * BATCH + 3


@pytest.mark.parametrize("frames", [0, 1])
def test_a_video_without_a_pair_has_no_flow(frames):
    assert list(SharedSolver(partial(sums, batches=[]), BATCH).solve(iter(video(0, frames)))) == []


def test_a_video_that_cannot_be_decoded_fails_alone():
    def broken() -> Iterator[Grey]:
        yield from video(0, 9)
        raise OSError("cut short")

    solver = SharedSolver(partial(sums, batches=[]), BATCH)
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(lambda: list(solver.solve(iter(video(1, 50)))))
        failing = pool.submit(lambda: list(solver.solve(broken())))
        assert len(other.result()) == 49
        with pytest.raises(OSError, match="cut short"):
            failing.result()


def test_a_video_that_is_given_up_leaves_room_for_others():
    solver = SharedSolver(partial(sums, batches=[]), BATCH)
    for _ in range(5):
        fields = solver.solve(iter(video(0, 100)))
        next(fields)
        fields.close()
    assert len(list(solver.solve(iter(video(1, 100))))) == 99


@pytest.mark.parametrize("fault", ["raises", "ends early"])
def test_where_the_solver_fails_every_video_does(fault):
    def failing(pairs: Iterator[Pair | None]) -> Iterator[Stored]:
        yield from (before + after for before, after in [next(pairs), next(pairs)][:1])
        if fault == "raises":
            raise MemoryError("full")

    solver = SharedSolver(failing, BATCH)
    for number in range(2):
        with pytest.raises((MemoryError, RuntimeError), match=r"full|left out \d+ pairs"):
            list(solver.solve(iter(video(number, 40))))


@given(st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=50), st.floats(0.5, 64))
def test_the_device_quantises_to_the_same_bytes(values, bound):
    flow = np.array(values, np.float32)
    halves = ((np.arange(-127, 128) + 0.5) * (bound / 127)).astype(np.float32)
    for numbers in (flow, halves):
        device = pytorch.quantise_tensor(pytorch.torch.from_numpy(numbers), bound).numpy()
        assert np.array_equal(device, quantise(numbers, bound))
