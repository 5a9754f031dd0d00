"""Measure a bag against a lookup followed by a reduction, and write ``assets/results/bag.json``. Run by ``make bench``.

Time as in ``bench_one_hot.py``: process time, one thread, float32, both sides in turn and neighbours in time; medians
and quartiles, every repetition kept. Memory: the most bytes that torch held at once during one call beyond what it held
before, from the allocations that the profiler records. It is a count, the same in every run.

The reduction is ``sum(1)``, ``mean(1)`` or ``max(1).values``. Nothing is asserted.
"""

import gc
import json
import platform
import statistics
import sys
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from bench_one_hot import ROOT, Call, loops, machine, read, seconds
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

RESULTS = ROOT / "assets" / "results" / "bag.json"
REPETITIONS = 15
BASE = {"B": 512, "L": 20, "D": 64, "V": 10_000}
SIZES = [BASE | {"L": length} for length in (1, 5, 20, 100, 200)]
SIZES += [BASE | {"B": 1}, BASE | {"B": 32}, BASE | {"L": 200, "V": 1_000_000}]
REDUCE = {"sum": lambda e: e.sum(1), "mean": lambda e: e.mean(1), "max": lambda e: e.max(1).values}
OPERATIONS = ("forward", "forward and backward", "forward and backward, sparse")


def cases() -> Iterator[tuple[str, str, dict[str, int]]]:
    """Yield operation, mode and sizes; a bag with mode max has no sparse gradient."""
    for operation in OPERATIONS:
        modes = ("sum", "mean") if operation.endswith("sparse") else tuple(REDUCE)
        yield from ((operation, mode, sizes) for mode in modes for sizes in SIZES)


def sides(operation: str, mode: str, B: int, L: int, D: int, V: int) -> dict[str, Call]:
    """Return the two calls to compare."""
    sparse, learns = operation.endswith("sparse"), operation != "forward"
    weight = torch.randn(V, D, requires_grad=learns)
    x, upstream = torch.randint(V, (B, L)), torch.randn(B, D)

    def bag() -> Tensor:
        return F.embedding_bag(x, weight, mode=mode, sparse=sparse)

    def lookup() -> Tensor:
        return REDUCE[mode](F.embedding(x, weight, sparse=sparse))

    if not learns:
        return {"bag": bag, "lookup": lookup}
    return {
        "bag": lambda: torch.autograd.grad(bag(), weight, upstream),
        "lookup": lambda: torch.autograd.grad(lookup(), weight, upstream),
    }


def peak(call: Call) -> int:
    """Return the most bytes that were held at once during one call, beyond those held before."""
    call()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as run:
        call()
    events = [event for event in run.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()  # negative where memory is given back
        most = max(most, held)
    return most


def measure(calls: dict[str, Call]) -> dict[str, Any]:
    """Return medians and every repetition in microseconds, the ratio lookup / bag, and the peaks in bytes."""
    times = {side: loops(call) for side, call in calls.items()}
    taken: dict[str, list[float]] = {side: [] for side in calls}
    gc.collect()
    gc.disable()
    for repetition in range(REPETITIONS):
        for side in sorted(calls, reverse=bool(repetition % 2)):
            taken[side].append(seconds(calls[side], times[side]) * 1e6)
    gc.enable()
    low, middle, high = statistics.quantiles(
        [lookup / bag for lookup, bag in zip(taken["lookup"], taken["bag"], strict=True)], n=4
    )
    return {
        "bag_us": round(statistics.median(taken["bag"]), 2),
        "lookup_us": round(statistics.median(taken["lookup"]), 2),
        "times_faster": round(middle, 2),
        "times_faster_quartiles": [round(low, 2), round(high, 2)],
        "bag_peak_bytes": peak(calls["bag"]),
        "lookup_peak_bytes": peak(calls["lookup"]),
        "repetitions": {side: [round(value, 2) for value in values] for side, values in taken.items()},
    }


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    results = []
    for operation, mode, sizes in cases():
        result = {"operation": operation, "mode": mode, **sizes, **measure(sides(operation, mode, **sizes))}
        results.append(result)
        told = " ".join(f"{name}={value:<7,}" for name, value in sizes.items())
        bytes_held = f"{result['bag_peak_bytes']:>12,} B against {result['lookup_peak_bytes']:>12,} B"
        print(f"{operation:29} {mode:4} {told} × {result['times_faster']:<6} {bytes_held}", flush=True)
    changed = read("git", "status", "--porcelain", "--", "tests/benchmarks/bench_bag.py")
    report = {
        "what": "EmbeddingBag against Embedding and a reduction, float32; written by tests/benchmarks/bench_bag.py",
        "machine": machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "commit": {"id": read("git", "rev-parse", "HEAD"), "changed_since": bool(changed)},
        "method": "process time, one thread, interleaved; medians; times_faster = median of the ratios lookup / bag of "
        "neighbours; peak bytes from the profiler's memory events",
        "results": results,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{RESULTS.relative_to(ROOT)} written", flush=True)


if __name__ == "__main__":
    sys.exit(main())
