"""The exercises of ``01_vocabulary.ipynb``."""

import torch

from ..check import alike, brief, exercise, plain, sides

TEXTS = ["the wolf sees the numbat", "The cat sits", "my dog, my cat", "sit", "they  like <unk>"]
BACK = ["the <unk> sees the <unk>", "<unk> cat sits", "my <unk> my cat", "<unk>", "they like <unk>"]
LETTERS = "MVQDRC"


@exercise("read_back")
def read_back(answer):
    """Five texts, encoded and decoded by the vocabulary of the tokens that occur at least twice."""
    if not isinstance(answer, list | tuple):
        yield False, f"write a list of five strings; this is {type(answer).__name__}"
    yield len(answer) == len(BACK), f"there are five texts, and {len(answer)} answers"
    for name, text, back, given in zip("abcde", TEXTS, BACK, answer, strict=True):
        yield isinstance(given, str), f"{name}: write a string, not {brief(given)}"
        yield given == back, f"{name}: {back_hint(text, back, given)}"


def back_hint(text, back, given):
    words, want, got = text.split(), back.split(), given.split()
    if len(got) != len(want):
        return f"{len(words)} tokens go in, so {len(words)} come back; you wrote {len(got)}"
    for word, right, wrong in zip(words, want, got, strict=True):
        if right == wrong:
            continue
        if right != "<unk>":
            return f"{word!r} occurs often enough to be in `small`; look at {wrong!r} again"
        if wrong.strip("<>").lower() in ("pad", "none"):
            return f"{word!r} comes back as {wrong!r}? Filling stands for no word at all"
        if word in ("numbat", "sit"):
            return f"{word!r} occurs once in the corpus, and `small` keeps what occurs twice"
        if not word.islower() or not word.isalpha():
            return f"{word!r} is another token than the one that the corpus holds; case and punctuation stay"
        return f"{word!r} is in no sentence of the corpus"
    return "join the tokens by one space: decoding does not know how many there were"


@exercise("grow")
def grow(answer):
    """``answer(tokens, sentences)``: the old list with the new tokens behind it."""
    old = ["<unk>", "the", "cat", "sits"]
    received = answer(list(old), ["the wolf sits", "a wolf drinks"])
    yield isinstance(received, list), f"return a list of tokens, not {type(received).__name__}"
    kept = received[:4] == old or set(received[:4]) != set(old)
    yield kept, f"the old tokens have changed places: {brief(received[:4])}"
    missing = [token for token in old if token not in received]
    yield not missing, f"{missing[:1]} is lost, and with it the token of a row" if missing else ""
    moved = next((token for index, token in enumerate(old) if received.index(token) != index), None)
    yield moved is None, f"{moved!r} has another index than before, so it reads another token's row"
    yield len(set(received)) == len(received), "a token stands in the list twice; it needs one row"
    yield received[4:] != [], "the new tokens are missing"
    foreign = [token for token in received[4:] if token not in ("wolf", "a", "drinks")]
    yield not foreign, f"{brief(foreign[:1])} is no token of the new sentences" if foreign else ""
    yield len(received) == 7, f"3 tokens are new, you added {len(received) - 4}"
    yield received[4:] == ["wolf", "a", "drinks"], f"the new tokens stand as {received[4:]}; first seen comes first"
    long = [f"w{number}" for number in range(40)]
    received = answer(["<unk>"], [" ".join(long)])
    yield list(received) == ["<unk>", *long], "with 40 new words they do not stand in the order of first sight"
    yield answer(list(old), []) == old, "without new sentences the list stays as it is"
    given = list(old)
    answer(given, ["a wolf"])
    yield given == old, "the list that was handed over has changed; return a new one"


@exercise("unknown_share")
def unknown_share(answer):
    """``answer(x, unknown, pad)``: in each row the share of `unknown` among all that is not `pad`."""
    cases = [
        ([[2, 1, 13, 11], [1, 20, 0, 0]], 1, 0),
        ([[5, 3, 3, 2, 5], [3, 3, 5, 5, 5], [0, 1, 2, 4, 6]], 3, 5),
        ([[7]], 7, 0),
    ]
    for rows, unknown, pad in cases:
        x = torch.tensor(rows)
        hits, kept = (x == unknown).sum(dim=1), (x != pad).sum(dim=1)
        expected = hits / kept
        received = answer(x.clone(), unknown, pad)
        asked = f"for {rows}, unknown={unknown}, pad={pad}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {type(received).__name__}"
        yield (
            received.shape == expected.shape,
            f"{asked}: one number for each of {len(rows)} sentences has shape {tuple(expected.shape)}, "
            f"not {tuple(received.shape)}",
        )
        yield close(received, expected), f"{asked}: {share_hint(x, pad, hits, kept, received)}"


def share_hint(x, pad, hits, kept, received):
    both = sides(hits / kept, received)
    if close(received, hits / x.shape[1]):
        return f"this counts the filling as tokens ({both})"
    if close(received, hits):
        return f"these are counts; divide them by the number of tokens ({both})"
    if close(received, 1 - hits / kept):
        return f"this is the share of what is known ({both})"
    if close(received, (x == 1).sum(dim=1) / (x != 0).sum(dim=1)):
        return f"1 and 0 are the indices of one vocabulary only: use `unknown` and `pad` ({both})"
    if close(received, hits // kept):
        return f"a share lies between 0 and 1, and `//` leaves whole numbers ({both})"
    if close(received, hits / (x > pad).sum(dim=1)):
        return f"other tokens have smaller indices than the filling here ({both})"
    return both


def close(received, expected):
    return alike(received, expected, 1e-6)


@exercise("kinds")
def kinds(answer):
    """``answer(letters)``: 1 to 6 for M V Q D R C, 0 for any other letter."""
    for letters in ("MVQDRC", "CCRM", "QXM", "m", ""):
        expected = [LETTERS.find(letter) + 1 for letter in letters]
        received = answer(letters)
        received = plain(received)
        yield isinstance(received, list), f"return a list of indices, not {type(received).__name__}"
        yield len(received) == len(letters), f"{letters!r} has {len(letters)} objects, you give {len(received)} indices"
        yield received == expected, f"for {letters!r} {kinds_hint(letters, expected, received)}"


def kinds_hint(letters, expected, received):
    both = f"{expected} is right, yours is {brief(received)}"
    if received == [LETTERS.find(letter.upper()) + 1 for letter in letters]:
        return f"a small letter is another letter, and has no file ({both})"
    anew = [[order.index(letter) + start for letter in letters] for order in orders(letters) for start in (0, 1)]
    if received == [index - 1 for index in expected]:
        return f"0 is kept for unknown letters, so M is 1 ({both})"
    if received in anew:
        return f"the letters are numbered anew; a letter keeps its index whatever comes with it ({both})"
    if any(index == 0 != number for index, number in zip(expected, received, strict=True)):
        return f"a letter that the catalogue does not know gets 0 ({both})"
    return both


def orders(letters):
    """Ways in which somebody may number just these letters."""
    seen = "".join(dict.fromkeys(letters))
    return [seen, "".join(sorted(seen)), "".join(sorted(seen, key=letters.count, reverse=True))]
