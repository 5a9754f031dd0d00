"""Record in which order a Python set gives the tokens of the corpus; write ``assets/results/set_orders.json``.

The hash of a string depends on a number that every process of Python draws anew, and the order of a set depends on
the hashes. ``PYTHONHASHSEED`` fixes the number, so that one can look at several runs and repeat them. Nothing is
timed: these are the real orders of CPython on a 64-bit machine, for three seeds.
"""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "assets" / "corpora" / "sentences.txt"
RESULTS = ROOT / "assets" / "results" / "set_orders.json"
SEEDS = (1, 2, 3)
RUN = """
import json, sys
sentences = sys.stdin.buffer.read().decode("utf-8").splitlines()
tokens = [token for sentence in sentences for token in (sentence.split() if sys.argv[1] == "word" else sentence)]
print(json.dumps(list(set(tokens))))
"""


def order(level: str, seed: int) -> list[str]:
    """Return the tokens of the corpus as ``set(tokens)`` gives them in a fresh process with this hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, level],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        input=CORPUS.read_bytes(),
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def results() -> dict:
    """Return the orders by level and seed, and what they were recorded with."""
    orders = {level: {str(seed): order(level, seed) for seed in SEEDS} for level in ("word", "char")}
    return {"python": f"{platform.python_implementation()} {platform.python_version()}", **orders}


if __name__ == "__main__":
    text = json.dumps(results(), indent=1, ensure_ascii=False)
    text = re.sub(r"\[\n +(.*?)\n +\]", lambda found: f"[{re.sub(chr(10) + ' +', ' ', found[1])}]", text, flags=re.S)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(RESULTS.relative_to(ROOT))
