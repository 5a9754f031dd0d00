import { changed, drawAfter, drawStack } from "./core/gradient.js";
import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { drawTensor, drawValue, mark, number, places, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const LR = 0.1;
const DECAY = 0.1;
const MOMENTUM = 0.9;
const ASSIGNED = 1;
const LEAST = 1e-9;
const STEPS = 99;
const COLUMNS = 2;
const DECIMALS = 3;
const DOORS = ["lookup", "decay", "tied", "momentum", "assigned"];

const sum = (values) => values.reduce((a, b) => a + b, 0);

/** Twin of widgets.padding.mean. */
export function mean(rows) {
  const width = rows.length ? rows[0].length : COLUMNS;
  return Array.from({ length: width }, (_, column) => sum(rows.map((row) => row[column])) / rows.length);
}

/** Twin of widgets.padding.masked_mean. */
export function maskedMean(rows, indices, paddingIdx) {
  return mean(rows.filter((_, place) => indices[place] !== paddingIdx));
}

/** Twin of widgets.padding.table_gradient. */
export function tableGradient(rows, grads, numEmbeddings, paddingIdx) {
  const columns = grads.length ? grads[0].length : COLUMNS;
  const found = Array.from({ length: numEmbeddings }, () => new Array(columns).fill(0));
  rows.forEach((row, place) => {
    if (row !== paddingIdx) found[row] = found[row].map((a, column) => a + grads[place][column]);
  });
  return found;
}

/** Twin of widgets.padding._errors. */
function errorsOf(weight, batch, paddingIdx) {
  const counted = [];
  batch.forEach((row, b) => {
    for (let k = 0; k + 1 < row.length; k += 1) if (row[k + 1] !== paddingIdx) counted.push([b, k]);
  });
  return counted.map(([b, k]) => {
    const scores = weight.map((row) => sum(row.map((value, column) => weight[batch[b][k]][column] * value)));
    const top = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - top));
    const whole = sum(powers);
    const errors = powers.map((power) => power / whole / counted.length);
    errors[batch[b][k + 1]] -= 1 / counted.length;
    return [b, k, errors];
  });
}

/** Twin of widgets.padding.place_gradients. */
export function placeGradients(weight, batch, paddingIdx, tied) {
  const columns = weight[0].length;
  const grads = batch.flat().map(() => new Array(columns).fill(1));
  for (const [b, k, errors] of tied ? errorsOf(weight, batch, paddingIdx) : []) {
    const grad = grads[b * batch[0].length + k];
    for (let column = 0; column < columns; column += 1) {
      grad[column] += sum(errors.map((error, row) => error * weight[row][column]));
    }
  }
  return grads;
}

/** Twin of widgets.padding.score_gradient. */
export function scoreGradient(weight, batch, paddingIdx) {
  let found = weight.map((row) => row.map(() => 0));
  for (const [b, k, errors] of errorsOf(weight, batch, paddingIdx)) {
    const read = weight[batch[b][k]];
    found = found.map((values, row) => values.map((a, column) => a + errors[row] * read[column]));
  }
  return found;
}

/** Twin of widgets.padding.step: table and memory after a step, and what each open door has added to the padding row. */
export function step(weight, memory, batch, paddingIdx, doors) {
  const open = (door) => doors.includes(door);
  const grads = placeGradients(weight, batch, paddingIdx, open("tied"));
  const lookup = tableGradient(batch.flat(), grads, weight.length, open("lookup") ? null : paddingIdx);
  const scores = open("tied") ? scoreGradient(weight, batch, paddingIdx) : weight.map((row) => row.map(() => 0));
  const decay = open("decay") ? DECAY : 0;
  const kept = open("momentum") ? MOMENTUM : 0;
  const buffer = weight.map((values, row) =>
    values.map((w, k) => kept * memory[row][k] + (lookup[row][k] + scores[row][k] + decay * w)));
  const after = weight.map((values, row) => values.map((w, k) => w - LR * buffer[row][k]));
  const parts = {
    lookup: lookup[paddingIdx].map((g) => -LR * g),
    decay: weight[paddingIdx].map((w) => -LR * decay * w),
    tied: scores[paddingIdx].map((s) => -LR * s),
    momentum: memory[paddingIdx].map((m) => -LR * kept * m),
  };
  if (open("assigned")) {
    parts.assigned = after[paddingIdx].map((w) => ASSIGNED - w);
    after[paddingIdx] = after[paddingIdx].map(() => ASSIGNED);
  }
  return { after, memory: buffer, parts: Object.fromEntries(Object.entries(parts).filter(([door]) => open(door))) };
}

