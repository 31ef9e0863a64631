"""A report of made-up numbers, small or large, whose names are as hostile as names can be."""

from typing import Any

import numpy as np

from support.scores import fusion_settings
from twostream.fusion import findings
from twostream.fusion.stream_scores import StreamScores

HOSTILE = [
    "<script>alert('x')</script>",
    "\"quoted\" & 'quoted'",
    "</script><b>bold",
    "跳远 🏃‍♀️",
    "=1+1",
    "url(#a) {{ x }}",
]
FUSION: dict[str, Any] = {"normalisations": ["none"], "poolings": ["mean"], "strategies": ["max"], "step": 0.25}


def made_up(classes: int = 6, streams: int = 2, videos: int = 120) -> dict[str, Any]:
    """Return a report of scores that are drawn at random, with a bad video and a table of training."""
    scores = random_scores(classes, streams if streams < 4 else 2, videos)
    numbers: Any = findings.find(scores, fusion_settings(**FUSION), 2)
    for number in range(len(scores.names), streams):
        _add_stream(numbers, f"stream{number}")
    names = list(scores.class_name)
    return numbers | {
        "title": HOSTILE[0],
        "pictured": [_pictured(numbers, outcome, scores.names) for outcome in ("rescued", "lost")],
        "training": {name: [_epoch(epoch) for epoch in range(1, 31)] for name in scores.names},
        "videos": _videos(names),
        "checks": [
            {"name": f"Check {n}", "verdict": verdict, "reason": HOSTILE[n], "worst": [HOSTILE[0]] * n}
            for n, verdict in enumerate(("pass", "warn", "fail"))
        ],
        "costs": [],
        "stages": [],
        "config": {"dataset": {"folder": HOSTILE[0]}},
        "made_by": {},
    }


def _add_stream(numbers: dict[str, Any], name: str) -> None:
    """Add a stream that is like the first one: to fuse so many would take the tests too long."""
    first = numbers["streams"][0]["stream"]
    numbers["streams"].append(numbers["streams"][0] | {"stream": name})
    for row in numbers["fusion"]:
        row["streams"].append(name)
    gains = (row["gain"] for row in numbers["classes"])
    for part in (numbers["predictions"]["predicted"], numbers["calibration"], *gains):
        part[name] = part[first]
    for shown in (numbers["examples"][outcome]["shown"] for outcome in ("rescued", "lost")):
        for video in shown:
            video["streams"][name] = video["streams"][first]


def random_scores(classes: int, streams: int, videos: int) -> StreamScores:
    """Return scores that are right more often than not, of two samples a video."""
    rng = np.random.default_rng(0)
    names = [*HOSTILE, *(f"class {number:04d}" for number in range(len(HOSTILE), classes))][:classes]
    labels = np.arange(videos) % classes
    samples = 2 * np.eye(classes)[labels][:, None] + rng.normal(size=(streams, videos, 2, classes))
    return StreamScores(
        names=tuple(["spatial", "temporal", *(f"stream{number}" for number in range(2, streams))][:streams]),
        modalities=("unknown",) * streams,
        samples=tuple(samples.astype(np.float32)),
        labels=labels,
        groups=np.array([f"g{number % 5:02d}" for number in range(videos)]),
        is_test=np.ones(videos, bool),
        video_id=tuple(f"{names[label]}/v{number}.avi" for number, label in enumerate(labels)),
        class_name=tuple(names),
        chosen_on=("unknown",) * streams,
    )


def _pictured(numbers: dict[str, Any], outcome: str, streams: tuple[str, ...]) -> dict[str, Any]:
    names = numbers["class_names"]
    guesses = [{"class_name": name, "percent": 20.0, "is_right": name == names[0]} for name in names[:5]]
    shown = {"video": f"{names[0]}/v0.avi", "class_name": names[0], "outcome": outcome, "taken_for": names[-1]}
    return shown | {"guesses": dict.fromkeys(streams, guesses)}


def _epoch(epoch: int) -> dict[str, str]:
    times = {"Epoch": str(epoch), "Batch Time": "0.5", "Data Time": "0.01"}
    return times | {"Loss": f"{2 / epoch:.4f}", "Prec@1": f"{3 * epoch}", "Prec@5": "99.0", "lr": "0.01"}


def _videos(names: list[str]) -> dict[str, Any]:
    lengths = {"train": 9, "test": 3, "shortest": 14, "median": 20.5, "longest": 40}
    return {
        "classes": len(names),
        "train": 9 * len(names),
        "test": 3 * len(names),
        "groups": 7,
        "frames": 9999,
        "recordings": {"train": 9 * len(names), "test": 3 * len(names)},
        "split_by": f"split 1 of {HOSTILE[2]}",
        "unlisted": 2,
        "left_out": [{"reason": HOSTILE[1], "files": 2, "first": [HOSTILE[0], HOSTILE[2]]}],
        "copies": [{"ids": [f"{HOSTILE[0]}/{HOSTILE[1]}.avi", "b"], "classes": 1, "subsets": 2}],
        "notes": [HOSTILE[0]],
        "bad": [{"id": f"{HOSTILE[0]}/{HOSTILE[1]}.avi", "reason": HOSTILE[2]}],
        "by_class": [{"class_name": name} | lengths for name in names],
        "lengths": [{"first": 14, "last": 26, "videos": 5}, {"first": 27, "last": 40, "videos": 7}],
        "samples": [f"{names[0]}/v0.avi"],
    }
