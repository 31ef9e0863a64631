"""How runs that are averaged differ: their mean is a result where only seeds or splits differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from twostream.cache import keys
from twostream.cache.difference import MISSING, leaves

WITHOUT_EFFECT = (
    "report.",
    "compute.",
    "dataset.folder",
    "dataset.splits",
    "index.shards",
    "index_key",
    "stream_order",
)
"""Beginnings of settings that change no number, or say where things lie."""
DEMO = "demo."
SPLITS = ("dataset.split", "index.seed", "split_by")
"""Settings that say which videos are tested; the last is what a report says of its split."""
TRAINING = "training."
OF_TRAINING = ("settings.", "pixels.settings.", "initial.", "test.")
"""Beginnings of what a file of scores says of the settings of its network's training."""
FOR_A_MACHINE = ("pretrained_digest", "rounding", "decoder")
"""Endings of settings that are digests of a machine, or of what another setting says."""


class DifferenceRow(TypedDict):
    """A setting that differs between runs, the value that each has, and whether it may: seeds and splits may."""

    setting: str
    values: list[Any]
    allowed: bool


def differences(runs: Sequence[Mapping[str, Any]]) -> list[DifferenceRow]:
    """Return what differs between `runs`, reports as JSON holds them, as far as they say it."""
    settings = [dict(_settings(run)) for run in runs]
    settings = [_without_demo(each) for each in settings]
    names = dict.fromkeys(name for each in settings for name in each)
    rows = [_row(name, [each.get(name, MISSING) for each in settings]) for name in names]
    return [row for row in rows if row and len({keys.canonical(value) for value in row["values"]}) > 1] + _data(runs)


def is_known(run: Mapping[str, Any]) -> bool:
    """Return whether `run` says by which settings its networks were trained."""
    return any(name.startswith(("streams.", "scores.")) for name, _ in _settings(run))


def twins(runs: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Return the positions of two runs of the same settings, seeds, splits and numbers; None where there are none."""
    forms: dict[str, int] = {}
    for number, run in enumerate(runs):
        form = keys.canonical([sorted(_settings(run), key=str), run["streams"], run["fusion"], _tested(run)])
        if is_known(run) and form in forms:
            return forms[form], number
        forms.setdefault(form, number)
    return None


def _row(name: str, values: list[Any]) -> DifferenceRow | None:
    if name.startswith(WITHOUT_EFFECT) or name.endswith(FOR_A_MACHINE):
        return None
    return {"setting": name, "values": values, "allowed": name in SPLITS or name.split(".")[-1] == "seed"}


def _settings(run: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a run, dotted: those of its configuration, and what its files of scores say of theirs."""
    config, videos, scores = (run.get(name) or {} for name in ("config", "videos", "scores"))
    for section in (config, {"split_by": videos.get("split_by", MISSING)}):
        yield from leaves(section)
    for stream, row in scores.items():
        made_from = row.get("made_from") or {}
        for name, value in leaves(made_from):
            if name.startswith(OF_TRAINING):
                yield f"scores.{stream}.{name}", value


def _without_demo(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, without those of the demo where the videos are others."""
    is_demo = settings.get("dataset.folder") is None
    return settings if is_demo else {name: value for name, value in settings.items() if not name.startswith(DEMO)}


def _data(runs: Sequence[Mapping[str, Any]]) -> list[DifferenceRow]:
    """Return the data as a row where they differ: all videos, where lists do not choose some, and those of a split."""
    rows: list[DifferenceRow] = []
    totals = [_total(run) for run in runs]
    if len(set(totals)) > 1 and MISSING not in totals:
        rows.append({"setting": "videos of the data set", "values": totals, "allowed": False})
    by_split: dict[str, set[str]] = {}
    for run in runs:
        settings = dict(_settings(run))
        by_split.setdefault(keys.canonical([settings.get(name) for name in SPLITS]), set()).add(_tested(run))
    if any(len(tested) > 1 for tested in by_split.values()):
        rows.append({"setting": "test videos of a split", "values": [_tested(run) for run in runs], "allowed": False})
    return rows


def _total(run: Mapping[str, Any]) -> str:
    """Return how many videos and frames a data set has, of which the workflow itself made the split."""
    videos = run.get("videos") or {}
    is_own = "of our own" in videos.get("split_by", "")
    return f"{videos['train'] + videos['test']} of {videos['frames']} frames" if is_own else MISSING


def _tested(run: Mapping[str, Any]) -> str:
    """Return how many videos were tested, and a digest of their names."""
    names = sorted((run.get("predictions") or {}).get("video", []))
    return f"{len(names)} ({keys.digest(keys.canonical(names), 6)})"