/** Twin of widgets.padding.states: before the last step and after it, what it took, and the doors' shares. */
export function states(weight, batch, paddingIdx, doors, steps) {
  const rows = batch.flat();
  let next = {
    after: weight,
    memory: tableGradient(rows, rows.map(() => new Array(weight[0].length).fill(1)), weight.length, null),
  };
  let before = weight;
  for (let count = 0; count < steps; count += 1) {
    before = next.after;
    next = step(before, next.memory, batch, paddingIdx, doors);
  }
  return { before, after: next.after, taken: next.memory, parts: next.parts };
}

/** Twin of widgets.Padding.batch: sentences filled up to the longest. */
export function filled(sentences, paddingIdx) {
  const longest = Math.max(...sentences.map((row) => row.length));
  return sentences.map((row) => [...row, ...new Array(longest - row.length).fill(paddingIdx)]);
}

const pair = (values) => values.map((value) => number(value, DECIMALS)).join(", ");
const factor = () => number(1 - LR * DECAY, 2);

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const run = JSON.parse($(".stage").dataset.run);
  const pad = run.padding;
  const table = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const tensor = $(".lane.indices .tensor");
  const largest = Math.max(...run.rows.flat().map(Math.abs));
  let pointed = null; // the row under the pointer or the focus

  const word = (row) => table.get(row).querySelector(".mark").dataset.word;
  const padName = () => fill(words.name, { row: pad, word: word(pad) });
  const start = () => run.rows.map((row, index) => (index === pad ? row.map(() => get("start")) : row));
  const batchOf = (longer) => filled(longer ? run.sentences : run.sentences.slice(0, -1), pad);
  const open = (...doors) => doors.some((door) => get("doors").includes(door));
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  function meansOf(weight, batch) {
    return batch.map((row) => {
      const rows = row.map((index) => weight[index]);
      return [mean(rows), maskedMean(rows, row, pad)];
    });
  }

  /** Twin of widgets.Padding.stack. */
  function stackOf(row, { before, taken, parts }, batch) {
    if (!get("taken")) return [];
    const rows = batch.flat();
    const n = rows.filter((index) => index === row).length;
    const label = n ? fill(words["line.places"], { n }) : undefined;
    if (row !== pad || !(n || Object.keys(parts).length)) {
      return [{ kind: n ? "piece" : taken[row].some(Boolean) ? "share" : "none", values: taken[row], label }];
    }
    const grads = placeGradients(before, batch, pad, open("tied"));
    const came = tableGradient(rows, grads, before.length, null)[row];
    const found = n ? [{ kind: open("lookup") ? "piece" : "dropped", values: came, label }] : [];
    const added = Object.keys(parts).filter((door) => `line.${door}` in words);
    for (const door of added) {
      found.push({ kind: "share", values: parts[door].map((change) => change / -LR), label: words[`line.${door}`] });
    }
    if (!open("lookup") || added.length) found.push({ kind: "sum", values: taken[row], label: words["line.sum"] });
    return found;
  }

  /** Twin of widgets.Padding.status. */
  function status({ before, after, parts }, moved, batch) {
    if (!get("taken")) return fill(words.waiting, { step: get("step") });
    const found = [];
    if (get("expected").length) {
      const marks = Object.entries(verdict(get("expected"), moved)).map(([kind, rows]) => [kind, rows.length]);
      found.push(fill(words.guess, Object.fromEntries(marks)));
    }
    found.push(say(words, "step", moved.length, { step: get("step"), rows: before.length }));
    const name = padName();
    if (moved.includes(pad)) {
      const told = DOORS.filter((door) => parts[door]?.some((part) => Math.abs(part) >= LEAST));
      const by = (door) => words[`by.${door}`];
      const listed = told.map((door) => (told.length > 1 ? fill(words.part, { change: pair(parts[door]), door: by(door) }) : by(door)));
      const total = pair(after[pad].map((value, column) => value - before[pad][column]));
      found.push(say(words, "moved", told.length, { name, total, parts: listed.join("; ") }));
    } else if (open("assigned")) found.push(fill(words.held, { name }));
    else if (open("decay")) found.push(fill(words.zero, { name, factor: factor() }));
    else found.push(say(words, "still", batch.flat().filter((index) => index === pad).length, { name }));
    return found.join(" ");
  }

  /** Twin of widgets.Padding.told. */
  function told(weight, batch) {
    const values = { word: word(run.sentences[0][0]), places: batch[0].length };
    values.pads = batch[0].filter((index) => index === pad).length;
    if (!get("longer")) return fill(words.means, values);
    const [was, now] = [batchOf(false), batch].map((each) => pair(meansOf(weight, each)[0][0]));
    return fill(words["means.longer"], { ...values, was, now });
  }

  function chip() {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "place chip";
    made.append(...["word", "number"].map((name) => Object.assign(document.createElement("span"), { className: name })));
    return made;
  }

  function drawIndices(batch) {
    const flat = batch.flat();
    const chips = places(tensor, flat.length, chip);
    flat.forEach((row, k) => {
      write(chips[k].querySelector(".word"), word(row));
      write(chips[k].querySelector(".number"), String(row));
      mark(chips[k], "data-pad", row === pad ? "" : undefined);
      chips[k].dataset.place = k;
    });
    const shape = [batch.length, batch[0].length];
    drawTensor(tensor, shape, chips);
    onlyOne(tensor, ".place");
    write($(".lane.indices .numbers"), shapeText(shape));
  }

  function drawMeans(weight, batch) {
    const found = meansOf(weight, batch);
    const usual = meansOf(weight, batchOf(false));
    const both = $(".both");
    while (both.childElementCount > found.length) both.lastElementChild.remove();
    while (both.childElementCount < found.length) both.append(both.firstElementChild.cloneNode(true));
    found.forEach((means, b) => {
      const line = both.children[b];
      line.dataset.sentence = b;
      [...line.children].forEach((vector, kind) => {
        [...vector.children].forEach((cell, column) => drawValue(cell, means[kind][column], DECIMALS, largest));
      });
      const differs = get("longer") && b < usual.length && pair(usual[b][0]) !== pair(means[0]);
      mark(line.children[0], "data-changed", differs ? "" : undefined);
    });
    write($(".lane.output .numbers"), shapeText([batch.length, COLUMNS]));
    write($(".told"), told(weight, batch));
  }

  function drawRows(found, moved, batch) {
    const read = new Set(batch.flat());
    const decimals = open("decay", "tied", "momentum") ? DECIMALS : 0;
    write($("thead .gradient"), words[open("decay", "momentum") ? "gradient.more" : "gradient"]);
    for (const [row, line] of table) {
      mark(line, "data-read", read.has(row) ? "" : undefined);
      const cells = [...line.querySelectorAll("td.value:not(.after)")];
      cells.forEach((cell, column) => drawValue(cell, found.before[row][column], DECIMALS, largest));
      drawStack(line.querySelector(".stack"), stackOf(row, found, batch), decimals, largest);
      const after = get("taken") ? found.after[row] : null;
      drawAfter([...line.querySelectorAll(".after")], found.before[row], after, DECIMALS, largest);
    }
    drawMarks(context, get("expected"), get("taken") && get("expected").length ? moved : null);
    for (const [row, line] of table) line.toggleAttribute("data-changed", get("taken") && moved.includes(row));
  }

  function drawDoors(parts) {
    for (const label of $$("[data-door]")) {
      const { door } = label.dataset;
      mark(label, "data-open", open(door) ? "" : undefined);
      label.querySelector("input").checked = open(door);
      write(label.querySelector(".amount"), get("taken") && parts[door] ? pair(parts[door]) : "");
    }
    if (open(...DOORS.slice(1))) $(".more").open = true;
    for (const button of $$("button.lookup")) mark(button, "aria-pressed", String("open" in button.dataset === open("lookup")));
    write($(".lookup-told"), fill(words[open("lookup") ? "lookup.open" : "lookup.shut"], { name: padName() }));
  }

  function drawControls() {
    const [count, taken] = [get("step"), get("taken")];
    const end = count >= STEPS && taken;
    for (const button of $$(".start")) mark(button, "aria-pressed", String(Number(button.dataset.start) === get("start")));
    $(".longer").checked = get("longer");
    write($("button.step"), taken ? words.read : words.step);
    write($(".ask"), end ? fill(words.end, { step: STEPS }) : words[taken ? "told" : "ask"]);
    $("button.step").disabled = end;
    mark(figure, "data-waiting", taken ? undefined : "");
  }

  /** The places that read the row that is pointed at, and the row. */
  function light(batch = batchOf(get("longer"))) {
    const rows = batch.flat();
    tensor.querySelectorAll(".place").forEach((place, k) => mark(place, "data-lit", rows[k] === pointed ? "" : undefined));
    for (const [row, line] of table) mark(line, "data-lit", row === pointed && rows.includes(row) ? "" : undefined);
  }

  function draw() {
    const batch = batchOf(get("longer"));
    const found = states(start(), batch, pad, get("doors"), get("step"));
    const moved = changed(found.before, found.after, LEAST);
    drawIndices(batch);
    drawMeans(found.before, batch);
    drawRows(found, moved, batch);
    drawDoors(found.parts);
    drawControls();
    light(batch);
    write($(".status"), status(found, moved, batch));
  }

  // what the reader does

  on("button.step", "click", () => {
    if (get("taken")) set({ step: Math.min(get("step") + 1, STEPS), taken: false, expected: [] });
    else set({ taken: true });
  });
  on(".reset", "click", () => set(first));
  on(".longer", "change", ({ target }) => set({ longer: target.checked }));
  on(".doors", "change", () => {
    const sent = new Set($$(".door").filter((box) => box.checked).map((box) => box.value));
    set({ doors: DOORS.filter((door) => (door === "lookup" ? open(door) : sent.has(door))) });
  });
  figure.addEventListener("click", (event) => {
    const button = event.target.closest("button.start, button.lookup");
    if (!button) return;
    if (button.matches(".start")) set({ start: Number(button.dataset.start) });
    else set({ doors: DOORS.filter((door) => (door === "lookup" ? "open" in button.dataset : open(door))) });
  }, { signal });
  markRows(context, () => !get("taken"));

  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, ({ target }) => {
      const place = over && target.closest(".place");
      const line = over && target.closest("tr[data-row]");
      const row = place ? batchOf(get("longer")).flat()[Number(place.dataset.place)] : line ? Number(line.dataset.row) : null;
      if (row === pointed) return;
      pointed = row;
      light();
    }, { signal });
  }

  arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".mark", signal);
  for (const group of $$(".shapes")) arrowKeys(group, "button", signal);
  live(["start", "longer", "doors", "step", "taken", "expected"], draw);
});
