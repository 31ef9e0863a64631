"""Where the report comes from: stages, settings, versions, seeds and the machine."""

from collections.abc import Iterator

from twostream.cache import difference
from twostream.report import lineage
from twostream.report.contents import Report
from twostream.report.sections.columns import Content


def made_from(report: Report) -> Content:
    """Return the stages with their graph, the configuration, and facts as pairs of name and value."""
    stages = report.get("stages", [])
    return {
        "stages": stages,
        "graph": lineage.draw(stages) if stages else None,
        "config": report.get("config"),
        "facts": [(name, value) for name, value in _facts(report) if value not in ("", None)],
    }


def _facts(report: Report) -> Iterator[tuple[str, object]]:
    """Yield where the page was made, the versions of the software, and the seeds."""
    yield from report.get("made_by", {}).items()
    stages = report.get("stages", [])
    versions = {f"{name} {version}" for stage in stages for name, version in stage["versions"].items()}
    yield "versions", ", ".join(sorted(versions))
    for name, value in difference.leaves(report.get("config") or {}):
        if name.endswith("seed"):
            yield name, value
