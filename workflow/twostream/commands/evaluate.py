"""Score the test videos with a checkpoint, ours or the reference system's, and put its logits into the cache."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from twostream import plan, selected_on
from twostream.cache import keys, provenance, usage
from twostream.cache.heal import heal
from twostream.cache.stages import DUMP_LOGITS
from twostream.commands import _checkpoint, _outputs, _project, _scores
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.failures import explain_failures
from twostream.compute.options import NetworkOptions
from twostream.config.section import pick
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import dump
from twostream.plan import Plan
from twostream.stacks.reader import StackReader
from twostream.streams import pixels, reference
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.training_record import Content


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the checkpoint, the configuration and where to copy the logits."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="a model.pt of ours, or the reference's .tar")
    parser.add_argument("--configfile", type=Path, help="the configuration; default: the last run's in this folder")
    parser.add_argument("--out", type=Path, help="copy the file of logits to here, too")
    anyway = "go on, and mark the result, where the checkpoint was trained on test videos, or on other frames or flow"
    parser.add_argument("--anyway", action="store_true", help=anyway)
    _outputs.add_force(parser)


def main(arguments: argparse.Namespace) -> None:
    """Score the checkpoint, unless the cache has its logits, and print where they are."""
    if arguments.out:
        _scores.check_out(arguments.out, arguments.force)
    evaluated = plan.make(_project.settings(arguments.configfile, "give --configfile"))
    heal([evaluated.index])
    _check_exists(evaluated.index, arguments.configfile)
    index = evaluated.full.index
    checkpoint = reference.load_any(arguments.checkpoint, index.class_names)
    if checkpoint.chosen_on == selected_on.UNKNOWN:
        print(f"{arguments.checkpoint}: does not say on what its epoch was selected: no row is marked", file=sys.stderr)
    test_videos = [(video.id, video.content) for video in index.subset("test")]
    checkpoint = _with_selection(checkpoint, test_videos)
    _checkpoint.check_videos(arguments.checkpoint, checkpoint, test_videos, arguments.anyway)
    stacks = evaluated.full.stacks(checkpoint.design.sees.stored)
    if not stacks.exists():  # What would be refused then is refused before it is made.
        _check_plan(arguments.checkpoint, checkpoint, evaluated, arguments.anyway)
    _check_exists(stacks, arguments.configfile)
    here = pixels.of_stacks(stacks)
    remarks = _checkpoint.check_pixels(arguments.checkpoint, checkpoint, here, arguments.anyway)
    digest = keys.file_digest(arguments.checkpoint)
    out = evaluated.full.evaluation(digest, checkpoint.design.modality)
    if not provenance.is_made(out):
        job = _job(checkpoint, stacks, evaluated, arguments.checkpoint, digest, remarks)
        _evaluate(out, job, evaluated, arguments.checkpoint)
    if arguments.out:
        with atomic.replacing(arguments.out) as beside:
            shutil.copyfile(out, beside)
    print(out)


def _check_plan(file: Path, checkpoint: Checkpoint, evaluated: Plan, anyway: bool) -> None:
    """Raise InputError where the settings would make other frames or flow than those that `checkpoint` knows."""
    stage = plan.STAGE_OF[checkpoint.design.sees.stored]
    settings = stage.settings_in(evaluated.settings)
    if checkpoint.record and not settings.get("imported"):
        here = pixels.of_settings(stage.name, settings, checkpoint.record.pixels)
        _checkpoint.check_pixels(file, checkpoint, here, anyway)


def _with_selection(checkpoint: Checkpoint, test_videos: Sequence[Content]) -> Checkpoint:
    """Return `checkpoint`, marked as selected on test videos where a video of its selection is one of `test_videos`."""
    is_in = any(id in checkpoint.validation for id, _ in test_videos)
    if checkpoint.record:
        is_in = is_in or any(checkpoint.record.chosen_on(test_videos))
    return replace(checkpoint, chosen_on=selected_on.TEST) if is_in else checkpoint


def _job(
    checkpoint: Checkpoint, stacks: Path, evaluated: Plan, file: Path, digest: str, remarks: tuple[str, ...]
) -> dump.ScoringJob:
    """Return how `checkpoint`, which was read from `file`, scores `stacks`."""
    test, compute = evaluated.settings["test"], evaluated.settings["compute"]
    if checkpoint.design.stack > test["stack"]:
        raise InputError(file, f"its stack is {checkpoint.design.stack}", "set test.stack to at least that")
    return dump.ScoringJob(
        checkpoint=checkpoint,
        reader=StackReader(stacks),
        settings=test,
        runtime=hardware.runtime(pick(NetworkOptions, compute), compute["train_threads"]),
        model=file.name,
        digest=digest,
        remarks=remarks,
    )


def _evaluate(out: Path, job: dump.ScoringJob, evaluated: Plan, file: Path) -> None:
    """Write the logits of `job`, whose checkpoint was read from `file`, to `out`."""
    in_use = usage.keep_from_pruning(evaluated.root, [out])
    inputs = [file, job.reader.path, evaluated.index]
    with (
        provenance.recording(DUMP_LOGITS, out, evaluated.settings["test"], inputs) as is_missing,
        explain_failures("set compute.device to cpu"),
    ):
        if is_missing:
            dump.dump(out, job, evaluated.full.index, ProcessGroup())
    if in_use:
        in_use.close()


def _check_exists(path: Path, configfile: Path | None) -> None:
    """Raise InputError where `path` is not made yet, with the command that makes it."""
    if not path.exists():
        command = f"snakemake --cores all {shlex.quote(str(path))}"
        if configfile:
            remedy = f"make it with `{command} --configfile {shlex.quote(str(configfile))}`"
        else:
            remedy = f"make it with `{command}` and the last run's configuration"
        raise InputError(path, "does not exist yet", remedy)
