"""What is answered before Snakemake reads its command line."""

import pytest

from snakemake_logger_plugin_twostream import missing_file


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("-n fusion_report --configfile here.yaml", ""),
        ("-n fusion_report --configfile here.yaml none.yaml -j2", "none.yaml"),
        ("--configfile=none.yaml -n", "none.yaml"),
        ("--configfiles here.yaml fusion_report", "fusion_report"),
        ("--configfile here.yaml -n none.yaml --config a=none.yaml", ""),
        ("--directory elsewhere --configfile none.yaml", ""),
    ],
)
def test_a_configuration_that_is_not_there_is_found(tmp_path, monkeypatch, words, missing):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.yaml").touch()
    assert missing_file(words.split()) == missing
