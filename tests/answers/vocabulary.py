"""The exercises of chapter 1: right answers in different forms, wrong ones by their hint, rubbish."""

import torch

from reference import Vocabulary, tokenize

BACK = ["the <unk> sees the <unk>", "<unk> cat sits", "my <unk> my cat", "<unk>", "they like <unk>"]


def but(number, text):
    """The right texts with one of them replaced, counted from 1."""
    return [*BACK[: number - 1], text, *BACK[number:]]


def grow_by_loop(tokens, sentences):
    grown = list(tokens)
    for sentence in tokenize(sentences):
        for token in sentence:
            if token not in grown:
                grown.append(token)
    return grown


def grow_by_dict(tokens, sentences):
    return list(dict.fromkeys([*tokens, *" ".join(sentences).split()]))


def grow_by_counting(tokens, sentences):
    new = {token: None for sentence in sentences for token in sentence.split() if token not in tokens}
    return tokens + sorted(new, key=list(new).index)


def grow_sorted(tokens, sentences):
    return sorted({*tokens, *" ".join(sentences).split()})


def grow_twice(tokens, sentences):
    return [*tokens, *" ".join(sentences).split()]


def grow_alphabetically(tokens, sentences):
    return [*tokens, *sorted({*" ".join(sentences).split()} - {*tokens})]


def grow_in_front(tokens, sentences):
    return [*dict.fromkeys(token for token in " ".join(sentences).split() if token not in tokens), *tokens]


def grow_in_place(tokens, sentences):
    tokens[:] = grow_by_dict(tokens, sentences)
    return list(tokens)


def grow_by_frequency(tokens, sentences):
    return Vocabulary.from_tokens(tokenize(sentences), tokens).tokens


def grow_by_sentence(tokens, sentences):
    grown = list(tokens)
    for sentence in tokenize(sentences):
        grown += [token for token in sentence if token not in grown]
    return grown


def grow_by_chance(tokens, sentences):
    """In the order of a set, which for three words may happen to be right."""
    new = {*" ".join(sentences).split()} - {*tokens}
    return [*tokens, *sorted(new, key=lambda token: (token != "wolf", token))]


def grow_or_nothing(tokens, sentences):
    return grow_by_dict(tokens, sentences) if sentences else []


def grow_the_first(tokens, sentences):
    return grow_by_dict(tokens, sentences[:1])


def kinds_by_dict(letters):
    number_of = dict(zip("MVQDRC", range(1, 7), strict=True))
    return [number_of.get(letter, 0) for letter in letters]


def kinds_of_any_case(letters):
    return kinds_by_dict(letters.upper())


def kinds_anew(letters):
    return Vocabulary.from_tokens([list(letters)], ["<unk>"]).encode(list(letters))


RIGHT = {
    "read_back": [BACK, tuple(BACK)],
    "grow": [grow_by_loop, grow_by_dict, grow_by_counting],
    "unknown_share": [
        lambda x, unknown, pad: (x == unknown).sum(1) / (x != pad).sum(1),
        lambda x, unknown, pad: torch.stack([(row[row != pad] == unknown).double().mean() for row in x]),
        lambda x, unknown, pad: torch.where(x == pad, torch.nan, (x == unknown).float()).nanmean(dim=1),
    ],
    "kinds": [
        kinds_by_dict,
        lambda letters: Vocabulary(["<unk>", *"MVQDRC"]).encode(list(letters)),
        lambda letters: torch.tensor(kinds_by_dict(letters), dtype=torch.long),
        lambda letters: [torch.tensor(index) for index in kinds_by_dict(letters)],
    ],
}

