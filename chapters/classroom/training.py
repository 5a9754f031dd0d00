"""Two short trainings of one table: to guess the next word, or to tell praise from complaint.

Both start from the rows that they are given and take 300 steps of Adam over the whole corpus, in float64, so that two
decimals are the same on every machine. The only random numbers are those of the small layer behind the table.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from . import corpus

__all__ = ["SHOWN", "Run", "closeness", "distance", "next_word", "praise", "train"]

STEPS, RATE, SEED = 300, 0.03, 13
SHOWN = [*range(0, 50, 5), *range(50, 100, 10), *range(100, STEPS + 1, 25)]  # the steps that the plane shows
PRAISE, COMPLAINT = {"good", "like"}, {"bad", "hate"}


class Run(NamedTuple):
    """A training: the table before every step and at the end, ``(301, V, D)`` with two decimals; the last loss; and
    what the layer then makes of each row, ``(V, outputs)``.
    """

    tables: Tensor
    loss: float
    scores: Tensor


def next_word(table: Tensor) -> Run:
    """Train a copy of `table`: from a word's row, a linear layer guesses the word that comes next."""
    pairs = [pair for sentence in corpus.sentences for pair in pairwise(corpus.encode(sentence))]
    words, following = torch.tensor(pairs).T
    return train(table, len(table), lambda emb, head: cross_entropy(head(emb(words)), following))


def praise(table: Tensor) -> Run:
    """Train a copy of `table`: from the mean of a sentence's rows, one number says praise or complaint."""
    judged = [sentence for sentence in corpus.sentences if (PRAISE | COMPLAINT) & set(sentence.split())]
    x = torch.tensor([corpus.encode(sentence) for sentence in judged])
    good = torch.tensor([[float(bool(PRAISE & set(sentence.split())))] for sentence in judged], dtype=torch.float64)
    return train(table, 1, lambda emb, head: binary_cross_entropy_with_logits(head(emb(x).mean(dim=1)), good))


def train(table: Tensor, outputs: int, loss: Callable[[nn.Module, nn.Module], Tensor]) -> Run:
    """Train a copy of `table` and a linear layer with so many `outputs`, so that ``loss(emb, head)`` falls."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        emb = nn.Embedding(*table.shape, dtype=torch.float64)
        head = nn.Linear(table.shape[1], outputs, dtype=torch.float64)
    with torch.no_grad():
        emb.weight.copy_(table)
    optimizer = torch.optim.Adam([*emb.parameters(), *head.parameters()], lr=RATE)
    tables = [emb.weight.detach().clone()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(emb, head).backward()
        optimizer.step()
        tables.append(emb.weight.detach().clone())
    return Run(torch.stack(tables).round(decimals=2), loss(emb, head).item(), head(emb.weight).detach())


def distance(table: Tensor, one: str, other: str) -> float:
    """Return how far apart two words of the corpus are in `table`, ``(31, D)``."""
    return (table[corpus.words.index(one)] - table[corpus.words.index(other)]).norm().item()


def closeness(table: Tensor, one: str, other: str) -> str:
    """Return in words how close two words of the corpus are: by distance, by rank, by direction.

    >>> closeness(torch.eye(31), "cat", "dog")
    'distance 1.41, words nearer 0, cosine 0.00'
    """
    row, wanted = corpus.words.index(one), corpus.words.index(other)
    far = (table - table[row]).norm(dim=1)
    nearer = int((far < far[wanted]).sum()) - int(far[wanted] > 0)  # a word is nearest to itself
    cosine = torch.cosine_similarity(table[row], table[wanted], dim=0)
    return f"distance {far[wanted]:.2f}, words nearer {nearer}, cosine {cosine:.2f}"
