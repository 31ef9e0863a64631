"""The page of answers: films, bars and failures, all of it escaped."""

import re

import pytest

from support.models import small_model
from support.videos import encode, moving_dots
from twostream.predict import long_videos, page, videos
from twostream.predict.windows import windowing

OPTIONS = videos.Options(device="cpu", threads=1)


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("videos")
    paths = [encode(folder / "<b>a.avi", moving_dots(14)), folder / "none.avi"]
    paths[1].write_bytes(b"none" * 99)
    model = small_model()
    films = page.Films(model.settings["flow"]["bound"])
    results = list(videos.videos(paths, model, OPTIONS, look=films.look))
    return page.render(results, model.class_names, films, model.card, "0123456789")


def test_a_video_has_a_film_of_frames_and_one_of_flow(html):
    assert html.count('<figure class="film"') == 2
    assert html.count("data:image/jpeg;base64,") == 3  # and the key of colours


def test_the_fusion_and_each_stream_have_bars(html):
    assert re.findall(r"<h5>(\w+)</h5>", html) == ["fused", "spatial", "temporal"]
    assert html.count('<span class="bar">') == 3 * 3
    assert len(re.findall(r'<span class="n">\d+\.\d %</span>', html)) == 3 * 3
    assert 'class="right"' not in html  # Nobody knows which class is right.


def test_what_has_no_answer_stands_on_the_page_and_names_are_escaped(html):
    assert "Without an answer" in html and "not a video" in html
    assert "<b>a.avi" not in html and "&lt;b&gt;a.avi" in html


def test_the_card_of_the_model_is_on_it(html):
    assert "# Model card" in html


def test_a_long_video_has_a_timeline(tmp_path):
    model = small_model()
    path = encode(tmp_path / "<i>long.avi", moving_dots(14))
    results = list(long_videos.answer([path], model, OPTIONS, windowing("8", "3")))
    html = page.render(results, model.class_names, page.Films(5), model.card, "0123456789")
    assert html.count("<title>0:") == 3 and '<svg class="timeline"' in html
    assert "<i>long.avi" not in html and "&lt;i&gt;long.avi" in html
