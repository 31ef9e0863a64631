"""The numbers of the report, from the files that hold them."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from twostream import console
from twostream.cache import costs, provenance
from twostream.cache.provenance import StageRecord
from twostream.files import atomic
from twostream.fusion.contract import Findings
from twostream.report import checks, dataset, examples, labels
from twostream.report.contents import HistoryRow, Report, StageRow
from twostream.report.made_by import made_by
from twostream.videos import index


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files that hold the report's numbers. Without a file, the report has no section of it."""

    fusion: Path
    index: Path | None = None
    config: Path | None = None
    histories: Mapping[str, Path] = field(default_factory=dict)
    device: str = ""

    @cached_property
    def stages(self) -> list[StageRecord]:
        """Every stage that the fusion rests on."""
        return provenance.lineage(self.fusion)


def collect(sources: Sources, title: str, count: int = 0) -> Report:
    """Return all numbers of the report, with `count` pictured videos that fusion rescued and as many that it lost.

    `streams` has a row a stream, and `fusion` a row a way to fuse, the reported one first.
    """
    findings: Findings = atomic.read_json(sources.fusion)
    report = of_findings(title, findings)
    report["pictured"] = examples.choose(findings, count)
    report["training"] = {name: _history(file) for name, file in sources.histories.items()}
    catalogue = index.read(sources.index) if sources.index else None
    report["videos"] = dataset.summarise(catalogue) if catalogue else None
    report["checks"] = checks.of_index(catalogue) if catalogue else []
    report["costs"] = costs.measure(sources.stages)
    report["stages"] = [_stage_row(stage) for stage in sources.stages]
    report["config"] = atomic.read_json(sources.config) if sources.config else None
    report["made_by"] = made_by(sources.device)
    return report


def of_findings(title: str, findings: Findings) -> Report:
    """Return a report of the findings alone, without their guesses."""
    rest = {name: value for name, value in findings.items() if name != "guesses"}
    return cast("Report", {"title": title, "notes": labels.notes(findings)} | rest)


def pictured_videos(report: Report) -> list[str]:
    """Return the videos that the page has pictures of."""
    summary = report.get("videos")
    samples = summary.get("samples", []) if summary else []
    pictured = [example["video"] for example in report.get("pictured", [])]
    return list(dict.fromkeys([*pictured, *samples]))


def _history(file: Path) -> list[HistoryRow]:
    """Return the rows of the table of training in `file`; warn, and return none, where it is damaged."""
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
        for row in rows:
            _ = int(row["Epoch"]), [float(row[name] or 0) for name in row if name != "Chosen on"]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        console.warn(file, f"is damaged ({type(error).__name__}): the report has no table of this training")
        return []
    return rows


def _stage_row(stage: StageRecord) -> StageRow:
    return {
        "stage": stage.stage,
        "key": stage.key,
        "settings": stage.settings,
        "versions": stage.versions,
        "outputs": [],
        "upstream": stage.upstream,
        "seconds": stage.seconds,
        "bytes": stage.bytes,
    }
