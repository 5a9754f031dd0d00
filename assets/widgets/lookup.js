import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows } from "./core/predict.js";
import { DRAWN, drawTensor, drawWires, isLaidOut, mark, places as placesIn, shapeText, wireUp, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const AXES = 4;
const MANY = 10000;
const LONGEST = 100000;
const WRITTEN = "9.9";
const RAISED = ["ragged", "float"]; // what torch.tensor or the lookup would answer to the text

/** Twin of reference.lookup on nested arrays: `weight` (V, D) and flat `indices` (N) give (N, D); null where PyTorch raises. */
export function lookup(weight, indices) {
  if (indices.some((row) => row < 0 || row >= weight.length)) return null;
  return indices.map((row) => [...weight[row]]);
}

/** Twin of widgets.lookup.shapes. */
export function shapes(count) {
  if (count === 0) return [[0], [2, 0]];
  let rows = 1;
  for (let k = 1; k * k <= count; k += 1) if (count % k === 0) rows = k;
  const columns = count / rows;
  const found =
    rows === 1 ? [[count], [1, count], [count, 1], []] : [[rows, columns], [count], [columns, rows], [1, rows, columns], []];
  const seen = new Set();
  return found.filter((shape) => !seen.has(String(shape)) && seen.add(String(shape)));
}

/** Twin of widgets.lookup.flatten; what is wrong comes back as the name of a sentence and what fills it. */
export function flatten(value) {
  const shape = [];
  for (let inside = value; Array.isArray(inside); [inside] = inside) {
    if (shape.push(inside.length) > AXES) return { wrong: "axes" };
  }
  const flat = [];
  let wrong = null;
  const walk = (part, dim) => {
    if (wrong) return;
    if (dim === shape.length) {
      if (typeof part !== "number" || !Number.isFinite(part)) wrong = { wrong: "unreadable" };
      else if (!Number.isSafeInteger(part)) wrong = { wrong: "float" };
      else flat.push(part);
    } else if (!Array.isArray(part)) wrong = { wrong: "unreadable" };
    else if (part.length !== shape[dim]) wrong = { wrong: "ragged", values: { want: shape[dim], dim, got: part.length } };
    else for (const inner of part) walk(inner, dim + 1);
  };
  walk(value, 0);
  if (flat.length > MANY) return { wrong: "many" };
  return wrong ?? { places: flat, shape };
}

/** Read what was typed: `4`, `[2, 4]`, `[[2, 4], [2, 5]]`, or numbers with spaces or commas between them. */
export function read(text) {
  const plain = text.trim().replaceAll("−", "-");
  if (plain.length > LONGEST) return { wrong: "many" };
  const listed = /^-?\d+(?:[\s,]+-?\d+)+$/.test(plain) ? `[${plain.split(/[\s,]+/).join(",")}]` : plain;
  let value;
  try {
    value = JSON.parse(listed.replaceAll("(", "[").replaceAll(")", "]").replaceAll(/,\s*\]/g, "]"));
  } catch {
    return { wrong: "unreadable" };
  }
  const found = flatten(value);
  return found.places?.length === 0 ? { wrong: "float" } : found; // torch.tensor([]) is float
}

