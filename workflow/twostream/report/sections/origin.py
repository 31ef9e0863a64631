"""Where the report comes from: stages, settings, versions, seeds and the machine."""

from collections.abc import Iterable, Iterator

from twostream.cache import difference
from twostream.cache.environment import HARDWARE
from twostream.cache.stages import COMPUTE_FLOW, DUMP_LOGITS, IMPORT_FLOW, TRAIN_STREAM
from twostream.flow import backends
from twostream.report import lineage
from twostream.report.contents import Report, StageRow
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


def _hardware(stages: Iterable[StageRow]) -> Iterator[tuple[str, object]]:
    """Yield what each network was trained and scored on: on another machine its numbers are rounded otherwise."""
    for stage in stages:
        ran_on = [f"{name} {stage['versions'][name]}" for name in HARDWARE if name in stage["versions"]]
        if stage["stage"] in (TRAIN_STREAM.name, DUMP_LOGITS.name):
            yield f"{stage['stage']} {stage['key']} ran on", ", ".join(ran_on)


def algorithm(stage: StageRow) -> str:
    """Return which flow the networks saw by `stage`, empty where that stage computes none."""
    settings = stage["settings"]
    if stage["stage"] == COMPUTE_FLOW.name:
        backend = str(settings["backend"])
        return f"TV-L1 (backend `{backend}`)" if backend in backends.TVL1 else backend
    return f"imported, clipped at {settings['bound']:g} pixels" if stage["stage"] == IMPORT_FLOW.name else ""


def _flow(stages: Iterable[StageRow]) -> Iterator[tuple[str, object]]:
    """Yield which flow the networks saw, and how its algorithm rounds on the machine that computed it."""
    for stage in stages:
        if words := algorithm(stage):
            rounding = stage["settings"].get("rounding")
            yield f"flow {stage['key']}", f"{words}, reference {rounding}" if rounding else words


def _facts(report: Report) -> Iterator[tuple[str, object]]:
    """Yield where the page was made, the versions of the software, and the seeds."""
    yield from report.get("made_by", {}).items()
    stages = report.get("stages", [])
    versions = {(name, version) for stage in stages for name, version in stage["versions"].items()}
    yield "versions", ", ".join(sorted(f"{name} {version}" for name, version in versions if name not in HARDWARE))
    yield from _hardware(stages)
    yield from _flow(stages)
    for name, value in difference.leaves(report.get("config") or {}):
        if name.endswith("seed"):
            yield name, value
