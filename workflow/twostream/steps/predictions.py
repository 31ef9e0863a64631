"""Put the answers of all videos of a folder where a user finds them: results/predictions.csv, and .json."""

import argparse
from pathlib import Path

from twostream import console
from twostream.cache import provenance
from twostream.console import run
from twostream.files import atomic
from twostream.predict import stored, tables
from twostream.predict.answers import Failure
from twostream.text import counted


def main() -> None:
    """Gather the answers of the shards, in the order of the videos' paths."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=Path, nargs="+", required=True, help="the files of the shards")
    parser.add_argument("--folder", type=Path, required=True, help="where to write")
    arguments = parser.parse_args()
    provenance.check_whole(*arguments.answers)
    parts = [stored.from_json(atomic.read_json(file)) for file in arguments.answers]
    results = sorted((result for part in parts for result in part.results), key=lambda result: result.video)
    failures = [result for result in results if isinstance(result, Failure)]
    for failure in failures:
        console.warn(failure.video, failure.reason)
    files = tables.write(arguments.folder, results, parts[0].class_names, parts[0].model)
    answered = (
        f"{len(results) - len(failures)} of {len(results)} videos" if failures else counted(len(results), "video")
    )
    unanswered = f"; {len(failures)} could not be answered, as said above" if failures else ""
    console.inform(f"answers for {answered}{unanswered}: {' and '.join(map(str, files))}")


if __name__ == "__main__":
    run(main)