WRONG = {
    "read_back": [
        (but(1, "the wolf sees the <unk>"), "a: 'wolf' is in no sentence of the corpus"),
        (but(1, "the <unk> sees the numbat"), "a: 'numbat' occurs once in the corpus"),
        (but(1, "the sees the"), "a: each token gives one back: here 5, and you wrote 3"),
        (but(1, "the <pad> sees the <pad>"), "a: 'wolf' comes back as '<pad>'?"),
        (but(2, "The cat sits"), "b: 'The' is another token"),
        (but(2, "<unk> <unk> sits"), "b: 'cat' occurs often enough"),
        (but(3, "my dog, my cat"), "c: 'dog,' is another token"),
        (but(4, "sit"), "d: 'sit' occurs once in the corpus"),
        (but(4, ""), "d: each token gives one back: here 1, and you wrote 0"),
        (but(1, "the unk sees the <unk>"), "a: the special token is written <unk>, not 'unk'"),
        (but(5, "they like <UNK>"), "e: the special token is written <unk>, not '<UNK>'"),
        (but(5, "they like dogs"), "e: '<unk>' is a token of `small` itself; look at 'dogs' again"),
        (but(5, "they  like <unk>"), "e: join the tokens by one space"),
        (but(4, 1), "d: write a string, not 1"),
        (BACK[:4], "there are five texts, and your list holds 4"),
        (BACK[:1], "there are five texts, and your list holds 1"),
        ("sit", "write a list of five strings; this is str"),
    ],
    "grow": [
        (grow_sorted, "'the' has another index"),
        (grow_in_front, "'<unk>' has another index than before"),
        (grow_twice, "a token stands in the list twice"),
        (grow_alphabetically, "first seen comes first"),
        (grow_by_sentence, "'fox' comes twice in one sentence, and needs one row"),
        (grow_by_frequency, "'fox' comes more often than 'a', but was seen after it"),
        (grow_by_chance, "with 40 new words they do not stand in the order of first sight"),
        (grow_or_nothing, "without new sentences the list stays as it is"),
        (grow_in_place, "the list that was handed over has changed"),
        (grow_the_first, "3 tokens are new, you added 1"),
        (lambda tokens, sentences: list(tokens), "the new tokens are missing"),
        (lambda tokens, sentences: ["a", "wolf"], "['<unk>'] is lost"),
        (lambda tokens, sentences: [*tokens, "fox"], "['fox'] is no token of the new sentences"),
        (lambda tokens, sentences: [tokens[0], *tokens[:0:-1]], "the old tokens have changed places"),
        (lambda tokens, sentences: set(tokens), "return a list of tokens, not set"),
    ],
    "unknown_share": [
        (lambda x, unknown, pad: (x == unknown).float().mean(1), "this counts the filling as tokens"),
        (lambda x, unknown, pad: (x == unknown).sum(1), "these are counts"),
        (lambda x, unknown, pad: (x == 1).sum(1) / (x != 0).sum(1), "1 and 0 are the indices of one vocabulary only"),
        (lambda x, unknown, pad: 1 - (x == unknown).sum(1) / (x != pad).sum(1), "the share of what is known"),
        (lambda x, unknown, pad: (x == unknown).sum(1) // (x != pad).sum(1), "`//` leaves whole numbers"),
        (
            lambda x, unknown, pad: (x == unknown).sum(1) / (x > pad).sum(1),
            "other tokens have smaller indices than the filling",
        ),
        (lambda x, unknown, pad: (x == unknown).sum(0) / (x != pad).sum(0), "one number for each of 2 sentences"),
        (lambda x, unknown, pad: 0.5, "return a tensor, not float"),
    ],
    "kinds": [
        (lambda letters: ["MVQDRC".find(letter) for letter in letters], "0 is kept for unknown letters, so M is 1"),
        (kinds_anew, "the letters are numbered anew"),
        (kinds_of_any_case, "for 'm' a small letter is another letter"),
        (lambda letters: [number or 1 for number in kinds_by_dict(letters)], "does not know gets 0"),
        (lambda letters: ["MVQDRC".index(letter) + 1 for letter in letters], "ValueError: substring not found"),
        (lambda letters: torch.tensor(kinds_by_dict(letters)).float(), "an index is an integer, not 1.0"),
        (lambda letters: [index + 0.0 for index in kinds_by_dict(letters)], "an index is an integer, not 1.0"),
        (lambda letters: set(kinds_by_dict(letters)), "return a list of indices, not set"),
        (lambda letters: kinds_by_dict(letters)[:2], "'MVQDRC' has 6 objects, you give 2 indices"),
    ],
}
