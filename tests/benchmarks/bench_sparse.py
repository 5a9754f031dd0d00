"""Measure dense and sparse gradients and write ``assets/results/sparse.json``. Run it by ``make bench``.

Process time, one thread, float32. In every repetition both sides run once, neighbours in time, and which of them begins
changes; a side repeats its call until it lasts about a millisecond. Reported is the median of the ratios of neighbours,
and every repetition is kept.

Three operations, each with ``sparse=False`` and ``sparse=True``: a lookup with its backward, from the gradient at the
output to ``weight.grad``; a step of SGD; a step of Adam, which for a sparse gradient is SparseAdam. A step is taken
again and again with the same gradient, the backward's own. The bytes are counted from the tensors, not measured.

Nothing is asserted.
"""

import json
import platform
import sys
from collections.abc import Iterator
from typing import Any

import bench_one_hot as bench
import torch
from torch import nn

RESULTS = bench.ROOT / "assets" / "results" / "sparse.json"
SIDES = {"dense": False, "sparse": True}
SWEEPS = {
    "V": ({"V": V, "D": 64, "N": 256} for V in (100, 1_000, 10_000, 100_000, 1_000_000)),
    "N": ({"V": 10_000, "D": 64, "N": N} for N in (16, 256, 1_024, 4_096, 16_384, 65_536)),
}
STEPS = {
    "step of SGD": {"dense": torch.optim.SGD, "sparse": torch.optim.SGD},
    "step of Adam": {"dense": torch.optim.Adam, "sparse": torch.optim.SparseAdam},
}


def tables(V: int, D: int) -> dict[str, nn.Embedding]:
    return {side: nn.Embedding(V, D, sparse=sparse) for side, sparse in SIDES.items()}


def forward_backward(V: int, D: int, N: int) -> dict[str, bench.Call]:
    x, upstream = torch.randint(V, (N,)), torch.randn(N, D)
    return {
        side: lambda emb=emb: torch.autograd.grad(emb(x), emb.weight, upstream) for side, emb in tables(V, D).items()
    }


def step(operation: str, V: int, D: int, N: int) -> tuple[dict[str, bench.Call], dict[str, dict[str, int]]]:
    """Return the step of either side, and the bytes of its gradient and of its optimizer's state after one step."""
    x, upstream = torch.randint(V, (N,)), torch.randn(N, D)
    calls, found = {}, {}
    for side, emb in tables(V, D).items():
        optimizer = STEPS[operation][side](emb.parameters(), lr=1e-3)
        emb(x).backward(upstream)
        optimizer.step()
        calls[side], found[side] = (
            optimizer.step,
            {"gradient": bytes_of(emb.weight.grad), "state": state_bytes(optimizer)},
        )
    return calls, found


def bytes_of(tensor: torch.Tensor) -> int:
    return tensor._indices().nbytes + tensor._values().nbytes if tensor.is_sparse else tensor.nbytes


def state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """Return the bytes of all tensors that the optimizer keeps for the table, its counter of steps left out."""
    kept = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    return sum(bytes_of(tensor) for tensor in kept if tensor.dim())


def results() -> Iterator[dict[str, Any]]:
    for varies, sweep in SWEEPS.items():
        for sizes in sweep:
            yield measured("backward", forward_backward(**sizes), varies, sizes)
            for operation in STEPS:
                calls, counted = step(operation, **sizes)
                yield measured(operation, calls, varies, sizes) | {"bytes": counted}
                del calls  # a table of a million rows, twice, with its state


def measured(operation: str, calls: dict[str, bench.Call], varies: str, sizes: dict[str, int]) -> dict[str, Any]:
    result = bench.measure(operation, calls, varies, sizes)
    told = " ".join(f"{name}={value:<9,}" for name, value in sizes.items())
    times = f"{result['dense_us']:>12,.1f} µs {result['sparse_us']:>10,.1f} µs"
    print(f"{operation:14} {varies} {told} {times}  × {result['ratio']:,}", flush=True)
    return result


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.sparse.check_sparse_tensor_invariants.disable()  # or a warning is printed in the middle of the lines
    report = {
        "what": "dense and sparse gradients of a lookup, float32; written by tests/benchmarks/bench_sparse.py",
        "machine": bench.machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "commit": bench.commit("tests/benchmarks/bench_sparse.py"),
        "method": "process time, one thread, interleaved; medians; ratio = median of the ratios of neighbours",
        "results": list(results()),
    }
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{RESULTS.relative_to(bench.ROOT)} written", flush=True)


if __name__ == "__main__":
    sys.exit(main())
