"""Rows from a file: read as they stand, and each put in its place."""

import gzip
import re
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from reference import Coverage, Embedding, EmbeddingBag, align, read_glove

LINES = "the 0.5 -1 2e-1\ncat 1 2 3\n. . 0 0 0\nthe 9 9 9\n"


@pytest.fixture
def glove(tmp_path):
    """Write a file, plain or gzip, and return its path."""

    def write(text, compress=False):
        content = text if isinstance(text, bytes) else text.encode("utf-8")
        path = tmp_path / "vectors.txt"
        path.write_bytes(gzip.compress(content) if compress else content)
        return path

    return write


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_words_and_vectors_come_in_the_order_of_the_file(glove, compress, ending):
    words, vectors = read_glove(glove(LINES.replace("\n", ending), compress))
    assert words == ["the", "cat", ". .", "the"]
    assert torch.equal(vectors, torch.tensor([[0.5, -1, 0.2], [1, 2, 3], [0, 0, 0], [9, 9, 9]]))


@pytest.mark.parametrize("limit", [0, 1, 2, 9])
def test_limit_stops_before_a_later_mistake(glove, limit):
    words, vectors = read_glove(glove(LINES if limit == 9 else LINES + "broken"), limit)
    assert len(words) == len(vectors) == min(limit, 4)


