"""What this process takes: the time of cores, as on a machine on which nothing else runs, and memory."""

import os
import resource
import time
from contextlib import suppress
from pathlib import Path

import psutil


class Clock:
    """Time from the making of this object on.

    A thread that could run and waits for a core, since another program has it, would run on an idle machine: the kernel
    counts that time, and it is taken off. Waiting for a disk or for another thread stays in.
    """

    def __init__(self) -> None:
        self._start = _now()

    @property
    def seconds(self) -> float:
        """Seconds so far, whatever else ran."""
        return _now()[0] - self._start[0]

    def core_seconds(self, threads: int = 1, together: bool = False) -> float:
        """Return the seconds so far of so many `threads`, at least those that the processor worked.

        Of threads that work `together`, as on one batch, all wait for the one that waits for a core.
        """
        wall, cpu, waited = (now - then for now, then in zip(_now(), self._start, strict=True))
        return held(wall, cpu, waited, threads, together)


def held(wall: float, cpu: float, waited: float, threads: int, together: bool) -> float:
    """Return the seconds of cores that so many `threads` hold on an idle machine, as `Clock.core_seconds` does.

    They took `wall` seconds of the clock and `cpu` of cores, and `waited` so long for one, all together.
    """
    queued = max(0.0, waited) * (threads if together else 1)
    return max(cpu, threads * wall - queued, 0.0)


def seconds_waited(process: int | str = "self") -> float:
    """Return the seconds that the threads of a process have waited for a core, as the kernel counts them."""
    return sum(_waited(thread) for thread in Path(f"/proc/{process}/task").glob("*/schedstat"))


def seconds_to_start() -> float:
    """Return the seconds since this process was started, its imports included, without those of waiting for a core."""
    _, cpu, waited = _now()
    return max(cpu, seconds_of_process() - waited, 0.0)


def seconds_of_process(process: int | None = None) -> float:
    """Return the seconds since a process was started, by default this one, its imports included.

    By the kernel's clock where that can be read: the time of day of a start is known to a whole second only.
    """
    number = process or os.getpid()
    with suppress(OSError, ValueError, IndexError, AttributeError):
        fields = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    return max(0.0, time.time() - psutil.Process(number).create_time())


def peak_memory() -> float:
    """Return the most bytes that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def _now() -> tuple[float, float, float]:
    """Return the seconds of the clock, of all cores that this process has used, and that its threads waited for one."""
    return time.monotonic(), time.process_time(), seconds_waited()


def _waited(file: Path) -> float:
    """Return the seconds that a thread waited; its file has the nanoseconds that it ran, and those that it waited."""
    with suppress(OSError, ValueError, IndexError):  # The thread has ended, or the kernel does not count.
        return int(file.read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0
