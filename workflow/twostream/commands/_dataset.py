"""What the commands share that look at a data set: its index, whatever is wrong with it."""

import io
import os
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from twostream import plan
from twostream.cache import keys
from twostream.cache.stages import INDEX
from twostream.compute import workers
from twostream.config.schema import Settings
from twostream.plan import Plan
from twostream.steps import index as step
from twostream.videos import index
from twostream.videos.index import Index

MOST_BAD = 0.99
"""The part of the videos that may be bad for there to be something to look at."""


@dataclass(frozen=True)
class DataSet:
    """A data set as a run would see it: what was planned of its settings, and its index."""

    planned: Plan
    index: Index


def look(settings: Settings) -> DataSet:
    """Return the data set of the checked `settings`, its bad videos and those that are missing counted, not refused.

    What is in the videos is noted in the cache, so that a run need not read them again. InputError where there is
    nothing to tell apart, to train or to test on.
    """
    planned = plan_of(settings)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / INDEX.artefact
        with redirect_stdout(io.StringIO()):  # Who looks says it better.
            step.main(_arguments(planned, out))
        return DataSet(planned, index.read(out))


def plan_of(settings: Settings) -> Plan:
    """Return the plan of the checked `settings`, by which nothing that is wrong with the data set ends a run."""
    lenient = {
        "index": settings["index"] | {"max_bad": MOST_BAD, "strict": False},
        "dataset": settings["dataset"] | {"missing": "skip"},
    }
    return plan.make(settings | lenient)


def _arguments(planned: Plan, out: Path) -> list[str]:
    """Return the arguments of the step `index`, as its rule gives them."""
    texts = {
        "settings": keys.canonical(planned.index_settings),
        "folder": str(planned.folder),
        "form": keys.canonical(planned.form.to_json()),
        "ledger": str(planned.ledger),
        "workers": str(workers.cores(os.cpu_count() or 1)),
        "decoder": planned.survey.reads,
        "out": str(out),
    }
    return [f"--{name}={text}" for name, text in texts.items() if text]
