"""Measure the reference against PyTorch and write ``assets/results/reference.json``. Run it by ``make bench``.

Time is process time, one thread. The two sides are interleaved, repetition by repetition, which of them begins
changes every time, and what is reported is the median of the ratios of neighbours: a machine that slows down slows
both. A repetition repeats a call until it lasts about a millisecond. Bytes come from PyTorch's profiler: the largest
sum of live allocations above the start of the call.

Nothing is asserted: the goals are printed beside the numbers.
"""

import gc
import itertools
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

import reference

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "assets" / "results" / "reference.json"
VOCABULARIES = (1_000, 10_000, 100_000, 1_000_000)
DIM = 64
BATCHES = ((32, 8), (256, 40))  # B bags of L indices
REPETITIONS = 15
SECONDS_PER_CASE = 1.5
SHORTEST = 1e-3

GOALS = {
    "forward": "at most 1.5 times torch for calls of 50 µs and more",
    "backward dense": "at most 2 times torch",
    "backward sparse": "no term that grows with V",
    "bag forward": "sum and mean at most 2 times nn.Embedding followed by the reduction",
}


@dataclass(frozen=True)
class Case:
    """One thing to measure: `ours` and `theirs` make a call ready, and return it."""

    operation: str  # forward, backward, step
    kind: str  # Embedding, EmbeddingBag
    against: str  # torch, or Embedding + reduction
    mode: str
    gradient: str  # dense, sparse, none
    V: int
    D: int
    B: int
    L: int
    ours: Callable[[], Callable[[], Any]]
    theirs: Callable[[], Callable[[], Any]]


def reduced(module: nn.Module, indices: Tensor, mode: str) -> Tensor:
    """Return nn.Embedding followed by the reduction: what a bag saves the reader from writing."""
    return getattr(module(indices), mode)(1)


def forward(make: Callable[[], nn.Module], indices: Tensor) -> Callable[[], Any]:
    module = make()

    def call() -> None:
        with torch.no_grad():
            module(indices)

    return call


def forward_reduced(make: Callable[[], nn.Module], indices: Tensor, mode: str) -> Callable[[], Any]:
    module = make()

    def call() -> None:
        with torch.no_grad():
            reduced(module, indices, mode)

    return call


def backward(make: Callable[[], nn.Module], indices: Tensor) -> Callable[[], Any]:
    """Return only the backward pass: the graph is built once and kept."""
    module = make()
    output = module(indices)
    upstream = torch.randn_like(output)
    return partial(torch.autograd.grad, output, module.weight, upstream, retain_graph=True)


def step(make: Callable[[], nn.Module], indices: Tensor) -> Callable[[], Any]:
    """Return forward, backward and a step of SGD."""
    module = make()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    upstream = torch.randn_like(module(indices))

    def call() -> None:
        module(indices).backward(upstream)
        optimizer.step()
        optimizer.zero_grad()  # last, so that each call begins without a gradient

    return call


def cases() -> Iterator[Case]:
    """Yield every case; a table is made when it is measured, and freed afterwards."""
    for V in VOCABULARIES:
        for B, L in BATCHES:
            indices = torch.randint(V, (B, L), generator=torch.Generator().manual_seed(0))
            size = {"V": V, "D": DIM, "B": B, "L": L}

            def makers(kind: str, V: int = V, **options: Any) -> tuple[Callable, Callable]:
                return tuple(partial(getattr(place, kind), V, DIM, **options) for place in (reference, nn))

            ours, theirs = makers("Embedding")
            common = {"kind": "Embedding", "against": "torch", "mode": "", **size}
            run = partial(forward, indices=indices)
            yield Case("forward", gradient="none", ours=partial(run, ours), theirs=partial(run, theirs), **common)
            for gradient in ("dense", "sparse"):
                ours, theirs = makers("Embedding", sparse=gradient == "sparse")
                for name, what in (("backward", backward), ("step", step)):
                    run = partial(what, indices=indices)
                    yield Case(name, gradient=gradient, ours=partial(run, ours), theirs=partial(run, theirs), **common)
            for mode in ("sum", "mean", "max"):
                ours, theirs = makers("EmbeddingBag", mode=mode)
                common = {"kind": "EmbeddingBag", "against": "torch", "mode": mode, **size}
                run = partial(forward, indices=indices)
                yield Case("forward", gradient="none", ours=partial(run, ours), theirs=partial(run, theirs), **common)
                if mode != "max":
                    rows = partial(forward_reduced, makers("Embedding")[1], indices, mode)
                    reduction = common | {"against": "Embedding + reduction"}
                    yield Case("forward", gradient="none", ours=partial(run, ours), theirs=rows, **reduction)
                for gradient in ("dense", "sparse") if mode != "max" else ("dense",):
                    ours, theirs = makers("EmbeddingBag", mode=mode, sparse=gradient == "sparse")
                    for name, what in (("backward", backward), ("step", step)):
                        if name == "step" and mode != "mean":
                            continue
                        run = partial(what, indices=indices)
                        both = {"ours": partial(run, ours), "theirs": partial(run, theirs)}
                        yield Case(name, gradient=gradient, **both, **common)


