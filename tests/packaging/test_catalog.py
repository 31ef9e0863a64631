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


@pytest.mark.skipif(not SNAKEDEPLOY or not (ROOT / ".git").exists(), reason="needs snakedeploy and a repository")
def test_a_project_that_snakedeploy_writes_begins_with_the_demo(tmp_path):
    clone, project = tmp_path / "twostream", tmp_path / "project"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run(["git", "-C", clone, "switch", "--quiet", "--force-create", "main"], check=True)
    command = [SNAKEDEPLOY, "deploy-workflow", clone, project, "--branch", "main"]
    subprocess.run(command, check=True, capture_output=True)
    snakefile = project / "workflow/Snakefile"
    # For a folder snakedeploy leaves the path inside it; docs/deploying.md says so.
    text = snakefile.read_text(encoding="utf-8")
    assert text.count('"workflow/Snakefile"') == 1
    snakefile.write_text(text.replace('"workflow/Snakefile"', f'"{clone}/workflow/Snakefile"'), encoding="utf-8")
    assert "\nrender_demo " in dry_run(project)


def dry_run(project: Path) -> str:
    """Return what a dry-run prints, where the library is not installed but for the project's own clone."""
    command = [sys.executable, "-m", "snakemake", "-n", "--workflow-profile", "profiles/default"]
    environment = os.environ | hide_package(project)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
