"""The project in the working folder: the settings of its last run, and the model that its cache holds."""

import sys
from pathlib import Path

from twostream import plan
from twostream.cache import provenance, usage
from twostream.cache.heal import heal
from twostream.cache.stages import EXPORT_MODEL
from twostream.config import check
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.plan import Plan
from twostream.predict import export, model

RUN_FIRST = "run the workflow in this folder first"
ASIDE = f"give --model FILE, or {RUN_FIRST}"


def find(configfile: Path | None, remedy: str = ASIDE) -> Plan:
    """Return the plan of `configfile`, or of the last run in the working folder; its index must be there.

    `remedy` is what to do where it is not.
    """
    planned = plan.make(settings(configfile, remedy))
    heal([planned.index])
    if not planned.index.is_file():
        raise InputError(planned.index, "is not made yet", remedy)
    return planned


def settings(configfile: Path | None, remedy: str = ASIDE) -> Settings:
    """Return the complete settings of `configfile`, or of the last run in the working folder.

    InputError with `remedy` where there was no run.
    """
    if configfile:
        return check.load(configfile)
    last = usage.read_notes(Path("results")).of(Path.cwd())
    if last is None:
        raise InputError("the working folder", "no run of the workflow has used its cache", remedy)
    return check.check(last.settings, "the last run")  # An earlier version may have known fewer settings.


def model_of(planned: Plan) -> Path:
    """Return the file of the project's model; where it is missing, make it of what is in the cache."""
    path, sources = planned.full.model, sources_of(planned)
    heal([*sources.files, path])
    for file in sources.files:
        if not file.is_file():
            raise InputError(file, "is not made yet", "run the workflow to its end")
    in_use = usage.keep_from_pruning(planned.root, [path])
    with provenance.recording(EXPORT_MODEL, path, {}, sources.files) as is_missing:
        if is_missing:
            print(f"twostream: the model is written to {path}", file=sys.stderr)
            model.save(path, export.build(sources, planned.settings["compute"]["train_threads"]))
    if in_use:
        in_use.close()
    return path


def sources_of(planned: Plan) -> export.Sources:
    """Return the files of the cache that the project's model is made of."""
    full = planned.full
    return export.Sources(
        checkpoints={stream.name: stream.model for stream in full.streams},
        logits=full.logits,
        findings=full.fusion,
        index=planned.index,
        settings={name: planned.settings[name] for name in (*model.SECTIONS, "fusion")},
    )


def check_classes(planned: Plan, class_names: tuple[str, ...], file: Path) -> None:
    """Raise InputError where the model in `file` has other classes than the project, or the same in another order."""
    own = planned.full.index.class_names
    if class_names == own:
        return
    odd = sorted(set(own) ^ set(class_names))
    what = f"`{odd[0]}` is in one only, of {len(odd)} such" if odd else "their order differs"
    raise InputError(
        file, f"its classes are not the project's: {what}", "give the project's own model, or no --configfile"
    )
