"""Writing answered videos anew with their labels drawn in."""

from collections.abc import Sequence
from pathlib import Path

from twostream import console
from twostream.commands import _outputs
from twostream.errors import InputError
from twostream.predict import annotation
from twostream.predict.annotation import LabelAt
from twostream.predict.answers import Answer, Failure, best
from twostream.predict.long_videos import LongAnswer
from twostream.predict.segments import Labels

Result = Answer | LongAnswer | Failure
OPTION = "--annotate"


def targets(out: Path | None, paths: Sequence[Path], force: bool) -> list[Path]:
    """Return where to write each of the videos at `paths`, none without `out`; InputError where that cannot be.

    Without `force` too where another file would be lost.
    """
    if out is None:
        return []
    files = annotation.targets(out, paths)
    for file in files:
        _outputs.check_pictures(f"{OPTION} {file}", file, paths, force)
    _outputs.check_folder(files[0].parent, OPTION)
    return files


def write(files: Sequence[Path], paths: Sequence[Path], results: Sequence[Result], names: tuple[str, ...]) -> int:
    """Write the videos that have answers to their `files`, print these, and return how many could not be written."""
    failures = 0
    for file, path, result in zip(files, paths, results, strict=bool(files)):
        if isinstance(result, Failure):
            continue
        try:
            annotation.write(file, path, _labels(result, names))
            print(file)
        except InputError as error:
            console.warn(str(error.args[0]), ": ".join(map(str, error.args[1:])))
            failures += 1
    return failures


def _labels(result: Answer | LongAnswer, names: tuple[str, ...]) -> LabelAt:
    if isinstance(result, LongAnswer):
        return Labels(result, names).at
    guess = best(result.probabilities, names)
    return lambda _: guess
