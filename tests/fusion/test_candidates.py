"""Which fusions are proposed, on what they are selected, and which stream is the spatial one."""

from dataclasses import replace

import numpy as np
import pytest

from support.scores import CHEAP, fusion_settings, noisy
from twostream.fusion import findings, fixed_rules


def rows(streams):
    return findings.find(streams, fusion_settings(**CHEAP), 2)["fusion"]


def test_the_reported_row_comes_first_and_the_reference_table_is_there():
    table = rows(noisy())
    assert table[0]["strategy"] == "best of all"
    assert table[0]["selected_on"].startswith("leave-one-group-out")
    fixed = [row["strategy"] for row in table if row["selected_on"] == "nothing"]
    assert fixed == ["average", "max", "2:1", "1:2", "1:1.5", "variance-based", "variance-based"]


def test_the_oracle_is_at_least_what_was_selected_honestly():
    top1 = {(row["strategy"], row["selected_on"]): row["top1"] for row in rows(noisy())}
    for name in ("weighted", "grid"):
        assert top1[name, "oracle"] >= top1[name, "leave-one-group-out"]


def test_validation_videos_are_selected_on_where_there_are_some():
    findings_of_half = findings.find(noisy(is_test=np.arange(200) % 2 == 0), fusion_settings(**CHEAP), 2)
    assert findings_of_half["fusion"][0]["selected_on"] == "validation"
    assert findings_of_half["streams"][0]["videos"] == 100


def test_one_stream_is_reported_as_it_is():
    result = findings.find(noisy(noise=(1.0,)), fusion_settings(**CHEAP), 2)
    assert [row["strategy"] for row in result["fusion"]] == ["average"]
    assert result["fusion"][0]["top1"] == result["streams"][0]["top1"]


def test_one_group_leaves_no_honest_selection():
    assert {row["selected_on"] for row in rows(noisy(40, groups=np.array(["g"] * 40)))} == {"nothing"}


def test_two_groups_leave_nothing_to_compare_by_and_the_average_is_reported():
    table = rows(noisy(40, groups=np.array(["a", "b"] * 20)))
    assert {choice["strategy"] for choice in table[0]["params"]["chosen"]} == {"average"}
    assert {"weighted", "stacked", "blend"} < {row["strategy"] for row in table}


def test_a_family_that_the_settings_do_not_name_is_not_fitted():
    table = findings.find(noisy(60), fusion_settings(**CHEAP, strategies=["average", "discriminant"]), 2)["fusion"]
    strategies = {row["strategy"] for row in table}
    assert "discriminant" in strategies and not strategies & {"scales", "stacked", "kernel_ridge", "blend"}


def test_three_streams_have_no_ratios():
    table = rows(noisy(60, noise=(1.0, 1.5, 2.0)))
    assert table[0]["streams"] == ["s0", "s1", "s2"]
    assert "2:1" not in {row["strategy"] for row in table}


@pytest.fixture
def look_and_motion():
    return replace(noisy(60), names=("look", "motion"), modalities=("rgb", "flow"))


def swapped(streams):
    """Return the same streams in the other order."""
    names, modalities, samples = (part[::-1] for part in (streams.names, streams.modalities, streams.samples))
    return replace(streams, names=names, modalities=modalities, samples=samples)


def ratio(streams, name):
    return next(row for row in fixed_rules.of_streams(streams) if row.strategy == name)


@pytest.mark.parametrize(("name", "weights"), [("2:1", [2, 1]), ("1:2", [1, 2]), ("1:1.5", [1, 1.5])])
def test_ratios_are_of_rgb_to_flow_whatever_the_streams_names_and_order(look_and_motion, name, weights):
    listed, other = ratio(look_and_motion, name), ratio(swapped(look_and_motion), name)
    assert listed.params == other.params == {"weights": dict(zip(("look", "motion"), weights, strict=True))}
    assert np.allclose(listed.scores, other.scores, rtol=1e-12)


def test_streams_of_unknown_modality_keep_their_order(look_and_motion):
    unknown = replace(look_and_motion, names=("temporal", "spatial"), modalities=("unknown", "unknown"))
    assert ratio(unknown, "2:1").params == {"weights": {"temporal": 2, "spatial": 1}}
    assert ratio(replace(unknown, modalities=("flow", "unknown")), "2:1").params["weights"]["spatial"] == 2


def test_a_family_that_trains_on_other_test_videos_says_so_and_a_transductive_row_says_that():
    table = rows(replace(noisy(), train_counts=np.full(5, 10)))
    selected_on = {row["strategy"]: row["selected_on"] for row in table if row["params"].get("chosen")}
    assert (selected_on["scales"], selected_on["stacked"]) == ("leave-one-group-out", "leave-one-group-out (trained)")
    matched = next(row for row in table if row["strategy"].startswith("prior-matched"))
    assert matched["selected_on"] == "leave-one-group-out (transductive)"
