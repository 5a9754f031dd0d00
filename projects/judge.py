"""Hold a learner's file against PyTorch on drawn calls, and say in words where the two part.

The calls and the comparison are those that the book's own reference is held to (``tests/strategies.py`` and
``tests/agreement.py``); here they are narrowed to what a step asks for. Short calls come first, and what is shown of a
call can be run as it stands.
"""

import importlib.util
import sys
import traceback
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from agreement import TORCH, Outcome, assert_agreement, run, upstream_of
from strategies import Call, bag_calls, embedding_calls, make_a_mistake

__all__ = ["NotReadyError", "agrees", "calls", "expect", "literal", "load", "needs", "refuses", "written", "wrong"]


def first(kind: str, rows: list, indices: list, offsets: list[int] | None = None, **options: Any) -> Call:
    """Return a call made by hand."""
    options |= {"max_norm": 1.0, "norm_type": 1.0, "scale_grad_by_freq": True, "sparse": False}
    options |= {"include_last_offset": offsets is not None} if kind == "bag" else {}
    values, indices = torch.tensor(rows), torch.tensor(indices)
    offsets = None if offsets is None else torch.tensor(offsets)
    weights = torch.arange(1.0, 1 + indices.numel()).reshape(indices.shape) / 2 if kind == "bag" else None
    return Call(kind, "function", values, "contiguous", options, False, indices, offsets, weights, "quarters", seed=1)


