"""A job with `--software-deployment-method conda` runs the Python of its environment, and the library of this folder.

Conda is not needed: what stands in for it makes a Python that finds what this one has, but for the package itself, as
an environment of the files in `envs` does.
"""

import os
import sys
import sysconfig

import pytest

from support import page
from support.project import Project

HERE = sorted({sysconfig.get_path(name) for name in ("purelib", "platlib")})
STAND_IN = f"""#!{sys.executable}
import json, sys, venv
from pathlib import Path

here = Path(__file__).parents[1]
answers = {{
    "info": {{"conda_prefix": str(here), "platform": "linux-64"}},
    "config": {{"get": {{"channel_priority": "strict"}}}},
    "clean": {{}},
}}
words = sys.argv[1:]
if words == ["--version"]:
    print("a stand-in for conda 25.1.0")
elif words[0] in answers:
    print(json.dumps(answers[words[0]]))
else:
    assert words[:2] == ["env", "create"], words
    prefix = Path(words[words.index("--prefix") + 1])
    venv.create(prefix, symlinks=True)
    (packages,) = prefix.glob("lib/python*/site-packages")
    lines = ["import pathlib, sys; pathlib.Path(sys.prefix, 'used').touch()", *{HERE!r}]
    (packages / "here.pth").write_text("\\n".join(lines))
"""
ACTIVATE = 'export PATH="$1/bin:$PATH"\n'


@pytest.fixture
def conda(tmp_path, monkeypatch) -> None:
    """Put the stand-in on the path."""
    programs = tmp_path / "conda/bin"
    programs.mkdir(parents=True)
    (programs / "conda").write_text(STAND_IN)
    (programs / "conda").chmod(0o755)
    (programs / "activate").write_text(ACTIVATE)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.mark.usefixtures("conda")
def test_a_job_runs_in_the_environment_of_its_rule(tmp_path):
    project = Project(tmp_path / "project")
    (command,) = page.commands("clusters.md", "conda")
    done = project.snakemake(*command.split()[1:], "--", "render_demo")
    assert done.returncode == 0, done.stdout[-3000:]
    (used,) = (project.folder / ".snakemake/conda").glob("*/used")
    assert used.parent.with_name(f"{used.parent.name}.yaml").read_text().startswith("# twostream[video]")
    assert len(project.files("render_demo/*/videos.json")) == 1
