"""Numbers that no benchmark can use are refused in a line, before anything is measured."""

import argparse

import pytest

from twostream.bench import _options, fusion


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "1e3"])
def test_no_count(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no whole number, at least 1"):
        _options.count(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x", "2", "1e-9"])
def test_no_step(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no number, at least"):
        _options.step(text)


def test_no_rounds_are_a_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["twostream bench fusion", "--rounds", "0"])
    with pytest.raises(SystemExit):
        fusion.main()
    assert "twostream bench fusion: error: argument --rounds: '0' is no whole number" in capsys.readouterr().err
