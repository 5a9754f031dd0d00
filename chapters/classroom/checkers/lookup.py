"""The exercises of ``02_lookup.ipynb``."""

import torch

from ..check import brief, exercise, same, sides

V, D = 31, 2
SHAPES = [((), D), ((7,), D), ((3, 1, 5), D), ((0, 5), D), ((2, 2), 8)]


@exercise("output_shapes")
def output_shapes(answer):
    """Five shapes, of ``emb(x)`` for `x` of the shapes above."""
    if answer is not None and not isinstance(answer, list | tuple):
        yield False, f"write a list of five tuples; this is {type(answer).__name__}"
    yield len(answer) == len(SHAPES), f"there are five questions, and {len(answer)} answers"
    for number, (given, (shape, dim)) in enumerate(zip(answer, SHAPES, strict=True), start=1):
        yield (
            isinstance(given, list | tuple),
            f"question {number}: write the shape as a tuple, with a comma: (7,)",
        )
        yield tuple(given) == (*shape, dim), f"question {number}: {shape_hint(tuple(given), shape, dim)}"


def shape_hint(given, shape, dim):
    if V in given:
        return f"{given} holds the number of rows of the table, which no output shows"
    if given == shape:
        return f"{given} is the shape of the indices; each of them becomes {dim} numbers"
    if shape == () and given == (1, dim):
        return "a bare index has no dimension, not one of size 1"
    if given == (*(size for size in shape if size != 1), dim):
        return f"in {given} a dimension is missing; one of size 1 stays, too"
    if dim != D and given == (*shape, D):
        return f"{given} is what `emb` gives; how long is a row of `wide`?"
    if shape and given == (*shape[:-1], dim):
        return f"in {given} the {dim} has replaced a dimension; it is added behind the others"
    if given == (dim, *shape):
        return f"in {given} the {dim} stands in front; the numbers of a row are the last dimension"
    return f"{given} is not it: keep every dimension of the indices, then add the length of a row"


@exercise("rows_of")
def rows_of(answer):
    """``answer(weight, words, sentence)``: a row for each word, unknown words read ``<unk>``."""
    words = ["<pad>", "<unk>", "tea", "drinks", "the", "last"]
    weight = torch.arange(12.0).reshape(6, 2)
    received = answer(weight.clone(), list(words), "the last tea")
    yield is_rows(received, 3), f"three words need a (3, 2) tensor of rows, not {a(received)}"
    yield torch.equal(received, weight[[4, 5, 2]]), "the rows of known words must stay what they were"
    received = answer(weight.clone(), list(words), "the wolf drinks tea")
    yield (
        is_rows(received, 4),
        f"four words need four rows, also when one is unknown; this is {a(received)}",
    )
    yield not torch.equal(received[1], weight[-1]), "`wolf` still reads the row of the last word of the table"
    yield (
        bool(received[1].any()),
        "a row of zeros is no row of the table; unknown words share the row of <unk>",
    )
    yield (
        torch.equal(received, weight[[4, 1, 3, 2]]),
        f"`wolf` reads {brief(received[1])}, which is not <unk>'s row",
    )
    received = answer(weight.clone(), [*words[2:], "<pad>", "<unk>"], "the wolf")
    yield (
        torch.equal(received, weight[[2, 5]]),
        "in another vocabulary <unk> has another index: look it up in `words`",
    )


@exercise("flat_lookup")
def flat_lookup(answer):
    """``answer(flat, dim, indices)``: the rows of a table that is stored as one line of numbers."""
    for num_rows, dim, indices in [(5, 3, [4, 0, 4, 1]), (4, 1, [3, 1]), (6, 2, [5]), (3, 4, [])]:
        flat = torch.arange(num_rows * dim) * 0.5
        indices = torch.tensor(indices, dtype=torch.long)
        expected = flat.reshape(num_rows, dim).index_select(0, indices)
        received = answer(flat.clone(), dim, indices.clone())
        asked = f"for dim={dim}, indices={indices.tolist()}"
        yield isinstance(received, torch.Tensor), f"{asked}: return a tensor, not {a(received)}"
        right_shape = received.shape == expected.shape
        yield (
            right_shape,
            f"{asked}: the loops give shape {tuple(expected.shape)}, yours is {tuple(received.shape)}",
        )
        yield same(received, expected), f"{asked}: {flat_hint(flat, dim, indices, expected, received)}"