/** Write indices as Python would: the other way round of `read`. */
export function written(places, shape) {
  if (shape.length === 0) return String(places[0]);
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const parts = [];
  for (let k = 0; k < shape[0]; k += 1) parts.push(written(places.slice(k * size, (k + 1) * size), shape.slice(1)));
  return `[${parts.join(", ")}]`;
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const lines = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const total = Math.max(...lines.keys()) + 1;
  const stage = $(".stage");
  const tensors = { indices: $(".lane.indices .tensor"), output: $(".lane.output .tensor") };
  let pointed = null; // the row under the pointer or the focus; nothing else remembers it
  let revealed = null; // the row last scrolled to
  let problem = null; // what is wrong with the text in the field

  const alone = () => get("shape").length === 0;
  const taking = () => (alone() ? [get("places")[get("position")]] : get("places"));
  const chosen = () => get("places")[get("position")];
  const word = (row) => lines.get(row)?.querySelector(".mark").dataset.word ?? "";
  const name = (row) => (word(row) ? fill(words.name, { row, word: word(row) }) : String(row));
  const exists = (row) => row >= 0 && row < get("num_embeddings");
  const reading = () => (taking().every(exists) && !raised() ? taking() : []); // one index outside, and there is no output at all
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });
  const lookUp = (places, shape) => set({ places, shape, position: 0, written: [], expected: [] });

  const problemText = () => fill(words[problem.wrong], problem.values ?? {});
  const raised = () => Boolean(problem) && RAISED.includes(problem.wrong);

  function sentence() {
    const indices = taking();
    const rows = get("num_embeddings");
    if (problem) return RAISED.includes(problem.wrong) ? words.typed : problemText();
    const bad = indices.find((row) => !exists(row));
    if (bad !== undefined) return fill(words.outside, { name: name(bad), last: rows - 1 });
    const hidden = indices.find((row) => !lines.has(row));
    if (hidden !== undefined) return fill(words.absent, { name: hidden, rows });
    if (pointed === null && get("written").includes(get("position"))) {
      return say(words, "written", get("expected").length, { value: WRITTEN });
    }
    if (pointed === null && rows < total) return fill(words.short, { last: rows - 1 });
    const lit = pointed ?? chosen();
    const reads = indices.filter((row) => row === lit).length;
    if (indices.length && !reads) return fill(words.unread, { name: name(lit) });
    return say(words, "reads", reads, { name: indices.length ? name(lit) : "" });
  }

  function chip() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "place chip";
    return button;
  }

  function vector() {
    const button = chip();
    button.className = "place vector";
    return button;
  }

  function drawChip(button, row) {
    const label = word(row);
    const spans = label ? [["word", label]] : [];
    spans.push(["number", String(row).replace("-", "−")]);
    if (button.textContent === spans.map(([, text]) => text).join("")) return;
    button.replaceChildren(...spans.map(([kind, text]) => {
      const span = document.createElement("span");
      span.className = kind;
      span.textContent = text;
      return span;
    }));
  }

  /** The output is what the row holds: its cells are copied, text and tint. */
  function drawVector(button, row, overwritten) {
    const cells = [...(lines.get(row)?.querySelectorAll("td.value") ?? [])];
    const texts = cells.map((cell) => (overwritten ? WRITTEN : cell.textContent));
    mark(button, "data-written", overwritten ? "" : undefined);
    if (button.dataset.row === String(row) && button.textContent === texts.join("")) return;
    button.dataset.row = row;
    button.replaceChildren(...cells.map((cell, k) => {
      const span = document.createElement("span");
      span.className = overwritten ? "value positive" : cell.className;
      span.style.setProperty("--size", overwritten ? "1" : cell.style.getPropertyValue("--size"));
      span.textContent = texts[k];
      return span;
    }));
  }

  function drawPlaces() {
    const indices = taking();
    const offset = alone() ? get("position") : 0;
    const shape = get("shape");
    const shown = indices.slice(0, DRAWN);
    const fails = raised() || indices.some((row) => !exists(row) || !lines.has(row));
    const out = get("written");
    const chips = placesIn(tensors.indices, shown.length, chip);
    const vectors = placesIn(tensors.output, fails ? 0 : shown.length, vector);
    shown.forEach((row, k) => {
      drawChip(chips[k], row);
      mark(chips[k], "data-outside", exists(row) ? undefined : "");
      if (vectors[k]) drawVector(vectors[k], row, out.includes(k + offset));
      for (const button of [chips[k], vectors[k]]) if (button) button.dataset.place = k + offset;
    });
    drawTensor(tensors.indices, shape, chips);
    drawTensor(tensors.output, shape, vectors);
    for (const tensor of Object.values(tensors)) onlyOne(tensor, ".place");
    tensors.output.hidden = fails;
    $(".error").hidden = indices.every(exists) && !raised();
    write($(".error code"), raised() ? problemText() : words.error);
    $(".step").disabled = reading().length === 0;
    for (const [lane, drawn] of [["indices", chips.length], ["output", fails ? indices.length : vectors.length]]) {
      const more = $(`.${lane} .more`);
      more.hidden = drawn === indices.length;
      write(more, more.hidden ? "" : fill(words.more, { n: indices.length - drawn }));
    }
    const width = Number($(".lane.table .shape").dataset.columns);
    write($(".lane.indices .numbers"), shapeText(shape));
    write($(".lane.table .numbers"), shapeText([get("num_embeddings"), width]));
    write($(".lane.output .numbers"), $(".error").hidden ? shapeText([...shape, width]) : "");
    drawBars(width, { table: get("num_embeddings"), output: reading().length });
  }

  function drawBars(columns, sizes) {
    const longest = Math.max(...Object.values(sizes));
    for (const [key, rows] of Object.entries(sizes)) {
      const bar = $(`[data-size="${key}"]`);
      bar.querySelector(".bar").style.setProperty("--size", (rows / longest).toFixed(4));
      write(bar.querySelector(".count"), fill(words.numbers, { rows, columns, n: rows * columns }));
    }
  }

  function drawRows() {
    const read = reading();
    for (const [row, line] of lines) {
      const reads = read.filter((index) => index === row).length;
      write(line.querySelector(".reads"), reads ? fill(words.times, { n: reads }) : "");
      mark(line, "data-read", reads ? "" : undefined);
      mark(line, "data-gone", exists(row) ? undefined : "");
    }
    drawMarks(context, get("expected"), get("written").length ? [] : null);
  }

  /** Outline the row that is pointed at, else the one at the chosen place, with all its places. */
  function light() {
    const indices = taking();
    const lit = pointed !== null && indices.includes(pointed) ? pointed : indices.length ? chosen() : null;
    const fails = indices.length > 0 && reading().length === 0;
    for (const [row, line] of lines) mark(line, "data-lit", row === lit && exists(row) && !fails ? "" : undefined);
    const ends = [];
    const here = lit === pointed ? null : get("position");
    const [chips, vectors] = [tensors.indices, tensors.output].map((tensor) => [...tensor.querySelectorAll(".place")]);
    chips.forEach((button, k) => {
      const row = indices[k];
      const state = row !== lit ? undefined : Number(button.dataset.place) === here ? "here" : "";
      for (const twin of [button, vectors[k]]) if (twin) mark(twin, "data-lit", state);
      if (row !== lit || fails || !lines.has(row)) return;
      const table = lines.get(row);
      ends.push([button, table, "read", state === "here"]);
      if (vectors[k]) ends.push([table, vectors[k], "copy", state === "here"]);
    });
    drawWires(stage, ends);
  }

  function drawControls() {
    const [places, shape] = [taking(), get("shape")];
    const field = $(".typed");
    if (document.activeElement !== field && !problem) field.value = written(places.slice(0, MANY), shape);
    mark(field, "aria-invalid", problem ? "true" : undefined);
    const key = JSON.stringify([get("places"), shape]);
    const same = [...$(".choose").options].find((option) => option.dataset.indices === key);
    $(".choose").value = same ? same.value : "";
    $(".drop").checked = get("num_embeddings") < total;
    drawShapes(shapes(get("places").length), shape);
  }

  function drawShapes(offered, shape) {
    const group = $(".shapes");
    const form = JSON.stringify(offered);
    if (group.dataset.form !== form) {
      group.dataset.form = form;
      const had = group.contains(document.activeElement);
      group.replaceChildren(...offered.map((choice) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "shape-choice";
        button.dataset.shape = JSON.stringify(choice);
        button.textContent = shapeText(choice);
        return button;
      }));
      if (had) group.querySelector("button")?.focus();
    }
    for (const button of group.children) mark(button, "aria-pressed", String(button.dataset.shape === JSON.stringify(shape)));
    onlyOne(group, ".shape-choice");
  }

  function take(text) {
    const found = read(text);
    problem = found.wrong ? found : null;
    if (!problem) lookUp(found.places, found.shape);
    draw();
  }

  function draw() {
    drawPlaces();
    drawRows();
    drawControls();
    reveal();
    light();
    write($(".status"), sentence());
  }

  /** Where the table scrolls (on a phone), bring a row into its window: once, the reader may scroll on. */
  function reveal() {
    const row = reading().length ? chosen() : total - 1;
    const [box, line] = [$(".rows"), lines.get(row)];
    if (!isLaidOut(stage) || row === revealed || !line || box.scrollHeight <= box.clientHeight) return;
    revealed = row;
    const [inside, at] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
    const head = $(".rows thead").getBoundingClientRect().height;
    if (at.top < inside.top + head) box.scrollTop -= inside.top + head - at.top;
    if (at.bottom > inside.bottom) box.scrollTop += at.bottom - inside.bottom;
  }

  // what the reader does

  figure.addEventListener("click", (event) => {
    const place = event.target.closest(".place");
    const pick = event.target.closest(".pick");
    if (place) set({ position: Number(place.dataset.place) });
    if (pick) {
      const row = Number(pick.closest("tr").dataset.row);
      const places = get("places").length ? [...get("places")] : [row];
      places[get("position")] = row;
      problem = null;
      set({ places, shape: get("places").length ? get("shape") : [1], written: [], expected: [] });
    }
    const choice = event.target.closest(".shape-choice");
    if (choice) set({ shape: JSON.parse(choice.dataset.shape), written: [] });
  }, { signal });

  on(".choose", "change", ({ target }) => {
    const indices = target.selectedOptions[0].dataset.indices;
    problem = null;
    if (indices) lookUp(...JSON.parse(indices));
    draw();
  });
  on(".typed", "change", ({ target }) => take(target.value));
  on(".typed", "keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take(event.target.value);
  });
  on(".drop", "change", ({ target }) => set({ num_embeddings: target.checked ? total - 1 : total, written: [] }));
  on(".step", "click", () => {
    if (reading().length) set({ written: [...new Set([...get("written"), get("position")])].sort((a, b) => a - b) });
  });
  on(".reset", "click", () => {
    problem = null;
    set(first);
    draw();
  });
  markRows(context, () => true);

  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, ({ target }) => {
      const place = over && target.closest(".place");
      const line = over && target.closest("tr[data-row]");
      const row = place ? get("places")[Number(place.dataset.place)] : line ? Number(line.dataset.row) : null;
      if (row === pointed) return;
      pointed = row;
      light();
      write($(".status"), sentence());
    }, { signal });
  }

  for (const tensor of Object.values(tensors)) arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".pick, .mark", signal);
  arrowKeys($(".shapes"), ".shape-choice", signal);
  wireUp(stage, signal, () => {
    reveal();
    light();
  });
  live(["places", "shape", "position", "num_embeddings", "expected", "written"], () => {
    if (problem && document.activeElement !== $(".typed")) problem = null;
    draw();
  });
});
