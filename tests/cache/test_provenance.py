"""What is said of a record that is broken or gone, and that doing it helps."""

import json
import shutil
from pathlib import Path

import pytest

from twostream.cache import provenance, usage
from twostream.cache.stages import FUSE, INDEX
from twostream.errors import InputError
from twostream.files import atomic


def make(root: Path) -> Path:
    """Make a fused result of an index, each where it is not there, and return it."""
    index, fused = root / "index" / "a" / "index.json", root / "fuse" / "b" / "fusion.json"
    provenance.produce(INDEX, index, {}, [], lambda: atomic.write_json(index, []))
    provenance.produce(FUSE, fused, {}, [index], lambda: atomic.write_json(fused, {}))
    return fused


def stages(artefact: Path) -> list[str]:
    return [record.stage for record in provenance.lineage(artefact)]


@pytest.mark.parametrize(("content", "problem"), [("{", "is no JSON"), (None, "is missing")])
@pytest.mark.parametrize("key", ["index/a", "fuse/b"])
def test_a_record_that_is_broken_or_gone_is_mended_by_what_the_error_says(tmp_path, key, content, problem):
    artefact = make(tmp_path)
    record = tmp_path / key / provenance.FILE
    record.unlink() if content is None else record.write_text(content)
    with pytest.raises(InputError, match=rf"json: {problem}.*: delete the folder that it lies in, then run"):
        stages(artefact)
    shutil.rmtree(record.parent)
    assert stages(make(tmp_path)) == ["index", "fuse"]


def test_who_uses_a_cache_is_not_to_be_deleted_where_it_cannot_be_read(tmp_path):
    project, artefact = tmp_path / "project", make(tmp_path / "cache")
    project.mkdir()
    usage.note_use(tmp_path / "cache", project, {}, [artefact])
    (note,) = (tmp_path / "cache" / "projects").iterdir()
    whole = json.loads(note.read_text())
    note.write_text("{")
    with pytest.raises(InputError, match=r"is no JSON .*: run the workflow again in each project that shares"):
        usage.users(tmp_path / "cache")
    usage.note_use(tmp_path / "cache", project, {}, [artefact])
    assert json.loads(note.read_text()) == whole
