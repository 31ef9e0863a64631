import re
from typing import Any

import pytest

from support.reports import HOSTILE, made_up
from twostream.config import check
from twostream.report import citations, methods, paper
from twostream.report.sections.paper import for_paper
from twostream.text import counted


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return made_up()


def with_settings(report: dict[str, Any], **streams: dict[str, Any]) -> dict[str, Any]:
    settings = {"streams": {"spatial": {"modality": "rgb"}, "temporal": {"modality": "flow", "stack": 10}, **streams}}
    return report | {"config": check.check(settings), "stages": [{"stage": "fuse", "settings": {}, "versions": {}}]}


def test_the_rows_are_those_of_the_report_in_both_languages(report):
    best = report["fusion"][0]
    figures = [f"{best[name]:.1f}" for name in ("top1", "top5", "mean_class_accuracy")]
    assert paper.latex(report).count(r"\\") == paper.markdown(report).count("\n") - 1
    assert " & ".join(figures) in paper.latex(report)
    assert " | ".join(figures) in paper.markdown(report)


def test_names_are_text_in_latex_and_in_markdown(report):
    streams = [
        row | {"stream": name}
        for row, name in zip(report["streams"], ["a_b & 50 % $x$ {y} \\z", "c|d\x07*e*"], strict=True)
    ]
    renamed = report | {"streams": streams}
    assert r"a\_b \& 50 \% \$x\$ \{y\} \textbackslash{}z & " in paper.latex(renamed)
    assert r"| c\|d\\x07\*e\* |" in paper.markdown(renamed)
    assert "\x07" not in paper.latex(renamed) + paper.markdown(renamed)


def test_a_name_that_looks_like_a_citation_stays_text(report):
    streams = [row | {"stream": name} for row, name in zip(report["streams"], ["a [@nobody2020]", "b"], strict=True)]
    content = for_paper(report | {"streams": streams})
    assert "a [@nobody2020]" in content["paragraph"]
    assert all("nobody2020" not in snippet.text for snippet in content["snippets"] if snippet.name.endswith(".bib"))


def test_the_paragraph_says_which_settings_were_used(report):
    text = methods.paragraph(with_settings(report))
    settings = with_settings(report)["config"]
    temporal = settings["streams"]["temporal"]
    assert f"temporal, a {temporal['architecture']} [@he2016]" in text
    assert "on 10 flow fields" in text and f"for {counted(temporal['epochs'], 'epoch')} by" in text
    assert "TV-L1 [@zach2007; @sanchez2013]" in text and f"clipped at {settings['flow']['bound']:g} pixels" in text
    assert "120 test videos" in text


@pytest.mark.parametrize(
    ("backend", "cited"), [("raft", "teed2020"), ("dis", "kroeger2016"), ("farneback", "farneback2003")]
)
def test_the_flow_that_was_used_is_cited_and_no_other(report, backend, cited):
    used = with_settings(report)
    used["config"]["flow"]["backend"] = backend
    keys = citations.keys(methods.paragraph(used))
    assert cited in keys and "zach2007" not in keys


def test_the_families_that_were_chosen_are_described_and_cited_and_no_others(report):
    blend = {"strategy": "blend", "weights": {"scales": 0.0, "stacked": 0.5, "kernel_ridge": 0.0}, "folds": 3}
    best = report["fusion"][0] | {"strategy": "best of all", "params": {"chosen": [blend]}}
    text = methods.paragraph(report | {"fusion": [best, *report["fusion"][1:]]})
    assert "learned families (mostly blend)" in text
    assert {"breiman1996", "wolpert1992"} <= set(citations.keys(text))
    assert not {"saunders1998", "friedman1989"} & set(citations.keys(text))


@pytest.mark.parametrize(("chosen_on", "said"), [("unknown", True), ("test", True), ("validation", False)])
def test_epochs_of_test_videos_or_of_unknown_ones_are_told(report, chosen_on, said):
    streams = [row | {"best_epoch_on": chosen_on} for row in report["streams"]]
    assert ("upper limits" in methods.paragraph(report | {"streams": streams})) == said


def test_known_data_sets_are_told_by_their_classes(report):
    assert "soomro2012" not in methods.paragraph(report)
    named = report | {"class_names": [*report["class_names"][:-2], "ApplyEyeMakeup", "YoYo"]}
    assert "UCF101 [@soomro2012]" in methods.paragraph(named)


def test_everything_that_can_be_cited_has_an_entry_and_a_short_form(report):
    source = "".join(str(value) for value in vars(methods).values() if isinstance(value, (str, dict)))
    for key in re.findall(r"@(\w+)", source + methods.paragraph(with_settings(report))):
        assert citations.bibtex([key]).startswith("@"), key
        assert re.fullmatch(r"\(.+, \d{4}\)", citations.in_words(f"[@{key}]"))


def test_keys_become_words_or_latex():
    text = "As [@wilson1927; @kish1965] and [@simonyan2014]."
    assert citations.in_words(text) == "As (Wilson, 1927; Kish, 1965) and (Simonyan and Zisserman, 2014)."
    assert citations.in_latex(text, str) == r"As \cite{wilson1927,kish1965} and \cite{simonyan2014}."


def test_all_that_is_cited_is_in_the_bibtex_to_save(report):
    content = for_paper(report)
    by_name = {snippet.name: snippet for snippet in content["snippets"]}
    cited = re.findall(r"\\cite\{([^}]*)\}", by_name["methods.tex"].text)
    for key in ",".join(cited).split(","):
        assert f"{{{key}," in by_name["references.bib"].text
    assert "[@" not in content["paragraph"]


def test_a_hostile_stream_name_ends_no_latex(report):
    streams = [row | {"stream": name} for row, name in zip(report["streams"], HOSTILE[:2], strict=True)]
    tex = {snippet.name: snippet.text for snippet in for_paper(report | {"streams": streams})["snippets"]}
    assert r"\textless{}script\textgreater{}" in tex["methods.tex"]


def test_one_stream_is_one_row():
    one = made_up(streams=1)
    assert paper.latex(one).count(r"\\") == 2
    assert "fused" not in methods.paragraph(one)
