"""Train the network of one stream."""

from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twostream import console, text
from twostream.cache import kept, keys, provenance, rates
from twostream.cache.heal import heal
from twostream.cache.stages import TRAIN_STREAM
from twostream.compute import distributed, workers
from twostream.compute.distributed import ProcessGroup
from twostream.compute.failures import explain_failures
from twostream.compute.hardware import Runtime
from twostream.console import run
from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.forecast import amounts, basis
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams import checkpoint, imagenet, pixels
from twostream.streams.checkpoint import Checkpoint, save_checkpoint
from twostream.streams.training_record import InitialWeights, TrainingRecord
from twostream.training import history, subsets, validation
from twostream.training.history import Epoch
from twostream.training.recipe import TrainingFiles, TrainingSetup
from twostream.training.subsets import Subsets
from twostream.training.train import train
from twostream.videos import index


def main() -> None:
    """Train the network, or go on from the last epoch that was finished."""
    parser = _network.network_parser(__doc__, TRAIN_STREAM)
    parser.add_argument("--history", type=Path, required=True, help="the table of training to write, CSV")
    arguments = parser.parse_args()
    if _network.launch(TRAIN_STREAM, arguments):
        return
    # Not a declared output: Snakemake deletes those when a job is interrupted.
    state = arguments.out.with_name("state.pt")
    with distributed.join_process_group(arguments.device) as group:
        runtime = _network.runtime(arguments, group)
        provenance.check_whole(arguments.index)
        _check_weights(arguments.settings)
        write = partial(_train, arguments, state, runtime, group)
        inputs = [arguments.stacks, arguments.index]
        table = arguments.history
        _network.produce(TRAIN_STREAM, arguments, inputs, write, group, [table])
        if group.is_rank_zero:
            _restore(arguments.out, table)
            state.unlink(missing_ok=True)


def _restore(model: Path, table: Path) -> None:
    """Make the `table` of a finished training again where it is gone; an empty one where nothing is known of it."""
    heal([model])
    if not table.exists():
        kept.restore(table)
    if not table.exists():
        console.warn(
            table, "is gone, and the model's receipt does not hold it: the report has no table of its training"
        )
        history.write(table, [], "")


def _check_weights(settings: dict[str, Any]) -> None:
    """Raise InputError where the file of pre-trained weights is not the one that the key of the model stands for."""
    digest, pretrained = settings.get("pretrained_digest"), settings["pretrained"]
    if not digest:
        return
    if pretrained in imagenet.NAMES:
        present = imagenet.digest(settings["architecture"], pretrained)  # The file is verified where it is loaded.
    else:
        present = keys.file_digest(Path(pretrained), len(digest))
    if present != digest:
        raise InputError(pretrained, "the weights have changed since this run began", RERUN_WORKFLOW)


def _train(arguments: Namespace, state: Path, runtime: Runtime, group: ProcessGroup) -> None:
    """Train in this process of `group`, and save the network in the first one."""
    settings, entries, reader = arguments.settings, index.read(arguments.index), StackReader(arguments.stacks)
    measured = rates.Measurement()
    with explain_failures("lower this stream's batch or size, or raise its accumulate"):
        divided = subsets.divide(entries, settings["validation"])
        setup = TrainingSetup.from_settings(settings, runtime, group)
        validator = validation.Validator.from_settings(settings, reader, divided.validation, setup.design)
        if group.is_rank_zero:
            console.inform(_beginning(divided, setup, len(entries.class_names)))
        files = TrainingFiles(state, arguments.history, state.with_name("tensorboard"))
        record = _record(divided, settings, arguments.stacks)
        network, epochs = train(reader, divided.train, validator, len(entries.class_names), setup, files)
        if group.is_rank_zero:
            trained = Checkpoint(
                design=setup.design,
                size=setup.clip_sampling.size,
                class_names=entries.class_names,
                network=network,
                chosen_on=validation.chosen_on(validator),
                validation=tuple(video.id for video in divided.held_out),
                record=record,
            )
            save_checkpoint(arguments.out, trained)
            console.inform(
                f"epoch {history.best(epochs) + 1} of {len(epochs)} is kept, selected on: {trained.chosen_on}"
            )
            _note(measured, arguments, len(divided.train), epochs)


def _note(measured: rates.Measurement, arguments: Namespace, videos: int, epochs: Sequence[Epoch]) -> None:
    """Remember what a pass over a stack took, on the average of all `epochs` of so many `videos`."""
    settings = arguments.settings
    work = amounts.of_training(settings, videos, 0, len(epochs))
    steps = max(1, -(-videos // settings["batch"]))
    measured.note(
        arguments.out,
        basis.network(TRAIN_STREAM, settings, arguments.device),
        units=work.units,
        stored=work.stored,
        threads=workers.cores(arguments.threads),
        part=min(1.0, steps * sum(row.batch_time for row in epochs) / measured.seconds),
        together=True,
    )


def _beginning(divided: Subsets, setup: TrainingSetup, classes: int) -> str:
    """Return in words what is going to be trained."""
    total = len(divided.train) + len(divided.held_out)
    part = f" ({len(divided.held_out) / total:.0%} of the training videos)" if divided.held_out else ""
    validated = f", {len(divided.validation):,} to choose the epoch on{part}" if divided.validation else ""
    steps = text.counted(max(1, -(-len(divided.train) // setup.recipe.batch)), "step")
    return (
        f"{text.counted(len(divided.train), 'video')} of {classes} classes to train on{validated}; "
        f"{text.counted(setup.optimisation.epochs, 'epoch')} of {steps}; "
        f"{setup.design.architecture} on {setup.runtime.device.type}"
    )


def _record(divided: Subsets, settings: dict[str, Any], stacks: Path) -> TrainingRecord:
    """Return what the network of `settings` was trained on: the videos of `divided`, stored in `stacks`."""
    pretrained = settings["pretrained"]
    initial = InitialWeights(
        pretrained=pretrained,
        digest=settings.get("pretrained_digest", ""),
        record=None if pretrained in ("none", *imagenet.NAMES) else checkpoint.record_of(Path(pretrained)),
    )
    return TrainingRecord(
        train={video.id: video.content for video in divided.train},
        validation={video.id: video.content for video in divided.validation},
        initial=initial,
        settings=settings,
        pixels=pixels.of_stacks(stacks),
    )


if __name__ == "__main__":
    run(main)
