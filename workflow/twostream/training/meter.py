"""The sums of an epoch so far: seconds, loss and accuracy."""

import math
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from torch import Tensor

from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import HostCopy
from twostream.errors import InputError
from twostream.training.history import Epoch


class TimedBatches(Iterator[Any]):
    """The batches of a loader, and the `seconds` waited for them so far, the start of the loader included."""

    def __init__(self, batches: Iterable[Any]) -> None:
        self.seconds = 0.0
        self._batches = batches
        self._iterator: Iterator[Any] | None = None

    def __next__(self) -> Any:
        """Return the next batch."""
        began = time.perf_counter()
        try:
            if self._iterator is None:
                self._iterator = iter(self._batches)
            return next(self._iterator)
        finally:
            self.seconds += time.perf_counter() - began


class Meter:
    """Sums over an epoch in this process, `totals`: loss, right at first, right within five, videos."""

    def __init__(self, batches: TimedBatches) -> None:
        self.totals = [0.0] * 4
        self._batches = batches
        self._waited_before = batches.seconds
        self._unread: deque[tuple[HostCopy, Sequence[str], int]] = deque()
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the epoch began."""
        return time.perf_counter() - self._began

    @property
    def data_time(self) -> float:
        """Seconds waited for data since the epoch began."""
        return self._batches.seconds - self._waited_before

    def add(self, counts: Tensor, videos: Sequence[str], step: int) -> None:
        """Take the `counts` (4,) of a step, to be read later, with the ids of its `videos`."""
        self._unread.append((HostCopy(counts), videos, step))

    def read(self, is_last: bool) -> None:
        """Add to the totals the counts of all steps but the last one that the device has finished.

        Those of the last step, and of steps that it has not finished, are read if it `is_last`: waiting for them would
        leave the device without work. InputError, naming the step's videos, where a loss is not finite.
        """
        while self._unread and (is_last or (len(self._unread) > 1 and self._unread[0][0].is_there)):
            counts, videos, step = self._unread.popleft()
            values = counts.values().tolist()
            if not math.isfinite(values[0]):
                raise InputError(
                    "the training loss",
                    f"is not finite in step {step + 1}, whose videos are {', '.join(sorted(videos))}",
                    "lower this stream's lr, or set its clip",
                )
            self.totals = [total + value for total, value in zip(self.totals, values, strict=True)]

    def text(self, steps: int, lr: float) -> str:
        """Return what the bar shows after so many `steps`."""
        loss, right1, right5, count = self.totals
        seconds = f"batch {self.seconds / steps:.2f} s, data {self.data_time / steps:.3f} s"
        if not count:  # The device has finished no step yet.
            return f"{seconds}, lr {lr:.2g}"
        accuracy = f"top-1 {100 * right1 / count:.1f}, top-5 {100 * right5 / count:.1f}"
        return f"{seconds}, loss {loss / count:.3f}, {accuracy}, lr {lr:.2g}"

    def row(self, epoch: int, steps: int, lr: float, processes: ProcessGroup) -> Epoch:
        """Return the row of the table of `epoch`, from 0, with the counts of all processes."""
        loss_sum, right1, right5, count = processes.all_reduce(self.totals)
        batch_time, data_time = (round(spent / steps, 4) for spent in (self.seconds, self.data_time))
        percent = 100 / count
        return Epoch(
            epoch=epoch + 1,
            batch_time=batch_time,
            data_time=data_time,
            loss=loss_sum / count,
            prec1=percent * right1,
            prec5=percent * right5,
            lr=lr,
        )
