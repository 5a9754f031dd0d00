import { mark, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill } from "./core/words.js";

const DECADES = 15;
const UNITS = ["", " thousand", " million", " billion", " trillion"];
const BYTES = [" B", " kB", " MB", " GB", " TB"];

/** Twin of widgets.cost.costs. */
export function costs(V, D, N) {
  return {
    "work.product": N * V * D,
    "work.lookup": N * D,
    "bytes.product": 12 * N * V + 4 * N * D,
    "bytes.lookup": 4 * N * D,
  };
}

/** Twin of widgets.cost.short. */
export function short(n, names = UNITS) {
  if (n < 10000) return `${n}${names[0]}`;
  for (let k = 0; k < names.length; k += 1) {
    const unit = 1000n ** BigInt(k);
    for (const decimals of [2, 1, 0]) {
      const scaled = (2n * BigInt(n) * 10n ** BigInt(decimals) + unit) / (2n * unit);
      if (scaled >= 1000n) continue;
      const digits = String(scaled).padStart(decimals + 1, "0");
      return (decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits) + names[k];
    }
  }
  return `${BigInt(n) / 1000n ** BigInt(names.length - 1)}${names.at(-1)}`;
}

/** Twin of widgets.cost.times. */
export function times(a, b) {
  const [big, small] = [BigInt(a), BigInt(b)];
  if (big >= 100n * small) return String((2n * big + small) / (2n * small));
  const tenths = (20n * big + small) / (2n * small);
  return tenths % 10n ? `${tenths / 10n}.${tenths % 10n}` : String(tenths / 10n);
}

/** Twin of widgets.cost.size_at. */
export function sizeAt(step) {
  return 2 ** step;
}

/** Twin of widgets.cost.step_of. */
export function stepOf(size) {
  let step = 0;
  while (sizeAt(step + 1) <= size) step += 1;
  return step + (size * size > sizeAt(step) * sizeAt(step + 1) ? 1 : 0);
}

/** Twin of widgets.cost.len_of. */
export function lenOf(amount) {
  return Math.log10(amount) / DECADES;
}

export default enhance(({ words, get, set, live, $, $$, signal }) => {
  function draw() {
    const [V, D, N] = get("sizes");
    const found = costs(V, D, N);
    write($(".sizes"), fill(words.sizes, { V, D, N }));
    for (const bar of $$("[data-cost]")) {
      const amount = found[bar.dataset.cost];
      write(bar.querySelector(".count"), short(amount, bar.dataset.cost.startsWith("bytes") ? BYTES : UNITS));
      bar.querySelector(".log").style.setProperty("--size", lenOf(amount).toFixed(4));
    }
    for (const kind of ["work", "bytes"]) {
      const n = times(found[`${kind}.product`], found[`${kind}.lookup`]);
      write($(`[data-ratio="${kind}"]`), fill(words.ratio, { n }));
    }
    const same = [...$(".choose").options].find(({ dataset }) => dataset.sizes && String(JSON.parse(dataset.sizes)) === String(get("sizes")));
    $(".choose").value = same ? same.value : "own";
    for (const slider of $$(".size")) {
      const size = get("sizes")[slider.dataset.size];
      if (sizeAt(slider.valueAsNumber) !== size) slider.value = stepOf(size);
      mark(slider, "aria-valuetext", String(size));
      write(slider.nextElementSibling, String(size));
    }
  }

  $(".choose").addEventListener("change", ({ target }) => {
    const { sizes } = target.selectedOptions[0].dataset;
    if (sizes) set({ sizes: JSON.parse(sizes) });
    else $(".size").focus();
  }, { signal });
  for (const slider of $$(".size")) {
    slider.addEventListener("input", () => {
      const size = sizeAt(slider.valueAsNumber);
      set({ sizes: get("sizes").map((old, k) => (k === Number(slider.dataset.size) ? size : old)) });
    }, { signal });
  }
  live(["sizes"], draw);
});
