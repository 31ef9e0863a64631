import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import unquote

import pytest
from markupsafe import escape

from support.reports import HOSTILE, made_up
from support.scores import fusion_settings, stream_scores
from support.videos import entry
from twostream.cache import costs, provenance, receipts
from twostream.cache.stages import FUSE, INDEX
from twostream.files import atomic
from twostream.fusion import findings
from twostream.report import average, confusion, numbers, page
from twostream.report.numbers import Sources
from twostream.report.quality import Quality, VideoQuality
from twostream.report.tables import Column, Table
from twostream.videos import index

SCRIPT = HOSTILE[0]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return made_up()


@pytest.fixture(scope="module")
def html(report) -> str:
    return page.render(report)


@pytest.fixture
def collected(tmp_path):
    """Return a report of two classes and a bad video, with a hostile name."""
    video = entry("A/a.avi", subset="test")
    catalogue = index.Index(("A", SCRIPT), (video,), (index.BadVideo(f"A/{SCRIPT}.avi", SCRIPT),))
    (tmp_path / "index").mkdir()
    index_file = tmp_path / "index" / "index.json"
    with provenance.recording(INDEX, index_file, {"split": SCRIPT}, []):
        index.write(index_file, catalogue)
    scores = stream_scores(
        [[[[1.0, 0.0]]], [[[0.0, 1.0]]]],
        [0],
        names=("spatial", "temporal"),
        video_id=("A/a.avi",),
        class_name=catalogue.class_names,
        chosen_on=("validation", "test"),
    )
    (tmp_path / "fuse").mkdir()
    fusion_file = tmp_path / "fuse" / "fusion.json"
    with provenance.recording(FUSE, fusion_file, {}, [index_file]):
        atomic.write_json(fusion_file, findings.find(scores, fusion_settings(), 1))
    (fusion_file.parent / "benchmark.tsv").write_text("s\th:m:s\tmax_rss\n0.5\t0:00:00\t12.50\n")
    history = tmp_path / "history.csv"
    history.write_text("Epoch,Batch Time,Data Time,Loss,Prec@1,Prec@5,lr\n1,0.5,0.01,2.1,10.0,50.0,0.01\n")
    return numbers.collect(Sources(fusion=fusion_file, index=index_file, histories={"spatial": history}), SCRIPT)


def test_names_from_outside_are_escaped(html):
    policy, html = html.split("</head>")[0], without_scripts(html)
    assert "unsafe-eval" not in policy
    assert "alert(" not in re.sub(r"&lt;script&gt;alert\(|%3Cscript%3Ealert%28", "", html)
    assert "</script><b>" not in html
    assert "跳远 🏃‍♀️" in html


def without_scripts(html: str) -> str:
    """Return the page without its code and without the data of its plots, as far as these cannot end a script."""
    return re.sub(r"(<script[^>]*>)[^<]*(?:<(?!/script)[^<]*)*(</script>)", r"\1\2", html)


def test_data_in_scripts_cannot_end_them(html):
    blocks = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert len(blocks) > 5
    assert not any("<" in block for block in blocks)
    assert any(
        name["class_name"] == SCRIPT for block in blocks for name in rows_of(json.loads(block)) if "gain" in name
    )


def rows_of(spec: dict) -> list[dict]:
    """Return all rows of data in a plot's description."""
    parts = [spec, *spec.get("layer", [])]
    return [row for part in parts for row in (part.get("data") or {}).get("values", [])]


def test_drawings_are_well_formed_whatever_the_names(html):
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    texts = [text for drawing in drawings for text in ElementTree.fromstring(drawing).itertext()]
    assert {SCRIPT, HOSTILE[3]} <= set(texts)


def test_the_page_needs_no_network(collected):
    html = without_scripts(page.render(collected))
    assert not re.search(r"""(src|href)=["'](?!#|data:)|@import|url\((?!#)""", html)
    assert "default-src 'none'" in html


def test_rows_have_the_agreed_fields(collected):
    assert {"stream", "split", "top1", "top5"} <= collected["streams"][0].keys()
    for row in collected["fusion"]:
        assert {"strategy", "streams", "params", "selected_on", "top1", "top5", "ci95"} <= row.keys()
        assert 0 <= row["ci95"][0] <= row["top1"] <= row["ci95"][1] <= 100
    assert json.loads(json.dumps(collected)) == collected


