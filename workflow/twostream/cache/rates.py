"""What a unit of a stage's work took here, remembered in the cache, so that work to come can be reckoned.

Each job writes what it measured over what was known. The units are those of `forecast.amounts`.
"""

import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twostream.cache import environment, keys
from twostream.cache.clock import Clock, seconds_to_start
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
    """The time that a job's work takes, from the making of this object on, and that its process took to start.

    Both as on an idle machine: a core that another program has today would be reckoned as work to come.
    """

    def __init__(self) -> None:
        self.start = seconds_to_start()
        self._clock = Clock()

    @property
    def seconds(self) -> float:
        """Seconds since the work began, by the clock on the wall."""
        return self._clock.seconds

    def note(
        self,
        output: Path,
        name: str,
        *,
        units: float,
        stored: float,
        threads: int,
        part: float = 1.0,
        together: bool = False,
    ) -> None:
        """Remember, in the cache in which `output` lies, what so many `units` took by so many `threads`.

        `stored` are the units that `output` holds; of the work's time the units took a `part`, from 0 to 1. Threads
        that work `together` all wait for one that waits for a core. What lies in no cache, or where nothing was done,
        is not remembered.
        """
        is_in_cache = len(output.parents) > 2 and name.startswith(f"{output.parents[1].name}-")
        if units <= 0 or not is_in_cache:
            return
        spent = part * self._clock.core_seconds(threads, together)
        rate = Rate(seconds=spent / units, bytes=output.stat().st_size / max(stored, 1.0), start=round(self.start, 2))
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
