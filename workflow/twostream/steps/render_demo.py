"""Render the demo data set: videos and split lists."""

from twostream import atomic, demo, provenance
from twostream.steps import parser, run


def main() -> None:
    arguments = parser(__doc__).parse_args()
    with provenance.recorded("render_demo", arguments.out, arguments.settings, []):
        videos = demo.render(demo.Settings(**arguments.settings), arguments.out.parent)
        atomic.write_json(arguments.out, videos)


if __name__ == "__main__":
    run(main)
