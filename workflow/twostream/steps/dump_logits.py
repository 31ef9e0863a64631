"""Score the test videos, and those that the epoch was chosen on, with a trained stream, frame by frame."""

from pathlib import Path

from twostream.cache import keys, provenance
from twostream.cache.stages import DUMP_LOGITS
from twostream.compute import distributed
from twostream.compute.failures import explain_failures
from twostream.console import run
from twostream.logits import dump
from twostream.stacks.reader import StackReader
from twostream.steps import _network
from twostream.streams import checkpoints
from twostream.videos import index


def main() -> None:
    """Run the step."""
    parser = _network.parser(__doc__, DUMP_LOGITS)
    parser.add_argument("--model", type=Path, required=True, help="the trained stream")
    arguments = parser.parse_args()
    if _network.is_to_launch(arguments):
        _network.launch("twostream.steps.dump_logits", arguments)
        return
    settings = arguments.settings
    with distributed.join_process_group(arguments.device) as group:
        machine = _network.machine(arguments, group)
        provenance.discard_if_damaged(arguments.model, arguments.index)

        def write() -> None:
            entries, reader = index.read(arguments.index), StackReader(arguments.stacks)
            checkpoint, model = checkpoints.load(arguments.model), arguments.model.parent.name
            digest = keys.file_digest(arguments.model)
            with explain_failures("lower the stream's size, or set compute.device to cpu"):
                dump.dump(arguments.out, checkpoint, reader, entries, settings, machine, group, model, digest)

        inputs = [arguments.model, arguments.stacks, arguments.index]
        _network.produce(DUMP_LOGITS, arguments.out, settings, inputs, write, group)


if __name__ == "__main__":
    run(main)