def flat_hint(flat, dim, indices, expected, received):
    both = sides(expected, received)
    if torch.equal(received, expected):
        return f"the numbers are right, and the table's are {expected.dtype}; yours are {received.dtype}"
    if torch.equal(received, flat[indices * dim][:, None].expand(expected.shape)):
        return f"each row repeats its first number; its second stands one place further ({both})"
    if torch.equal(received, flat.reshape(dim, -1).T[indices]):
        return f"this reads down columns; the numbers of a row stand side by side ({both})"
    return f"row i starts at place i * dim ({both})"


@exercise("features")
def features(answer):
    """``answer(weight, kinds, numbers)``: the two measured numbers, then the row of the kind."""
    weight = torch.arange(18.0).reshape(6, 3) + 100
    for kinds in ("MVQ", "CCRM", "D"):
        rows = torch.tensor(["MVQDRC".index(kind) for kind in kinds])
        numbers = torch.arange(2.0 * len(kinds)).reshape(-1, 2)
        expected = torch.cat([numbers, weight.index_select(0, rows)], dim=1)
        received = answer(weight.clone(), kinds, numbers.clone())
        size = tuple(expected.shape)
        yield isinstance(received, torch.Tensor), f"return one tensor of shape {size}, not {a(received)}"
        yield received.shape == size, f"{len(kinds)} records have shape {size}, not {tuple(received.shape)}"
        swapped = torch.equal(received, expected.roll(3, dims=1))
        yield not swapped, "the two numbers come first, then the row"
        yield torch.equal(received[:, :2], numbers), "the first two columns are the numbers, unchanged"
        own = received[:, 2:]
        anew = [[order.index(kind) for kind in kinds] for order in (kinds, sorted(set(kinds)))]
        kept = torch.equal(received, expected) or not any(torch.equal(own, weight[order]) for order in anew)
        yield kept, f"for {kinds!r} the letters are numbered anew; a letter keeps its number in every batch"
        alphabet = torch.equal(own, weight[[sorted("MVQDRC").index(kind) for kind in kinds]])
        yield not alphabet, f"for {kinds!r} the letters are in the order of the alphabet; the table's is MVQDRC"
        for kind, row, got in zip(kinds, rows.tolist(), own, strict=True):
            yield torch.equal(got, weight[row]), f"in {kinds!r} the record of {kind} does not hold row {row}"


@exercise("paint")
def paint(answer):
    """``answer(palette, pixels)``: a picture of three colour planes."""
    palette = torch.arange(12.0).reshape(4, 3)
    for pixels in (torch.tensor([[0, 3], [1, 1], [2, 0], [3, 3]]), torch.tensor([[2]])):
        expected = palette.index_select(0, pixels.reshape(-1)).reshape(*pixels.shape, 3).permute(2, 0, 1)
        received = answer(palette.clone(), pixels.clone())
        yield isinstance(received, torch.Tensor), f"return a tensor, not {a(received)}"
        yield (
            torch.equal(received, expected) or received.shape == expected.shape,
            picture_hint(received, expected),
        )
        torn = torch.equal(received, expected.permute(1, 2, 0).reshape(expected.shape))
        kept = torch.equal(received, expected) or not torn
        yield kept, "the numbers of a colour are torn apart: reshape cuts the row of numbers anew, permute does not"
        yield torch.equal(received, expected), f"pixels {pixels.tolist()} give other colours than the palette's"


def picture_hint(received, expected):
    shape, size = tuple(expected.shape), tuple(received.shape)
    if size == (*shape[1:], 3):
        return f"{size} has the colours last; the planes must come first: {shape}"
    if size == (3, shape[2], shape[1]):
        return f"{size} has height and width swapped: {shape} is asked for"
    return f"the picture must have shape {shape}, not {size}"


def is_rows(received, count):
    return isinstance(received, torch.Tensor) and received.shape == (count, 2)


def a(received):
    if isinstance(received, torch.Tensor):
        return f"a tensor of shape {tuple(received.shape)}"
    return type(received).__name__
