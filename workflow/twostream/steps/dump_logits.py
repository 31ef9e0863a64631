"""Score the test videos, and those that the epoch was chosen on, with a trained stream, frame by frame."""

if __name__ == "__main__":
    from twostream.console import install_hook

    install_hook()  # Torch takes seconds to import.

from pathlib import Path

from twostream.cache import keys, provenance
from twostream.compute import distributed
from twostream.compute.failures import explain_failures
from twostream.console import run
from twostream.logits import dump
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams import checkpoints
from twostream.videos import index


def main() -> None:
    made = _network.parser(__doc__, "test")
    made.add_argument("--model", type=Path, required=True, help="the trained stream")
    arguments = made.parse_args()
    if _network.is_to_launch(arguments):
        return _network.launch("twostream.steps.dump_logits", arguments)
    settings = arguments.settings
    inputs = [arguments.model, arguments.stacks, arguments.index]
    with distributed.join_process_group(arguments.device) as group:
        machine = _network.machine(arguments, group)
        provenance.check(arguments.model, arguments.index)
        with (
            group.on_rank_zero(provenance.recorded("dump_logits", arguments.out, settings, inputs)) as wanted,
            explain_failures("lower the stream's size, or set compute.device to cpu"),
        ):
            if wanted:
                job = dump.ScoringJob(
                    checkpoint=checkpoints.load(arguments.model),
                    reader=StackReader(arguments.stacks),
                    settings=settings,
                    runtime=machine,
                    model=arguments.model.parent.name,
                    digest=keys.file_digest(arguments.model),
                )
                dump.dump(arguments.out, job, index.read(arguments.index), group)
    return None


if __name__ == "__main__":
    run(main)
