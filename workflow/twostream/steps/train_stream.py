"""Train the network of one stream."""

import csv
import io
from pathlib import Path

from twostream import atomic, hardware, index, provenance, training
from twostream.scoring import Checkpoint, save_checkpoint
from twostream.stacks import StackReader
from twostream.steps import parser, run
from twostream.streams import Design


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--stacks", type=Path, required=True, help="the linked file of the stream's modality")
    made.add_argument("--history", type=Path, required=True, help="the table of training to write, CSV")
    made.add_argument("--device", default="auto", help="auto, cpu or cuda")
    made.add_argument("--threads", type=int, default=1)
    made.add_argument("--loader-workers", type=int, default=0)
    arguments = made.parse_args()
    device = hardware.device(arguments.device, arguments.threads)
    provenance.check(arguments.index)
    design = Design.from_settings(arguments.settings)
    recipe = training.Recipe.from_settings(arguments.settings)
    entries = index.read(arguments.index)
    # Not a declared output: Snakemake deletes those when a job is interrupted.
    state_file = arguments.out.parent / "state.pt"
    inputs = [arguments.stacks, arguments.index]
    with provenance.recorded("train_stream", arguments.out, arguments.settings, inputs) as wanted:
        if not wanted:
            return
        network, history = training.train(
            StackReader(arguments.stacks),
            entries.side("train"),
            len(entries.class_names),
            design,
            recipe,
            device,
            arguments.loader_workers,
            state_file,
        )
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(training.csv_rows(history))
        atomic.write_text(arguments.history, table.getvalue())
        save_checkpoint(arguments.out, Checkpoint(design, recipe.size, entries.class_names, network))
    state_file.unlink()


if __name__ == "__main__":
    run(main)