DRAWN = 200
UPSTREAMS = ("expanded", "quarters", "transposed")  # the gradients that are sent back, in turn
KINDS = {"embedding": embedding_calls(), "bag": bag_calls()}
NAMES = {"embedding": ("embedding", "Embedding"), "bag": ("embedding_bag", "EmbeddingBag")}
FREE = {"message", "text", "version", "random"}  # own words, own repr; how often one writes, and draws
FIRST = {  # before what is drawn: few numbers, and most mistakes can be seen in them
    "embedding": [
        first("embedding", [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [2, 0, 2], padding_idx=2),
        first("embedding", [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [[1, 1], [0, 2]], padding_idx=-1),
    ],
    "bag": [
        first("bag", [[1.0, 5.0], [2.0, 5.0], [-3.0, 0.5]], [[0, 1, 2], [0, 2, 2]], padding_idx=2),
        first("bag", [[-1.0, -5.0], [-2.0, -5.0], [4.0, 4.0]], [2, 0, 1, 0], [0, 3, 3, 4], padding_idx=-1),
    ],
}
with warnings.catch_warnings():  # PyTorch says once in each process what it thinks of sparse tensors: let it be now
    warnings.simplefilter("ignore")
    torch.sparse_coo_tensor(torch.tensor([[0]]), torch.ones(1), (1,))


class NotReadyError(Exception):
    """There is no file that could be judged; the message says what to do."""


def load(path: Path) -> ModuleType:
    """Return the learner's file as a module; what lies beside it can be imported.

    Raises:
        NotReadyError: there is no such file, or Python cannot run it.
    """
    if not path.is_file():
        raise NotReadyError(f"There is no file {path} yet. Make it, empty, and begin with step 1.")
    spec = importlib.util.spec_from_file_location(f"mine_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise NotReadyError(f"Python cannot run {path.name}: {said(error, module)}") from None
    finally:
        sys.path.remove(str(path.parent.resolve()))
    return module


def wrong(message: str) -> NoReturn:
    """End the test with `message` alone."""
    pytest.fail(message, pytrace=False)


def needs(mine: ModuleType, *names: str) -> None:
    """End the test if a name is not there yet, or stands for PyTorch's own."""
    for name in names:
        if not hasattr(mine, name):
            wrong(f"{file(mine)} has no `{name}` yet.")
        if isinstance(value := getattr(mine, name), type) and issubclass(value, nn.Embedding | nn.EmbeddingBag):
            wrong(f"`{name}` is made from PyTorch's own class. Derive it from nn.Module.")


def file(mine: ModuleType) -> str:
    return Path(mine.__file__).name


@cache
def drawn(kind: str) -> list[Call]:
    """Return calls with nothing wrong in them, the same in every run, those with the fewest numbers first."""
    pool: list[Call] = []

    @settings(
        max_examples=DRAWN,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind].filter(lambda call: call.mistake is None and call.values.numel()))
    def keep(call: Call) -> None:
        pool.append(call)

    keep()
    return FIRST[kind] + sorted(
        pool, key=lambda call: (len(call.values) + call.indices.numel(), call.dtype == torch.float64)
    )


def calls(
    kind: str,
    arguments: tuple[str, ...] = (),
    always: dict[str, Any] | None = None,
    form: str = "function",
    mistakes: tuple[str, ...] = (),
    **fixed: Any,
) -> list[Call]:
    """Return the drawn calls, with those of their arguments that a step speaks of.

    Args:
        kind: ``embedding`` or ``bag``.
        arguments: the options that may be passed.
        always: the options that are passed, with these values.
        form: ``function``, ``constructed`` or ``from_pretrained``.
        mistakes: one of these is made in each call (``make_a_mistake`` of strategies.py).
        fixed: fields of the call that are not drawn.
    """
    sent = cycle((*UPSTREAMS, "nan") if "padding_idx" in arguments else UPSTREAMS)
    narrowed = [narrow(call, arguments, always or {}, form=form, upstream=next(sent), **fixed) for call in drawn(kind)]
    if not mistakes:
        return narrowed
    flawed = [make_a_mistake(deepcopy(call), name) for call, name in zip(narrowed, cycle(mistakes), strict=False)]
    return [call for call in flawed if call.mistake]


def narrow(call: Call, arguments: tuple[str, ...], always: dict[str, Any], **fixed: Any) -> Call:
    """Return `call` with some of its options, in a plain table: three columns at most, and quarters."""
    options = {name: value for name, value in call.options.items() if name in arguments} | always
    dtype = torch.promote_types(call.dtype, torch.float32)
    weights = call.per_sample_weights
    changed = {
        "options": options,
        "values": quarters(call.values[:, :3].to(dtype)),
        "layout": "contiguous",
        "per_sample_weights": None if weights is None else quarters(weights.to(dtype)),
        "times": 1,
        "ambient": "enable_grad",
    }
    return replace(call, **changed | fixed)


def quarters(numbers: Tensor) -> Tensor:
    return (numbers * 4).round() / 4


def agrees(mine: ModuleType, calls: list[Call], apart_from: tuple[str, ...] = ()) -> None:
    """End the test with the first call that the learner's file answers otherwise than PyTorch."""
    needs(mine, name_of(calls[0]))
    borrows(mine, calls[:10])
    skip = FREE | set(apart_from)
    for call in calls:
        if differs(mine, call, skip):
            wrong(told(mine, call, skip) + remembers(mine, call, skip))


def name_of(call: Call) -> str:
    """Return which name of the learner's file a call needs."""
    function, module = NAMES[call.kind]
    return function if call.form == "function" else module


def refuses(mine: ModuleType, calls: list[Call], received: Callable[[Call], str]) -> None:
    """End the test with the first call that PyTorch refuses and the learner's file does not, or in empty words.

    Args:
        mine: the learner's file.
        calls: with a mistake in each.
        received: what the message must hold: the value that is refused.
    """
    agrees(mine, calls, apart_from=("output", "gradient"))
    for call in calls:
        error = run(mine, call).error
        if received(call) not in str(error):
            wrong(f"{shown(call)}\n\n  yours raises {said(error, mine)}\n  The message must hold {received(call)}.")


def differs(mine: ModuleType, call: Call, apart_from: set[str]) -> str:
    """Return what the comparison of the book's own tests says; an empty text if it is content."""
    try:
        assert_agreement(mine, call, apart_from=apart_from, to_the_bit=False)
    except Exception as error:  # what the learner returns may be anything
        return str(error) or "they differ"
    return ""


class Borrowed(TorchDispatchMode):
    """Write down which of PyTorch's own lookups run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if func.name().startswith(("aten::embedding", "aten::_embedding_bag")):
            self.names.append(func.name().removeprefix("aten::"))
        return func(*args, **(kwargs or {}))


def borrows(mine: ModuleType, calls: list[Call]) -> None:
    """End the test if the learner's file calls what it is to rebuild."""
    for call in calls:
        with Borrowed() as mode:
            run(mine, call)
        if mode.names:
            wrong(f"{file(mine)} calls PyTorch's own `{mode.names[0]}`. Build it from basic operations.")


def remembers(mine: ModuleType, call: Call, apart_from: set[str]) -> str:
    """Return a sentence if the file, run anew, answers this call rightly: then what was asked before has changed it."""
    if differs(load(Path(mine.__file__)), call, apart_from):
        return ""
    return "\n\n  Asked this alone, your file is right: it keeps something from one call to the next."


def told(mine: ModuleType, call: Call, apart_from: set[str]) -> str:
    """Return the call as code, and the first thing in which PyTorch and the learner's file differ."""
    asked, answer = run(TORCH, call), run(mine, call)
    alike = type(answer.error) is type(asked.error) and answer.stage == asked.stage
    if alike and answer.stage == "forward":  # refused, as it should be
        return "\n".join(
            [
                shown(call),
                "",
                f"  yours    raises: {said(answer.error, mine)}",
                f"  the table before:     {written(answer.before)}",
                f"  the table afterwards: {written(answer.weight)}",
            ]
        )
    theirs, ours = facts(asked), facts(answer, mine)
    parted = [label for label in {**theirs, **ours} if theirs.get(label) != ours.get(label)]
    kept = [label for label in parted if not ("output" in apart_from and label == "output")]
    if not kept:
        return f"{shown(call)}\n\n  {differs(mine, call, apart_from)}"
    lines = [
        f"  {who:8} {kept[0]}: {found.get(kept[0], 'nothing')}" for who, found in (("PyTorch", theirs), ("yours", ours))
    ]
    return "\n".join([shown(call), "", *lines])


def facts(outcome: Outcome, mine: ModuleType | None = None) -> dict[str, str]:
    """Return what a call left behind, in words, what is noticed first coming first."""
    found: dict[str, str] = {}
    strange = [output for output in outcome.outputs if not isinstance(output, Tensor)]
    if strange:
        return {"raises": "nothing", "shape of the output": f"{strange[0]!r:.80}, which is no tensor"}
    if outcome.error:
        when = (
            "when it is built, "
            if outcome.stage == "construct"
            else "in backward, "
            if outcome.stage == "backward"
            else ""
        )
        return {"raises": when + (said(outcome.error, mine) if mine else said(outcome.error).partition("\n")[0])}
    found["raises"] = "nothing"
    for output in outcome.outputs:
        found["shape of the output"] = str(tuple(output.shape))
        found["dtype of the output"] = str(output.dtype)
        found["output"] = written(output)
        found["output.requires_grad"] = str(output.requires_grad)
        found["output.is_contiguous()"] = str(output.is_contiguous())
    if outcome.weight is not None:
        found["the table afterwards"] = written(outcome.weight)
    found["gradient of the table"] = gradient(outcome.gradient)
    found["gradient of per_sample_weights"] = gradient(outcome.weights_gradient)
    return found


def gradient(tensor: Tensor | None) -> str:
    if tensor is None:
        return "none"
    if tensor.layout != torch.sparse_coo:
        return f"{written(tensor)}"
    rows, count = tensor._indices().tolist(), f"{tensor._nnz()} {'entry' if tensor._nnz() == 1 else 'entries'}"
    marked = ", marked as coalesced" if tensor.is_coalesced() and tensor._nnz() > 1 else ""  # one always is
    at = f"rows {rows[0]}" if len(rows) == 1 else f"single numbers at {list(zip(*rows, strict=True))}"
    return f"sparse, {count}{marked}, {at}, values {written(tensor._values())}"


def written(tensor: Tensor) -> str:
    """Return the numbers of a tensor, rounded so that they can be compared by eye."""
    values = tensor.detach()
    return str((values.double() * 10000).round().div(10000).tolist() if values.is_floating_point() else values.tolist())


def said(error: BaseException, mine: ModuleType | None = None) -> str:
    """Return an error as Python's last line shows it, with the last line of the learner's file that it passed."""
    text = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if mine and frame.filename == mine.__file__]
    return f"{text} ({file(mine)}, line {lines[-1]})" if lines else text


def number(value: Any) -> str:
    """Return code for a number, or a list of them: `nan` and `inf` are none."""
    return repr(value).replace("nan", "float('nan')").replace("inf", "float('inf')")


def literal(tensor: Tensor, *more: str) -> str:
    """Return code that makes `tensor`."""
    if not tensor.numel():
        made = f"torch.zeros({tuple(tensor.shape)}, dtype={tensor.dtype}"
    else:
        numbers = number(tensor.tolist())
        usual = tensor.dtype in (torch.float32, torch.int64)
        made = f"torch.tensor({numbers}" + ("" if usual else f", dtype={tensor.dtype}")
    return ", ".join([made, *more]) + ")"


def shown(call: Call) -> str:
    """Return a call as code that can be run."""
    function, module = NAMES[call.kind]
    options = [f"{name}={number(value)}" for name, value in call.options.items()]
    indices, offsets = literal(call.indices), [] if call.offsets is None else [literal(call.offsets)]
    weights, lines = [], []
    if call.per_sample_weights is not None:
        weights = ["per_sample_weights=factors"]
        lines.append(f"factors = {literal(call.per_sample_weights, *['requires_grad=True'] * (call.seed % 3 > 0))}")
    if call.form == "function":
        lines.append(f"weight = {literal(call.values, *['requires_grad=True'] * (not call.frozen))}")
        asked = f"{function}({', '.join([indices, 'weight', *offsets, *weights, *options])})"
    else:
        lines += made(call, module, options)
        asked = f"table({', '.join([indices, *offsets, *weights])})"
    lines += [f"output = {asked}"] if call.times == 1 else [f"outputs = [{asked} for _ in range({call.times})]"]
    outputs = run(TORCH, call).outputs
    if outputs and outputs[0].requires_grad:
        back = f"output.{backward(call, outputs[0])}"
        lines += [back] if call.times == 1 else ["for output in outputs:", f"    {back}"]
    return indented(lines)


def backward(call: Call, output: Tensor) -> str:
    """Return the call of `backward` that sends a gradient back from `output`."""
    if call.upstream == "expanded":
        return "sum().backward()"
    arriving = upstream_of(call, output)
    order = tuple(reversed(range(arriving.dim())))
    if arriving.is_contiguous() or len(order) < 2:
        return f"backward({literal(arriving)})"
    return f"backward({literal(arriving.permute(order))}.permute{order})"  # lies in memory the other way round


def made(call: Call, module: str, options: list[str]) -> list[str]:
    """Return the lines that make the module of a call."""
    if call.form == "from_pretrained":
        return [
            f"table = {module}.from_pretrained({', '.join([literal(call.values), f'freeze={call.frozen}', *options])})"
        ]
    sizes = [str(size) for size in call.values.shape]
    dtype = [] if call.dtype == torch.float32 else [f"dtype={call.dtype}"]
    lines = [f"torch.manual_seed({call.seed})", f"table = {module}({', '.join([*sizes, *options, *dtype])})"]
    return [*lines, "table.requires_grad_(False)"] if call.frozen else lines


def indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def expect(mine: ModuleType, code: str, theirs: Any, ask: Callable[[], Any]) -> None:
    """End the test if `ask` raises or returns something else than `theirs`; `code` says what is asked."""
    lines = indented(code.splitlines())
    try:
        ours = ask()
    except Exception as error:
        wrong(f"{lines}\n\n  yours raises {said(error, mine)}")
    if ours != theirs:
        wrong(f"{lines}\n\n  expected {theirs}\n  yours    {ours}")
