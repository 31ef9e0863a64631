"""Train the network of one stream."""

if __name__ == "__main__":
    from twostream.console import install_hook

    install_hook()  # Torch takes seconds to import.

from pathlib import Path

from twostream.cache import provenance
from twostream.cache.stages import TRAIN_STREAM
from twostream.compute import distributed
from twostream.compute.failures import explain_failures
from twostream.console import run
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams import checkpoints
from twostream.streams.checkpoints import Checkpoint
from twostream.training import train, validation
from twostream.videos import index


def main() -> None:
    made = _network.parser(__doc__, TRAIN_STREAM)
    made.add_argument("--history", type=Path, required=True, help="the table of training to write, CSV")
    arguments = made.parse_args()
    if _network.is_to_launch(arguments):
        return _network.launch("twostream.steps.train_stream", arguments)
    settings, folder = arguments.settings, arguments.out.parent
    with distributed.join_process_group(arguments.device) as group:
        machine = _network.machine(arguments, group)
        provenance.discard_if_damaged(arguments.index)
        entries = index.read(arguments.index)
        sides = validation.divide(entries, settings["validation"])
        course = train.Course.from_settings(settings, machine, group)
        reader = StackReader(arguments.stacks)
        watch = validation.Watch.from_settings(settings, reader, sides.watched, course.design)
        # Not a declared output: Snakemake deletes those when a job is interrupted.
        files = train.Files(folder / "state.pt", arguments.history, folder / "tensorboard")
        inputs = [arguments.stacks, arguments.index]
        with (
            group.on_rank_zero(provenance.recording(TRAIN_STREAM, arguments.out, settings, inputs)) as wanted,
            explain_failures("lower this stream's batch or size, or raise its accumulate"),
        ):
            if wanted:
                network, _ = train.train(reader, sides.train, watch, len(entries.class_names), course, files)
                if group.is_rank_zero:
                    trained = Checkpoint(
                        course.design,
                        course.draw.size,
                        entries.class_names,
                        network,
                        validation.chosen_on(watch),
                        tuple(video.id for video in sides.held_out),
                    )
                    checkpoints.save(arguments.out, trained)
        if wanted and group.is_rank_zero:
            files.state.unlink()
    return None


if __name__ == "__main__":
    run(main)
