/**
 * The prediction gesture of every figure: the reader marks the rows that will change, then takes the step.
 * Nothing is scored and nothing is stored.
 */

/** Twin of widgets._predict.verdict: rows expected and changed, changed only, expected only. */
export function verdict(expected, changed) {
  const moved = new Set(changed);
  const marked = new Set(expected);
  return {
    hit: [...marked].filter((row) => moved.has(row)).sort((a, b) => a - b),
    missed: [...moved].filter((row) => !marked.has(row)).sort((a, b) => a - b),
    false: [...marked].filter((row) => !moved.has(row)).sort((a, b) => a - b),
  };
}

/** Let the words of the rows be marked: `expected` is the trait that holds them. */
export function markRows({ figure, get, set, signal }, mayMark) {
  figure.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button.mark");
      if (!button || !mayMark()) return;
      const row = Number(button.closest("tr").dataset.row);
      const expected = get("expected");
      set({ expected: expected.includes(row) ? expected.filter((r) => r !== row) : [...expected, row].sort((a, b) => a - b) });
    },
    { signal },
  );
}

/** Show the marks and, once `changed` is known, what became of each. */
export function drawMarks({ $$, words }, expected, changed) {
  const result = changed && verdict(expected, changed);
  for (const line of $$("tr[data-row]")) {
    const row = Number(line.dataset.row);
    line.querySelector(".mark").setAttribute("aria-pressed", String(expected.includes(row)));
    const kind = result && ["hit", "missed", "false"].find((name) => result[name].includes(row));
    const sign = line.querySelector(".verdict");
    const text = kind ? words[`expected.${kind}`] : "";
    if (sign.textContent !== text) sign.textContent = text;
    line.toggleAttribute("data-changed", Boolean(changed?.includes(row)));
  }
}
