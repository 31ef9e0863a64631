"""What a unit of a stage's work took here, remembered in the cache, so that work to come can be reckoned.

Each job writes what it measured over what was known. The units are those of `forecast.amounts`.
"""

import math
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from twostream.cache import environment, keys
from twostream.errors import InputError
from twostream.files import records

FOLDER = "rates"
"""Of the cache, beside those of the stages."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a stage costs: core-seconds a unit of work, bytes a unit of what is stored, and a job's seconds to start."""

    seconds: float
    bytes: float
    start: float

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Rate":
        """Return the rate that `asdict` made `record` of; raise an error of `records.OTHER_FORM` where it is none."""
        rate = cls(**{name: float(record[name]) for name in cls.__annotations__})
        if not all(0 <= number < math.inf for number in asdict(rate).values()):
            raise ValueError("it is no rate")
        return rate


class Measurement:
    """The time that a job's work takes, from the making of this object on, and that its process took to start."""

    def __init__(self) -> None:
        self.start = seconds_of_process()
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self._began

    def note(
        self, output: Path, name: str, *, units: float, stored: float, threads: int, seconds: float | None = None
    ) -> None:
        """Remember, in the cache in which `output` lies, what so many `units` took by so many `threads`.

        `stored` are the units that `output` holds, `seconds` those of the units where they are not of all the work.
        What lies in no cache, or where nothing was done, is not remembered.
        """
        is_in_cache = len(output.parents) > 2 and name.startswith(f"{output.parents[1].name}-")
        if units <= 0 or not is_in_cache:
            return
        spent = self.seconds if seconds is None else seconds
        rate = Rate(
            seconds=spent * threads / units, bytes=output.stat().st_size / max(stored, 1.0), start=round(self.start, 2)
        )
        write(output.parents[2], name, rate)


def basis(stage: str, *settings: Any) -> str:
    """Return the name of the rate of `stage`: it depends on these `settings`, and on the processor."""
    return f"{stage}-{keys.digest(keys.canonical([*settings, environment.processor()]))}"


def read(root: Path, name: str) -> Rate | None:
    """Return the rate called `name` in the cache `root`, None where nothing was measured."""
    return records.read(path(root, name), Rate.from_record, "what it took is measured again")


def write(root: Path, name: str, rate: Rate) -> None:
    """Remember `rate` under `name`; where the cache may not be written to, it is forgotten."""
    with suppress(OSError, InputError):
        records.write(path(root, name), asdict(rate))


def path(root: Path, name: str) -> Path:
    """Return the file of the cache `root` that holds the rate called `name`."""
    return root / FOLDER / f"{name}.json"


def seconds_of_process(process: int | None = None) -> float:
    """Return the seconds since a process was started, by default this one, its imports included.

    By the kernel's clock where that can be read: the time of day of a start is known to a whole second only.
    """
    number = process or os.getpid()
    with suppress(OSError, ValueError, IndexError, AttributeError):
        fields = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    return max(0.0, time.time() - psutil.Process(number).create_time())
