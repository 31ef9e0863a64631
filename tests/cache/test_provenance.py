"""Records that are broken or gone are made again, and nothing ends."""

import errno
import json
from pathlib import Path

import pytest

from twostream.cache import heal, provenance, receipts, usage
from twostream.cache.stages import FUSE, INDEX, RENDER_DEMO, TRAIN_STREAM
from twostream.files import atomic


def make(root: Path) -> Path:
    """Make a fused result of an index, each where it is not there, and return it."""
    index, fused = root / "index" / "a" / "index.json", root / "fuse" / "b" / "fusion.json"
    provenance.produce(INDEX, index, {}, [], lambda: atomic.write_json(index, []))
    provenance.produce(FUSE, fused, {}, [index], lambda: atomic.write_json(fused, {}))
    return fused


def stages(artefact: Path) -> list[str]:
    return [record.stage for record in provenance.lineage(artefact)]


OTHER_FORM = '{"stage": "fuse", "version": 1, "key": "b", "settings": {}, "versions": {}, "inputs": [3]}'


@pytest.mark.parametrize("content", ["{", "", "[]", '{"stage": "fuse"}', OTHER_FORM, "\0" * 50, None])
@pytest.mark.parametrize("key", ["index/a", "fuse/b"])
def test_a_record_that_is_broken_or_gone_is_made_again(tmp_path, key, content):
    artefact = make(tmp_path)
    record = tmp_path / key / provenance.FILE
    whole = record.read_text()
    record.unlink() if content is None else record.write_text(content)
    assert stages(artefact) == ["index", "fuse"]
    assert record.read_text() == whole


@pytest.mark.parametrize(
    "content",
    [
        *("{", "", '{"seconds": 1}', '{"seconds": 1e999, "bytes": 1, "sha256": ""}'),
        *(
            '{"seconds": 1, "bytes": -1, "sha256": ""}',
            '{"seconds": 1, "bytes": 1, "sha256": "", "texts": {"../a": ""}}',
        ),
        '{"seconds": 1, "bytes": 1, "sha256": "", "provenance": {"stage": "fuse"}}',
    ],
)
@pytest.mark.parametrize("key", ["index/a/index", "fuse/b/fusion"])
def test_a_receipt_that_is_broken_is_made_again_without_its_seconds(tmp_path, key, content, capsys):
    artefact = make(tmp_path)
    receipt = tmp_path / f"{key}.cost.json"
    receipt.write_text(content)
    assert stages(artefact) == ["index", "fuse"]
    assert "what it cost is left out" in capsys.readouterr().err
    assert stages(artefact) == ["index", "fuse"]
    assert capsys.readouterr().err == ""
    assert json.loads(receipt.read_text())["seconds"] is None


def test_any_bit_of_a_receipt_may_flip_and_the_artefact_stays(tmp_path):
    artefact = make(tmp_path)
    receipt = receipts.path(artefact)
    whole = receipt.read_bytes()
    for position in range(0, len(whole), 3):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        receipt.write_bytes(flipped)
        assert provenance.is_made(artefact), flipped
        assert stages(artefact) == ["index", "fuse"]


class TestHeal:
    def test_a_table_made_with_the_artefact_is_written_again(self, tmp_path, capsys):
        model, table = tmp_path / "train_stream/c/model.pt", tmp_path / "train_stream/c/history.csv"
        with provenance.recording(TRAIN_STREAM, model, {}, [], files=[table]):
            atomic.write_text(model, "weights")
            atomic.write_text(table, "Epoch\n1\n")
        for damage in ("Epoch\n2\n", "", None):
            table.unlink() if damage is None else table.write_text(damage)
            heal.heal([model])
            assert table.read_text() == "Epoch\n1\n"
        assert table.with_name("history.csv.damaged").read_text() == ""
        assert capsys.readouterr().err.count("is damaged, and made again") == 2

    @pytest.mark.parametrize("content", ["", "{", "1"])
    def test_a_small_artefact_that_is_damaged_is_set_aside(self, tmp_path, content):
        artefact = make(tmp_path)
        artefact.write_text(content)
        heal.heal([artefact, tmp_path / "fuse/c/fusion.json"])
        assert not artefact.exists()
        assert artefact.with_name("fusion.json.damaged").read_text() == content
        assert stages(make(tmp_path)) == ["index", "fuse"]

    @pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"V1deo"), lambda file: file.unlink()])
    @pytest.mark.parametrize("part", ["videos/Run/a.avi", "splits/list.txt"])
    def test_a_demo_of_which_a_part_is_damaged_is_rendered_again_and_indexed_again(
        self, tmp_path, damage, part, capsys
    ):
        demo, index = tmp_path / "render_demo/a/videos.json", tmp_path / "index/b/index.json"
        calls = []

        def render() -> None:
            calls.append("render")
            for name in ("videos/Run/a.avi", "splits/list.txt", "videos.json"):
                atomic.write_text(demo.parent / name, "Video")

        def run() -> None:
            heal.heal([demo, index])
            folders = [demo.parent / "videos", demo.parent / "splits"]
            provenance.produce(RENDER_DEMO, demo, {}, [], render, files=folders)
            provenance.produce(INDEX, index, {}, folders[:1], lambda: calls.append("index") or index.touch())

        run()
        run()
        assert calls == ["render", "index"]
        damage(demo.parent / part)
        run()
        assert f"names {part}, which is damaged or gone: it is set aside" in capsys.readouterr().err
        run()
        assert calls == ["render", "index"] * 2
        assert (demo.parent / part).read_text() == "Video"

    def test_a_cache_that_cannot_be_written_to_stays_as_it_is(self, tmp_path, monkeypatch, capsys):
        demo = tmp_path / "render_demo/a/videos.json"
        files = [demo.parent / "videos"]
        provenance.produce(
            RENDER_DEMO, demo, {}, [], lambda: atomic.write_text(files[0] / "a.avi", "") or demo.touch(), files=files
        )
        (files[0] / "a.avi").write_text("damaged")

        def refuse(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(Path, "replace", refuse)
        monkeypatch.setattr(Path, "unlink", refuse)
        heal.heal([demo])
        assert "it cannot be renamed" in capsys.readouterr().err
        assert demo.exists()

    def test_a_folder_in_the_place_of_an_artefact_is_set_aside(self, tmp_path):
        artefact = make(tmp_path)
        artefact.unlink()
        artefact.mkdir()
        heal.heal([artefact])
        assert not artefact.exists()
        assert stages(make(tmp_path)) == ["index", "fuse"]


class TestNotes:
    def test_what_a_project_uses_whose_note_is_damaged_is_not_known_until_it_runs(self, tmp_path, capsys):
        project, artefact = tmp_path / "project", make(tmp_path / "cache")
        project.mkdir()
        usage.note_use(tmp_path / "cache", project, {}, [artefact])
        (note,) = (tmp_path / "cache" / "projects").iterdir()
        whole = note.read_text()
        note.write_text("{")
        assert usage.read_notes(tmp_path / "cache").users == ()
        assert "nothing is removed until then" in capsys.readouterr().err
        assert [path.name for path in usage.read_notes(tmp_path / "cache").unknown] == [f"{note.name}.damaged"]
        usage.note_use(tmp_path / "cache", project, {}, [artefact])
        assert note.read_text() == whole
        assert usage.read_notes(tmp_path / "cache").unknown == ()
