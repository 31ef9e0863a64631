"""Small files of a finished run, damaged: the same command ends with the same numbers, and no command is ended."""

import json
import os
import subprocess
import sys

import pytest

from support.project import Finished, Project

SMALL = (
    *("index/*/index.json", "index/ledger*.json", "index/decoders.json", "*/*/*.cost.json", "*/*/provenance.json"),
    *("train_stream/*/history.csv", "*/*/*.tsv", ".lock", "config.json", "projects/*.json", ".survey.json"),
    *("fuse/*/fusion.json", "fusion_report/*/report.json", "render_demo/*/videos.json"),
)
DAMAGE = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "one byte": lambda content: content[: len(content) // 3] + b"\xff" + content[len(content) // 3 + 1 :],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    project = Project(tmp_path_factory.mktemp("small") / "project")
    project.run()
    return Finished(project)


def spoil(project: Project, damage: str) -> None:
    for pattern in SMALL:
        files = project.files(pattern)
        assert files, pattern
        for file in files:
            file.write_bytes(DAMAGE[damage](file.read_bytes()))


def results(project: Project) -> dict:
    report = json.loads((project.folder / "results/fusion_report.json").read_text())
    return {name: report[name] for name in ("streams", "fusion", "confusion")}


@pytest.mark.parametrize("damage", DAMAGE)
def test_all_of_them_damaged_at_once_cost_no_run(finished, damage):
    project = finished.restore()
    expected = results(project)
    spoil(project, damage)
    done = project.snakemake("-j8", "fusion_report")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Traceback" not in done.stdout
    assert "twostream: warning: " in done.stdout
    assert results(project) == expected
    assert not any(rule in done.stdout for rule in ("rule train_stream", "rule compute_flow", "rule dump_logits"))
    assert project.jobs() == {}


@pytest.mark.parametrize("command", ["ls", "prune", "prune --yes", "why", "evaluate --checkpoint model.pt"])
def test_no_command_is_ended_by_them(finished, command):
    project = finished.restore()
    keys = [file.parent.name for file in project.files("train_stream/*/model.pt")]
    spoil(project, "cut")
    arguments = [*command.split(), *(keys if command == "why" else ())]
    code = "from twostream.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": str(project.root / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or command.startswith("evaluate"), done.stderr
    assert len(project.files("train_stream/*/model.pt")) == 2, "what a damaged note names is kept"
