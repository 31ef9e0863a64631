"""How far the flow of every backend is from the truth, on sequences for which it is known."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from twostream import console
from twostream.bench import timing
from twostream.compute import workers
from twostream.errors import InputError
from twostream.flow import fingerprint, truth, truth_files
from twostream.flow.compute import Engine, load
from twostream.flow.parameters import Flow
from twostream.flow.truth import Files, Truth

HEADINGS = {"epe": "end-point error", "over_1px": "% over 1 px", "fl": "% Fl", "seconds": "seconds"}
"""What is measured of a sequence and a backend: its name in JSON, and in the table."""

Row = dict[str, Any]


def main(folder: Path, settings: Mapping[str, Any], backends: Sequence[str]) -> None:
    """Print a table of the errors of `backends`, with the `settings` of `flow`, and the same as JSON.

    InputError where a sequence in `folder` is not whole: all are read before any flow is computed.
    """
    sequences = truth_files.find(folder)
    for files in workers.progress(sequences, "reading", "sequence"):
        truth.read(files)
    rows = list(_rows(sequences, _engines(settings, backends)))
    means = list(_means(rows)) if len(sequences) > 1 else []
    numbers: dict[str, dict[str, Row]] = {}
    for row in (*rows, *means):
        numbers.setdefault(row["sequence"], {})[row["backend"]] = {name: row[name] for name in HEADINGS}
    timing.show([{HEADINGS.get(name, name): value for name, value in row.items()} for row in (*rows, *means)], numbers)


def errors(flow: Flow, known: Truth) -> dict[str, float]:
    """Return the mean end-point error of `flow` (2, height, width) in pixels, and two fractions in per cent.

    These are of the pixels whose error is over 1 pixel, and over both 3 pixels and 5 % of the motion: KITTI's Fl.
    """
    error = np.hypot(*(flow - known.flow))[known.is_known]
    motion = np.hypot(*known.flow)[known.is_known]
    outlier = (error > 3) & (error > 0.05 * motion)
    values = (error.mean(), 100 * (error > 1).mean(), 100 * outlier.mean())
    return {name: float(value) for name, value in zip(("epe", "over_1px", "fl"), values, strict=True)}


def _engines(settings: Mapping[str, Any], backends: Sequence[str]) -> dict[str, Engine]:
    """Return the backends that run here, and say which do not; raft is left out where it has no weights."""
    engines = {}
    for name in backends:
        if name == "raft" and settings["raft"]["weights"] is None:
            continue
        try:
            engine = load({**settings, "backend": name})
            list(engine(fingerprint.frames()))
        except (ImportError, InputError) as error:  # Of OpenCV without its contributed modules, say.
            console.warn(f"flow backend {name}", f"does not run here ({' '.join(str(error).split()):.100})")
        else:
            engines[name] = engine
    return engines


def _rows(sequences: Sequence[Files], engines: Mapping[str, Engine]) -> Iterator[Row]:
    for files in workers.progress(sequences, "flow", "sequence"):
        known = truth.read(files)
        for name, engine in engines.items():
            began = perf_counter()
            (flow,) = engine(iter([known.before, known.after]))
            seconds = perf_counter() - began
            yield {"sequence": files.name, "backend": name, **errors(flow, known), "seconds": seconds}


def _means(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the means over the sequences, each of which counts the same."""
    in_order = sorted(rows, key=lambda row: list(dict.fromkeys(row["backend"] for row in rows)).index(row["backend"]))
    for backend, group in groupby(in_order, key=lambda row: row["backend"]):
        values = np.mean([[row[name] for name in HEADINGS] for row in group], axis=0)
        yield {"sequence": "mean", "backend": backend, **dict(zip(HEADINGS, map(float, values), strict=True))}
