"""Near copies in other folds: found, and their recordings made one."""

import numpy as np

from support.scores import fusion_settings, stream_scores
from twostream.fusion import candidates, copies
from twostream.fusion import stream_scores as gathering
from twostream.logits.logits_file import Logits
from twostream.logits.match import match_videos
from twostream.videos import split_lists

CLASSES, GROUPS, CLIPS = 30, 6, 2
CHEAP = {"normalisations": ["none"], "poolings": ["mean"], "strategies": ["average", "kernel_ridge"], "folds": 6}


def material(copied=0.0, noise=0.02, seed=0):
    """Scores of two weak streams; of a part `copied` of all recordings a near copy is in another group."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(CLASSES), GROUPS * CLIPS)
    groups = np.tile(np.repeat([f"g{g}" for g in range(GROUPS)], CLIPS), CLASSES)
    scores = rng.normal(0, 1, (2, len(labels), CLASSES)) + 1.6 * np.eye(CLASSES)[labels]
    for first in np.flatnonzero(rng.random(len(labels)) < copied):
        same_class = np.flatnonzero((labels == labels[first]) & (groups != groups[first]))
        if first % CLIPS == 0:
            second = same_class[-1]
            scores[:, second] = scores[:, first] + rng.normal(0, noise, (2, CLASSES))
    return scores.astype(np.float32), labels, groups


def logits(scores, labels, groups, split=None):
    videos = len(labels)
    return Logits(
        logits=scores[:, None],
        video_id=tuple(f"c{label}/v_c{label}_{groups[v]}_c{v:02d}.avi" for v, label in enumerate(labels)),
        label=labels,
        frame_index=np.zeros((videos, 1), np.int64),
        class_name=tuple(f"c{c}" for c in range(CLASSES)),
        split=split or ("test",) * videos,
        group=tuple(groups),
    )


def gather(scores, labels, groups, split=None):
    streams = {name: logits(stream, labels, groups, split) for name, stream in zip("ab", scores, strict=True)}
    return gathering.gather(streams, dict.fromkeys("ab", "file"))


def trained(streams):
    rows = candidates.propose(streams, fusion_settings(**CHEAP), 1).rows
    row = next(row for row in rows if row.strategy == "kernel_ridge")
    return 100 * (row.scores.argmax(axis=1) == streams.labels[streams.is_test]).mean()


class TestFinding:
    def test_different_videos_are_none(self):
        assert gather(*material()).near_copies == ()

    def test_a_near_copy_is_found_and_its_recordings_are_joined(self):
        scores, labels, groups = material()
        scores[:, 11] = scores[:, 0] + np.random.default_rng(1).normal(0, 0.05, (2, CLASSES))
        streams = gather(scores, labels, groups)
        (pair,) = streams.near_copies
        assert (pair.first, pair.second, pair.is_equal) == ("c0/v_c0_g0_c00.avi", "c0/v_c0_g5_c11.avi", False)
        assert 0.99 < pair.similarity < 1
        assert streams.groups[10:14].tolist() == ["g0", "g0", "g0", "g0"]
        assert streams.groups[22:24].tolist() == ["g5", "g5"]  # Another class's g5 is another recording.

    def test_equal_scores_are_copies_whatever_the_class(self):
        scores, labels, groups = material()
        scores[:, 20] = scores[:, 0]
        (pair,) = gather(scores, labels, groups).near_copies
        assert (pair.first, pair.second, pair.is_equal) == ("c0/v_c0_g0_c00.avi", "c1/v_c1_g4_c20.avi", True)

    def test_scores_that_say_one_class_and_nothing_else_are_no_copies(self):
        _, labels, groups = material()
        certain = np.stack([np.eye(CLASSES, dtype=np.float32)[labels]] * 2)
        assert gather(certain, labels, groups).near_copies == ()

    def test_few_classes_are_compared_by_equal_scores_alone(self):
        rng = np.random.default_rng(0)
        labels = np.arange(200) % 3
        streams = stream_scores(rng.normal(size=(2, 200, 1, 3)) + 4 * np.eye(3)[labels][:, None], labels)
        arrays = streams.scores, streams.samples, streams.labels, streams.groups, streams.video_id
        assert copies.find(*arrays) == []

    def test_names_equal_up_to_a_number_need_less_likeness(self):
        scores, labels, groups = material()
        scores[:, 11] = scores[:, 0] + np.random.default_rng(1).normal(0, 0.5, (2, CLASSES))
        names = [f"c{label}/{v}x.avi" for v, label in enumerate(labels)]
        arrays = scores.astype(np.float64), list(scores[:, :, None]), labels, groups
        assert copies.find(*arrays, names) == []
        names[0], names[11] = "c0/dive_1.avi", "c0/Dive_2.avi"
        assert [(pair.first, pair.second) for pair in copies.find(*arrays, names)] == [(names[0], names[11])]

    def test_a_validation_video_that_copies_a_test_video_is_left_out(self):
        scores, labels, groups = material()
        split = tuple("validation" if group in ("g0", "g1", "g2") else "test" for group in groups)
        scores[:, 11] = scores[:, 0]
        streams = gather(scores, labels, groups, split)
        assert len(streams.labels) == len(labels) - 1
        assert "c0/v_c0_g0_c00.avi" not in streams.video_id


def test_copies_in_other_folds_no_longer_lift_a_trained_fusion():
    plain, copied = material(), material(copied=1.0)
    unaware = stream_scores(copied[0][:, :, None], copied[1], groups=copied[2])
    lifted = trained(unaware)
    assert lifted > trained(gather(*plain)) + 2
    assert lifted > trained(gather(*copied)) + 2


def test_ucf101_has_copies_and_hmdb51s_films_have_none(ucf101, hmdb51):
    pairs = {}
    for folder in (ucf101, hmdb51):
        split = split_lists.read(folder / "splits", 1)
        matches = {file.name: match_videos(file, split, "auto") for file in sorted((folder / "scores").iterdir())}
        streams = {name: match.logits for name, match in matches.items()}
        gathered = gathering.gather(
            streams, dict.fromkeys(streams, folder), None, next(iter(matches.values())).grouping
        )
        pairs[folder] = [(pair.first.split("_")[1:3], pair.second.split("_")[2]) for pair in gathered.near_copies]
    assert pairs[hmdb51] == []
    assert pairs[ucf101] == [(["Basketball", "g01"], "g05")] + [(["GolfSwing", "g05"], "g07")] * 3
