"""Answer the videos of a shard of a folder by a model."""

from dataclasses import replace
from pathlib import Path

from twostream.cache import provenance
from twostream.cache.stages import PREDICT_VIDEOS
from twostream.compute.failures import explain_failures
from twostream.console import run
from twostream.files import atomic
from twostream.predict import model, shards, stored, videos
from twostream.predict.answers import Answer, Failure
from twostream.steps import _arguments
from twostream.text import writable


def main() -> None:
    """Write the answers of the shard's videos."""
    parser = _arguments.parser(__doc__, PREDICT_VIDEOS.section)
    parser.add_argument("--model", type=Path, required=True, help="the model, of export_model")
    parser.add_argument("--folder", type=Path, required=True, help="of the videos")
    parser.add_argument("--shard", required=True, help="the shard's name, number-digest")
    parser.add_argument("--shards", type=int, required=True, help="into how many the videos are divided")
    parser.add_argument("--listing", type=Path, help="the list of all shards' videos; by default the folder is listed")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--flow-batch", type=int, default=32, help="pairs of frames whose flow a GPU computes at once")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    provenance.check_whole(arguments.model)
    options = videos.Options(device=arguments.device, threads=arguments.threads, flow_batch=arguments.flow_batch)

    def write() -> None:
        paths = shards.videos_of(arguments.folder, arguments.shards, arguments.shard, arguments.listing)
        loaded = model.load(arguments.model)
        with explain_failures("set compute.device to cpu"):
            results = [_in_folder(each, arguments.folder) for each in videos.videos(paths, loaded, options)]
        atomic.write_json(arguments.out, stored.to_json(results, loaded, arguments.model))

    provenance.produce(PREDICT_VIDEOS, arguments.out, arguments.settings, [arguments.model], write)


def _in_folder(result: Answer | Failure, folder: Path) -> Answer | Failure:
    """Return the result with the video's path in `folder`: another folder may hold the same videos."""
    return replace(result, video=Path(result.video).relative_to(writable(folder)).as_posix())


if __name__ == "__main__":
    run(main)
