"""A network knows what it was trained on, under whatever name a video comes back, and what it descends from."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from support.training import weights
from twostream.errors import InputError
from twostream.streams.checkpoint import Checkpoint, load_checkpoint, record_of, save_checkpoint
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.training_record import InitialWeights, TrainingRecord

FIRST = TrainingRecord(
    train={"A/a.avi": "d1"},
    validation={"A/v.avi": "d2"},
    initial=InitialWeights(pretrained="imagenet", digest="cafe"),
    settings={"seed": 3, "modality": "rgb"},
    pixels={"stage": "extract_frames", "settings": {"short_side": 64}},
)
SECOND = replace(FIRST, train={"B/b.avi": "d3"}, validation={}, initial=InitialWeights(pretrained="m.pt", record=FIRST))


@pytest.mark.parametrize(
    ("video", "is_in"),
    [
        (("A/a.avi", "d1"), True),
        (("A/renamed.avi", "d1"), True),
        (("A/a.avi", "another"), True),
        (("B/b.avi", "d3"), True),
        (("A/v.avi", "d2"), False),
        (("A/other.avi", "d9"), False),
        (("A/unread.avi", ""), False),
    ],
)
def test_a_video_is_known_by_its_bytes_and_by_its_name_and_through_what_a_network_descends_from(video, is_in):
    assert SECOND.trained_on([video, ("X/x.avi", "x")]) == [is_in, False]
    assert SECOND.chosen_on([video]) == [video[1] == "d2"]


@pytest.mark.parametrize(
    ("content", "is_in"),
    [
        ("d 0 10", True),
        ("d 9 5", True),
        ("d 10 5", False),
        ("d", True),
        ("e", True),
        ("e 5 6", True),
        ("f 0 10", False),
    ],
)
def test_a_part_of_a_file_is_known_by_its_frames(content, is_in):
    record = replace(FIRST, train={"A/d.avi#frame=0,10": "d 0 10", "A/e.avi": "e"})
    assert record.trained_on([("A/x.avi", content)]) == [is_in]


def checkpoint(record: TrainingRecord | None, classes: int = 2, stack: int = 1) -> Checkpoint:
    design = Design(architecture="resnet18", modality="rgb", stack=stack, dropout=0.0, pretrained="none")
    names = tuple("ABCD"[:classes])
    network = build_network(design, classes)
    return Checkpoint(design=design, size=32, class_names=names, network=network, chosen_on="nothing", record=record)


def test_the_record_comes_back_from_the_file_and_one_of_an_earlier_version_has_none(tmp_path):
    path = tmp_path / "model.pt"
    save_checkpoint(path, checkpoint(SECOND))
    assert load_checkpoint(path).record == SECOND
    assert record_of(path) == SECOND
    stored = torch.load(path, weights_only=True)
    del stored["trained_on"]
    torch.save(stored, path)
    assert load_checkpoint(path).record is None
    assert record_of(path) is None


@pytest.mark.parametrize(
    "odd",
    [
        3,
        {},
        {"train": {"a": 1}, "validation": {}},
        {"train": {"a": "d x y"}, "validation": {}},
        {"train": [], "validation": []},
    ],
)
def test_a_record_of_another_form_is_refused_in_one_line(tmp_path, odd):
    path = tmp_path / "model.pt"
    save_checkpoint(path, checkpoint(SECOND))
    torch.save(torch.load(path, weights_only=True) | {"trained_on": odd}, path)
    for read in (load_checkpoint, record_of):
        with pytest.raises(InputError, match=r"model\.pt: ") as error:
            read(path)
        assert "\n" not in str(error.value)


def test_training_begins_with_a_checkpoint_of_ours_but_for_a_classifier_of_other_classes(tmp_path):
    path = tmp_path / "model.pt"
    before = checkpoint(FIRST)
    save_checkpoint(path, before)
    design = replace(before.design, pretrained=str(path))
    assert torch.equal(weights(build_network(design, 2)), weights(before.network))
    other = build_network(design, 3).state_dict()
    assert torch.equal(other["layer4.1.conv2.weight"], before.network.state_dict()["layer4.1.conv2.weight"])
    assert other["fc.1.weight"].shape == (3, 512)


def test_weights_of_another_stack_or_architecture_are_refused(tmp_path):
    path = Path(tmp_path / "model.pt")
    save_checkpoint(path, checkpoint(FIRST))
    design = replace(checkpoint(None).design, pretrained=str(path))
    with pytest.raises(InputError, match=r"conv1\.weight is torch\.float32 of shape \(64, 3, 7, 7\): give"):
        build_network(replace(design, stack=2), 2)
    with pytest.raises(InputError, match=r"holds the weights of another network \(resnet18\): set the stream's archi"):
        build_network(replace(design, architecture="resnet34"), 2)
