"""Your own ``nn.EmbeddingBag``: ``python -m pytest projects/test_bag.py -m step1`` judges the first step."""

from dataclasses import replace
from types import ModuleType

import pytest
import torch
from torch import nn

from judge import FIRST, agrees, calls, expect, literal, needs, refuses
from strategies import Call

UNWEIGHTED = {"per_sample_weights": None}
MODES = ({}, {"mode": "sum"}, {"mode": "mean"}, {"mode": "max"})


def in_turn(*arguments: str, **more: object) -> list[Call]:
    """Return the first calls in every mode, and of the others each in another mode than the one before."""
    found = [calls("bag", arguments, mode, **UNWEIGHTED, **more) for mode in MODES]
    made = len(FIRST["bag"])
    every = [each[place] for place in range(made) for each in found]
    return every + [found[place % len(found)][place] for place in range(made, len(found[0]))]


def weighted(*arguments: str, mode: str = "sum", **more: object) -> list[Call]:
    found = calls("bag", arguments, {"mode": mode}, frozen=False, **more)
    return [call for call in found if call.per_sample_weights is not None]


@pytest.mark.step1
def test_a_bag_is_the_sum_of_its_rows(mine: ModuleType) -> None:
    """embedding_bag(input, weight, offsets, mode="sum"): offsets say where bags start; (B, L) is a bag a line."""
    agrees(mine, calls("bag", (), {"mode": "sum"}, frozen=True, **UNWEIGHTED))


@pytest.mark.step1
def test_each_row_learns_from_the_bags_it_is_in(mine: ModuleType) -> None:
    """The gradient of a bag reaches each of its rows, once for each time it stands there."""
    agrees(mine, calls("bag", (), {"mode": "sum"}, frozen=False, **UNWEIGHTED), apart_from=("output",))


@pytest.mark.step2
def test_the_mean_and_the_largest(mine: ModuleType) -> None:
    """mode="mean", which is the default, and mode="max", column by column; an empty bag gives zeros."""
    agrees(mine, in_turn(frozen=True))


@pytest.mark.step2
def test_only_the_winner_learns(mine: ModuleType) -> None:
    """In max the gradient of a column goes to the row it came from, to the first of equals; in mean to all."""
    agrees(mine, in_turn(frozen=False), apart_from=("output",))


@pytest.mark.step2
def test_there_is_no_other_mode(mine: ModuleType) -> None:
    """Any other mode is a ValueError that holds it."""
    refuses(mine, calls("bag", mistakes=("mode unknown",), frozen=True, **UNWEIGHTED), lambda call: "min")


@pytest.mark.step3
def test_pads_are_left_out(mine: ModuleType) -> None:
    """embedding_bag(…, padding_idx): that row is neither added nor counted, and does not learn; -1 is the last row."""
    pads = [call for call in in_turn("padding_idx") if "padding_idx" in call.options]
    agrees(mine, pads)


@pytest.mark.step4
def test_the_last_offset_may_be_the_end(mine: ModuleType) -> None:
    """embedding_bag(…, include_last_offset=True): the last offset is the length of input, and begins no bag."""
    last = in_turn("include_last_offset")
    last = [call for call in last if call.options.get("include_last_offset") and call.offsets is not None]
    agrees(mine, last, apart_from=("gradient",))


@pytest.mark.step4
def test_bags_that_begin_late_or_end_too_far_are_refused(mine: ModuleType) -> None:
    """A first offset other than 0, and one beyond the input, is a RuntimeError that holds it."""

    def bad(call: Call) -> str:
        first = call.offsets[0].item()
        return str(first or call.offsets[-1].item())

    flawed = calls("bag", mistakes=("first offset not 0", "last offset too large"), frozen=True, **UNWEIGHTED)
    refuses(mine, flawed, bad)


@pytest.mark.step4
def test_offsets_belong_to_a_list_of_indices(mine: ModuleType) -> None:
    """A list of indices without offsets is a ValueError, and so are offsets beside (B, L)."""
    agrees(mine, calls("bag", mistakes=("offsets missing or too many",), frozen=True, **UNWEIGHTED))


@pytest.mark.step4
def test_offsets_do_not_decrease(mine: ModuleType) -> None:
    """Offsets that decrease, which PyTorch does not notice, are a RuntimeError; so is an early last one."""
    needs(mine, "embedding_bag")
    weight = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])
    for offsets, named in (([0, 2, 1], 1), ([0, 3, 4, 2], 2), ([0, 2], 4)):
        more = {"include_last_offset": True} if named == 4 else {}

        def ask(offsets: list[int] = offsets, more: dict = more, number: int = named) -> str:
            indices = torch.tensor([0, 1, 2, 0])
            try:
                return str(mine.embedding_bag(indices, weight, torch.tensor(offsets), mode="sum", **more).tolist())
            except RuntimeError as error:
                return f"a RuntimeError that holds {number}" if str(number) in str(error) else f"RuntimeError: {error}"

        last = ", include_last_offset=True" if more else ""
        code = f"""weight = {literal(weight)}
embedding_bag(torch.tensor([0, 1, 2, 0]), weight, torch.tensor({offsets}), mode="sum"{last})"""
        expect(mine, code, f"a RuntimeError that holds {named}", ask)


