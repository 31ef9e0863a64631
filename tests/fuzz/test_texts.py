"""Split lists, configurations and the index, damaged at random."""

import json
import random
from typing import Any

import pytest

from support import fuzz
from support.videos import entry
from twostream.config import check, overlay, schema
from twostream.videos import index, split_lists

LISTS = {
    "classInd.txt": b"1 Jump\n2 Long Run\n",
    "trainlist01.txt": b"Jump/a.avi 1\r\nLong Run/b c.avi 2\n",
    "testlist01.txt": "Jump/d.avi\n\ufeffLong Run/\u00e9 2.avi\n".encode(),
}
HMDB = {f"{name}_test_split1.txt": b"a.avi 1 \nb.avi 2 \nc d.avi 0 \n" for name in ("jump", "run")}


@pytest.mark.parametrize("lists", [LISTS, HMDB], ids=["UCF101", "HMDB51"])
def test_split_lists(tmp_path, lists):
    for rng in fuzz.rounds("lists"):
        hit = rng.choice(list(lists))
        content = lists | {hit: fuzz.mutated(lists[hit], rng)}
        for name, data in content.items():
            (tmp_path / name).write_bytes(data)
        fuzz.accepts_or_refuses(lambda: split_lists.read(tmp_path, 1), content)


CONFIGURATIONS = [
    b"streams:\n  spatial: {modality: rgb, stack: 1, lr: 1.0e-3}\nflow: {tvl1: {tau: 0.25}, bound: 20}\n",
    b"dataset: {folder: videos, splits: lists}\nfusion:\n  strategies: [average, max]\ncompute: {cache_root: /cache}\n",
    b'{"report": {"title": "Run #3"}, "demo": {"frames": 12}, "test": {"samples": null}}',
]
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**400, -(10**30), 0.5, float("nan"), float("inf"), 1e308),
    *("", "1e-3", "no", "imagenet", "\x1b[31m", "a" * 5000, "a/" * 3000, "\0", "../..", "{x}", "\ud800"),
    *([], [[]], {}, {"a": 1}, {None: 1}, {1: 2}, [None], {"": ""}),
)


def test_configurations_as_text(tmp_path):
    path = tmp_path / "config.yaml"
    for content in fuzz.files("yaml", CONFIGURATIONS, path):
        fuzz.accepts_or_refuses(lambda: check.load(path), content)


def test_settings_on_a_command_line():
    for rng in fuzz.rounds("command line"):
        text = fuzz.mutated(rng.choice([b"{folder: videos}", b'{title: "Run #3"}', b"[1, {a: b}]"]), rng)
        argument = f"{rng.choice(['report', 'dataset', '', 'a.b', 'null'])}={text.decode(errors='replace')}"
        fuzz.accepts_or_refuses(lambda argument=argument: check.check(overlay.gather([], [argument])), argument)


def odd_settings(rng: random.Random) -> dict[Any, Any]:
    """Settings of which a few have an odd value or name."""
    settings: dict[Any, Any] = {"streams": {"a": {"modality": "rgb", "pretrained": "none"}}}
    for _ in range(rng.randint(1, 3)):
        names = rng.choice(schema.leaves(schema.read())).replace("*", "a").split(".")
        place: Any = settings
        for name in names[: rng.randrange(len(names))]:
            place = place.setdefault(name, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[rng.choice((names[-1], names[-1], names[0], None, 1, True, "x\n"))] = rng.choice(VALUES)
    return settings


def test_settings_of_any_kind():
    for rng in fuzz.rounds("settings"):
        settings = odd_settings(rng)
        fuzz.accepts_or_refuses(lambda settings=settings: check.check(settings), settings)


def test_the_index(tmp_path):
    path = tmp_path / "index.json"
    videos = tuple(
        entry(f"{name}/{n}.avi", label=n % 2, group=f"g{n}") for n, name in enumerate(("Jump", "Run", "Run"))
    )
    index.write(path, index.Index(("Jump", "Run"), videos, ()))
    whole = path.read_bytes()
    assert fuzz.accepts_or_refuses(lambda: index.read(path), whole)
    for rng in fuzz.rounds("index"):
        stored = json.loads(whole)
        part = rng.choice(list(stored))
        stored[part] = rng.choice(VALUES)
        content = rng.choice((fuzz.mutated(whole, rng), json.dumps(stored).encode()))
        path.write_bytes(content)
        fuzz.accepts_or_refuses(lambda: index.read(path), content)
