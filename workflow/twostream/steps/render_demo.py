"""Render the demo data set: videos and split lists."""

from twostream import console, text
from twostream.cache import provenance
from twostream.cache.stages import RENDER_DEMO
from twostream.compute import workers
from twostream.console import run
from twostream.files import atomic
from twostream.steps import _arguments
from twostream.videos import demo


def main() -> None:
    """Write the videos and the split lists, and the file that names them."""
    parser = _arguments.parser(__doc__, RENDER_DEMO.section)
    parser.add_argument("--workers", type=int, default=1, help="videos at once")
    arguments = parser.parse_args()

    def write() -> None:
        settings = demo.Settings(**arguments.settings)
        videos = demo.render(settings, arguments.out.parent, workers.cores(arguments.workers))
        atomic.write_json(arguments.out, videos)
        console.inform(f"{text.counted(len(videos), 'video')} rendered, and their lists written")

    folders = [arguments.out.parent / name for name in demo.FOLDERS]
    provenance.produce(RENDER_DEMO, arguments.out, arguments.settings, [], write, files=folders)


if __name__ == "__main__":
    run(main)
