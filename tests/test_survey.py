"""What planning sees of the disk: the same for the same files, and nothing is written unless it is asked for."""

import json
import os
from pathlib import Path

import pytest

from support.project import make_lists
from support.videos import DECODER
from twostream import plan, survey
from twostream.config import check
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.plan import Plan
from twostream.steps import index as index_step
from twostream.survey import Survey
from twostream.videos import ledger, listing
from twostream.videos.formats.form import Form


@pytest.fixture
def settings(tree, tmp_path) -> Settings:
    """Return the settings of a small data set, whose files are in the ledger of an otherwise empty cache."""
    folder, cache = tree(), tmp_path / "cache"
    checked = check.check({"dataset": {"folder": str(folder)}, "compute": {"cache_root": str(cache)}})
    entries = ledger.add_probes(folder, listing.scan(folder), {}, DECODER, 1, "threads")
    ledger.write(ledger.path(cache, folder), entries)
    return checked


def _touch(settings: Settings) -> None:
    file = next(Path(settings["dataset"]["folder"]).rglob("*.avi"))
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 10**9))


def _ledger(settings: Settings) -> bytes:
    return plan.make(settings).ledger.read_bytes()


def test_a_touched_file_is_recognised_and_noted_only_where_it_is_to_be_remembered(settings):
    before, noted = survey.take(settings), _ledger(settings)
    _touch(settings)
    assert survey.take(settings) == before
    assert _ledger(settings) == noted
    assert survey.take(settings, remember=True) == before
    assert _ledger(settings) != noted


def test_another_file_or_other_lists_are_another_survey(settings, tmp_path):
    folder = Path(settings["dataset"]["folder"])
    surveys = [survey.take(settings)]
    make_lists(tmp_path / "splits", folder)
    surveys.append(survey.take(settings))
    make_lists(tmp_path / "splits", folder, "g02")
    surveys.append(survey.take(settings))
    (folder / "Jump" / "new.avi").touch()
    surveys.append(survey.take(settings))
    (folder / "README.txt").touch()
    surveys.append(survey.take(settings))
    assert len({taken.data for taken in surveys}) == len(surveys)
    assert [taken.taken_for.source for taken in surveys] == [None, *[tmp_path / "splits"] * 4]


def test_a_cache_that_cannot_be_written_to_remembers_nothing_and_refuses_nothing(settings, monkeypatch):
    before = survey.take(settings)
    _touch(settings)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system", "ledger.json")

    monkeypatch.setattr(ledger, "write", refuse)
    assert survey.take(settings, remember=True) == before


