"""What the commands that read score files share: their options, and which modality a stream has."""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from twostream.commands import _outputs
from twostream.errors import InputError
from twostream.files import atomic
from twostream.fusion import alignment
from twostream.fusion.stream_scores import StreamScores
from twostream.logits import logits_file, match, video_rows
from twostream.logits.logits_file import MODALITIES, UNKNOWN_MODALITY, Logits
from twostream.logits.match import Match
from twostream.text import are, counted, printable
from twostream.videos.splits import Split

OWN_SUFFIXES = (".h5", ".hdf5")
"""Of the workflow's own files of scores."""
MODALITY_BY_LABEL = {"spatial": "rgb", "rgb": "rgb", "temporal": "flow", "flow": "flow"}
"""What a user means who calls a stream so, and neither its file nor --modality says more."""


def add_split_arguments(parser: argparse.ArgumentParser, without: str = "") -> None:
    """Add the folder of the split lists, which is needed unless the help says what is done `without`."""
    files = "folder of UCF101's lists (classInd.txt, testlist0N.txt ...) or HMDB51's (CLASS_test_splitN.txt)"
    parser.add_argument("--splits", type=Path, required=not without, help=files + without)


def check_out(path: Path, force: bool) -> None:
    """Raise InputError where `path` is a folder or, without `force`, a link to nothing or a file but scores of ours."""
    _outputs.check_file(
        f"--out {path}", path, force, _outputs.read_by(logits_file.read), "something else than scores of ours"
    )


def pairs(option: str, texts: Sequence[str], example: str) -> dict[str, str]:
    """Return the values of `option` by stream, from its `texts` STREAM=VALUE; raise InputError where one is wrong."""
    parted = [text.partition("=") for text in texts]
    for text, (name, _, value) in zip(texts, parted, strict=True):
        if not name or not value:
            raise InputError(f"{option} {text}", "is not of the form STREAM=VALUE", f"give it as in {example}")
    repeated = [name for name, count in Counter(name for name, _, _ in parted).items() if count > 1]
    if repeated:
        raise InputError(option, f"the stream `{repeated[0]}` stands twice", "give each stream a name of its own")
    return {name: value for name, _, value in parted}


def add_classes(parser: argparse.ArgumentParser) -> None:
    """Add the lists of classes, for each stream whose file does not name them."""
    files = "a list of the classes in the order of the columns of a stream's file, where that is not the lists'"
    parser.add_argument("--classes", action="append", default=[], metavar="STREAM=LIST", help=files)


def class_lists(texts: Sequence[str], streams: Sequence[str]) -> dict[str, Path]:
    """Return the lists that --classes gives to `streams`; raise InputError where it names others."""
    options = pairs("--classes", texts, "motion=classes.txt")
    for name, file in options.items():
        _check_stream(f"--classes {name}={file}", name, streams)
    return {name: Path(file) for name, file in options.items()}


def trusted(streams_named: Sequence[str], streams: Sequence[str]) -> list[str]:
    """Return the streams that --trust names; raise InputError where it names others than `streams`."""
    for name in streams_named:
        _check_stream(f"--trust {name}", name, streams)
    return list(streams_named)


def modalities(texts: Sequence[str], streams: Sequence[str]) -> dict[str, str]:
    """Return the modalities that --modality gives to `streams`; raise InputError where it names others."""
    options = pairs("--modality", texts, "motion=flow")
    for name, modality in options.items():
        _check_stream(f"--modality {name}={modality}", name, streams)
        if modality not in MODALITIES:
            problem = "is no modality"
            raise InputError(f"--modality {name}={modality}", problem, f"choose one of {', '.join(MODALITIES)}")
    return options


def _check_stream(option: str, name: str, streams: Sequence[str]) -> None:
    """Raise InputError where the `name` that `option` gives is none of `streams`."""
    if name not in streams:
        raise InputError(option, "is no stream", f"choose one of {', '.join(streams)}")


def with_modality(scores: Logits, stream: str, options: Mapping[str, str]) -> Logits:
    """Return `scores` with the modality of `options`, else of the file, else that the name of `stream` stands for."""
    by_name = MODALITY_BY_LABEL.get(stream, UNKNOWN_MODALITY)
    in_file = by_name if scores.modality == UNKNOWN_MODALITY else scores.modality
    return replace(scores, modality=options.get(stream, in_file))


def check_order(streams: StreamScores, files: Mapping[str, Path], matches: Mapping[str, Match], out: Path) -> None:
    """Raise InputError where one of `streams` has its classes in another order than the lists.

    A list of its classes, in the order of the columns of its file that fits, is written to the folder `out`.
    """
    for name, scores in zip(streams.names, streams.scores, strict=True):
        fit = alignment.examine(scores, streams.labels, streams.recordings)
        if fit.is_misordered:
            label_of = {matches[name].columns[column]: label for label, column in enumerate(fit.order)}
            file = out / f"{name}.classes.txt"
            atomic.write_text(file, "".join(f"{streams.class_name[label_of[c]]}\n" for c in sorted(label_of)))
            problem = alignment.warning(name, fit, streams.class_name)
            remedy = f"give --classes {name}=LIST, for which {file} has the order that fits, or --trust {name}"
            raise InputError(files[name], problem, remedy)


def read_own(file: Path) -> Logits:
    """Return the scores in `file`, which has to be the workflow's own: others do not say what is tested."""
    if file.is_file() and file.suffix.lower() not in OWN_SUFFIXES:
        problem = "does not say itself which videos are tested, as the workflow's own logits.h5 does"
        raise InputError(file, problem, "give --splits, the folder of the split lists")
    return logits_file.read(file)


def read(
    file: Path, split: Split, pattern: str | None, names: Path | None = None, classes: Path | None = None
) -> Match:
    """Return the scores in `file` of the test videos of `split`, and tell in what the file and the lists differ."""
    scores = match.match_videos(file, split, pattern, names, classes)
    if scores.extra:
        first = video_rows.first_few(scores.extra)
        number = len(scores.extra)
        left_out = f"{counted(number, 'video')} {are(number)} not on the test list and left out: {first}"
        print(printable(f"{file}: {left_out}"), file=sys.stderr)
    for remark in scores.remarks:
        print(printable(f"{file}: {remark}"), file=sys.stderr)
    return scores
