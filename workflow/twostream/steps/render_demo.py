"""Render the demo data set: videos and split lists."""

from twostream.cache import provenance
from twostream.compute import workers as parallel
from twostream.console import run
from twostream.files import atomic
from twostream.steps._arguments import parser
from twostream.videos import demo


def main() -> None:
    made = parser(__doc__, "demo")
    made.add_argument("--workers", type=int, default=1, help="videos at once")
    arguments = made.parse_args()
    workers = parallel.cores(arguments.workers)
    with provenance.recorded("render_demo", arguments.out, arguments.settings, []) as wanted:
        if not wanted:
            return
        videos = demo.render(demo.Settings(**arguments.settings), arguments.out.parent, workers)
        atomic.write_json(arguments.out, videos)


if __name__ == "__main__":
    run(main)