def test_sections_stand_in_their_order(report):
    html = page.render(report | {"costs": [cost()]})
    order = (
        "answer notices fusion weights classes confusion examples training calibration checks videos costs "
        "paper made-from"
    )
    assert re.findall(r'<section id="([\w-]+)">', html) == order.split()


def cost() -> dict:
    spent = {"artefacts": 2, "seconds": 90.0, "bytes": 5_000_000, "memory": 2e8}
    return {"stage": "fuse", "key": "0" * 12, **spent}


def test_a_section_without_numbers_is_left_out(report):
    html = page.render({name: report[name] for name in ("title", "streams", "fusion", "class_names")})
    assert re.findall(r'<section id="([\w-]+)">', html) == ["answer", "fusion", "paper", "made-from"]


def test_of_one_stream_there_is_no_fusion_to_show():
    html = page.render(made_up(streams=1))
    assert '<section id="examples">' not in html
    assert "Top-1 of each stream: spatial" in html and "of their fusion" not in html


def test_figures_and_tables_are_shown(collected):
    html = page.render(collected)
    for text in ("100.0", "Prec@1", "Left out", "Batch Time", "fixed rule"):
        assert text in html


def test_the_time_spent_waiting_for_data_is_stated(collected):
    assert "2.0 % of the training time was spent waiting for data" in page.render(collected)


def test_every_stage_is_listed_with_its_settings_and_cost(collected):
    assert [stage["stage"] for stage in collected["stages"]] == ["index", "fuse"]
    assert collected["stages"][0]["settings"] == {"split": SCRIPT}
    assert "python" in collected["stages"][0]["versions"]
    indexed, fused = collected["costs"]
    assert indexed["bytes"] > 0
    assert (indexed["memory"], fused["memory"]) == (None, 12.5 * 2**20)


def test_an_artefact_older_than_the_run_came_from_the_cache(collected, tmp_path):
    fusion_file = tmp_path / "fuse" / "fusion.json"
    now = receipts.path(fusion_file).stat().st_mtime
    stages = provenance.lineage(fusion_file)
    for since, cached in ((now - 1000, 0), (now + 1000, 1)):
        assert [one.artefacts for one in costs.reuse(stages, since).values()] == [cached, cached]
    html = page.render(collected, reuse=costs.reuse(stages, now + 1000))
    assert "of the work was reused from the cache" in html
    assert "reused from the cache" not in page.render(collected)


def test_an_epoch_chosen_on_the_test_videos_is_marked(report):
    validated = {"Val Loss": "0.5", "Val Prec@1": "80"}
    epochs = report["training"]["spatial"]
    rows = [row | validated | {"Chosen on": "test" if row["Epoch"] == "7" else ""} for row in epochs]
    html = page.render(report | {"training": {"spatial": rows}})
    assert "Epoch 7 was kept because it is best on the <em>test</em> videos" in html
    assert "spatial, test" in html and "spatial, training" in html
    assert "Dotted: on the videos that chose the epoch" in html
    assert "Dotted:" not in page.render(report)
    assert "spatial, validation" not in html
    assert html.count('<tr class="tested">') >= len(rows)


def test_the_subset_that_an_epoch_was_chosen_on_is_in_the_numbers(collected):
    assert [row["best_epoch_on"] for row in collected["streams"]] == ["validation", "test"]
    assert {row["best_epoch_on"] for row in collected["fusion"]} == {"test"}


def test_all_numbers_with_an_epoch_chosen_on_the_test_videos_are_marked(report):
    assert "epoch chosen on test" not in page.render(report)
    streams = [row | {"best_epoch_on": "test"} for row in report["streams"]]
    rows = [row | {"best_epoch_on": "test"} for row in report["fusion"]]
    html = page.render(report | {"streams": streams, "fusion": rows})
    headline = re.search(r'<div class="headline">.*?</ul>', html, re.DOTALL)[0]
    assert headline.count('class="badge tested"') == 1
    assert html.count('class="badge tested"') == 1 + len(streams) + len(rows)
    assert html.count('class="badge oracle"') == html.count('class="oracle tested"') == 2


def test_a_table_can_be_saved_as_csv(html):
    (link,) = re.findall(r'download="classes-[0-9a-f]{6}.csv" href="data:text/csv;charset=utf-8,([^"]*)"', html)
    text = unquote(link)
    assert text.splitlines()[0] == 'class,"fused, %",gain,best stream,videos,"spatial, %","temporal, %"'
    assert "跳远 🏃‍♀️" in text
    assert "'=1+1" in text, "a spreadsheet must not take a name for a formula"


