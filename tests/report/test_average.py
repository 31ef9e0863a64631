from typing import Any

import pytest

from twostream.errors import InputError
from twostream.report import average, page


def run(top1: float, **more: Any) -> dict[str, Any]:
    """Return a report of one stream, a fixed rule and a rule whose parameters were chosen."""
    figures = {"top1": top1, "top5": 90.0, "mean_class_accuracy": top1, "ci95": [0.0, 100.0]} | more
    fused = {"strategy": "weighted", "streams": ["a"], "params": {"weights": {"a": top1}}} | figures
    return {
        "streams": [{"stream": "a", "split": "test", "videos": 4, "samples": 1} | figures],
        "fusion": [fused | {"selected_on": "leave-one-group-out"}, fused | {"selected_on": "nothing"}],
    }


def test_the_mean_and_the_deviation_of_a_sample_are_given():
    report = average.mean([run(1.0), run(2.0), run(6.0)], ["1", "2", "3"])
    (stream,) = report["streams"]
    assert (stream["runs"], stream["top1"], stream["top1_sd"]) == (3, 3.0, 2.6458)
    assert (stream["top5"], stream["top5_sd"]) == (90.0, 0.0)
    assert [row["top1"] for row in report["runs"]] == [1.0, 2.0, 6.0]


def test_parameters_that_a_run_chose_are_left_out_and_those_of_a_fixed_rule_are_part_of_its_name():
    same = average.mean([run(1.0), run(1.0)], ["1", "2"])
    assert [row["params"] for row in same["fusion"]] == [{}, {"weights": {"a": 1.0}}]
    other = average.mean([run(1.0), run(2.0)], ["1", "2"])
    assert [row["selected_on"] for row in other["fusion"]] == ["leave-one-group-out"]


def test_runs_that_trained_and_runs_that_chose_are_one_row_which_says_both():
    trained = run(3.0)
    trained["fusion"][0]["selected_on"] = "leave-one-group-out (trained)"
    row = average.mean([run(1.0), trained], ["1", "2"])["fusion"][0]
    assert (row["top1"], row["selected_on"]) == (2.0, "leave-one-group-out (trained)")


def test_the_least_trusted_run_says_what_the_epoch_was_chosen_on():
    report = average.mean([run(1.0, best_epoch_on="validation"), run(1.0, best_epoch_on="test")], ["1", "2"])
    assert report["streams"][0]["best_epoch_on"] == "test"
    assert [row["best_epoch_on"] for row in report["runs"]] == ["validation", "test"]
    unknown = average.mean([run(1.0, best_epoch_on="validation"), run(1.0)], ["1", "2"])
    assert "best_epoch_on" not in unknown["streams"][0]


def test_one_run_and_other_streams_are_refused():
    with pytest.raises(InputError, match="mean: there is one run: give two reports or more"):
        average.mean([run(1.0)], ["1"])
    other = run(1.0)
    other["streams"][0]["stream"] = "b"
    with pytest.raises(InputError, match="2: its streams are b, those of 1 are a: give reports of the same streams"):
        average.mean([run(1.0), other], ["1", "2"])


def test_runs_of_other_classes_are_refused():
    with pytest.raises(InputError, match="2: its 2 classes are not the 1 of 1: give reports of the same data set"):
        average.mean([run(1.0) | {"class_names": ["a"]}, run(1.0) | {"class_names": ["a", "b"]}], ["1", "2"])


def test_what_not_all_runs_have_is_named_and_so_are_unknown_epochs_on_the_page():
    more = run(2.0)
    more["fusion"].append(more["fusion"][0] | {"strategy": "stacked"})
    report = average.mean([run(2.0), more], ["1", "2"])
    assert report["left_out"] == ["stacked"]
    html = page.render_mean(report, {})
    assert "Left out, since not all runs have them: stacked." in html
    assert "How the epoch of a was chosen is unknown" in html


def test_runs_without_a_way_to_fuse_in_common_are_refused():
    other = run(2.0)
    for row in other["fusion"]:
        row["strategy"] = "stacked"
    with pytest.raises(InputError, match="2: has no way to fuse in common with 1: give reports of the same settings"):
        average.mean([run(1.0), other], ["1", "2"], anyway=True)


def known(top1: float, seed: int = 0, **more: Any) -> dict[str, Any]:
    """Return a report that says by which settings its network was trained and which videos were tested."""
    config = {"streams": {"a": {"lr": 0.1, "seed": seed}}, "index": {"seed": 0}, "compute": {"device": "cpu"}} | more
    return run(top1) | {"config": config, "predictions": {"video": ["A/a", "B/b"]}}


def test_runs_may_differ_in_seed_and_split_which_is_told():
    report = average.mean([known(1.0), known(2.0, seed=1)], ["1", "2"])
    assert report["differs"] == [{"setting": "streams.a.seed", "values": [0, 1], "allowed": True}]
    assert report["unknown"] == []
    html = page.render_mean(report, {})
    assert "seed or split" in html and "mixes different settings" not in html
    other_split = known(2.0, dataset={"split": 2}) | {"predictions": {"video": ["A/c", "B/d", "B/e"]}}
    assert average.mean([known(1.0, dataset={"split": 1}), other_split], ["1", "2"])["differs"][0]["allowed"]


@pytest.mark.parametrize(
    ("other", "setting"),
    [
        (known(2.0, seed=1, flow={"bound": 10}), r"flow\.bound \(-, 10\)"),
        (known(2.0, versions={"fuse": 15}), r"versions\.fuse \(-, 15\)"),
        (known(2.0, seed=1) | {"predictions": {"video": ["A/a", "B/other"]}}, r"test videos of a split \(2 \(\w+\), 2"),
        (
            known(2.0) | {"scores": {"a": {"file": "x", "made_from": {"settings": {"lr": 0.2}}}}},
            r"scores\.a\.settings\.lr \(-, 0\.2\)",
        ),
    ],
    ids=["setting", "version", "videos", "scores"],
)
def test_what_differs_in_more_is_refused_or_named_on_the_page(other, setting):
    with pytest.raises(InputError, match=f"differ in more than seed or split: .*{setting}.*--anyway"):
        average.mean([known(1.0), other], ["1", "2"])
    report = average.mean([known(1.0), other], ["1", "2"], anyway=True)
    assert report["differs"][-1]["allowed"] is False
    assert "mixes different settings" in page.render_mean(report, {})


def test_where_things_lie_and_on_what_they_ran_may_differ():
    elsewhere = known(2.0, seed=1, compute={"device": "cuda"}, dataset={"folder": "/x"}, demo={"frames": 3})
    report = average.mean([known(1.0, dataset={"folder": "y"}), elsewhere], ["1", "2"])
    assert [row["setting"] for row in report["differs"]] == ["streams.a.seed"]


def test_a_run_that_stands_twice_is_refused():
    with pytest.raises(
        InputError, match="b: is the same run as a: give runs of other seeds or splits, or give --anyway"
    ):
        average.mean([known(1.0), known(2.0, seed=1), known(1.0)], ["a", "x", "b"])
    assert average.mean([known(1.0), known(1.0)], ["a", "a"], anyway=True)["streams"][0]["top1"] == 1.0


def test_settings_that_no_run_says_are_not_known():
    report = average.mean([run(1.0), run(1.0)], ["1", "2"])
    assert report["unknown"] == ["1", "2"]
    assert "By which settings the networks of 1, 2 were trained is not known" in page.render_mean(report, {})
