import pytest
import vl_convert

from twostream.report import plot_library

MADE = "let vega = 'ä\\n';\n"


@pytest.fixture
def bundles(monkeypatch, tmp_path):
    """How often the script was put together; the folder to keep it in is empty."""
    made = []
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda snippet: made.append(snippet) or MADE)
    monkeypatch.setattr(plot_library, "FOLDER", tmp_path / "kept")
    return made


def script():
    """As another process gets it."""
    plot_library.script.cache_clear()
    return plot_library.script()


@pytest.fixture(autouse=True)
def _forget():
    yield
    plot_library.script.cache_clear()


def test_the_script_is_put_together_once_for_all_processes(bundles):
    assert [script(), script()] == [MADE, MADE]
    assert len(bundles) == 1


@pytest.mark.parametrize("content", [b"", b"abc", MADE.encode(), b"\xff\xfe", b"0\n" + MADE.encode()])
def test_a_damaged_script_is_put_together_again(bundles, content):
    script()
    (kept,) = plot_library.FOLDER.iterdir()
    kept.write_bytes(content)
    assert [script(), script()] == [MADE, MADE]
    assert len(bundles) == 2


def test_where_nothing_can_be_written_it_is_put_together_each_time(bundles):
    plot_library.FOLDER.write_text("no folder")
    assert [script(), script()] == [MADE, MADE]
    assert len(bundles) == 2
