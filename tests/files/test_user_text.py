"""Texts are read in any encoding of Unicode, and nothing else is taken for one."""

import pytest

from twostream.files import user_text

TEXT = "name;score\r\nÜbung/跳远 1.avi;0,5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n", "SEP=\t\n"])
def test_the_encoding_and_a_spreadsheets_first_line_change_nothing(tmp_path, encoding, first):
    (tmp_path / "text").write_bytes((first + TEXT).encode(encoding))
    assert user_text.read(tmp_path / "text") == TEXT


@pytest.mark.parametrize("data", ["Übung".encode("latin1"), b"\xff\xfea", b"a\0\xdc\xd8"])
def test_other_bytes_are_no_text(tmp_path, data):
    (tmp_path / "text").write_bytes(data)
    with pytest.raises(UnicodeDecodeError):
        user_text.read(tmp_path / "text")


@pytest.mark.parametrize("text", ["1 A\0\n2 B\n", "\0", "Jump/v_\0Jump_g01_c01.avi 1\n", "\0" * 3 + "a,1,2\n"])
def test_a_zero_in_a_text_of_single_bytes_does_not_make_it_one_of_two(tmp_path, text):
    (tmp_path / "text").write_text(text, newline="")
    assert user_text.read(tmp_path / "text") == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["1\n", "1 跳跃\r\n2 奔跑\r\n", "跳跃/v_跳跃_g01_c01.avi 1\n"])
def test_short_texts_of_two_bytes_a_letter_are_read(tmp_path, encoding, text):
    (tmp_path / "text").write_bytes(text.encode(encoding))
    assert user_text.read(tmp_path / "text") == text
