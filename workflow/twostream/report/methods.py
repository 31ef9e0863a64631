"""How the numbers came about, as a paragraph for a paper, made from the settings that were used."""

from collections.abc import Iterator, Sequence
from typing import Any

from twostream import __version__
from twostream.fusion.contract import FusionRow
from twostream.report import choices, derive
from twostream.report.contents import Report
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, NOTHING, TEST, UNKNOWN, VALIDATION, Selection
from twostream.text import counted

DATA_SETS = {
    frozenset({"ApplyEyeMakeup", "YoYo"}): "UCF101 [@soomro2012]",
    frozenset({"brush_hair", "cartwheel", "wave"}): "HMDB51 [@kuehne2011]",
}
"""Published data sets, told by some of their classes."""
FLOW = {
    "dis": "dense inverse search [@kroeger2016]",
    "farneback": "Farnebäck's method [@farneback2003]",
    "raft": "RAFT [@teed2020]",
}
TVL1 = "TV-L1 [@zach2007; @sanchez2013]"
INPUTS = {"rgb": "RGB frame", "flow": "flow field", "rgb_diff": "difference image"}
PROTOCOLS = {
    "ref19": "19 positions of the video, of the whole frame",
    "tsn25x10": "25 positions of the video with ten crops each [@wang2016]",
    "center25": "25 positions of the video, of the centre crop",
}
LEARNED = {
    "blend": "the blend is a weighted sum of the learned families [@breiman1996]",
    "discriminant": "the discriminant is regularised and linear [@friedman1989] in the streams' scores",
    "stacked": "stacked is stacked generalisation with a ridge [@wolpert1992]",
    "kernel_ridge": "kernel_ridge is a kernel ridge regression [@saunders1998] on the streams' scores",
}
"""What the families of fusion are that learn from labels which class is taken for which."""
OPTIMISERS = {"sgd": "stochastic gradient descent with momentum", "adamw": "AdamW [@loshchilov2019]"}


def paragraph(report: Report) -> str:
    """Return the paragraph; publications are cited by their keys, as in `[@simonyan2014]`."""
    return " ".join([*_networks(report), _data(report), *_fusion(report), *_certainty(report), _software(report)])


def _networks(report: Report) -> Iterator[str]:
    streams = [row["stream"] for row in report["streams"]]
    number = "Two streams" if len(streams) == 2 else f"{len(streams)} streams" if len(streams) > 1 else "One stream"
    settings: dict[str, Any] = report.get("config") or {}
    networks = [_network(name, settings["streams"][name]) for name in streams if name in settings.get("streams", {})]
    yield f"{number} [@simonyan2014]: {'; '.join(networks) if networks else ', '.join(streams)}."
    if networks and any(settings["streams"][name]["modality"] == "flow" for name in streams):
        yield _flow(settings["flow"])
    if networks:
        protocol = settings["test"]["protocol"]
        yield f"A video's scores are the mean over {PROTOCOLS.get(protocol, protocol)}."


def _network(name: str, stream: dict[str, Any]) -> str:
    """Return one stream's network and training."""
    architecture = stream["architecture"]
    cited = " [@he2016]" if architecture.startswith("resnet") else ""
    noun = INPUTS[stream["modality"]]
    stack = counted(stream["stack"], noun) if stream["stack"] > 1 else f"single {noun}s"
    start = "from scratch" if stream["pretrained"] == "none" else "from ImageNet weights [@russakovsky2015]"
    segments = f", {stream['segments']} segments a video [@wang2016]" if stream["segments"] > 1 else ""
    optimiser = OPTIMISERS.get(stream["optimiser"], stream["optimiser"])
    return (
        f"{name}, a {architecture}{cited} of {stream['size']} x {stream['size']} pixels on {stack}, "
        f"trained {start} for {counted(stream['epochs'], 'epoch')} by {optimiser} (batch {stream['batch']}, "
        f"learning rate {stream['lr']:g}, weight decay {stream['weight_decay']:g}{segments})"
    )


def _flow(flow: dict[str, Any]) -> str:
    if flow.get("imported"):
        return f"Optical flow was imported and clipped at {flow['bound']:g} pixels."
    return (
        f"Optical flow is {FLOW.get(flow['backend'], TVL1)} at a short side of {flow['short_side']} pixels, "
        f"clipped at {flow['bound']:g} pixels and stored in 8 bits."
    )


def _data(report: Report) -> str:
    classes = set(report["class_names"])
    name = next((name for some, name in DATA_SETS.items() if some <= classes), "")
    row = report["streams"][0]
    recordings = derive.tested_recordings(report)
    counts = derive.video_counts(report)
    validated = f", {counts['validation']:,} validation videos" if counts.get("validation") else ""
    trained = f"{counts['train']:,} training videos{validated} and " if "train" in counts else ""
    tested = counted(row["videos"], "test video") + (f" of {counted(recordings, 'recording')}" if recordings else "")
    return f"The data{f' are {name},' if name else ' have'} {len(classes)} classes, {trained}{tested}."


def _fusion(report: Report) -> Iterator[str]:
    if len(report["streams"]) == 1:
        return
    best = derive.reported_row(report)
    selection = Selection.from_text(best["selected_on"])
    yield f"The scores are fused by {_named(best)}, {_selection(selection)}."
    strategies = _strategies(best)
    if learned := [words for name, words in LEARNED.items() if name in strategies]:
        yield f"Here {'; '.join(learned)}."
    yield from _epochs([str(row.get("best_epoch_on", UNKNOWN)) for row in report["streams"]])


def _epochs(chosen_on: Sequence[str]) -> Iterator[str]:
    if TEST in chosen_on:
        yield "Epochs were chosen on the test videos, so that all numbers are upper limits."
    if UNKNOWN in chosen_on:
        yield "On which videos the networks' epochs were chosen is not known, so that the numbers may be upper limits."


def _strategies(best: FusionRow) -> list[str]:
    """Return the strategies that the folds of the reported row chose, and those that a blend of them is made of."""
    folds = best["params"].get("chosen", [])
    blends = [each.get("weights", {}) for each in folds if each["strategy"] == "blend"]
    parts = [name for weights in blends for name, weight in weights.items() if weight]
    return [best["strategy"], *(each["strategy"] for each in folds), *parts]


def _named(best: FusionRow) -> str:
    """Return the way to fuse that is reported; of a choice between ways, which they were and which was chosen most."""
    most = choices.most_chosen(best["strategy"], best["params"])
    return f"the best of fixed rules, weighted sums and learned families (mostly {most})" if most else best["strategy"]


def _selection(selection: Selection) -> str:
    if selection.videos == NOTHING:
        return "a fixed rule"
    if selection.videos == VALIDATION:
        return "chosen on validation videos"
    if selection.videos == LEAVE_ONE_GROUP_OUT:
        return (
            "chosen by nested cross-validation over groups of the test videos, which uses labels of other test videos"
        )
    return "chosen on the test videos themselves: an upper limit"


def _certainty(report: Report) -> Iterator[str]:
    if derive.tested_recordings(report):
        yield "Intervals are Wilson's on the number of videos divided by the design effect of recordings"
        yield "[@wilson1927; @kish1965]; differences are tested by recording, and by single videos with McNemar's"
        yield "exact test [@mcnemar1947]."
    if any("after" in row for row in report.get("calibration", {}).values()):
        yield "Calibration errors are after temperature scaling [@guo2017]."


def _software(report: Report) -> str:
    workflow = ", a Snakemake [@molder2021] workflow" if report.get("stages") else ""
    return f"Computed with twostream {__version__}{workflow}."
