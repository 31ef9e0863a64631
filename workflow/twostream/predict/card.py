"""The model card: in words what a model is, on which data it rests, how good it is and what it is not good for.

The parts are those of Mitchell et al., "Model cards for model reporting", 2019.
"""

from collections.abc import Iterator, Mapping

from twostream.config.schema import Settings
from twostream.fusion.contract import Accuracy, Findings
from twostream.fusion.model import FusionModel
from twostream.selected_on import Selection
from twostream.streams.checkpoint import Checkpoint
from twostream.text import counted, printable
from twostream.videos.index import Index

LIMITS = (
    "It knows the classes below and no others: of a video of none of them it names one of them all the same.",
    "A confidence is right on average for videos like those it was fitted on, and for others it may be far off.",
    "Videos of another size, frame rate or camera than the training videos' are answered worse than the number says.",
    "It answers a video, or with `--window` each part of it, by one class: of several actions in that time it names "
    "one, or none of them well.",
)


def write(
    streams: Mapping[str, Checkpoint], settings: Settings, fusion: FusionModel, findings: Findings, index: Index
) -> str:
    """Return the card, Markdown."""
    parts = [
        [f"# Model card: {' and '.join(streams)}, {len(index.class_names)} classes"],
        ["## What it is", "", *_what(streams, settings, fusion)],
        ["## Data", "", *_data(index)],
        ["## How good it is", "", *_numbers(findings, fusion)],
        ["## Limits", "", *(f"- {sentence}" for sentence in LIMITS)],
        ["## Classes", "", ", ".join(map(printable, index.class_names))],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _what(streams: Mapping[str, Checkpoint], settings: Settings, fusion: FusionModel) -> Iterator[str]:
    for name, stream in streams.items():
        design = stream.design
        sees = f"{counted(design.stack, 'frame')} of {design.modality} at {stream.size} x {stream.size} pixels"
        yield f"- {name}: {design.architecture}, sees {sees}; its epoch was selected on: {stream.chosen_on}"
    flow, test = settings["flow"], settings["test"]
    if any(stream.design.modality == "flow" for stream in streams.values()):
        side = flow["short_side"] or "the video's own"
        weights = ", by the weights in this file" if flow["backend"] == "raft" else ""
        imported = ", imported from other software for training" if flow["imported"] else ""
        yield f"- flow: {flow['backend']}{weights}, shorter side {side}, up to {flow['bound']} pixels a frame{imported}"
    yield f"- test protocol: {test['protocol']}; positions: {test['samples'] or 'its own number'}"
    yield f"- fusion: {fusion.name}, at temperature {fusion.temperature:.3g}"


def _data(index: Index) -> Iterator[str]:
    for subset in ("train", "test"):
        videos, recordings = len(index.subset(subset)), index.recordings(subset)
        yield f"- {subset}: {counted(videos, 'video')} of {counted(recordings, 'recording')}"
    yield f"- divided by: {index.account.split_by or 'unknown'}"
    yield f"- recordings told by: {index.account.grouping.rule}"


def _numbers(findings: Findings, fusion: FusionModel) -> Iterator[str]:
    best = findings["fusion"][0]
    yield f"- fused: {_accuracy(best)}; selected on: {best['selected_on']}"
    for row in findings["streams"]:
        yield f"- {row['stream']} alone: {_accuracy(row)}"
    fused = findings["calibration"].get("fused")
    if fused and "after" in fused:
        yield f"- expected calibration error after a temperature: {fused['after']['ece']:.1f} points"
    yield f"- the labels of {fusion.labels_of} have a part in the fusion and its temperatures, which new videos get"
    if Selection.from_text(best["selected_on"]).uses_test_labels:
        yield "- the number above is of fusions that each left out the recordings they were tested on"
    yield from (f"- note: {printable(warning)}" for warning in findings.get("warnings", []))


def _accuracy(row: Accuracy) -> str:
    low, high = row["ci95"]
    of = counted(row["videos"], "test video")
    if "recordings" in row:
        of += f" of {counted(row['recordings'], 'recording')}"
    return f"top-1 {row['top1']:.1f} % (95 % interval {low:.1f} to {high:.1f}), top-5 {row['top5']:.1f} %, on {of}"
