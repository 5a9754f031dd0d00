import { changed, drawAfter, drawStack, lines, total } from "./core/gradient.js";
import { arrowKeys } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { drawValue, mark, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const LEAST = 1e-9;
const COLUMNS = 2;
const DECIMALS = 2;
const DRAGGED = 6; // px; a pointer that moves less has clicked

const countOf = (rows, row) => rows.filter((read) => read === row).length;

/** Twin of widgets.frequency.silenced. */
export function silenced(grads, ignored) {
  return grads.map((grad, place) => (ignored.includes(place) ? grad.map(() => 0) : grad));
}

/** Twin of widgets.frequency.call_gradient. */
export function callGradient(rows, grads, numEmbeddings, scaled) {
  return Array.from({ length: numEmbeddings }, (_, row) => {
    const found = lines(rows, grads, row).at(-1).values;
    const values = found.length ? found : new Array(COLUMNS).fill(0);
    const count = countOf(rows, row);
    return scaled && count ? values.map((value) => value / count) : values;
  });
}

/** Twin of widgets.frequency.cut_gradient. */
export function cutGradient(rows, grads, numEmbeddings, knife, scaled) {
  const first = callGradient(rows.slice(0, knife), grads.slice(0, knife), numEmbeddings, scaled);
  const second = callGradient(rows.slice(knife), grads.slice(knife), numEmbeddings, scaled);
  return first.map((values, row) => values.map((value, column) => value + second[row][column]));
}

/** Twin of widgets.frequency.edges. */
export function edges(place, knife, columns) {
  if (place < knife) return "";
  const sides = place === knife && place % columns ? ["left"] : [];
  return (place - columns >= 0 && place - columns < knife ? [...sides, "top"] : sides).join(" ");
}

/** Twin of widgets.frequency.written. */
export function written(rows, grads, row, scaled, ignored, first, words) {
  const found = lines(rows, grads, row).map((line) => {
    if (line.kind === "sum") return { ...line, label: words["line.sum"] };
    if (line.place === undefined) return line;
    const place = line.place + first;
    return { ...line, place, kind: ignored.includes(place) ? "silent" : "piece" };
  });
  const n = countOf(rows, row);
  if (scaled && n) {
    const values = found.at(-1).values.map((value) => value / n);
    found.push({ kind: "divided", values, label: fill(words["line.divided"], { n }), decimals: DECIMALS });
  }
  return found;
}

/** Twin of widgets.frequency.written_cut. */
export function writtenCut(rows, grads, row, knife, scaled, ignored, words) {
  const found = [];
  const ends = [];
  [[0, knife], [knife, rows.length]].forEach(([first, end], call) => {
    const places = rows.slice(first, end);
    if (!places.includes(row)) return;
    const part = written(places, grads.slice(first, end), row, scaled, ignored, first, words);
    found.push({ kind: "call", values: [], label: fill(words["line.call"], { n: call + 1 }) }, ...part);
    ends.push(part.at(-1).values);
  });
  if (ends.length === 2) {
    const both = { kind: "both", values: total(ends), label: words["line.both"] };
    found.push(scaled ? { ...both, decimals: DECIMALS } : both);
  }
  return found;
}

/** How many places lie before a point: all of the lines above it, and of its own line those left of it. */
export function gapAt(boxes, x, y) {
  const line = boxes.reduce((best, box) => (away(box, y) < away(best, y) ? box : best));
  return boxes.filter((box) => box.top < line.top || (box.top === line.top && (box.left + box.right) / 2 < x)).length;
}

const away = (box, y) => Math.abs((box.top + box.bottom) / 2 - y);

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const run = JSON.parse($(".stage").dataset.run);
  const table = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const tensor = $(".lane.indices .tensor");
  const chips = $$(".lane.indices .place");
  const stacks = $$(".written .stack");
  const largest = Math.max(...run.sent.flat().map(Math.abs));
  const pieces = run.sent.flat().every(Number.isInteger) ? 0 : DECIMALS;

  const word = (row) => table.get(row).querySelector(".mark").dataset.word;
  const name = (row) => fill(words.name, { row, word: word(row) });
  const sent = () => (get("masked") ? silenced(run.sent, run.ignored) : run.sent);
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  /** Twin of widgets.Frequency.counts. */
  function countsOf(row) {
    const n = countOf(run.places, row);
    const a = countOf(run.places.slice(0, get("knife")), row);
    return { n, a, b: n - a };
  }

  /** Twin of widgets.Frequency.told. */
  function told({ n, a, b }) {
    if (!n) return [];
    if (!get("scaled")) return ["plain.told"];
    return ["one.told", a && b ? "two.told" : "alone.told"];
  }

  /** Twin of widgets.Frequency.status. */
  function status(moved) {
    if (!get("taken")) return words.waiting;
    const found = [];
    if (get("expected").length) {
      const marks = Object.entries(verdict(get("expected"), moved)).map(([kind, rows]) => [kind, rows.length]);
      found.push(fill(words.guess, Object.fromEntries(marks)));
    }
    const row = get("row");
    const counts = countsOf(row);
    found.push(...told(counts).map((key) => fill(words[key], { ...counts, word: word(row) })));
    const m = get("masked") ? run.ignored.filter((place) => run.places[place] === row).length : 0;
    if (m) found.push(fill(words["silent.told"], { m, n: counts.n }));
    return [...found, say(words, "rows", moved.length)].join(" ");
  }

  function drawIndices() {
    const [knife, row] = [get("knife"), get("row")];
    chips.forEach((chip, place) => {
      chip.dataset.call = place < knife ? 1 : 2;
      chip.dataset.edge = edges(place, knife, run.shape[1]);
      mark(chip, "data-silent", get("masked") && run.ignored.includes(place) ? "" : undefined);
      mark(chip, "aria-pressed", String(run.places[place] === row));
    });
  }

  function drawRows(one, two, moved) {
    const taken = get("taken");
    for (const [row, line] of table) {
      const { n, a, b } = countsOf(row);
      const decimals = !n ? 0 : get("scaled") ? DECIMALS : pieces;
      const cells = [...line.querySelectorAll("td.value:not(.after)")];
      cells.forEach((cell, column) => drawValue(cell, one[row][column], decimals, largest));
      write(line.querySelector(".count.two"), n && taken ? fill(words.counts, { a, b }) : "");
      drawAfter([...line.querySelectorAll(".after")], one[row], taken ? two[row] : null, decimals, largest);
      mark(line, "data-lit", n && row === get("row") ? "" : undefined);
    }
    drawMarks(context, get("expected"), taken && get("expected").length ? moved : null);
    for (const [row, line] of table) line.toggleAttribute("data-changed", taken && moved.includes(row));
  }

  function drawWritten() {
    const row = get("row");
    const ignored = get("masked") ? run.ignored : [];
    drawStack(stacks[0], written(run.places, sent(), row, get("scaled"), ignored, 0, words), pieces, largest);
    const two = writtenCut(run.places, sent(), row, get("knife"), get("scaled"), ignored, words);
    drawStack(stacks[1], get("taken") ? two : [], pieces, largest);
    const title = fill(words.output, { name: name(row) });
    write($(".lane.output .title"), title);
    write($(".written caption"), title);
    write($(".lane.output .numbers"), shapeText([countsOf(row).n, COLUMNS]));
  }

  function drawControls() {
    const [knife, taken] = [get("knife"), get("taken")];
    const said = fill(words["knife.told"], { a: knife, b: run.places.length - knife });
    if ($(".knife").value !== String(knife)) $(".knife").value = knife;
    mark($(".knife"), "aria-valuetext", said);
    write($(".knife-told"), said);
    $(".scaled").checked = get("scaled");
    $(".masked").checked = get("masked");
    write($("button.step"), taken ? words.again : words.cut);
    write($(".ask"), taken ? words.told : words.ask);
    mark(figure, "data-waiting", taken ? undefined : "");
  }

  function draw() {
    const rest = [run.places, sent(), table.size];
    const one = callGradient(...rest, get("scaled"));
    const two = cutGradient(...rest, get("knife"), get("scaled"));
    const moved = changed(one, two, LEAST);
    drawIndices();
    drawRows(one, two, moved);
    drawWritten();
    drawControls();
    write($(".status"), status(moved));
  }

  // what the reader does

  /** Marks belong to the cut that they were made for. */
  const change = (traits) => set(get("taken") ? { ...traits, expected: [] } : traits);
  on(".knife", "input", ({ target }) => change({ knife: Number(target.value) }));
  on(".scaled", "change", ({ target }) => change({ scaled: target.checked }));
  on(".masked", "change", ({ target }) => change({ masked: target.checked }));
  on("button.step", "click", () => set(get("taken") ? { taken: false, expected: [] } : { taken: true }));
  on(".reset", "click", () => set(first));
  tensor.addEventListener("click", ({ target }) => {
    const chip = target.closest(".place");
    if (chip) set({ row: run.places[Number(chip.dataset.place)] });
  }, { signal });
  markRows(context, () => !get("taken"));

  // The knife follows a pointer that is dragged across the batch; the slider does the same for the keyboard.
  let held = null;
  const letGo = () => (held = null);
  tensor.addEventListener("pointerdown", ({ clientX: x, clientY: y, button }) => (held = button ? null : { x, y }), { signal });
  tensor.addEventListener("pointermove", ({ clientX: x, clientY: y, pointerId }) => {
    if (!held || (!held.drags && Math.hypot(x - held.x, y - held.y) < DRAGGED)) return;
    if (!held.drags) tensor.setPointerCapture(pointerId); // and so the release chooses no word
    held.drags = true;
    const knife = gapAt(chips.map((chip) => chip.getBoundingClientRect()), x, y);
    if (knife !== get("knife")) change({ knife });
  }, { signal });
  for (const event of ["pointerup", "pointercancel"]) tensor.addEventListener(event, letGo, { signal });

  arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".mark", signal);
  live(["knife", "scaled", "masked", "row", "taken", "expected"], draw);
});
