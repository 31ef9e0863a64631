"""Checks of the data set: each passes, warns or fails, with the reason and the worst cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from twostream.report.contents import Check
from twostream.text import counted
from twostream.videos import recordings as grouping_rules
from twostream.videos.copies import Copies
from twostream.videos.index import Index, Video
from twostream.videos.recordings import Grouping
from twostream.videos.splits import Split

PASS, WARN, FAIL = "pass", "warn", "fail"
SUBSETS = ("train", "test")
Recording = tuple[int, str]
"""The class and the name of a recording."""
WORST = 5
"""Cases that a check names, at most."""
FEW_TEST_VIDEOS = 5
"""With fewer, one video moves the accuracy of its class by more than 20 points."""
ENOUGH_RECORDINGS = 3
"""Of a class in a subset; with fewer, a network may learn the film and not the class, and a test of it is luck."""
FEW_RECORDINGS = "Every class has enough recordings"
"""The name of the check of that."""
RATE_TOLERANCE = 0.02
"""By which frame rates count as equal: 29.97 and 30 do, 24 and 25 do not."""


def of_index(index: Index) -> list[Check]:
    """Return the checks that the index answers: no frame is read."""
    labels = {subset: Counter(video.label for video in index.subset(subset)) for subset in SUBSETS}
    recordings = {subset: {(video.label, video.group) for video in index.subset(subset)} for subset in SUBSETS}
    return [
        _recordings(recordings, index.class_names, index.account.grouping),
        _copies_across_subsets(index),
        _copies_across_classes(index),
        _test_videos(labels["test"], index.class_names),
        _training_videos(labels["train"], index.class_names),
        _few_recordings(recordings, index.class_names),
        _left_out(index),
        _damaged(index.videos),
        _rates(index.videos),
        _sizes(index.videos),
    ]


def of_lists(split: Split, group_pattern: str | None) -> list[Check]:
    """Return the checks that split lists answer, where there are no videos."""
    groups, grouping = grouping_rules.find(split.subset_of, group_pattern)
    labels: dict[str, Counter[int]] = {subset: Counter() for subset in SUBSETS}
    recordings: dict[str, set[Recording]] = {subset: set() for subset in SUBSETS}
    for video, subset in split.subset_of.items():
        if subset in SUBSETS:
            labels[subset][split.label_of[video]] += 1
            recordings[subset].add((split.label_of[video], groups[video]))
    return [
        _recordings(recordings, split.class_names, grouping),
        _test_videos(labels["test"], split.class_names),
        _training_videos(labels["train"], split.class_names),
        _few_recordings(recordings, split.class_names),
    ]


def check(name: str, verdict: str, reason: str, worst: Iterable[str] = ()) -> Check:
    """Return a check with the first of its `worst` cases."""
    return {"name": name, "verdict": verdict, "reason": reason, "worst": list(worst)[:WORST]}


def _recordings(recordings: Mapping[str, set[Recording]], class_names: Sequence[str], grouping: Grouping) -> Check:
    name = "No recording is in both subsets"
    if not grouping.is_known:
        return check(name, WARN, "not known: names do not tell recordings; index.group_pattern can say how they do")
    both = sorted(recordings["train"] & recordings["test"])
    words = [f"{class_names[label]}: {group}" for label, group in both]
    if both:
        return check(name, FAIL, f"in both: {counted(len(both), 'recording')}; test accuracies are too high", words)
    total = len(recordings["train"]) + len(recordings["test"])
    return check(name, PASS, f"none of {total} recordings; known by {grouping.rule}")


def _copies_across_subsets(index: Index) -> Check:
    rows = [row for row in index.account.copies if row.subsets > 1]
    name = "No file is in both subsets under two names"
    if rows:
        return _copies(name, FAIL, rows, "networks were trained on what they are tested on")
    return check(name, PASS, f"none of {len(index.videos)} files, compared by the digests of their bytes")


def _copies_across_classes(index: Index) -> Check:
    rows = [row for row in index.account.copies if row.classes > 1]
    name = "No file is in two classes"
    if rows:
        return _copies(name, WARN, rows, "one of the two labels is wrong")
    return check(name, PASS, f"none of {len(index.videos)} files")


def _copies(name: str, verdict: str, rows: Sequence[Copies], consequence: str) -> Check:
    """Return the check called `name` where there are copies, and what follows from them."""
    reason = f"equal to the byte: {counted(len(rows), 'file')}; {consequence}"
    return check(name, verdict, reason, (" = ".join(row.ids) for row in rows))


def _test_videos(videos: Counter[int], class_names: Sequence[str]) -> Check:
    name = "Every class has test videos"
    without = [class_name for label, class_name in enumerate(class_names) if not videos[label]]
    if without:
        return check(name, WARN, f"none in {counted(len(without), 'class')}: nothing is known of it", without)
    few = sorted((count, class_names[label]) for label, count in videos.items() if count < FEW_TEST_VIDEOS)
    if few:
        reason = f"fewer than {FEW_TEST_VIDEOS} in {counted(len(few), 'class')}: its accuracy is hardly known"
        return check(name, WARN, reason, (f"{class_name}: {count}" for count, class_name in few))
    return check(name, PASS, f"at least {min(videos.values())} a class")


def _training_videos(videos: Counter[int], class_names: Sequence[str]) -> Check:
    name = "Every class has training videos"
    without = [class_name for label, class_name in enumerate(class_names) if not videos[label]]
    if without:
        return check(name, FAIL, f"none in {counted(len(without), 'class')}: no network can know it", without)
    return check(name, PASS, f"at least {min(videos.values())} a class")


def _few_recordings(recordings: Mapping[str, set[Recording]], class_names: Sequence[str]) -> Check:
    """Check that no class rests on a film or two, whose likeness a network could learn in place of the class."""
    counts = {subset: Counter(label for label, _ in recordings[subset]) for subset in SUBSETS}
    few = [
        (min(counts[subset][label] for subset in SUBSETS), label)
        for label in range(len(class_names))
        if any(counts[subset][label] < ENOUGH_RECORDINGS for subset in SUBSETS)
    ]
    if not few:
        fewest = min(count[label] for count in counts.values() for label in range(len(class_names)))
        return check(FEW_RECORDINGS, PASS, f"at least {fewest} a class in each subset")
    reason = (
        f"fewer than {ENOUGH_RECORDINGS} to train or to test on: {counted(len(few), 'class')} of "
        f"{len(class_names)}; a network may learn the film in place of the class"
    )
    words = [
        f"{class_names[n]}: {counts['train'][n]} to train on, {counts['test'][n]} to test on" for _, n in sorted(few)
    ]
    return check(FEW_RECORDINGS, WARN, reason, words)


def _left_out(index: Index) -> Check:
    name = "Every video is used"
    if index.bad:
        reason = f"left out: {len(index.bad)} of {len(index.bad) + len(index.videos)} videos"
        return check(name, WARN, reason, (f"{video.id}: {video.reason}" for video in index.bad))
    words = [f"{row.reason}: {row.files}" for row in index.account.left_out]
    partly = index.account.left_out_by_settings
    if partly:
        return check(name, WARN, f"a part: {len(index.videos)}, and {partly} are left out by the settings", words)
    files = sum(row.files for row in index.account.left_out)
    reason = f"all {len(index.videos)}; other files in the folder: {files}"
    return check(name, PASS, reason, words)


def _damaged(videos: Sequence[Video]) -> Check:
    name = "No video is damaged"
    damaged = sorted((video for video in videos if video.damaged), key=lambda video: -video.damaged / video.frames)
    if damaged:
        words = (f"{video.id}: {video.damaged} of {video.frames} frames" for video in damaged)
        return check(name, WARN, f"in use with corrupt or lost frames: {counted(len(damaged), 'video')}", words)
    return check(name, PASS, f"none of the {len(videos)} videos in use")


def _rates(videos: Sequence[Video]) -> Check:
    """Check that motion a frame means the same in all videos: that their frames are as far apart in time."""
    name = "All videos have one frame rate"
    rates = Counter(round(video.fps, 2) for video in videos).most_common()
    usual = rates[0][0]
    others = sum(count for rate, count in rates if abs(rate - usual) > RATE_TOLERANCE * usual)
    varying = sum(video.variable_rate for video in videos)
    if not others and not varying:
        return check(name, PASS, f"{usual:g} frames a second")
    other = f"another rate than {usual:g} frames a second: {others} of {len(videos)} videos; a varying rate: {varying}"
    reason = f"{other}; flow is in pixels a frame, not a second"
    return check(name, WARN, reason, (f"{rate:g} a second: {counted(count, 'video')}" for rate, count in rates))


def _sizes(videos: Sequence[Video]) -> Check:
    name = "All videos have one size"
    sizes = Counter((video.width, video.height) for video in videos).most_common()
    words = [f"{width} x {height} pixels: {counted(count, 'video')}" for (width, height), count in sizes]
    if len(sizes) == 1:
        return check(name, PASS, words[0])
    return check(name, WARN, f"there are {len(sizes)} sizes: frames and flow were not all scaled alike", words)
