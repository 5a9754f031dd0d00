"""Which library does a sentence come from? The mean of its words' rows and a linear layer, and what to hold it against.

A `Classifier` is an ``EmbeddingBag`` and a ``Linear``. `train` starts it from a table that is given, so that one
function serves rows of noise and rows from a file, and lets the rows learn at a rate of their own, or not at all.
`most_frequent` and `word_counts` are the two answers that need no table.

A word without an index has index 0, ``<unk>``, and the bag leaves that row out: an unknown word says nothing, and a
sentence of unknown words is an empty bag. All is computed in float64, in full batches and from a fixed seed, so that
the same sentences are answered alike on every machine. `RATE` and `STEPS` were chosen on the training sentences alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from reference import Vocabulary, tokenize

from .libraries import LIBRARIES, Labelled

__all__ = ["Classifier", "Counts", "accuracy", "drawn", "most_frequent", "noise", "train", "vocabulary", "word_counts"]

RATE, STEPS = 0.05, 100
PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5)
FOLDS = 4


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Return the words of `texts`, the most frequent first, after ``<unk>`` at index 0."""
    return Vocabulary.from_tokens(tokenize(list(texts)), specials=("<unk>",))


def noise(rows: int, columns: int, seed: int = 0) -> Tensor:
    """Return a table as a new ``EmbeddingBag`` holds it, ``(rows, columns)``, float64."""
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def drawn(sentences: Sequence[Labelled], each: int, seed: int = 0) -> list[Labelled]:
    """Return `each` sentences of every library, drawn by chance."""
    generator, chosen = torch.Generator().manual_seed(seed), []
    for library in range(len(LIBRARIES)):
        own = [sentence for sentence in sentences if sentence.library == library]
        chosen += [own[k] for k in torch.randperm(len(own), generator=generator)[:each]]
    return chosen


class Classifier(nn.Module):
    """A bag of words and a linear layer: one score a library.

    Args:
        words: ``V`` words, ``<unk>`` at index 0.
        table: the rows to start from, ``(V, D)``, copied.
    """

    def __init__(self, words: Vocabulary, table: Tensor) -> None:
        super().__init__()
        self.words = words
        self.bag = nn.EmbeddingBag(*table.shape, mode="mean", padding_idx=0, dtype=torch.float64)
        self.head = nn.Linear(table.shape[1], len(LIBRARIES), dtype=torch.float64)
        with torch.no_grad():
            self.bag.weight.copy_(table)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return the scores, ``(B, 4)``, of `B` texts."""
        return self.head(self.bag(*self.bags(texts)))

    def bags(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return all indices one after another, ``(N,)``, and where each text starts, ``(B,)``."""
        encoded = [self.words.encode(tokens) for tokens in tokenize(texts)]
        starts = torch.tensor([0, *(len(indices) for indices in encoded)]).cumsum(0)[:-1]
        return torch.tensor([index for indices in encoded for index in indices], dtype=torch.long), starts


def train(
    words: Vocabulary,
    table: Tensor,
    sentences: Sequence[Labelled],
    table_rate: float = RATE,
    rate: float = RATE,
    steps: int = STEPS,
    seed: int = 0,
) -> Classifier:
    """Return a classifier that has learned from `sentences`, by Adam, all of them in every step.

    Args:
        words, table: as in `Classifier`; `table` itself stays as it is.
        sentences: what it may see.
        table_rate: the learning rate of the rows; 0 freezes them.
        rate: the learning rate of the linear layer.
        steps: how often all sentences are seen.
        seed: of the linear layer's first numbers.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(words, table)
    classifier.bag.weight.requires_grad_(table_rate > 0)
    optimizer = torch.optim.Adam(
        [
            {"params": [p for p in classifier.bag.parameters() if p.requires_grad], "lr": table_rate},
            {"params": classifier.head.parameters(), "lr": rate},
        ]
    )
    indices, offsets = classifier.bags([sentence.text for sentence in sentences])
    libraries = torch.tensor([sentence.library for sentence in sentences])
    for _ in range(steps):
        optimizer.zero_grad()
        cross_entropy(classifier.head(classifier.bag(indices, offsets)), libraries).backward()
        optimizer.step()
    return classifier


def accuracy(classifier: nn.Module, sentences: Sequence[Labelled]) -> float:
    """Return which share of `sentences` has its own library as the highest score."""
    with torch.no_grad():
        answers = classifier([sentence.text for sentence in sentences]).argmax(dim=1).tolist()
    hits = sum(answer == sentence.library for answer, sentence in zip(answers, sentences, strict=True))
    return hits / len(sentences)


def most_frequent(sentences: Sequence[Labelled]) -> int:
    """Return the library that most of `sentences` come from, the first of equals: an answer without reading."""
    seen = Counter(sentence.library for sentence in sentences)
    return max(range(len(LIBRARIES)), key=lambda library: seen[library])


class Counts(nn.Module):
    """Logistic regression: how often each word stands in a text, and one number a word and library.

    Args:
        words: ``V`` words, ``<unk>`` at index 0; unknown words are not counted.
    """

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        self.words = words
        self.linear = nn.Linear(len(words), len(LIBRARIES), dtype=torch.float64)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return the scores, ``(B, 4)``, of `B` texts."""
        return self.linear(self.counts(texts))

    def counts(self, texts: Sequence[str]) -> Tensor:
        """Return how often each word stands in each text, ``(B, V)``."""
        rows = [torch.tensor(self.words.encode(tokens), dtype=torch.long) for tokens in tokenize(texts)]
        counts = torch.stack([row.bincount(minlength=len(self.words)) for row in rows]).double()
        counts[:, 0] = 0
        return counts


def word_counts(sentences: Sequence[Labelled]) -> Counts:
    """Return a logistic regression on `sentences`, its penalty chosen on them alone.

    Every fourth sentence is judged by a model of the other three, in four ways; the penalty with the most right
    answers is taken, the larger of equals, and a model of all sentences comes back.
    """

    def judged(penalty: float) -> float:
        parts = [([s for i, s in enumerate(sentences) if i % FOLDS != k], sentences[k::FOLDS]) for k in range(FOLDS)]
        return sum(accuracy(regression(seen, penalty), unseen) for seen, unseen in parts)

    return regression(sentences, max(PENALTIES, key=judged))


def regression(sentences: Sequence[Labelled], penalty: float) -> Counts:
    """Return `Counts` with the lowest loss on `sentences`; `penalty` times the sum of squares is added to it."""
    counts = Counts(vocabulary(sentence.text for sentence in sentences))
    seen = counts.counts([sentence.text for sentence in sentences])
    libraries = torch.tensor([sentence.library for sentence in sentences])
    optimizer = torch.optim.LBFGS(counts.parameters(), max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = cross_entropy(counts.linear(seen), libraries) + penalty * counts.linear.weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return counts
