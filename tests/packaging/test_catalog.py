"""What Snakemake's catalog asks of a workflow, and what snakedeploy makes of this one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.outer import hide_package
from support.project import ROOT
from twostream.config.check import check

HOST = "https://github.com/somebody/twostream"
SNAKEFILES = [ROOT / "Snakefile", ROOT / "workflow/Snakefile", *sorted(ROOT.glob("rules/*.smk"))]
RULE = re.compile(r"^(?:rule|checkpoint) (\w+):\n((?:(?: .*)?\n)+)", re.MULTILINE)
SNAKEDEPLOY = shutil.which("snakedeploy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
RULES = {name: body for file in SNAKEFILES for name, body in RULE.findall(file.read_text(encoding="utf-8"))}


def test_every_rule_is_read():
    assert {"all", "index", "compute_flow", "train_stream", "fusion_report", "predictions", "result"} <= RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_the_message_of_a_rule_is_a_sentence(name):
    (message,) = re.findall(r'^    message:\n        "(.+)"$', RULES[name], re.MULTILINE)
    assert re.fullmatch(r"[A-Z]\w+ .+\.", message)


def test_the_settings_that_are_deployed_are_the_demo():
    assert (ROOT / "config/config.yaml").read_bytes() == (ROOT / "config.yaml").read_bytes()


def test_the_tiny_run_has_settings_that_are_admitted():
    settings = yaml.safe_load((ROOT / ".test/config/config.yaml").read_text(encoding="utf-8"))
    assert check(settings)["dataset"]["folder"] is None


def test_the_page_on_settings_has_every_section():
    page = (ROOT / "config/README.md").read_text(encoding="utf-8")
    sections = {
        name for row in re.findall(r"^\| (`.+?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    schema = yaml.safe_load((ROOT / "workflow/twostream/config/schema.yaml").read_text(encoding="utf-8"))
    assert sections == schema["properties"].keys()


def test_every_link_of_the_page_on_settings_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "config/README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / "config" / link).exists()] == []


def test_the_catalog_is_told_the_profile():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    option, profile = usage["mandatory-flags"]["flags"].split()
    assert option == "--workflow-profile"
    assert (ROOT / profile / "config.yaml").is_file()
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": False, "apptainer+conda": False}


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """A clone of this repository, on the branch main, with a version; git takes it for that of a host, too."""
    if not SNAKEDEPLOY or not (ROOT / ".git").exists():
        pytest.skip("needs snakedeploy and a repository")
    clone = tmp_path / "twostream"
    # This folder may be another user's.
    config = f'[safe]\n\tdirectory = *\n[url "{clone}"]\n\tinsteadOf = {HOST}\n'
    (tmp_path / "gitconfig").write_text(config, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run(["git", "-C", clone, "switch", "--quiet", "--force-create", "main"], check=True)
    subprocess.run(["git", "-C", clone, "tag", "v0"], check=True)
    return clone


def deploy(source: str, project: Path, *version: str) -> Path:
    """Let snakedeploy write a `project` of the repository `source`; return its Snakefile."""
    subprocess.run([SNAKEDEPLOY, "deploy-workflow", source, project, *version], check=True, capture_output=True)
    return project / "workflow/Snakefile"


def test_a_project_that_snakedeploy_writes_of_a_folder_begins_with_the_demo(clone, tmp_path):
    snakefile = deploy(str(clone), tmp_path / "project", "--branch", "main")
    # For a folder snakedeploy leaves the path inside it; docs/deploying.md says so.
    text = snakefile.read_text(encoding="utf-8")
    assert text.count('"workflow/Snakefile"') == 1
    snakefile.write_text(text.replace('"workflow/Snakefile"', f'"{clone}/workflow/Snakefile"'), encoding="utf-8")
    assert "\nrender_demo " in dry_run(tmp_path / "project")


def test_a_project_that_snakedeploy_writes_of_a_repository_on_a_host_needs_no_clone(clone, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    snakefile = deploy(HOST, tmp_path / "project", "--tag", "v0")
    assert 'github("somebody/twostream", path="workflow/Snakefile", tag="v0")' in snakefile.read_text(encoding="utf-8")
    assert "\nrender_demo " in dry_run(tmp_path / "project")


def dry_run(project: Path) -> str:
    """Return what a dry-run prints where the library is not installed."""
    command = [sys.executable, "-m", "snakemake", "-n", "--workflow-profile", "profiles/default"]
    environment = os.environ | hide_package(project)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