def seconds(call: Callable[[], Any], times: int) -> float:
    start = time.process_time_ns()
    for _ in range(times):
        call()
    return (time.process_time_ns() - start) / times / 1e9


def loops(call: Callable[[], Any]) -> int:
    """Return how often `call` must be repeated to last about a millisecond; this also warms it up."""
    times = 1
    while (took := seconds(call, times)) * times < SHORTEST and times < 2**14:
        times *= 2 if took == 0 else max(2, math.ceil(SHORTEST / (took * times)))
    return times


@contextmanager
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def silent() -> Iterator[None]:
    """Keep what the profiler's C++ side writes to the error stream off the screen."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def peak_bytes(call: Callable[[], Any]) -> int:
    """Return the most bytes that were alive at once during `call`, above those alive before it."""
    for _ in range(2):  # the first time, what is freed was allocated unseen
        with silent(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
            call()
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    alive = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        alive += event.nbytes()
        most = max(most, alive)
    return most


def gradient_bytes(gradient: Tensor) -> int:
    """Return how much memory a gradient's numbers take; a sparse one has a list of rows beside them."""
    if gradient.layout == torch.strided:
        return gradient.nbytes
    return gradient._indices().nbytes + gradient._values().nbytes


def measure(case: Case) -> dict[str, Any]:
    """Return the times of all repetitions of both sides, their ratios, and the bytes."""
    ours, theirs = case.ours(), case.theirs()
    times = {"ours": loops(ours), "theirs": loops(theirs)}
    calls = {"ours": ours, "theirs": theirs}
    taken: dict[str, list[float]] = {"ours": [], "theirs": []}
    with no_collection():
        until = time.perf_counter() + SECONDS_PER_CASE
        for repetition in range(REPETITIONS):
            for side in ("ours", "theirs") if repetition % 2 else ("theirs", "ours"):
                taken[side].append(seconds(calls[side], times[side]))
            if repetition >= 4 and time.perf_counter() > until:
                break
    ratios = [a / b for a, b in zip(taken["ours"], taken["theirs"], strict=True) if b]
    low, _, high = statistics.quantiles(ratios, n=4)
    return {
        "operation": case.operation,
        "kind": case.kind,
        "against": case.against,
        "mode": case.mode,
        "gradient": case.gradient,
        "V": case.V,
        "D": case.D,
        "B": case.B,
        "L": case.L,
        "ours_us": round(statistics.median(taken["ours"]) * 1e6, 3),
        "theirs_us": round(statistics.median(taken["theirs"]) * 1e6, 3),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_quartiles": [round(low, 3), round(high, 3)],
        "ours_bytes": peak_bytes(ours),
        "theirs_bytes": peak_bytes(theirs),
        "gradient_bytes": gradient_bytes(ours()[0]) if case.operation == "backward" else None,
        "repetitions": {side: [round(t * 1e6, 3) for t in values] for side, values in taken.items()},
    }


