import subprocess

import twostream
from twostream.report import made_by

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C"]


def repository(folder):
    """Make a repository with one commit; return the commit."""
    (folder / "file").write_text("text")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "A file"]):
        subprocess.run([*GIT, str(folder), *command], check=True)
    return subprocess.run([*GIT, str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout


def test_the_commit_is_that_of_the_workflow(tmp_path):
    (tmp_path / "Snakefile").touch()
    head = repository(tmp_path).strip()
    assert made_by.commit(tmp_path) == head
    (tmp_path / "file").write_text("another text")
    assert made_by.commit(tmp_path) == f"{head}, changed since"


def test_an_installed_package_has_no_commit_of_the_repository_around_it(tmp_path):
    repository(tmp_path)
    assert made_by.commit(tmp_path) == f"twostream {twostream.__version__}"


def test_a_workflow_outside_a_repository_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "Snakefile").touch()
    assert made_by.commit(tmp_path) == ""
