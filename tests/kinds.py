"""The figures of the book, each as its chapter shows it, and each with words that nobody should trust.

What a figure must do because it is a figure is tested for all of them in ``tests/widgets/test_contract.py`` (Python)
and ``test_contract_browser.py``. A new figure is found by its name in the package `widgets`; here it says how it is
made, in which order Tab walks through it, and what it shows where no script runs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from playwright.sync_api import Locator

import widgets
from classroom import corpus, training
from reference import align, plane, read_glove
from sphinx_rows import FILE
from widgets import (
    Bag,
    Cost,
    Frequency,
    Learning,
    Lookup,
    MaxNorm,
    OneHot,
    Padding,
    Plane,
    Pretrained,
    ReadBack,
    Sparse,
)
from widgets._base import Widget

__all__ = ["ACTS", "EXPORTED", "HOSTILE", "KINDS", "Kind", "hostile_words"]

HOSTILE = [
    "<script>alert(1)</script>",
    "__proto__",
    '"><img src=x onerror=alert(1)>',
    "\N{RIGHT-TO-LEFT OVERRIDE}abc مرحبا",
    "x" * 10_000,
    "👩‍👩‍👧 🇫🇷 e\u0301",
    "{n} {word} {index}",
    "constructor",
    "1e309",
    "NaN",
    "",
]


def hostile_words() -> list[str]:
    """Return the words of the corpus, but for the first ones."""
    return [*HOSTILE, *corpus.words[len(HOSTILE) :]]


@dataclass(frozen=True)
class Kind:
    """One figure.

    Attributes:
        first: makes it as its chapter does; traits by keyword.
        hostile: makes it from `hostile_words`; traits by keyword.
        stops: the class of each place that Tab comes to, in order; an element without a class by its name.
        stands: what is seen of it without a script, as selectors.
        added: attributes that its script adds for itself, ``name`` or ``element name``.
        states: traits, beside the named states, in which it is drawn too.
        holds: a class of controls whose first use only takes something into the hand, which is no trait.
        reset: gives the first state back.
        kept: traits that a reset leaves.
    """

    first: Callable[..., Widget]
    hostile: Callable[..., Widget]
    stops: str
    stands: tuple[str, ...]
    added: tuple[str, ...] = ()
    states: tuple[dict, ...] = ()
    holds: str = " "
    reset: Callable[[Locator], None] = lambda figure: figure.locator(".reset").locator("visible=true").click()
    kept: frozenset[str] = frozenset()


SENTENCES = ["the cat follows the dog", "the dog sees the cat", "my cat sees the door"]
BATCH = [corpus.encode(sentence) for sentence in SENTENCES]
MAPPED = ["king", "queen", "man", "woman", "cat", "dog", "horse", "bird", "milk", "tea", "water", "good", "bad"]
ORDERS = json.loads((Path(__file__).resolve().parents[1] / "assets/results/set_orders.json").read_text("utf-8"))


def bag(words=corpus.words, **traits):
    swapped = [corpus.encode("the cat sees the dog"), corpus.encode("the dog sees the cat")]
    indices = corpus.encode("the cat sees the dog cat sits <pad> sit")
    return Bag(corpus.rows(), words, indices, [0, 5, 5, 8], swapped=swapped, **traits)


def cost(**traits):
    return Cost(31, 2, 5, **traits)


def frequency(words=corpus.words, **traits):
    second = torch.tensor([[1.0, 3, 1, -3, 4], [5, 2, -1, 3, -2], [-2, 5, 3, 4, 2]])
    gradients = torch.stack([torch.ones(3, 5), second], dim=-1)
    return Frequency(words, torch.tensor(BATCH), gradients, ignored=range(5), **{"knife": 5, "row": 2, **traits})


def learning(words=corpus.words, **traits):
    sentences = ["the cat follows the dog", "the dog sees the cat", "my dog sees the door"]
    gradients = [
        [[2, -1], [-1, 2], [1, 1], [1, 3], [-2, 1]],
        [[1, 0], [-1, 2], [2, -2], [-2, 1], [-2, 1]],
        [[1, -2], [1, 1], [-1, 0], [1, -1], [2, 1]],
    ]
    batches = [(corpus.encode(sentence), grads) for sentence, grads in zip(sentences, gradients, strict=True)]
    return Learning(corpus.rows(), words, batches, **traits)


def lookup(words=corpus.words, **traits):
    chosen = ["the cat sits", "a cat runs to the door", "sit"]
    examples = {**{sentence: corpus.encode(sentence) for sentence in chosen}, words[0]: [0]}
    return Lookup(corpus.rows(), words=words, indices=BATCH, examples=examples, **traits)


def max_norm(words=corpus.words, **traits):
    examples = {"sit": corpus.encode("sit"), words[0]: [0, 1, 2, 3, 24]}
    return MaxNorm(corpus.rows(), words, BATCH[0], examples, **traits)


def one_hot(words=corpus.words, **traits):
    return OneHot(corpus.rows(), words=words, indices=BATCH[0], spoil=28, pair=(9, 12), **{"position": 1, **traits})


def padding(words=corpus.words, **traits):
    sentences = [corpus.encode(sentence) for sentence in ("sit", "the cat sits", "the cat drinks milk")]
    return Padding(corpus.rows(), words, sentences, corpus.encode("a cat runs to the door"), **traits)


@cache
def trained():
    guess, judge = training.next_word(corpus.rows()), training.praise(corpus.rows())
    return {
        "guess the next word": guess.tables[training.SHOWN],
        "tell praise from complaint": judge.tables[training.SHOWN],
    }


def moving(**traits):
    pairs = [("cat", "dog"), ("good", "bad"), ("like", "hate"), ("soup", "tea"), ("door", "water")]
    return Plane(trained(), training.SHOWN, corpus.words, pairs, **traits)


def moving_hostile(**traits):
    words = hostile_words()
    return Plane({HOSTILE[0]: trained()["guess the next word"]}, training.SHOWN, words, [words[:2]], **traits)


@cache
def glove():
    words, vectors = read_glove(FILE)
    table, _ = align(corpus.words, words, vectors, torch.Generator().manual_seed(0))
    return words, vectors, table


def pretrained(**traits):
    words, vectors, table = glove()
    places = plane(vectors[[words.index(word) for word in MAPPED]]).tolist()
    return Pretrained(corpus.words, words, vectors, table, dict(zip(MAPPED, places, strict=True)), **traits)


def pretrained_hostile(**traits):
    words, vectors, _ = glove()
    own = [word[:190] for word in HOSTILE]
    table, _ = align(own, words, vectors, torch.Generator().manual_seed(0))
    return Pretrained(own, words, vectors, table, {own[0]: (0, 0), own[5]: (1, 1)}, **traits)


def sparse(words=corpus.words, **traits):
    indices = torch.tensor([[30, 0, 0, 0], [2, 4, 20, 0], [2, 4, 13, 6]])
    gradients = torch.tensor([[[1.0, 2], [9, 9], [9, 9], [9, 9]], [[2, -1], [-1, 2], [1, 1], [9, 9]],
                              [[1, 3], [-2, 1], [2, -2], [-1, 0]]])  # fmt: skip
    return Sparse(corpus.rows(), words, indices, gradients, 0, **traits)


def vocabulary(**traits):
    return ReadBack(corpus.sentences, orders=ORDERS, **traits)


def vocabulary_hostile(**traits):
    return ReadBack(HOSTILE, **{"text": " ".join(word[:200] for word in HOSTILE), **traits})


def hostile(make):
    return lambda **traits: make(hostile_words(), **traits)


KINDS = {
    "bag": Kind(
        first=bag,
        hostile=hostile(bag),
        stops="chip handle handle handle add remove choose mode padding summary weights last view mark summary",
        stands=("tr[data-row='30']", "tbody[data-bag='1'] .output"),
        states=(
            {"padding_idx": 0, "view": "gradient"},
            {"per_sample_weights": [1.0, 0.5, 2.0] * 3},
            {"mode": "sum", "per_sample_weights": [1.0, 0.5, 2.0] * 3, "view": "gradient", "expected": [0, 1]},
            {"offsets": [0, 0, 9, 9, 9]},
        ),
        holds='class="chip"',
    ),
    "cost": Kind(
        first=cost,
        hostile=cost,
        stops="choose size size size summary",
        stands=(".ratio >> nth=0",),
        states=({"sizes": [2**20, 2**12, 2**17]},),
        reset=lambda figure: figure.locator(".choose").select_option("ours"),
    ),
    "frequency": Kind(
        first=frequency,
        hostile=hostile(frequency),
        stops="place knife scaled masked step reset mark summary",
        stands=("tr[data-row='2'] .count.two", ".written .line[data-kind='both']"),
        states=(
            {"knife": 0},
            {"knife": 15},
            {"scaled": False, "row": 0},
            {"taken": False, "expected": [4]},
            {"expected": [2, 9]},
        ),
    ),
    "learning": Kind(
        first=learning,
        hostile=hostile(learning),
        stops="place mark place rule step ten reset summary",
        stands=("tr[data-row='2'] .stack",),
        states=({"step": 3, "optimizer": "adam"}, {"step": 2, "taken": False, "expected": [4]}),
    ),
    "lookup": Kind(
        first=lookup,
        hostile=hostile(lookup),
        stops="place chip place choose typed shape-choice drop step reset summary",
        stands=("tr[data-row='30']",),
        added=("button data-row", "tr data-changed"),
        states=({"num_embeddings": 30}, {"shape": [], "position": 2}, {"written": [1]}),
    ),
    "max_norm": Kind(
        first=max_norm,
        hostile=hostile(max_norm),
        stops="place chip place choose look step reset cap norm-type input input input summary",
        stands=("svg", "tr[data-row='2']"),
    ),
    "one_hot": Kind(
        first=one_hot,
        hostile=hostile(one_hot),
        stops="place chip expect direction step share reset summary",
        stands=(".written .one >> nth=0",),
    ),
    "padding": Kind(
        first=padding,
        hostile=hostile(padding),
        stops="place longer start lookup summary door door door door step reset mark summary",
        stands=("tr[data-row='30']", ".more summary"),
        states=({"doors": ["tied"], "step": 3}, {"start": -2.5}),
    ),
    "plane": Kind(
        first=moving,
        hostile=moving_hostile,
        stops="loss time pair every reset summary",
        stands=("svg", "tr[data-pair]  >> nth=0"),
        added=("text x", "text y", "text text-anchor"),
        states=({"loss": 1, "frame": 7}, {"watched": [], "all": True}),
    ),
    "pretrained": Kind(
        first=pretrained,
        hostile=pretrained_hostile,
        stops="tab align reset pick summary",
        stands=(".status", "tr[data-row='2']"),
        states=({"view": "map"}, {"view": "analogy", "inputs": True}),
        reset=lambda figure: (figure.locator(".tab").first.click(), figure.locator(".lists .reset").click()),
        kept=frozenset({"view"}),
    ),
    "sparse": Kind(
        first=sparse,
        hostile=hostile(sparse),
        stops="place form choose summary size size step reset mark summary",
        stands=("[data-bar='state'] .bar", ".takes", "tr[data-entry] >> nth=7"),
        states=(
            {"form": "dense", "sizes": [10**7, 0]},
            {"form": "dense", "optimizer": "AdamW", "expected": [2, 5]},
            {"optimizer": "Adam", "expected": [4], "taken": False},
            {"optimizer": "Adam", "expected": [4]},
        ),
    ),
    "vocabulary": Kind(
        first=vocabulary,
        hostile=vocabulary_hostile,
        stops="typed place chip place level least order added rows_of reset summary summary",
        stands=("tr[data-row='30']", ".given", ".back"),
        added=("tr data-changed",),
        states=(
            {"order": "1", "min_frequency": 3},
            {"added": "dog", "expected": [5], "text": "wolf 猫"},
            {"order": "3", "rows_of": "2", "min_frequency": 2, "text": "the cat sits"},
            {"added": "wolf", "rows_of": "frequency", "text": "a wolf"},
        ),
    ),
}
EXPORTED = {getattr(widgets, name).kind: getattr(widgets, name) for name in widgets.__all__}

# What changes the sentence of each figure: a control with the key to press on it, then what to click.
ACTS = {
    "vocabulary": (".level[data-level=char]", "Enter", ".level[data-level=word]"),
    "lookup": ("select.choose", "ArrowDown", ".drop"),
    "one_hot": (".share", "ArrowRight", ".direction[data-backward=true]"),
    "cost": (".size >> nth=0", "ArrowLeft", ".size >> nth=-1"),
    "learning": (".ten", "Enter", ".step"),
    "plane": (".time", "ArrowLeft", ".loss >> nth=-1"),
    "padding": (".longer", " ", ".step"),
    "sparse": ("select.choose", "ArrowUp", ".form >> nth=-1"),
    "frequency": (".masked", " ", ".scaled"),
    "max_norm": ("input.cap", "ArrowRight", ".step"),
    "bag": (".mode >> nth=0", "Enter", ".add"),
    "pretrained": (".align", "Enter", ".tab >> nth=1"),
}
