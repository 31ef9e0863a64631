"""A process in which Triton's interpreter runs the kernels on the CPU, as exact as a graphics card, and stricter.

Triton decides when it is imported whether it interprets, so that a process can do only one of both.
"""

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np


class Interpreter:
    """The process; every request is a function of this module and its arguments."""

    def __init__(self) -> None:
        environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.interpreter"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function of this module returns in the process."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        pickle.dump((function.__name__, arguments), stdin)
        stdin.flush()
        answer = pickle.load(stdout)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def flow_in_doubt(frames: Any, tvl1: Any, batch: int) -> Any:
    """Return the same where every sum within a quarter of the threshold, or more, has to be taken again."""
    import triton.language as tl

    from twostream.flow.kernels import settling

    before, settling.OTHER_ORDER = settling.OTHER_ORDER, tl.constexpr(2**22)
    try:
        return flow(frames, tvl1, batch)
    finally:
        settling.OTHER_ORDER = before


def iterations_of_a_turn(frames: Any, tvl1: Any, launches: int) -> Any:
    """Return how many iterations of a pair that does not settle a turn of so many launches does."""
    import torch

    from twostream.flow import slots
    from twostream.flow.kernels.states import INNER

    with patch.multiple(slots, BLOCK=1024, PROGRAMS=2, LAUNCHES=launches):
        ours = slots.Slots(frames[0].shape, tvl1, 1, torch.device("cpu"))
        ours.load(0, torch.from_numpy(np.stack(frames[:2])))
        ours.advance()
    return ours.states[0, INNER.value].item()


def flow(frames: Any, tvl1: Any, batch: int) -> Any:
    """Return the flow between frames, by the kernels."""
    import torch

    from twostream.flow import cuda, slots

    # Few programs: an operation takes as long for one number as for many.
    slots.BLOCK, slots.RECOUNT_BLOCK, slots.PROGRAMS = 1024, 64, 2
    return list(cuda.solve(pairwise(frames), tvl1, torch.clone, torch.device("cpu"), batch))


def lengths(x: Any, y: Any) -> Any:
    """Return the exact lengths, the fast ones, and which of these are in doubt."""
    from support import probes

    low, high, exact = (np.empty_like(x) for _ in range(3))
    probes.run(probes.lengths, x, y, low, high, exact)
    return exact, low, low != high


def quotients(dividend: Any, divisor: Any) -> Any:
    """Return the quotients, and which of them are in doubt."""
    from support import probes

    quotient, doubtful = np.empty_like(dividend), np.empty_like(dividend)
    probes.run(probes.quotients, dividend, divisor, quotient, doubtful)
    return quotient, doubtful != 0


def total(numbers: Any) -> Any:
    """Return the sum of numbers, taken one by one."""
    from support import probes

    result = np.empty(1, np.float32)
    probes.run(probes.total, numbers, result, len(numbers))
    return result[0]


def _answer(name: str, arguments: Any) -> Any:
    try:
        return globals()[name](*arguments)
    except Exception as error:
        return RuntimeError(f"{type(error).__name__}: {error}")


def _serve() -> None:
    _make_exact()
    _make_strict()
    _make_faster()
    warnings.simplefilter("ignore", RuntimeWarning)  # Numbers that a mask leaves out are divided by 0.
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(_answer(*request), answers)
        answers.flush()


def _make_exact() -> None:
    """Let `fma` round once; the interpreter rounds the product, too."""
    from triton.runtime import interpreter

    def fma(_: Any, x: Any, y: Any, z: Any) -> Any:
        product, addend = x.data.astype(np.float64) * y.data.astype(np.float64), z.data.astype(np.float64)
        total = np.asarray(product + addend)
        part = total - product
        rest = (product - (total - part)) + (addend - part)
        # Where bits are lost, the last bit is set: so the sum is not rounded twice.
        bits = total.view(np.int64)
        bits = bits + np.where((rest != 0) & ((bits & 1) == 0), np.where((rest > 0) == (total > 0), 1, -1), 0)
        return interpreter.TensorHandle(bits.view(np.float64).astype(np.float32), z.dtype.scalar)

    interpreter.InterpreterBuilder.create_fma = fma


def _make_strict() -> None:
    """Refuse to read and write outside of a kernel's tensors."""
    from triton.runtime import interpreter

    builder, executor = interpreter.InterpreterBuilder, interpreter.GridExecutor
    load, store, run = builder.create_masked_load, builder.create_masked_store, executor.__call__
    extents: list[tuple[int, int]] = []

    def check(pointers: Any, mask: Any) -> None:
        at = np.extract(np.broadcast_to(mask.data, pointers.data.shape), pointers.data).astype(np.int64)
        if at.size and not any(start <= at.min() and at.max() < end for start, end in extents):
            raise IndexError(f"{at.min()} to {at.max()} is outside of {extents}")

    def checked_load(self: Any, pointers: Any, mask: Any, *others: Any) -> Any:
        check(pointers, mask)
        return load(self, pointers, mask, *others)

    def checked_store(self: Any, pointers: Any, value: Any, mask: Any, *others: Any) -> Any:
        check(pointers, mask)
        return store(self, pointers, value, mask, *others)

    def checked_run(self: Any, *arguments: Any, **options: Any) -> Any:
        tensors = [argument for argument in arguments if hasattr(argument, "data_ptr")]
        extents[:] = [(tensor.data_ptr(), tensor.data_ptr() + tensor.nbytes) for tensor in tensors]
        return run(self, *arguments, **options)

    builder.create_masked_load, builder.create_masked_store = checked_load, checked_store
    executor.__call__ = checked_run


def _make_faster() -> None:
    """Do not prepare the language anew for each function that a kernel calls."""
    from triton.runtime.interpreter import InterpretedFunction

    call = InterpretedFunction.__call__

    def call_prepared(self: Any, *arguments: Any, **options: Any) -> Any:
        ours = self.fn.__module__.startswith(("twostream", "support"))
        return self.rewrite()(*arguments, **options) if ours else call(self, *arguments, **options)

    InterpretedFunction.__call__ = call_prepared


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])
    _serve()