def growth(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each curve over V the exponent between neighbours: time ∝ V ** exponent."""
    curves: dict[tuple, list[dict]] = {}
    for result in results:
        key = tuple(result[name] for name in ("operation", "kind", "against", "mode", "gradient", "D", "B", "L"))
        curves.setdefault(key, []).append(result)
    found = []
    for key, points in curves.items():
        names = ("operation", "kind", "against", "mode", "gradient", "D", "B", "L")
        curve = dict(zip(names, key, strict=True)) | {"V": [point["V"] for point in points]}
        for side in ("ours", "theirs"):
            for what in ("us", "bytes"):
                curve[f"{side}_{what}_exponents"] = [
                    round(math.log(b[f"{side}_{what}"] / a[f"{side}_{what}"]) / math.log(b["V"] / a["V"]), 3)
                    if a[f"{side}_{what}"] and b[f"{side}_{what}"]
                    else None
                    for a, b in itertools.pairwise(points)
                ]
        found.append(curve)
    return found


def fixed_cost() -> dict[str, float]:
    """Return the microseconds of the smallest call, one index and one column: what does not depend on size."""
    index, costs = torch.zeros(1, 1, dtype=torch.long), {}
    for name in ("Embedding", "EmbeddingBag"):
        for side, place in (("ours", reference), ("theirs", nn)):
            call = forward(partial(getattr(place, name), 2, 1), index)
            times = loops(call)
            costs[f"{name} {side}"] = round(statistics.median(seconds(call, times) for _ in range(15)) * 1e6, 2)
    return costs


def read(*command: str) -> str:
    """Return what a command prints, or nothing where there is no such command."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine() -> dict[str, Any]:
    """Return what the numbers depend on: no name of a host, no path."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line[:10] == "model name"
        ]
        processor = names[0] if names else processor
    else:
        processor = read("sysctl", "-n", "machdep.cpu.brand_string") or processor
    return {
        "processor": processor,
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "system": platform.system(),
    }


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "torch": torch.__version__}


def commit() -> dict[str, Any]:
    """Return the commit, and whether the files that were measured differ from it."""
    changed = read("git", "status", "--porcelain", "--", "chapters/reference", "tests/benchmarks")
    return {"id": read("git", "rev-parse", "HEAD"), "changed_since": bool(changed)}


def within(result: dict[str, Any]) -> str:
    """Return the goal that applies to a result and whether it is met, or nothing."""
    operation, against, ratio = result["operation"], result["against"], result["ratio"]
    if against != "torch":
        limit = 2.0
    elif operation == "forward" and result["kind"] == "Embedding" and result["theirs_us"] >= 50:
        limit = 1.5
    elif operation == "backward" and result["gradient"] == "dense":
        limit = 2.0
    else:
        return ""
    return f"goal {limit}: {'met' if ratio <= limit else 'missed'}"


def line(result: dict[str, Any]) -> str:
    low, high = result["ratio_quartiles"]
    what = " ".join(filter(None, (result["kind"], result["mode"], result["operation"], result["gradient"])))
    what += "" if result["against"] == "torch" else f" / {result['against']}"
    return (
        f"{what:48} V={result['V']:>9,} N={result['B'] * result['L']:>6,} {result['ours_us']:>11.1f} µs "
        f"{result['theirs_us']:>11.1f} µs  ×{result['ratio']:5.2f} [{low:.2f}, {high:.2f}] "
        f"{result['ours_bytes'] / 1e6:9.3f} MB {result['theirs_bytes'] / 1e6:9.3f} MB  {within(result)}"
    )


def sparse_backward(results: list[dict[str, Any]]) -> str:
    """Return the rows that show whether the sparse backward knows V."""
    rows = [
        f"  V={result['V']:>9,}  N={result['B'] * result['L']:>6,}  {result['ours_us']:8.1f} µs"
        f"  {result['ours_bytes']:>9,} bytes allocated  gradient of {result['gradient_bytes']:>9,} bytes"
        for result in results
        if (result["operation"], result["gradient"], result["kind"]) == ("backward", "sparse", "Embedding")
        and result["V"] >= 10_000
    ]
    return "\n".join(["sparse backward of Embedding:", *rows])


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.sparse.check_sparse_tensor_invariants.disable()
    start, results, load = time.perf_counter(), [], os.getloadavg()
    print(f"{'':48} {'':>20} {'reference':>14} {'torch':>14}  ratio [quartiles]      peak memory of each", flush=True)
    for case in cases():
        results.append(measure(case))
        print(line(results[-1]), flush=True)
        gc.collect()
    told = [within(result) for result in results if within(result)]
    print(sparse_backward(results))
    print(f"goals met: {sum(text.endswith('met') for text in told)} of {len(told)}")
    print(f"fixed cost of a call, µs: {(costs := fixed_cost())}")
    report = {
        "what": "the reference implementation against PyTorch, float32; written by tests/benchmarks/bench_reference.py",
        "machine": machine() | {"load_before_and_after": [round(part[0], 2) for part in (load, os.getloadavg())]},
        "versions": versions(),
        "commit": commit(),
        "method": "process time, one thread, interleaved; medians; ratio = median of the ratios of neighbours",
        "goals": GOALS,
        "fixed_cost_us": costs,
        "results": results,
        "growth": growth(results),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{RESULTS.relative_to(ROOT)} written after {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
