"""What pruning keeps where a project's note does not tell what it uses."""

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from twostream.cache import provenance, usage
from twostream.cache.stages import COMPUTE_FLOW, DUMP_LOGITS, FUSE, INDEX, TRAIN_STREAM, Stage
from twostream.commands import prune
from twostream.errors import InputError
from twostream.files import atomic

ROOT = Path("cache")


def make(key: str, stage: Stage = FUSE, *inputs: Path) -> Path:
    output = stage.path(ROOT, key, shard="0000-0")
    provenance.produce(stage, output, {}, inputs, lambda: atomic.write_json(output, {}))
    return output


def prune_key(key: str, yes: bool = True) -> None:
    prune.main(Namespace(configfile=[], cache_root=ROOT, key=key, yes=yes, forget=[]))


@pytest.fixture
def cache(tmp_path, monkeypatch) -> tuple[Path, Path]:
    """What this project uses of a cache, and what another one does, with something that nobody uses besides."""
    (tmp_path / "here").mkdir()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    ours, theirs, _ = make("a" * 12), make("b" * 12), make("c" * 12)
    usage.note_use(ROOT, Path(), {}, [ours])
    usage.note_use(ROOT, Path("../other"), {}, [theirs])
    return ours, theirs


def note_of(project: Path) -> Path:
    (note,) = (file for file in (ROOT / "projects").iterdir() if f'"{project.resolve()}"' in file.read_text())
    return note


def run(*forget: Path) -> list[str]:
    """Prune; return the keys that are left."""
    prune.main(Namespace(configfile=[], cache_root=ROOT, key=None, yes=True, forget=list(forget)))
    return [folder.name[0] for folder in sorted((ROOT / "fuse").iterdir())]


def in_its_place_a_folder(note: Path) -> None:
    note.unlink()
    note.mkdir()


def in_its_place_a_link_to_nothing(note: Path) -> None:
    note.unlink()
    note.symlink_to("nothing")


@pytest.mark.parametrize(
    "damage", [lambda note: note.write_text("{"), in_its_place_a_folder, in_its_place_a_link_to_nothing]
)
@pytest.mark.parametrize("project", ["../other", "."])
def test_nothing_goes_while_a_note_does_not_tell(cache, capsys, damage: Callable[[Path], None], project):
    damage(note_of(Path(project)))
    assert run() == ["a", "b", "c"]
    assert "nothing is removed: cache/projects/" in capsys.readouterr().out


def test_a_project_that_is_gone_is_forgotten_though_its_note_is_damaged(cache):
    note_of(Path("../other")).write_text("{")
    with pytest.raises(InputError, match="no such project uses the cache"):
        run(Path("nowhere"))
    assert run(Path("../other")) == ["a"]
    assert len(list((ROOT / "projects").iterdir())) == 1


def test_a_damaged_note_is_nothing_to_a_project_that_has_run_since(cache):
    ours, _ = cache
    note_of(Path()).write_text("{")
    run()
    usage.note_use(ROOT, Path(), {}, [ours])
    assert run() == ["a", "b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_notes_that_may_not_be_listed_keep_everything(cache):
    (ROOT / "projects").chmod(0)
    with pytest.raises(PermissionError):
        run()


def test_logits_that_nothing_tells_the_origin_of_stay(cache):
    logits = ROOT / "dump_logits" / ("d" * 12) / "logits.h5"
    provenance.produce(DUMP_LOGITS, logits, {}, [Path("../model.pt")], lambda: atomic.write_text(logits, "scores"))
    for record in logits.parent.glob("*.json"):
        record.write_text("{")
    run()
    assert logits.exists()


class TestOneKey:
    """Two runs that share an index; each has flow of its own, and a network that was trained on it."""

    @pytest.fixture
    def runs(self, tmp_path, monkeypatch) -> dict[str, Path]:
        monkeypatch.chdir(tmp_path)
        artefacts = {"index": make("0" * 12, INDEX)}
        for run in "ab":
            flow = artefacts[f"flow {run}"] = make(run * 12, COMPUTE_FLOW, artefacts["index"])
            model = artefacts[f"model {run}"] = make(run * 12, TRAIN_STREAM, flow)
            artefacts[f"fusion {run}"] = make(f"f{run}" * 6, FUSE, model)
        usage.note_use(ROOT, Path(), {}, [artefacts[name] for name in artefacts if name[-1] != "a"])
        return artefacts

    @staticmethod
    def left(runs: dict[str, Path]) -> list[str]:
        return [name for name, file in runs.items() if file.exists()]

    def test_a_run_goes_with_what_only_it_used(self, runs, capsys):
        prune_key("fa", yes=False)
        assert "3 keys: --yes removes them" in capsys.readouterr().out
        assert self.left(runs) == [*runs]
        prune_key("fafa")
        assert self.left(runs) == ["index", "flow b", "model b", "fusion b"]
        assert "index 000000000000 stays: the last run in this folder uses it" in capsys.readouterr().out

    def test_what_another_key_rests_on_stays(self, runs, capsys):
        logits = make("c" * 12, DUMP_LOGITS, runs["model a"])
        prune_key("fa")
        printed = capsys.readouterr().out
        assert "train_stream aaaaaaaaaaaa stays: dump_logits cccccccccccc uses it" in printed
        assert "compute_flow aaaaaaaaaaaa stays: train_stream aaaaaaaaaaaa uses it" in printed
        assert self.left(runs) == [name for name in runs if name != "fusion a"]
        assert logits.exists()

    def test_what_another_project_uses_stays(self, runs, tmp_path, capsys):
        (tmp_path / "theirs").mkdir()
        usage.note_use(ROOT, Path("theirs"), {}, [runs["flow a"]])
        prune_key("fa")
        assert "compute_flow aaaaaaaaaaaa stays: theirs uses it" in capsys.readouterr().out
        assert self.left(runs) == [name for name in runs if name not in ("model a", "fusion a")]

    def test_the_last_run_goes_itself_and_leaves_what_it_rests_on(self, runs):
        prune_key("fb")
        assert self.left(runs) == [name for name in runs if name != "fusion b"]

    def test_a_key_that_others_rest_on_stays(self, runs, capsys):
        prune_key("0")
        assert "nothing is removed" in capsys.readouterr().out
        assert self.left(runs) == [*runs]
