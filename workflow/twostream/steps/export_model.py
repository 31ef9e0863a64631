"""Write trained streams and their fusion as one model, which needs no cache."""

import json
from pathlib import Path

from twostream.cache import provenance
from twostream.cache.stages import EXPORT_MODEL
from twostream.config import check
from twostream.console import run
from twostream.predict import export, model
from twostream.steps import _arguments


def main() -> None:
    """Write the model."""
    parser = _arguments.parser(__doc__, EXPORT_MODEL.section)
    parser.add_argument("--models", nargs="+", required=True, metavar="STREAM=FILE", help="the trained streams")
    parser.add_argument("--logits", nargs="+", required=True, metavar="STREAM=FILE")
    parser.add_argument("--fusion", type=Path, required=True, help="fusion.json, from fuse")
    parser.add_argument("--index", type=Path, required=True, help="the index, JSON")
    parser.add_argument(
        "--sections", required=True, metavar="JSON", help="frames, flow, test and fusion of the settings"
    )
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    sections = json.loads(arguments.sections)
    sources = export.Sources(
        checkpoints=_arguments.named_paths(arguments.models),
        logits=_arguments.named_paths(arguments.logits),
        findings=arguments.fusion,
        index=arguments.index,
        settings={name: check.check_stage(name, sections[name], f"--sections: {name}") for name in sections},
    )
    provenance.check_whole(*sources.files)

    def write() -> None:
        model.save(arguments.out, export.build(sources, arguments.threads))

    provenance.produce(EXPORT_MODEL, arguments.out, arguments.settings, sources.files, write)


if __name__ == "__main__":
    run(main)