def test_a_heading_with_the_name_of_a_stream_is_no_formula_either():
    table = Table("examples", "Examples", [Column("+stream", "class")], [{"class": "Jump"}])
    assert unquote(table.csv).partition(",")[2].splitlines() == ["'+stream", "Jump"]


def test_files_of_different_reports_have_different_names(report):
    other = report | {"fusion": [report["fusion"][0] | {"top1": 12.5}]}
    names = [set(re.findall(r'download="([^"]*)"', page.render(each))) for each in (report, other)]
    assert not names[0] & names[1]


def test_the_csv_has_rounded_numbers():
    columns = [Column("class", "class"), Column("%", "percent", ".1f")]
    table = Table("t", "T", columns, [{"class": "a, b", "percent": 24.489800000000002}])
    assert unquote(table.csv).splitlines()[1] == '"a, b",24.4898'


def test_checks_are_shown_with_the_failed_ones_first_and_a_word_at_the_top(report):
    html = page.render(report)
    section = html[html.index('<section id="checks">') :]
    assert "1 check passes, 1 warns, 1 fails" in section
    assert re.findall(r'<tr class="check-(\w+)">', section) == ["fail", "warn", "pass"]
    assert "The data fail a check:</strong> Check 2." in html[: html.index("<main")]
    sound = report | {"checks": [row for row in report["checks"] if row["verdict"] != "fail"]}
    assert "The data fail a check" not in page.render(sound)


def test_what_was_measured_of_flow_is_a_histogram_and_a_table(report):
    rows = tuple(VideoQuality(id=f"v{n}", clipped=n / 100, still=0.0) for n in range(3))
    html = page.render(report, quality=Quality(rows, 50, (0.25, 0.75)))
    assert "of 3 videos, evenly spread" in html
    assert re.findall(r"<li><span>([^<]*)</span>.*?width:([\d.]+)%", html) == [
        ("0 to 0.25", "33.3"),
        ("0.25 to 0.5", "100.0"),
    ]
    assert html.index("v2</bdi>") < html.index("v1</bdi>") < html.index("v0</bdi>")


def test_the_most_frequent_mistake_is_told_with_its_names_isolated(report):
    worst = confusion.mistakes(report)[0]
    names = [f"<bdi>{escape(worst[name])}</bdi>" for name in ("right", "taken_for")]
    verb = "is" if worst["videos"] == 1 else "are"
    told = f"{worst['videos']} of {worst['of']} videos of {names[0]} {verb} taken for {names[1]}."
    assert told in page.render(report)
    predictions = report["predictions"]
    right = predictions | {"predicted": predictions["predicted"] | {"fused": predictions["label"]}}
    assert "The fusion makes no mistake." in page.render(report | {"predictions": right})


def test_a_thousand_classes_and_ten_streams_are_of_bounded_size():
    report = made_up(classes=1000, streams=10, videos=3000)
    assert len(page.render(report).encode()) < 8_000_000
    assert len(json.dumps(report)) < 10_000_000


def test_a_page_without_plots_carries_no_library_for_them(report):
    html = page.render_mean(average.mean([report, report], ["one", "other"]), {"other": "runs/other%20one.html"})
    assert "vegaEmbed" not in html and len(html) < 100_000
    assert '<a href="runs/other%20one.html"><bdi>other</bdi></a>' in html and "<bdi>one</bdi>" in html
    assert "vegaEmbed" in page.render(report)


def test_three_streams_have_a_map_of_their_weights():
    three = made_up(streams=3)
    assert len(three["curve"]) == 231
    assert all(sum(row["weights"]) == pytest.approx(1) for row in three["curve"])
    assert "Top-1 by the weights of spatial, temporal, stream2" in page.render(three)


def test_the_page_of_a_mean_shows_deviations_and_escapes_names(report):
    html = page.render_mean(average.mean([report, report], HOSTILE[:2]), {})
    assert "±" in html
    assert HOSTILE[0] not in without_scripts(html)


def test_what_no_page_shows_of_a_name_is_shown_by_its_code_point(collected):
    collected["title"] = "a\x1b[31mb\u202ec\x07"
    for names in collected["training"].values():
        names[0]["Chosen on"] = "\x9b2J"
    html = page.render(collected)
    assert r"a\x1b[31mb\u202ec\x07" in html
    assert not [letter for letter in html if ord(letter) < 32 and letter not in "\n\t\r"]
    assert not {"\x9b", "\u202e"} & set(html)
