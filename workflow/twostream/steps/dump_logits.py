"""Score the test videos with a trained stream, frame by frame."""

import shutil
from pathlib import Path

from twostream import hardware, index, keys, logits, provenance, scoring
from twostream.stacks import StackReader
from twostream.steps import parser, run


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--index", type=Path, required=True, help="index.json")
    made.add_argument("--stacks", type=Path, required=True, help="the linked file of the stream's modality")
    made.add_argument("--model", type=Path, required=True, help="the trained stream")
    made.add_argument("--device", default="auto", help="auto, cpu or cuda")
    made.add_argument("--threads", type=int, default=1)
    arguments = made.parse_args()
    device = hardware.device(arguments.device, arguments.threads)
    provenance.check(arguments.model, arguments.index)
    inputs = [arguments.model, arguments.stacks, arguments.index]
    parts = arguments.out.parent / "parts"
    with provenance.recorded("dump_logits", arguments.out, arguments.settings, inputs) as wanted:
        if not wanted:
            return
        scores = scoring.score_videos(
            scoring.load_checkpoint(arguments.model, device),
            StackReader(arguments.stacks),
            index.read(arguments.index).side("test"),
            arguments.settings["protocol"],
            arguments.settings["samples"],
            arguments.settings["stack"],
            device,
            parts,
        )
        made_by = {"settings": keys.canonical(arguments.settings), "model": arguments.model.parent.name}
        logits.write(arguments.out, scores, made_by)
    shutil.rmtree(parts)


if __name__ == "__main__":
    run(main)