@pytest.mark.step5
def test_a_weight_multiplies_its_row(mine: ModuleType) -> None:
    """embedding_bag(…, per_sample_weights): a factor for each index, beside pads too; the factors learn as well."""
    found = weighted("padding_idx")
    agrees(mine, [call for call in found if call.indices.numel()])
    agrees(mine, [call for call in found if not call.indices.numel()], apart_from=("gradient",))  # no factor, or none


@pytest.mark.step5
def test_weights_that_do_not_fit_are_refused(mine: ModuleType) -> None:
    """Weights of another shape are a ValueError; with mean or max they are a NotImplementedError."""
    agrees(mine, [replace(call, per_sample_weights=call.per_sample_weights.reshape(1, -1)) for call in weighted()])
    agrees(mine, weighted(mistakes=("weights of another shape",)))
    for mode in ("mean", "max"):
        agrees(mine, weighted(mode=mode))


@pytest.mark.step6
def test_a_module_around_a_new_table(mine: ModuleType) -> None:
    """EmbeddingBag(V, D, mode, padding_idx, include_last_offset): with the same seed PyTorch's numbers and answers."""
    agrees(mine, in_turn("padding_idx", "include_last_offset", form="constructed"))


@pytest.mark.step6
def test_a_module_around_a_given_table(mine: ModuleType) -> None:
    """EmbeddingBag.from_pretrained(embeddings, freeze=True, …): frozen unless told otherwise, the pad row as it is."""
    needs(mine, "EmbeddingBag")
    rows = torch.tensor([[0.5, -1.0], [2.0, 0.25]])
    code = f"rows = {literal(rows)}\ntable = EmbeddingBag.from_pretrained(rows)\n"
    made = lambda: mine.EmbeddingBag.from_pretrained(rows)  # noqa: E731
    expect(mine, f"{code}table.weight.requires_grad", False, lambda: made().weight.requires_grad)
    same = "table.weight.data_ptr() == rows.data_ptr()  # the caller's own tensor, not a copy"
    expect(mine, code + same, True, lambda: made().weight.data_ptr() == rows.data_ptr())
    agrees(mine, in_turn("padding_idx", "include_last_offset", form="from_pretrained"))


WORDS = ["to", "cat", "the", "dog", "cat", "sees"]
VECTORS = torch.tensor([[9.0, 9.5], [1.0, -2.0], [0.5, 0.25], [3.0, -1.5], [7.0, 7.5], [-1.0, 4.0]])
TOKENS = ["<unk>", "the", "cat", "numbat", "dog", "sees"]


def given() -> tuple[list[str], list[str], torch.Tensor]:
    """Return copies: what `align` writes into them must not change what is expected of it."""
    return list(TOKENS), list(WORDS), VECTORS.clone()


@pytest.mark.step6
def test_each_token_has_the_vector_of_its_word(mine: ModuleType) -> None:
    """align(tokens, words, vectors) -> table, missing: row v is the vector of token v, on whatever line it stands."""
    needs(mine, "align")
    code = f"words = {WORDS}\nvectors = {literal(VECTORS)}\ntable, missing = align({TOKENS}, words, vectors)\n"
    aligned = lambda: mine.align(*given())  # noqa: E731
    expect(mine, code + "missing", ["<unk>", "numbat"], lambda: aligned()[1])
    expect(mine, code + "table.shape", torch.Size([6, 2]), lambda: aligned()[0].shape)
    for row, word in ((1, "the"), (2, "cat"), (4, "dog"), (5, "sees")):
        vector = VECTORS[WORDS.index(word)].tolist()
        expect(mine, f"{code}table[{row}].tolist()  # {word}", vector, lambda row=row: aligned()[0][row].tolist())
    expect(mine, code + "table.isfinite().all().item()", True, lambda: aligned()[0].isfinite().all().item())


@pytest.mark.step6
def test_a_sentence_is_the_mean_of_its_own_words(mine: ModuleType) -> None:
    """A bag of a sentence's indices is the mean of the vectors of its words: the test that a shifted table fails."""
    needs(mine, "align", "EmbeddingBag")
    sentences = [["the", "cat"], ["the", "dog", "sees", "the", "cat"]]
    by_word = dict(zip(reversed(WORDS), VECTORS.flip(0), strict=True))  # of equal words the first counts
    expected = [torch.stack([by_word[word] for word in words]).mean(0).tolist() for words in sentences]

    def ask() -> list[list[float]]:
        table, _ = mine.align(*given())
        bag: nn.Module = mine.EmbeddingBag.from_pretrained(table, mode="mean")
        return [bag(torch.tensor([[TOKENS.index(word) for word in words]]))[0].tolist() for words in sentences]

    code = """table, missing = align(tokens, words, vectors)
bag = EmbeddingBag.from_pretrained(table, mode="mean")
[bag(indices of "the cat"), bag(indices of "the dog sees the cat")]"""
    rounded = lambda rows: [[round(number, 4) for number in row] for row in rows]  # noqa: E731
    expect(mine, code, rounded(expected), lambda: rounded(ask()))
