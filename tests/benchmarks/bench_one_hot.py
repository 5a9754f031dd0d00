"""Measure the one-hot product against the lookup and write ``assets/results/one_hot.json``. Run it by ``make bench``.

Process time, one thread, float32. In every repetition both sides run once, neighbours in time, and which of them
begins changes; a side repeats its call until it lasts about a millisecond. Reported is the median of the ratios of
neighbours, and every repetition is kept. The product is ``F.one_hot(x, V).float() @ W``, as texts write it.

Nothing is asserted.
"""

import gc
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "assets" / "results" / "one_hot.json"
REPETITIONS = 15
SHORTEST = 1e-3
BASE = {"V": 1_000, "D": 64, "N": 256}
SWEEPS = {
    "V": (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000),
    "D": (16, 64, 256, 1_024),
    "N": (64, 256, 1_024, 4_096),
}

Call = Callable[[], Any]


def cases() -> Iterator[tuple[str, dict[str, int]]]:
    """Yield what varies, and the sizes: one of them at a time, the others as in `BASE`."""
    for name, values in SWEEPS.items():
        yield from ((name, BASE | {name: value}) for value in values)


def forward(V: int, D: int, N: int) -> dict[str, Call]:
    weight, x = torch.randn(V, D), torch.randint(V, (N,))
    return {"product": lambda: F.one_hot(x, V).float() @ weight, "lookup": lambda: F.embedding(x, weight)}


def forward_backward(V: int, D: int, N: int) -> dict[str, Call]:
    weight, x, upstream = torch.randn(V, D, requires_grad=True), torch.randint(V, (N,)), torch.randn(N, D)

    def both(output: Callable[[], torch.Tensor]) -> Call:
        return lambda: torch.autograd.grad(output(), weight, upstream)

    return {
        "product": both(lambda: F.one_hot(x, V).float() @ weight),
        "lookup": both(lambda: F.embedding(x, weight)),
    }


def seconds(call: Call, times: int) -> float:
    start = time.process_time_ns()
    for _ in range(times):
        call()
    return (time.process_time_ns() - start) / times / 1e9


def loops(call: Call) -> int:
    """Return how often `call` must be repeated to last about a millisecond; this also warms it up."""
    times = 1
    while (took := seconds(call, times)) * times < SHORTEST and times < 2**14:
        times *= 2 if took == 0 else max(2, math.ceil(SHORTEST / (took * times)))
    return times


def measure(operation: str, calls: dict[str, Call], varies: str, sizes: dict[str, int]) -> dict[str, Any]:
    """Return medians, how many times the second side is in the first, and every repetition, in microseconds."""
    first, second = calls
    times = {side: loops(call) for side, call in calls.items()}
    taken: dict[str, list[float]] = {side: [] for side in calls}
    gc.collect()
    gc.disable()
    for repetition in range(REPETITIONS):
        for side in sorted(calls, reverse=bool(repetition % 2)):
            taken[side].append(seconds(calls[side], times[side]) * 1e6)
    gc.enable()
    ratios = [a / b for a, b in zip(taken[first], taken[second], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "operation": operation,
        "varies": varies,
        **sizes,
        **{f"{side}_us": round(statistics.median(taken[side]), 2) for side in calls},
        "ratio": round(middle, 1),
        "ratio_quartiles": [round(low, 1), round(high, 1)],
        "repetitions": {side: [round(value, 2) for value in values] for side, values in taken.items()},
    }


def read(*command: str) -> str:
    """Return what a command prints, or nothing where there is no such command."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine() -> dict[str, Any]:
    """Return what the numbers depend on: no name of a host, no path."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    names += [read("sysctl", "-n", "machdep.cpu.brand_string"), platform.machine()]
    return {
        "processor": next(filter(None, names)),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "system": platform.system(),
    }


def commit(script: str) -> dict[str, Any]:
    """Return the commit, and whether `script` differs from it."""
    changed = read("git", "status", "--porcelain", "--", script)
    return {"id": read("git", "rev-parse", "HEAD"), "changed_since": bool(changed)}


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    results = []
    for operation, make in (("forward", forward), ("forward and backward", forward_backward)):
        for varies, sizes in cases():
            result = measure(operation, make(**sizes), varies, sizes)
            results.append(result)
            told = " ".join(f"{name}={value:<7,}" for name, value in sizes.items())
            times = f"{result['product_us']:>12,.1f} µs {result['lookup_us']:>9,.1f} µs"
            print(f"{operation:20} {varies} {told} {times}  × {result['ratio']:,}", flush=True)
    report = {
        "what": "one-hot product against lookup, float32; written by tests/benchmarks/bench_one_hot.py",
        "machine": machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "commit": commit("tests/benchmarks/bench_one_hot.py"),
        "method": "process time, one thread, interleaved; medians; ratio = median of the ratios of neighbours",
        "results": results,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{RESULTS.relative_to(ROOT)} written", flush=True)


if __name__ == "__main__":
    sys.exit(main())
