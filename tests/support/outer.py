"""Another project, whose workflow has this one as a module; the package is not installed there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.project import ROOT, SMALL

NOT_INSTALLED = """
import sys
from pathlib import Path

sys.path[:] = [folder for folder in sys.path if not Path(folder, "twostream").is_dir()]
"""
"""What Python runs when it starts: of what is installed, this package is not found."""
SUMMARY = """
configfile: "config.yaml"

rule all:
    input:
        "summary.txt",

rule summary:
    input:
        "{folder}/fusion_report.json",
    output:
        "summary.txt",
    shell:
        "wc -c < {{input}} > {{output}}"
"""
"""The beginning of a workflow that takes the report of a module from its `folder` of results."""


def module(name: str = "twostream", use: str = "", **options: str) -> str:
    """Return the lines of a Snakefile that take this workflow as a module, with `options` and `use` as they stand."""
    lines = "".join(f"    {option}: {value}\n" for option, value in options.items())
    return f'\nmodule {name}:\n    snakefile: "{ROOT}/workflow/Snakefile"\n{lines}\nuse rule * from {name} {use}\n'


def hide_package(folder: Path) -> dict[str, str]:
    """Return the variable with which Python finds the library where a workflow puts it; `folder` holds what does it."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(NOT_INSTALLED)
    return {"PYTHONPATH": str(site)}


class Outer:
    """The folder of the other project."""

    def __init__(self, folder: Path, snakefile: str, settings: Mapping[str, Any] = SMALL) -> None:
        self.folder = folder
        (folder / "workflow").mkdir(parents=True)
        (folder / "workflow/Snakefile").write_text(snakefile)
        # Another workflow's configuration has more than that of a module, and may have the same names.
        config = {"samples": [1], "demo": "no", "ts": json.loads(json.dumps(settings))}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        self.environment = os.environ | hide_package(folder) | {"COLUMNS": "200"}

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python with `command` in this project."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )

    def snakemake(self, *arguments: str) -> str:
        """Return what a run prints."""
        done = self.call("-m", "snakemake", *arguments)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def planned(self) -> tuple[set[str], set[str]]:
        """Return the rules that a dry-run lists, and the files that it misses, as seen from this folder."""
        done = self.snakemake("-n")
        table = done.split("Job stats:")[1].split("total")[0]
        missing = re.findall(r"^ *[Rr]eason: Missing output files: ([^;\n]+)", done, re.MULTILINE)
        files = (os.path.relpath(self.folder / file, self.folder) for line in missing for file in line.split(", "))
        return {line.split()[0] for line in table.splitlines()[3:] if line.strip()}, set(files)

    def refusal(self) -> str:
        """Return the one line of ours that a dry-run ends with."""
        done = self.call("-m", "snakemake", "-n")
        assert done.returncode != 0
        assert "Traceback" not in done.stdout
        (line,) = (line for line in done.stdout.splitlines() if line.startswith("twostream: "))
        return line
