"""A network from elsewhere is scored on the data set that a configuration names."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from support.checkpoints import reference, written
from twostream import cli, plan
from twostream.cache import store, usage
from twostream.config import check
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.stacks import links
from twostream.streams import pixels
from twostream.streams.checkpoint import Checkpoint, save_checkpoint
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.training_record import InitialWeights, TrainingRecord
from twostream.videos import index


@pytest.fixture
def planned(flows, tmp_path, monkeypatch) -> plan.Plan:
    """A data set whose index and flow are there, and no network."""
    monkeypatch.chdir(tmp_path)
    reader, videos = flows
    sides = [replace(video, subset="test" if n > 6 else "train") for n, video in enumerate(videos)]
    for video in videos:
        path = Path("videos") / video.id
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(video.id)
    settings = {"dataset": {"folder": "videos"}, "test": {"samples": 2}, "compute": {"device": "cpu"}}
    atomic.write_json(Path("settings.yaml"), settings)
    planned = plan.make(check.load(Path("settings.yaml")))
    names = ("A", "B")
    index.write(planned.index, index.Index(names, tuple(sides), ()))
    links.write_links(planned.full.stacks("flow"), [reader.path.parent / "flow" / "0000-x.h5"], "flow")
    return planned


def two_classes(channels: int) -> nn.Module:
    network = reference(channels)
    network.fc_custom = nn.Linear(512, 2)
    return network


def call(*arguments: str) -> None:
    cli.call(["evaluate", "--configfile", "settings.yaml", *arguments])


def test_the_references_weights_give_logits_in_the_cache(planned, capsys):
    file = written(Path("temporal.tar"), two_classes(20))
    call("--checkpoint", str(file))
    out = Path(capsys.readouterr().out.splitlines()[-1])
    assert out.parent.parent == planned.root / "dump_logits"
    logits = logits_file.read(out)
    assert logits.logits.shape == (3, 2, 2)
    assert logits.split == ("test",) * 3
    assert logits.chosen_on == "test"
    before = out.stat().st_mtime_ns
    call("--checkpoint", str(file))
    assert out.stat().st_mtime_ns == before
    call("--checkpoint", str(file), "--out", "mine/scores.h5")
    assert np.array_equal(logits_file.read(Path("mine/scores.h5")).logits, logits.logits)
    stored = torch.load(file, weights_only=True)
    stored["state_dict"]["module.fc_custom.bias"] += 1
    torch.save(stored, file)
    call("--checkpoint", str(file))
    other = Path(capsys.readouterr().out.splitlines()[-1])
    assert other != out
    assert np.allclose(logits_file.read(other).logits, logits.logits + 1, atol=1e-5)


@pytest.mark.parametrize(("chosen", "word"), [((0, 1), "validation"), ((1, 8), "test")])
def test_an_epoch_that_was_chosen_on_what_is_a_test_video_here_is_marked(planned, flows, capsys, chosen, word):
    design = Design(architecture="resnet18", modality="flow", stack=10, dropout=0.0, pretrained="none")
    held_out = tuple(flows[1][n].id for n in chosen)
    checkpoint = Checkpoint(
        design=design,
        size=32,
        class_names=("A", "B"),
        network=build_network(design, 2),
        chosen_on="validation",
        validation=held_out,
    )
    save_checkpoint(Path("model.pt"), checkpoint)
    call("--checkpoint", "model.pt")
    assert logits_file.read(Path(capsys.readouterr().out.splitlines()[-1])).chosen_on == word


@pytest.fixture
def model(flows):
    """Write model.pt, trained on the videos with these numbers, on flow made in this way."""
    design = Design(architecture="resnet18", modality="flow", stack=10, dropout=0.0, pretrained="none")

    def write(trained, made=None):
        record = TrainingRecord(
            train={f"renamed {n}": flows[1][n].digest for n in trained},
            validation={},
            initial=InitialWeights(pretrained="none"),
            pixels=made or {},
        )
        network = build_network(design, 2)
        checkpoint = Checkpoint(
            design=design, size=32, class_names=("A", "B"), network=network, chosen_on="nothing", record=record
        )
        save_checkpoint(Path("model.pt"), checkpoint)

    return write


def test_test_videos_that_were_trained_on_are_refused_or_marked_up_to_the_report(planned, flows, model, capsys):
    model(range(8))
    first = re.escape(flows[1][7].id)
    with pytest.raises(InputError, match=rf"model\.pt: it was trained on 1 of 3 test videos, first {first}: choose"):
        call("--checkpoint", "model.pt")
    call("--checkpoint", "model.pt", "--anyway", "--out", "scores.h5")
    assert "1 of 3 test videos" in capsys.readouterr().err
    scores = logits_file.read(Path("scores.h5"))
    assert scores.training.in_training.tolist() == [True, False, False]
    assert scores.training.summary["training_videos"] == 8
    with pytest.raises(InputError, match="it was trained on 1 of 3"):  # Though the cache has its logits.
        call("--checkpoint", "model.pt")


def test_flow_of_another_bound_is_refused_or_marked(planned, model, capsys, monkeypatch):
    made = {"stage": "compute_flow", "settings": planned.settings["flow"]}
    model([], made | {"settings": made["settings"] | {"bound": 5}})
    monkeypatch.setattr(pixels, "of_stacks", lambda stacks: made)
    with pytest.raises(
        InputError, match=r"flow\.bound was 5 in training and is 20 here: set flow\.bound to 5, or give"
    ):
        call("--checkpoint", "model.pt")
    call("--checkpoint", "model.pt", "--anyway", "--out", "scores.h5")
    assert logits_file.read(Path("scores.h5")).training.remarks == ("flow.bound was 5 in training and is 20 here",)


def test_flow_of_another_bound_is_refused_before_it_is_made(planned, model):
    planned.full.stacks("flow").unlink()
    made = {"stage": "compute_flow", "settings": planned.settings["flow"] | {"bound": 5, "deinterlace": False}}
    model([], made)
    with pytest.raises(InputError, match=r"flow\.bound was 5 in training and is 20 here: set flow\.bound to 5"):
        call("--checkpoint", "model.pt")
    model([], made | {"settings": made["settings"] | {"bound": 20}})
    with pytest.raises(InputError, match=r"flow\.h5: does not exist yet"):
        call("--checkpoint", "model.pt")


def test_a_checkpoint_that_does_not_say_what_it_was_trained_on_is_told(planned, capsys):
    call("--checkpoint", str(written(Path("temporal.tar"), two_classes(20))))
    assert "on which videos it was trained is not known" in capsys.readouterr().err


def test_the_logits_are_kept_for_as_long_as_what_they_were_made_from(planned, capsys):
    call("--checkpoint", str(written(Path("temporal.tar"), two_classes(20))))
    out = Path(capsys.readouterr().out.splitlines()[-1])
    used = set(planned.artefacts)
    assert out.parent not in [removal.entry.folder for removal in store.removals(planned.root, used)]
    without_flow = used - {planned.full.stacks("flow")}
    assert out.parent in [removal.entry.folder for removal in store.removals(planned.root, without_flow)]


def test_a_missing_artefact_is_reported_with_the_command_that_makes_it(planned):
    remedy = r"make it with `snakemake --cores all \S*rgb\.h5 --configfile settings\.yaml`"
    with pytest.raises(InputError, match=rf"rgb\.h5: does not exist yet: {remedy}"):
        call("--checkpoint", str(written(Path("spatial.tar"), two_classes(3))))
    planned.index.unlink()
    plan._read_index.cache_clear()
    with pytest.raises(InputError, match=r"index\.json: does not exist yet"):
        call("--checkpoint", str(Path("spatial.tar")))


def test_without_a_run_a_configuration_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="give --configfile"):
        cli.call(["evaluate", "--checkpoint", "x.tar"])


def test_the_last_runs_settings_may_be_of_a_version_that_knew_fewer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = check.check({"dataset": {"folder": "videos"}})
    del settings["predict"], settings["frames"]["fps"]
    usage.note_use(Path("results"), Path.cwd(), settings, [])
    Path("videos/A").mkdir(parents=True)
    Path("videos/A/a.avi").write_text("a")
    with pytest.raises(InputError, match=r"index\.json: does not exist yet"):
        cli.call(["evaluate", "--checkpoint", "x.tar"])


def test_an_export_without_a_run_says_to_run_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"has used its cache: run the workflow in this folder first$"):
        cli.call(["export", "model.zip"])
