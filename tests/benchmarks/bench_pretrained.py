"""Train the bag classifier from GloVe's rows and from others, and write ``assets/results/pretrained.json``.

Which library does a sentence come from (``classroom.classifier``)? From 20 to 600 sentences are drawn from the training
sentences, ten times each; the same ten subsets serve every start, so that two starts can be compared subset by subset.
Judged is on the 200 sentences held out. The rates and the number of steps are those of ``classroom.classifier``, which
were chosen on the training sentences and with rows of noise; they were not tuned for GloVe. (More steps and a larger
rate for the linear layer were tried on training sentences: with frozen rows they gave no more.)

A table from the file has a row for each word of the subset, and one for every other word that the file knows. Of these,
only words of the held-out sentences are put in: no other row is ever read, and Adam does not move a row without a
gradient. A table of noise has the words of the subset only, since an untrained row of noise says nothing; a word
without a row is left out of the mean. Nothing is timed, and nothing is asserted. Run it by ``make bench``.
"""

import json
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from bench_one_hot import ROOT, machine, read
from torch import Tensor

from classroom.classifier import RATE, STEPS, accuracy, drawn, noise, train, vocabulary, word_counts
from classroom.libraries import Labelled, held_out, training
from reference import Vocabulary, align, read_glove

RESULTS = ROOT / "assets" / "results" / "pretrained.json"
GLOVE = ROOT / "assets" / "glove" / "glove.6B.50d.10k.txt.gz"
EACH = (5, 10, 20, 40, 80, 150)  # sentences of each of the four libraries
SUBSETS = 10

Start = Callable[[Sequence[Labelled], int], float]


def starts() -> dict[str, Start]:
    """Return what is compared: each takes the sentences it may see and a seed, and gives its share of right answers."""
    words, vectors = read_glove(GLOVE)
    vectors = vectors.double()

    def from_file(rows: Tensor, table_rate: float) -> Start:
        def start(seen: Sequence[Labelled], seed: int) -> float:
            known = with_words_of_the_file(seen, words)
            table, _ = align(known, words, rows, torch.Generator().manual_seed(seed))
            return judged(known, table, seen, table_rate, seed)

        return start

    def from_noise(table_rate: float) -> Start:
        def start(seen: Sequence[Labelled], seed: int) -> float:
            known = vocabulary(sentence.text for sentence in seen)
            return judged(known, noise(len(known), vectors.shape[1], seed), seen, table_rate, seed)

        return start

    others = vectors[torch.randperm(len(vectors), generator=torch.Generator().manual_seed(0))]
    return {
        "word counts": lambda seen, seed: accuracy(word_counts(seen), held_out()),
        "noise, learning": from_noise(RATE),
        "noise, frozen": from_noise(0),
        "glove, learning": from_file(vectors, RATE),
        "glove, learning slowly": from_file(vectors, RATE / 10),
        "glove, frozen": from_file(vectors, 0),
        "misaligned, learning": from_file(others, RATE),
        "misaligned, frozen": from_file(others, 0),
    }


def with_words_of_the_file(seen: Sequence[Labelled], words: Sequence[str]) -> Vocabulary:
    """Return the words of `seen`, and behind them those of the held-out sentences that the file knows."""
    known, file = vocabulary(sentence.text for sentence in seen), set(words)
    others = {word for sentence in held_out() for word in sentence.text.split()} & file
    return Vocabulary([*known.tokens, *sorted(word for word in others if word not in known)])


def judged(known: Vocabulary, table: Tensor, seen: Sequence[Labelled], table_rate: float, seed: int) -> float:
    return accuracy(train(known, table, seen, table_rate=table_rate, seed=seed), held_out())


def coverage() -> dict[str, Any]:
    """Return what the file knows of the words of all training sentences."""
    known = vocabulary(sentence.text for sentence in training())
    words, vectors = read_glove(GLOVE)
    _, found = align(known, words, vectors)
    return {"words": len(known) - 1, "found": len(found.found), "most_frequent_missing": found.missing[1:9]}


def main() -> None:
    torch.set_num_threads(1)
    compared, results = starts(), []
    for each in EACH:
        subsets = [drawn(training(), each, seed) for seed in range(SUBSETS)]
        for name, start in compared.items():
            right = [start(seen, seed) for seed, seen in enumerate(subsets)]
            result = {"start": name, "sentences": len(subsets[0]), "right": [round(share, 3) for share in right]}
            results.append(result)
            mean, spread = statistics.mean(right), statistics.stdev(right)
            print(f"{result['sentences']:4} {name:24} {mean:.3f} ± {spread:.3f}", flush=True)
    report = {
        "what": "share of 200 held-out sentences answered right; written by tests/benchmarks/bench_pretrained.py",
        "machine": machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "commit": {
            "id": read("git", "rev-parse", "HEAD"),
            "changed_since": bool(read("git", "status", "--porcelain", "--", "tests/benchmarks/bench_pretrained.py")),
        },
        "method": f"{SUBSETS} subsets for each size, the same for every start; float64, {STEPS} steps, rate {RATE}",
        "coverage": coverage(),
        "results": results,
    }
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{RESULTS.relative_to(ROOT)} written", flush=True)


if __name__ == "__main__":
    sys.exit(main())
