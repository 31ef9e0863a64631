"""An epoch that was chosen on the test videos marks every number that rests on it."""

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from support import project
from twostream import cli, selected_on
from twostream.cache import keys
from twostream.config import check
from twostream.logits import logits_file
from twostream.steps import dump_logits, train_stream
from twostream.streams.checkpoint import load_checkpoint
from twostream.videos import index

pytestmark = pytest.mark.usefixtures("one_thread")

STREAM = project.STREAM | {"modality": "flow", "stack": 4, "batch": 4}
WORDS = {"test": "test", "group": "validation", "none": "nothing"}
CAVEAT = "(an upper limit: an epoch was chosen on the test videos)"


def call(main: Callable[[], None], *arguments: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [str(argument) for argument in arguments])
        main()


@pytest.fixture(scope="module")
def scored(flows, tmp_path_factory) -> dict[str, Path]:
    """The logits of a stream, trained and scored by the workflow's steps, for each way to validate."""
    folder, (reader, videos) = tmp_path_factory.mktemp("scored"), flows
    divided = tuple(replace(video, subset="test" if n > 6 else "train") for n, video in enumerate(videos))
    index.write(folder / "index.json", index.Index(("A", "B"), divided, ()))
    inputs = ("--index", folder / "index.json", "--stacks", reader.path, "--device", "cpu")
    for by in WORDS:
        validation = {"by": by, "fraction": 0.3, "samples": 1, "stack": 4}
        settings = check.check({"streams": {"a": STREAM}, "validation": validation, "test": {"samples": 2, "stack": 4}})
        stream, test = settings["streams"]["a"] | {"validation": settings["validation"]}, settings["test"]
        model, table, out = (folder / by / name for name in ("model.pt", "history.csv", "logits/logits.h5"))
        outputs = ("--history", table, "--out", model)
        call(train_stream.main, "train_stream", "--settings", keys.canonical(stream), *inputs, *outputs)
        outputs = ("--model", model, "--out", out)
        call(dump_logits.main, "dump_logits", "--settings", keys.canonical(test), *inputs, *outputs)
    return {by: folder / by / "logits" / "logits.h5" for by in WORDS}


@pytest.fixture
def fuse(flows, tmp_path) -> Callable[..., Path]:
    """Fuse streams by their files, as a user does; return the report's numbers."""
    _, videos = flows
    splits = tmp_path / "splits"
    splits.mkdir()
    (splits / "classInd.txt").write_text("1 A\n2 B\n")
    (splits / "trainlist01.txt").write_text("".join(f"{video.id} {1 + video.label}\n" for video in videos[:7]))
    (splits / "testlist01.txt").write_text("".join(f"{video.id}\n" for video in videos[7:]))

    def run(out: str, **streams: Path) -> Path:
        scores = [f"--scores={name}={file}" for name, file in streams.items()]
        call(cli.main, "twostream", "fuse", *scores, "--splits", splits, "--out", tmp_path / out)
        return tmp_path / out / "report.json"

    return run


def marks(report: Path, part: str) -> list[str | None]:
    return [row.get("best_epoch_on") for row in json.loads(report.read_text())[part]]


def marked_rows(report: Path) -> int:
    return len(re.findall(r'<tr class="[a-z ]*tested">', report.with_suffix(".html").read_text()))


@pytest.mark.parametrize(("by", "word"), WORDS.items())
def test_the_logits_say_what_the_table_of_training_says(scored, by, word):
    assert logits_file.read(scored[by]).chosen_on == word
    folder = scored[by].parents[1]
    assert load_checkpoint(folder / "model.pt").chosen_on == word
    assert [row["Chosen on"] for row in csv.DictReader((folder / "history.csv").open())] == [word]


def test_a_fusion_with_such_a_stream_is_marked(scored, fuse, capsys):
    report = fuse("both", honest=scored["none"], tested=scored["test"])
    assert CAVEAT in capsys.readouterr().out
    assert marks(report, "streams") == ["nothing", "test"]
    rules = marks(report, "fusion")
    assert set(rules) == {"test"}
    assert marked_rows(report) == len(rules) + 1
    assert "The epoch of tested is the one that did" in report.with_suffix(".html").read_text()


def test_a_mean_with_such_a_run_is_marked(scored, fuse, tmp_path, capsys):
    runs = [fuse(by, a=scored[by]) for by in ("none", "test")]
    capsys.readouterr()
    call(cli.main, "twostream", "mean", *runs, "--anyway", "--out", tmp_path / "mean")
    assert CAVEAT in capsys.readouterr().out
    report = tmp_path / "mean" / "report.json"
    assert [marks(report, part) for part in ("streams", "fusion", "runs")] == [["test"], ["test"], ["nothing", "test"]]
    assert marked_rows(report) == 3
    assert "Chosen on the test videos:" in report.with_suffix(".html").read_text()


def test_without_such_an_epoch_nothing_is_marked(scored, fuse, tmp_path, capsys):
    runs = [fuse(by, a=scored[by]) for by in ("none", "group")]
    call(cli.main, "twostream", "mean", *runs, "--anyway", "--out", tmp_path / "mean")
    report = tmp_path / "mean" / "report.json"
    assert marks(report, "fusion") == ["validation"]
    for page in (*runs, report):
        assert marked_rows(page) == 0
        assert "Chosen on the test videos:" not in page.with_suffix(".html").read_text()
    assert CAVEAT not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("chosen_on", "note"),
    [
        (["nothing", "validation", "test"], {"best_epoch_on": "test"}),
        (["unknown", "test"], {"best_epoch_on": "test"}),
        (["validation", "nothing"], {"best_epoch_on": "validation"}),
        (["validation", "unknown"], {}),
        (["unknown"], {}),
    ],
)
def test_the_least_trusted_epoch_is_noted(chosen_on, note):
    assert selected_on.epoch_note(chosen_on) == note
