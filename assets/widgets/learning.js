import { changed, drawAfter, drawPiece, drawStack, fly, lines } from "./core/gradient.js";
import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { drawTensor, drawValue, drawWires, mark, places, shapeText, wireUp, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const LR = 0.1;
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPS = 1e-8;
const LEAST = 0.001;
const STEPS = 99;
const DECIMALS = 2;

/** Twin of widgets.learning.sgd: one number of the table after a step, and its memory. */
export function sgd(w, g) {
  return [w - LR * g, []];
}

/** Twin of widgets.learning.momentum. */
export function momentum(w, g, [m = 0]) {
  const now = BETA1 * m + g;
  return [w - LR * now, [now]];
}

/** Twin of widgets.learning.adam. */
export function adam(w, g, [m = 0, v = 0], t) {
  const mean = m + (1 - BETA1) * (g - m);
  const square = BETA2 * v + (1 - BETA2) * g * g;
  const rate = LR / (1 - power(BETA1, t));
  return [w - (rate * mean) / (Math.sqrt(square) / Math.sqrt(1 - power(BETA2, t)) + EPS), [mean, square]];
}

function power(base, times) {
  let found = 1;
  for (let k = 0; k < times; k += 1) found *= base;
  return found;
}

const RULES = { sgd, momentum, adam };

/** Twin of widgets.Learning.batch. */
function batchAt(batches, step) {
  return batches[Math.min(step, batches.length) - 1];
}

/** Twin of widgets.Learning.states: the table before this step and after it, and the optimizer's memory. */
export function states(rows, batches, optimizer, steps) {
  const rule = RULES[optimizer];
  let [before, after] = [rows, rows];
  let memory = rows.map((row) => row.map(() => []));
  for (let step = 1; step <= steps; step += 1) {
    const [read, grads] = batchAt(batches, step);
    before = after;
    const moved = before.map((values, row) => {
      const grad = lines(read, grads, row).at(-1).values;
      return values.map((w, column) => rule(w, grad[column], memory[row][column], step));
    });
    after = moved.map((row) => row.map(([w]) => w));
    memory = moved.map((row) => row.map(([, m]) => m));
  }
  return { before, after, memory: memory.map((row) => row.map(([m = 0]) => m)) };
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const stage = $(".stage");
  const run = JSON.parse(stage.dataset.run);
  const table = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const tensors = { indices: $(".lane.indices .tensor"), output: $(".lane.output .tensor") };
  const largest = Math.max(...run.rows.flat().map(Math.abs));
  const all = run.batches.flatMap(([, grads]) => grads).flat();
  const gradients = [all.every(Number.isInteger) ? 0 : 2, Math.max(...all.map(Math.abs))];
  let pointed = null; // the row under the pointer or the focus

  const word = (row) => table.get(row).querySelector(".mark").dataset.word;
  const names = (rows) => {
    const found = rows.map((row) => fill(words.quoted, { word: word(row) }));
    return found.length > 1 ? [found.slice(0, -1).join(", "), found.at(-1)].join(words.and) : found[0];
  };
  const now = () => batchAt(run.batches, get("step"));
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  /** Twin of widgets.Learning.stack. */
  function stackOf(row, memory) {
    if (!get("taken")) return [];
    const found = lines(...now(), row);
    if (get("optimizer") === "sgd" || !memory.some((m) => Math.abs(m) >= LEAST)) return found;
    return [...found.filter((line) => line.kind !== "none"), { kind: "memory", values: memory, label: words.memory, decimals: DECIMALS }];
  }

  /** Twin of widgets.Learning.judged. */
  function judged(moved) {
    const found = Object.entries(verdict(get("expected"), moved)).filter(([, rows]) => rows.length);
    return found.map(([kind, rows]) => fill(words[`judged.${kind}`], { n: rows.length, names: names(rows) })).join(words.between);
  }

  /** Twin of widgets.Learning.status. */
  function sentence({ before, after }, moved) {
    const step = get("step");
    const [read] = now();
    if (!get("taken")) return fill(words.arrived, { step, n: read.length });
    const parts = get("expected").length ? [say(words, "guess", get("expected").length, { judged: judged(moved) })] : [];
    parts.push(say(words, "step", moved.length, { step, rows: run.rows.length }));
    const once = (rows) => rows.filter((row, k) => rows.indexOf(row) === k);
    const last = step > 1 ? batchAt(run.batches, step - 1)[0] : [];
    const slow = changed(before, after, Number.MIN_VALUE).filter((row) => !moved.includes(row));
    const told = {
      stacked: once(read).filter((row) => read.indexOf(row) !== read.lastIndexOf(row)),
      gone: moved.filter((row) => !read.includes(row)),
      slow,
      still: once(last).filter((row) => ![...read, ...moved, ...slow].includes(row)),
    };
    for (const [key, rows] of Object.entries(told)) if (rows.length) parts.push(say(words, key, rows.length, { names: names(rows) }));
    return parts.join(" ");
  }

  function button(kind) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `place ${kind}`;
    const parts = kind === "chip" ? ["word", "number"] : ["copy", "piece"];
    made.append(...parts.map((name) => Object.assign(document.createElement("span"), { className: name })));
    return made;
  }

  function drawPlaces(before) {
    const [read, grads] = now();
    const chips = places(tensors.indices, read.length, () => button("chip"));
    const vectors = places(tensors.output, read.length, () => button("vector"));
    read.forEach((row, k) => {
      write(chips[k].querySelector(".word"), word(row));
      write(chips[k].querySelector(".number"), String(row));
      drawPiece(vectors[k].querySelector(".copy"), before[row], DECIMALS, largest);
      drawPiece(vectors[k].querySelector(".piece"), grads[k], ...gradients);
      for (const made of [chips[k], vectors[k]]) made.dataset.place = k;
    });
    drawTensor(tensors.indices, [read.length], chips);
    drawTensor(tensors.output, [read.length], vectors);
    write($(".lane.indices .numbers"), shapeText([read.length]));
    write($(".lane.output .numbers"), shapeText([read.length, before[0].length]));
    for (const tensor of Object.values(tensors)) onlyOne(tensor, ".place");
  }

  function drawRows({ before, after, memory }, moved) {
    const [read] = now();
    for (const [row, line] of table) {
      mark(line, "data-read", read.includes(row) ? "" : undefined);
      [...line.querySelectorAll("td.value:not(.after)")].forEach((cell, k) => drawValue(cell, before[row][k], DECIMALS, largest));
      drawStack(line.querySelector(".stack"), stackOf(row, memory[row]), ...gradients);
      drawAfter([...line.querySelectorAll(".after")], before[row], get("taken") ? after[row] : null, DECIMALS, largest);
    }
    drawMarks(context, get("expected"), get("taken") && get("expected").length ? moved : null);
    for (const [row, line] of table) line.toggleAttribute("data-changed", get("taken") && moved.includes(row));
  }

  function drawControls() {
    const [step, taken] = [get("step"), get("taken")];
    const end = step >= STEPS && taken;
    for (const rule of $$(".rule")) mark(rule, "aria-pressed", String(rule.dataset.rule === get("optimizer")));
    write($(".step"), taken ? words.read : words.step);
    const next = () => batchAt(run.batches, step + 1)[0].map(word).join(" ");
    write($(".ask"), !taken ? words.ask : end ? fill(words.end, { step: STEPS }) : fill(step < run.batches.length ? words.next : words.again, { sentence: next() }));
    for (const name of [".step", ".ten"]) $(name).disabled = end;
    mark(figure, "data-waiting", taken ? undefined : "");
    $(".legend .memory").hidden = get("optimizer") === "sgd";
  }

  /** Every gradient's way home, and the way out of the row that is pointed at. */
  function light() {
    const [read] = now();
    const [chips, vectors] = [tensors.indices, tensors.output].map((tensor) => [...tensor.querySelectorAll(".place")]);
    const ends = [];
    read.forEach((row, k) => {
      const lit = row === pointed;
      const line = table.get(row);
      for (const made of [chips[k], vectors[k]]) mark(made, "data-lit", lit ? "" : undefined);
      if (lit) ends.push([chips[k], line, "read", false], [line, vectors[k], "copy", false]);
      const home = line.querySelector(`.line[data-place="${k}"]`);
      if (home) ends.push([home, vectors[k].querySelector(".piece"), "gradient", lit]);
    });
    for (const [row, line] of table) mark(line, "data-lit", row === pointed && read.includes(row) ? "" : undefined);
    drawWires(stage, ends);
  }

  function draw() {
    const found = states(run.rows, run.batches, get("optimizer"), get("step"));
    const moved = changed(found.before, found.after, LEAST);
    drawPlaces(found.before);
    drawRows(found, moved);
    drawControls();
    light();
    write($(".status"), sentence(found, moved));
  }

  function flyHome() {
    for (const vector of tensors.output.querySelectorAll(".place")) {
      const k = vector.dataset.place;
      fly(vector.querySelector(".piece"), $(`.line[data-place="${k}"]`), 120 * k);
    }
  }

  // what the reader does

  on(".step", "click", () => {
    if (get("taken")) set({ step: Math.min(get("step") + 1, STEPS), taken: false, expected: [] });
    else {
      set({ taken: true });
      draw();
      flyHome();
    }
  });
  on(".ten", "click", () => set({ step: Math.min(get("step") + 10, STEPS), taken: true, expected: [] }));
  on(".reset", "click", () => set(first));
  figure.addEventListener("click", (event) => {
    const rule = event.target.closest(".rule");
    if (rule) set({ optimizer: rule.dataset.rule });
  }, { signal });
  markRows(context, () => !get("taken"));

  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, ({ target }) => {
      const place = over && target.closest(".place");
      const line = over && target.closest("tr[data-row]");
      const row = place ? now()[0][Number(place.dataset.place)] : line ? Number(line.dataset.row) : null;
      if (row === pointed) return;
      pointed = row;
      light();
    }, { signal });
  }

  for (const tensor of Object.values(tensors)) arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".mark", signal);
  arrowKeys($(".shapes"), ".rule", signal);
  wireUp(stage, signal, light);
  live(["step", "taken", "optimizer", "expected"], draw);
});