def test_a_word_may_hold_any_white_space_but_a_line_break(glove):
    words, _ = read_glove(glove("a 1 2\nb\u2028c 1 2\nd\u0085 1 2\n\u00a0 1 2\n"))
    assert words == ["a", "b\u2028c", "d\u0085", "\u00a0"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2 3\nthe 1 2 3\n", r"line 1: .*is this a header"),
        ("the\n", r"line 1: "),
        ("the 1 2\ncat 1\n", r"line 2: .*got 'cat'|line 2: .*no word"),
        ("the 1 2\ncat 1 2 3\n", r"line 2: expected a word and 2 numbers, got more numbers after 'cat'"),
        ("the 1 2\ncat 1 x\n", r"line 2: expected a number, got 'x'"),
        ("the 1 2\ncat 1 nan\n", r"line 2: expected a finite number, got 'nan'"),
        ("the 1 2\ncat 1 1e999\n", r"line 2: expected a finite number, got '1e999'"),
        ("the 1 2\n 1 2\n", r"line 2: .*no word"),
        ("the 1 2\n\ncat 1 2\n", r"line 2: "),
        ("the 1 2\ncat 1  2\n", r"line 2: "),
        ("the 1 2\ncat 1 inf\n", r"line 2: expected a finite number, got 'inf'"),
        ("the 1 2\ncat 1 1e39\n", r"line 2: expected a finite number, got '1e39'"),
        (b"the 1 2\nc\xff 1 2\n", r"line 2: 'utf-8' codec can't decode byte 0xff"),
        ("caf\xe9 1 2\n".encode("latin-1"), r"line 1: 'utf-8' codec can't decode byte 0xe9"),
        ("the 1 2\n".encode("utf-16"), r"line 1: 'utf-8' codec can't decode byte 0xff"),
        ("the 1 2\n".encode("utf-8-sig"), r"line 1: starts with a byte order mark"),
        ("the\t1\t2\n", r"line 1: expected a number, got 'the"),
        ("", r"line 1: .*got an empty file"),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_a_malformed_line_is_named_with_what_is_wrong(glove, text, told, compress):
    path = glove(text, compress)
    with pytest.raises(ValueError, match=told) as raised:
        read_glove(path)
    assert str(raised.value).startswith(f"{path}, line ")


@pytest.mark.parametrize("kept", [3, 12, 200, -9, -1])
def test_a_compressed_file_that_breaks_off_is_named_with_its_line(tmp_path, kept):
    text = "".join(f"w{number} {number / 7:.5f} {number / 11:.5f}\n" for number in range(500))
    path = tmp_path / "vectors.txt.gz"
    path.write_bytes(gzip.compress(text.encode())[:kept])
    with pytest.raises(
        ValueError, match=r"vectors\.txt\.gz, line \d+: the compressed file cannot be read on: "
    ) as raised:
        read_glove(path)
    line = int(re.search(r"line (\d+)", str(raised.value))[1])
    assert 1 <= line <= 501
    assert line == 1 or len(read_glove(path, line - 1)[0]) == line - 1


@pytest.mark.parametrize("place", [3, 60, -6])
def test_a_damaged_compressed_file_is_named_with_its_line(tmp_path, place):
    content = bytearray(gzip.compress(LINES.encode() * 40))
    content[place] ^= 0xFF
    path = tmp_path / "vectors.txt.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"vectors\.txt\.gz, line \d+: "):
        read_glove(path)


def test_of_two_mistakes_the_first_is_told_and_a_missing_file_is_the_systems_error(glove, tmp_path):
    with pytest.raises(ValueError, match=r"line 2: expected a number, got 'x'"):
        read_glove(glove("the 1 2\ncat 1 x\ndog 1\n"))
    with pytest.raises(FileNotFoundError):
        read_glove(tmp_path / "none.txt")


@given(st.lists(st.text("abc", min_size=1, max_size=2), max_size=8), st.permutations(["a", "b", "c", "ab", "ba"]))
def test_row_v_is_the_vector_of_token_v(tokens, words):
    vectors = torch.arange(10.0).reshape(5, 2)
    table, coverage = align(tokens, words, vectors)
    assert table.shape == (len(tokens), 2)
    for row, token in enumerate(tokens):
        if token in words:
            assert torch.equal(table[row], vectors[words.index(token)])
    assert coverage.found == [token for token in tokens if token in words]
    assert coverage.missing == [token for token in tokens if token not in words]
    assert coverage.unused == len(set(words) - set(tokens))


def test_of_equal_words_the_first_counts():
    table, coverage = align(["the"], ["the", "the"], torch.tensor([[1.0], [2.0]]))
    assert table.tolist() == [[1]]
    assert coverage.unused == 0


def test_missing_rows_are_drawn_at_the_size_of_the_others():
    vectors = torch.randn(2000, 5) * 0.1 + 2
    words = [str(number) for number in range(2000)]
    table, _ = align([f"<{word}>" for word in words], words, vectors, torch.Generator().manual_seed(0))
    again, _ = align([f"<{word}>" for word in words], words, vectors, torch.Generator().manual_seed(0))
    assert torch.equal(table, again)
    assert abs(table.mean() - 2) < 0.01
    assert abs(table.std() - 0.1) < 0.01


def test_a_vocabulary_is_asked_for_its_tokens():
    table, coverage = align(SimpleNamespace(tokens=["b"]), ["a", "b"], torch.tensor([[1.0], [2.0]]).double())
    assert table.tolist() == [[2]]
    assert table.dtype == torch.float64
    assert str(coverage) == "1 of 1 rows from the file, 0 missing, 1 words of the file unused"


def test_a_long_list_of_missing_words_is_cut():
    assert "b9, …), 0" in str(Coverage([], [f"b{number}" for number in range(12)], 0))


def test_a_file_without_words_gives_a_table_without_vectors(glove):
    words, vectors = read_glove(glove("the 1 2\n"), limit=0)
    assert (words, vectors.shape) == ([], (0, 0))
    assert read_glove(glove(""), limit=0)[0] == []
    assert align(["a"], words, torch.zeros(0, 3))[0].shape == (1, 3)


def test_as_many_words_as_vectors():
    with pytest.raises(ValueError, match="got 1 words and 2 vectors"):
        align(["a"], ["a"], torch.zeros(2, 3))


@pytest.mark.parametrize(("ours", "theirs"), [(Embedding, nn.Embedding), (EmbeddingBag, nn.EmbeddingBag)])
def test_a_ready_table_is_frozen_shared_and_keeps_its_padding_row(ours, theirs):
    for cls in (ours, theirs):
        rows = torch.ones(3, 2)
        module = cls.from_pretrained(rows, padding_idx=1)
        assert not module.weight.requires_grad
        assert module.weight.data_ptr() == rows.data_ptr()
        assert torch.equal(module.weight, torch.ones(3, 2))
        assert cls.from_pretrained(rows, freeze=False).weight.requires_grad
        with pytest.raises(AssertionError, match="Embeddings parameter is expected to be 2-dimensional"):
            cls.from_pretrained(torch.zeros(3))
