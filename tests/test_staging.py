"""What a plan needs of object storage before a run. A folder, and a dictionary, stand for that storage."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from support.project import SMALL
from twostream import plan, staging, survey
from twostream.cache import kept, provenance, receipts, stages
from twostream.config import check
from twostream.errors import InputError
from twostream.files import atomic
from twostream.files.quarantine import quarantine
from twostream.videos import index

LONG_AGO = 1_000_000_000.0
PAGE = "<html></html>"


class Bucket:
    """Objects that lie in a folder of another disk."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.may_change = True
        self.fetched: list[str] = []

    @property
    def objects(self) -> dict[Path, float]:
        files = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return {self.root / path: LONG_AGO for path in files}

    def fetch(self, path: Path) -> None:
        self.fetched.append(path.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.of(path), path)

    def store(self, path: Path) -> None:
        self.of(path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self.of(path))

    def remove(self, path: Path) -> None:
        self.of(path).unlink()

    def of(self, path: Path) -> Path:
        return self.folder / path.relative_to(self.root)


@pytest.fixture
def planned(tmp_path, monkeypatch) -> plan.Plan:
    monkeypatch.chdir(tmp_path)
    settings = check.check(SMALL | {"compute": {"storage": "s3://bucket/cache"}})
    return plan.Plan(settings, survey.Survey(backend="opencv", weights={}))


@pytest.fixture
def bucket(planned, tmp_path) -> Bucket:
    """What a run on another machine has put there: an index, a fusion that it leads to, and the report."""
    made(stages.INDEX, planned.index, lambda: write_index(planned.index), [])
    fusion = planned.full.fusion
    made(stages.FUSE, fusion, lambda: atomic.write_json(fusion, {"rows": []}), [planned.index])
    made(stages.FUSION_REPORT, planned.report, lambda: atomic.write_json(planned.report, {"a": 1}), [fusion])
    planned.report.with_suffix(".html").write_text(PAGE)
    bucket = Bucket(tmp_path / "elsewhere", planned.root)
    for second_name in planned.root.rglob(f"*{kept.SUFFIX}"):
        second_name.unlink()
    planned.root.rename(bucket.folder)
    return bucket


def write_index(path: Path) -> None:
    index.write(path, index.Index(("a", "b"), (), ()))


def made(stage: stages.Stage, output: Path, write, inputs: list[Path]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    provenance.produce(stage, output, {}, inputs, write)


def test_an_empty_disk_gets_the_index_and_notes_but_no_artefact(planned, bucket):
    full = staging.stage(planned, bucket)
    assert planned.index.is_file()
    assert receipts.path(full.full.fusion).is_file()
    assert not full.full.fusion.exists()
    assert full.is_there(full.full.fusion)
    assert not full.is_there(full.full.streams[0].model)
    assert receipts.path(planned.index).stat().st_mtime == LONG_AGO
    assert provenance.read(full.full.fusion.parent)["inputs"]


def test_what_is_here_is_not_fetched_again(planned, bucket):
    staging.stage(planned, bucket)
    bucket.fetched.clear()
    staging.stage(planned, bucket)
    assert bucket.fetched == []


def test_the_report_comes_to_its_place_but_a_dry_run_replaces_no_other(planned, bucket, tmp_path):
    page = tmp_path / "results" / "fusion_report.html"
    page.parent.mkdir()
    page.write_text("another")
    staging.fetch_report(planned, bucket, page, again=False)
    assert page.read_text() == "another"
    staging.fetch_report(planned, bucket, page, again=True)
    assert page.read_text() == PAGE
    assert page.with_suffix(".json").read_bytes() == bucket.of(planned.report).read_bytes()


@pytest.mark.parametrize("is_damaged", [True, False])
def test_an_index_that_is_damaged_or_has_no_receipt_is_deleted_to_be_made_anew(planned, bucket, capsys, is_damaged):
    stored = bucket.of(planned.index)
    stored.write_text("{}") if is_damaged else receipts.path(stored).unlink()
    bucket.may_change = False
    with pytest.raises(InputError, match="in storage: run without --dry-run"):
        staging.stage(planned, bucket)
    bucket.may_change = True
    staging.stage(planned, bucket)
    assert not stored.exists()
    assert not planned.index.exists()
    problem = "is damaged in storage" if is_damaged else "has no receipt in storage"
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("is_damaged", [True, False])
def test_what_a_job_found_damaged_is_fetched_again_and_deleted_where_the_object_is(planned, bucket, is_damaged):
    full = staging.stage(planned, bucket).full
    bucket.fetch(full.fusion)
    full.fusion.write_text("damaged on this disk")
    quarantine(full.fusion)
    if is_damaged:
        bucket.of(full.fusion).write_text("damaged there")
    staging.stage(planned, bucket)
    assert full.fusion.is_file() == bucket.of(full.fusion).is_file() == (not is_damaged)


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_a_stopped_run_had_finished_is_stored_and_the_rest_is_out_of_the_way(planned, bucket, is_whole):
    full = staging.stage(planned, bucket).full
    model = full.streams[0].model
    history = full.streams[0].history
    model.parent.mkdir(parents=True)
    model.write_text("weights")
    history.write_text("epochs")
    receipts.write(model, 1.0, {}, [history])
    if not is_whole:
        history.unlink()
    bucket.may_change = False
    staging.stage(planned, bucket)
    assert model.is_file()
    bucket.may_change = True
    staged = staging.stage(planned, bucket)
    assert [bucket.of(path).is_file() for path in (model, history, receipts.path(model))] == [is_whole] * 3
    assert model.is_file() == staged.is_there(model) == is_whole


def test_a_run_stopped_before_it_stored_an_artefact_loses_nothing_but_its_cost(planned):
    made(stages.INDEX, planned.index, lambda: write_index(planned.index), [])
    before = receipts.read(planned.index)
    for output in (planned.index, receipts.path(planned.index)):  # As Snakemake does before the job runs again.
        output.unlink()
    made(stages.INDEX, planned.index, lambda: pytest.fail("made again"), [])
    assert receipts.read(planned.index) == replace(before, seconds=None)