@pytest.mark.parametrize("root", ["file", "file/cache", "nothing", "loop/cache"])
def test_a_cache_that_can_be_no_folder_is_refused_before_anything_is_written(settings, tmp_path, root):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nothing").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    settings["compute"]["cache_root"] = str(tmp_path / root)
    with pytest.raises(InputError, match=rf"compute\.cache_root: .*{root.split('/')[0]} is not a folder: delete it"):
        survey.take(settings, remember=True)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (PermissionError(13, "No rights", "a"), "a: cannot be read (No rights): give the right to read it"),
        (OSError(5, "Bad disk", "a"), "a: cannot be read (Bad disk): mend that, then run the same command again"),
        (OSError(5, "Bad disk"), "dataset: cannot be read (Bad disk): mend that, then run the same command again"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_one_line(settings, monkeypatch, error, line):
    def refuse(*_: Path) -> None:
        raise error

    monkeypatch.setattr(listing, "scan_all", refuse)
    with pytest.raises(InputError) as refused:
        survey.take(settings)
    assert str(refused.value) == line


@pytest.mark.parametrize(
    "content", ["[]", "null", "{}", '{"settings": "SETTINGS"}', '{"settings": "SETTINGS", "survey": {}}']
)
def test_a_survey_of_another_form_is_no_survey(settings, tmp_path, content):
    file = tmp_path / "survey.json"
    survey.save(file, settings, survey.take(settings))
    file.write_text(content.replace("SETTINGS", json.loads(file.read_text())["settings"]))
    assert survey.read(file, settings) is None


def test_a_survey_is_saved_and_read_for_the_same_settings_only(settings, tmp_path):
    taken, file = survey.take(settings), tmp_path / "survey.json"
    assert survey.read(file, settings) is None
    survey.save(file, settings, taken)
    assert survey.read(file, settings) == taken
    assert survey.read(file, check.check({})) is None


def test_what_divides_the_videos_is_in_a_key_only_where_it_does(settings, tmp_path):
    seeded = settings | {"index": settings["index"] | {"seed": 7, "test_fraction": 0.5}}
    second = settings | {"dataset": settings["dataset"] | {"split": 2}}
    reason = "has no effect, since there are"
    usual, own, numbered = map(plan.make, (settings, seeded, second))
    assert (own.ineffective, numbered.ineffective) == ([], [f"dataset.split: {reason} no split lists"])
    assert usual.index == numbered.index != own.index
    assert usual.report_config == numbered.report_config != own.report_config
    lists = make_lists(tmp_path / "splits", Path(settings["dataset"]["folder"]))
    for side in ("train", "test"):
        (lists / f"{side}list02.txt").write_bytes((lists / f"{side}list01.txt").read_bytes())
    usual, own, numbered = map(plan.make, (settings, seeded, second))
    assert own.ineffective == [f"index.{name}: {reason} split lists" for name in ("test_fraction", "seed")]
    assert usual.index == own.index != numbered.index
    assert (usual.ineffective, numbered.ineffective) == ([], [])


def test_a_plan_follows_from_a_survey_without_a_look_at_the_disk(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("planning looks at the disk")

    settings = check.check({"dataset": {"folder": "/nowhere"}, "flow": {"backend": "auto"}})
    with monkeypatch.context() as patch:
        for name in ("stat", "open", "listdir", "scandir"):
            patch.setattr(os, name, refuse)
        form = json.dumps(Form(name="ucf101", source=Path("/lists")).to_json())
        first = Plan(settings, Survey(backend="torch", weights={}, form=form, data="0123456789ab "))
        other = Plan(settings, Survey(backend="torch", weights={}, data="other"))
        paths, flow, lists = (first.index, other.index), first.settings["flow"], first.form.source
    assert flow["backend"] == "torch"
    assert lists == Path("/lists")
    assert paths[0] != paths[1]


@pytest.mark.parametrize("here", ["float32", "bfloat16"])
def test_the_plan_names_the_precision_that_auto_stands_for(here):
    streams = {name: {"modality": "flow", "precision": name} for name in ("auto", "float32", "float16")}
    settings = check.check({"streams": streams})
    planned = Plan(settings, Survey(backend="torch", weights={}, precision=here)).settings["streams"]
    assert [stream["precision"] for stream in planned.values()] == [here, "float32", "float16"]


@pytest.mark.parametrize(("device", "expected"), [("auto", "bfloat16"), ("cpu", "float32")])
def test_auto_is_bfloat16_where_there_is_a_gpu_that_has_it_and_it_is_used(settings, monkeypatch, device, expected):
    monkeypatch.setattr("twostream.compute.cuda_driver.has_bfloat16", lambda: True)
    there = settings | {"compute": settings["compute"] | {"device": device}}
    assert survey.take(there).precision == expected


def test_the_index_step_refuses_a_data_set_that_changed_since_the_plan(settings, tmp_path, monkeypatch):
    planned = plan.make(settings)
    (planned.folder / "Run" / "new.avi").touch()
    out = tmp_path / "index.json"
    arguments = ["--folder", planned.folder, "--ledger", planned.ledger, "--data", planned.survey.data, "--out", out]
    monkeypatch.setattr("sys.argv", ["index", *map(str, arguments)])
    with pytest.raises(InputError, match="have changed since this run began: run the same command again"):
        index_step.main()
    assert not out.exists()


def test_the_index_step_tells_of_every_file_and_strict_refuses_them(settings, tmp_path, monkeypatch, capsys):
    folder = Path(settings["dataset"]["folder"])
    (folder / "Jump" / "._v_Jump_g01_c01.avi").touch()
    (folder / "Jump" / "notes").write_text("No video.")
    planned, out = plan.make(settings), tmp_path / "index.json"
    arguments = ["--folder", folder, "--ledger", planned.ledger, "--data", planned.survey.data, "--out", out]
    monkeypatch.setattr("sys.argv", ["index", *map(str, arguments)])
    index_step.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "twostream: 12 videos of 2 classes, 8 to train of 4 recordings, 4 to test of 2 recordings; "
        "a split of our own by recording, gNN in UCF101's names, 33% to test (of 30% asked for, whole recordings), "
        "seed 0",
        "twostream: the data set is taken for folder, since no lists were given",
        "twostream: 2 files are left out: 1 of an unknown suffix, and no video inside (Jump/notes); "
        "1 of macOS: `._` before another file's name (Jump/._v_Jump_g01_c01.avi)",
    ]
    monkeypatch.setattr("sys.argv", ["index", "--strict", *map(str, arguments)])
    with pytest.raises(InputError, match=r"index\.strict: 1 of an unknown suffix"):
        index_step.main()
