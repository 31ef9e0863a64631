"""Score the test videos with a checkpoint, ours or the reference system's, and put its logits into the cache."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from twostream import plan, selected_on
from twostream.cache import keys, provenance, usage
from twostream.cache.stages import DUMP_LOGITS
from twostream.compute import hardware
from twostream.compute.distributed import ProcessGroup
from twostream.compute.failures import explain_failures
from twostream.compute.options import NetworkOptions
from twostream.config import check, schema
from twostream.config.section import pick
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import dump
from twostream.stacks.reader import StackReader
from twostream.streams import checkpoints
from twostream.streams.checkpoints import Checkpoint
from twostream.videos.index import Index


def main(arguments: Sequence[str]) -> None:
    made = argparse.ArgumentParser(prog="twostream evaluate", description=__doc__)
    made.add_argument("--checkpoint", type=Path, required=True, help="a model.pt of ours, or the reference's .tar")
    made.add_argument("--configfile", type=Path, help="instead of the last run's settings")
    made.add_argument("--out", type=Path, help="a copy of the file of logits to write, too")
    chosen = made.parse_args(arguments)
    planned = plan.make(check.load(chosen.configfile) if chosen.configfile else _last_settings())
    _check_made(planned.index)
    checkpoint = checkpoints.load_any(chosen.checkpoint, planned.full.index.class_names)
    if checkpoint.chosen_on == selected_on.UNKNOWN:
        print(f"{chosen.checkpoint}: it does not say what its epoch was chosen on: nothing is marked", file=sys.stderr)
    checkpoint = _marked(checkpoint, planned.full.index)
    modality = checkpoint.design.modality
    stacks = planned.full.stacks(plan.STORED[modality])
    _check_made(stacks)
    digest = keys.file_digest(chosen.checkpoint)
    out = planned.full.evaluated(digest, modality)
    if not out.exists():
        _evaluate(out, checkpoint, stacks, planned, chosen.checkpoint, digest)
    if chosen.out:
        with atomic.replacing(chosen.out) as beside:
            shutil.copyfile(out, beside)
    print(out)


def _marked(checkpoint: Checkpoint, index: Index) -> Checkpoint:
    """`checkpoint`, its epoch chosen on the test videos where one of those it was chosen on is a test video here."""
    chosen = set(checkpoint.validation).intersection(video.id for video in index.subset("test"))
    return replace(checkpoint, chosen_on="test") if chosen else checkpoint


def _evaluate(out: Path, checkpoint: Checkpoint, stacks: Path, planned: plan.Plan, file: Path, digest: str) -> None:
    test, compute = planned.settings["test"], planned.settings["compute"]
    if checkpoint.design.stack > test["stack"]:
        raise InputError(f"{file}: its stack is {checkpoint.design.stack}: set test.stack to at least that")
    runtime = hardware.runtime(pick(NetworkOptions, compute), compute["train_threads"])
    used = usage.keep_from_pruning(planned.root, [out])
    with (
        provenance.recording(DUMP_LOGITS, out, test, [file, stacks, planned.index]) as wanted,
        explain_failures("set compute.device to cpu"),
    ):
        if wanted:
            job = dump.ScoringJob(
                checkpoint=checkpoint,
                reader=StackReader(stacks),
                settings=test,
                runtime=runtime,
                model=file.name,
                digest=digest,
            )
            dump.dump(out, job, planned.full.index, ProcessGroup())
    if used:
        used.close()


def _last_settings() -> schema.Settings:
    last = usage.last_use(Path("results"), Path.cwd())
    if last is None:
        raise InputError("no run in this folder has used its cache: give --configfile")
    return last.settings


def _check_made(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path} is not there yet: make it with `snakemake -j8 {path}` and the same configuration")
