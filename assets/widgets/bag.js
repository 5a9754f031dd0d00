import { changed, drawPiece, drawStack, fly, lines } from "./core/gradient.js";
import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { mark, number, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const COLUMNS = 2;
const BAGS = 8;
const DECIMALS = 3;
const HEAVIEST = 9.9;
const ARRIVES = 1;
const LEAST = 1e-9;

/** Twin of widgets.bag.bag_numbers. */
export function bagNumbers(offsets, count) {
  const ends = [...offsets.slice(1), count];
  return offsets.flatMap((start, bag) => new Array(Math.max(ends[bag] - start, 0)).fill(bag));
}

/** Twin of widgets.bag.reductions. */
export function reductions(weight, indices, offsets, mode, paddingIdx, factors) {
  const bags = bagNumbers(offsets, indices.length);
  const columns = [...(weight[0] ?? new Array(COLUMNS)).keys()];
  return offsets.map((_, bag) => {
    const counted = [...indices.keys()].filter((k) => bags[k] === bag && indices[k] !== paddingIdx);
    let total = columns.map(() => 0);
    let winners = null;
    if (mode === "max" && counted.length) {
      winners = columns.map((column) => winner(counted, (k) => weight[indices[k]][column]));
      total = winners.map((k, column) => weight[indices[k]][column]);
    } else {
      for (const k of counted) {
        const factor = factors === null ? 1 : factors[k];
        total = total.map((a, column) => a + factor * weight[indices[k]][column]);
      }
    }
    const divisor = mode === "mean" ? counted.length : null;
    return { lines: counted, total, divisor, winners, output: divisor ? total.map((a) => a / divisor) : total };
  });
}

/** Twin of widgets.bag._winner: the position of the largest number, of equals the first. */
function winner(positions, value) {
  return positions.reduce((best, k) => (value(k) > value(best) ? k : best));
}

/** Twin of widgets.bag.line_gradients. */
export function lineGradients(found, grads, mode, count, factors) {
  const pieces = new Array(count).fill(null);
  found.forEach((bag, b) => {
    for (const k of bag.lines) {
      if (mode === "max") {
        if (bag.winners.includes(k)) pieces[k] = grads[b].map((g, column) => (bag.winners[column] === k ? g : 0));
      } else if (mode === "mean") pieces[k] = grads[b].map((g) => g / bag.divisor);
      else pieces[k] = grads[b].map((g) => (factors === null ? g : g * factors[k]));
    }
  });
  return pieces;
}

/** Twin of widgets.bag.row_gradients. */
export function rowGradients(indices, pieces, row) {
  const none = new Array(COLUMNS).fill(0);
  const sent = indices.map((index, k) => (pieces[k] ? index : -1));
  return lines(sent, pieces.length ? pieces.map((piece) => piece ?? none) : [none], row);
}

/** Twin of widgets.bag.written. */
export function written(offsets, count, includeLastOffset) {
  return includeLastOffset ? [...offsets, count] : offsets;
}

/** Twin of widgets.bag.moved: the offsets with that of one bag at `to`, or as near as its neighbours let it. */
export function moved(offsets, bag, to, count) {
  const low = offsets[bag - 1];
  const high = offsets[bag + 1] ?? count;
  return offsets.map((offset, b) => (b === bag ? Math.min(Math.max(to, low), high) : offset));
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const listText = (values) => `[${values.join(", ")}]`;

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const run = JSON.parse($(".stage").dataset.run);
  const table = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const strip = $(".strip");
  const largest = Math.max(...run.rows.flat().map(Math.abs));
  let positions = $$("tr.position");
  let bodies = $$("tbody[data-bag]");
  let picked = null; // the place whose word waits for another to change places with
  let held = null; // the boundary that is being dragged
  let pointed = null; // the row under the pointer or the focus

  const word = (row) => table.get(row).querySelector(".mark").dataset.word;
  const name = (values) => (values.length > 1 ? [values.slice(0, -1).join(", "), values.at(-1)].join(words.and) : String(values[0]));
  const back = () => get("view") === "gradient";
  const factors = () => get("per_sample_weights");
  const refusal = () => (factors() === null ? "" : run.refusals[get("mode")] ?? "");
  const padded = () => get("indices").includes(get("padding_idx"));
  const count = () => get("indices").length;
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  /** Twin of widgets.Bag.reductions. */
  const reduced = () =>
    reductions(run.rows, get("indices"), get("offsets"), get("mode"), get("padding_idx"), refusal() ? null : factors());

  /** Twin of widgets.Bag.pieces. */
  function piecesOf(found) {
    if (refusal()) return get("indices").map(() => null);
    const grads = found.map(() => new Array(COLUMNS).fill(ARRIVES));
    return lineGradients(found, grads, get("mode"), count(), factors());
  }

  /** Twin of widgets.Bag.learns: the rows that get a gradient which is not zero. */
  function learnsFrom(pieces) {
    const sums = run.rows.map((_, row) => rowGradients(get("indices"), pieces, row).at(-1).values);
    return changed(sums.map((sum) => sum.map(() => 0)), sums, LEAST);
  }

  // words

  /** Twin of widgets.Bag.status. */
  function sentence(found, learns) {
    if (refusal()) return words["refusal.told"];
    return (back() ? toldBack(learns) : told(found)).join(" ");
  }

  function told(found) {
    const bags = bagNumbers(get("offsets"), count());
    const sizes = { indices: say(words, "indices", count()), bags: say(words, "bags", found.length) };
    const all = [fill(words.cut, sizes)];
    if (get("mode") === "max") {
      const mixed = [...found.keys()].filter((bag) => new Set(found[bag].winners ?? []).size > 1);
      all.push(say(words, "max.told", mixed.length, { names: mixed.length ? name(mixed) : "" }));
    } else if (get("mode") === "mean") {
      all.push(padded() ? fill(words["mean.pads"], { pad: word(get("padding_idx")) }) : words["mean.told"]);
    } else all.push(words[factors() === null ? "sum.told" : "weights.told"]);
    const empty = [...found.keys()].filter((bag) => !bags.includes(bag));
    const only = [...found.keys()].filter((bag) => bags.includes(bag) && !found[bag].lines.length);
    if (empty.length) all.push(say(words, "empty", empty.length, { names: name(empty) }));
    if (only.length) all.push(say(words, "only", only.length, { names: name(only) }));
    const twins = alike(found, bags);
    return twins ? [...all, fill(words.same, { a: twins[0], b: twins[1] })] : all;
  }

  function toldBack(learns) {
    const all = [];
    if (get("expected").length) {
      const marks = Object.entries(verdict(get("expected"), learns)).map(([kind, rows]) => [kind, rows.length]);
      all.push(fill(words.guess, Object.fromEntries(marks)));
    }
    all.push(words[factors() === null ? `${get("mode")}.back` : "weights.back"]);
    if (padded()) all.push(fill(words["nothing.back"], { pad: word(get("padding_idx")) }));
    return [...all, say(words, "rows", learns.length, { rows: run.rows.length })];
  }

  /** Twin of widgets.Bag._same: the first two bags with the same words in another order and one vector. */
  function alike(found, bags) {
    const rows = found.map((_, bag) => get("indices").filter((_index, k) => bags[k] === bag));
    const sorted = rows.map((each) => [...each].sort((a, b) => a - b));
    for (let b = 1; b < rows.length; b += 1) {
      for (let a = 0; a < b; a += 1) {
        const near = changed([found[a].output], [found[b].output], LEAST).length === 0;
        if (near && !same(rows[a], rows[b]) && same(sorted[a], sorted[b])) return [a, b];
      }
    }
    return undefined;
  }

  // the strip

  /** An element with a class, attributes and children. */
  function made(kind, className, attributes = {}, ...children) {
    const element = Object.assign(document.createElement(kind), { className });
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  const pairCell = (kinds) => made("td", kinds, {}, made("span", "pair"));

  function newPosition() {
    const chip = made("button", "chip", { type: "button", "aria-pressed": "false" }, made("span", "word"), made("span", "number"));
    const box = made("input", "factor", { type: "number", step: "0.1", min: -HEAVIEST, max: HEAVIEST });
    return made("tr", "position", {}, made("td", "bracket"), made("th", "", { scope: "row" }, chip), pairCell("raws"),
      made("td", "factors", {}, box, made("span", "times")), pairCell("shares"), made("td", "divides note"), made("td", "results"));
  }

  function newBody(bag) {
    const handle = made("button", "handle", { type: "button", role: "slider", "aria-orientation": "vertical",
      "aria-label": fill(words.move, { bag }) });
    const both = [made("span", "name", {}, fill(words.bag, { bag })), bag ? handle : made("span", "fixed")];
    const seam = made("tr", "seam", {}, made("td", "bracket"), made("th", "", { scope: "rowgroup", colspan: 6 }, ...both));
    const result = made("tr", "result", {}, made("td", "bracket"), made("td", "label"), made("td", "raws"),
      made("td", "factors"), pairCell("totals"), made("td", "divides"), pairCell("results"));
    return made("tbody", "", { "data-bag": bag }, seam, result);
  }

  /** As many elements as there are things: those that are there, more, or fewer. */
  function asMany(elements, wanted, make) {
    for (const element of elements.slice(wanted)) element.remove();
    const kept = elements.slice(0, wanted);
    while (kept.length < wanted) kept.push(make(kept.length));
    return kept;
  }

  /** Put the rows where they belong; what is there already stays, and keeps the focus. */
  function arrange() {
    const bags = bagNumbers(get("offsets"), count());
    bodies = asMany(bodies, get("offsets").length, newBody);
    positions = asMany(positions, count(), newPosition);
    bodies.forEach((body, bag) => {
      if (body.parentNode !== strip) strip.append(body);
      const rows = [body.querySelector(".seam"), ...positions.filter((_, k) => bags[k] === bag), body.querySelector(".result")];
      rows.forEach((row, k) => {
        if (body.children[k] !== row) body.insertBefore(row, body.children[k]);
      });
    });
  }

  function drawPair(row, kinds, kind, values, decimals) {
    const pair = row.querySelector(`.${kinds} .pair`);
    pair.className = `pair ${kind}`;
    drawPiece(pair, values ?? [], decimals, largest);
    return [...pair.children];
  }

  const addendDecimals = () => run.decimals + (factors() !== null && !refusal());
  const backDecimals = () => (get("mode") === "mean" ? DECIMALS : factors() === null ? 0 : 1);

  function drawPosition(k, bag, piece) {
    const [row, line] = [get("indices")[k], positions[k]];
    const factor = factors() === null ? null : factors()[k];
    const isPad = row === get("padding_idx");
    const chip = line.querySelector(".chip");
    mark(line, "data-place", k);
    mark(line, "data-pad", isPad ? "" : undefined);
    mark(chip, "data-place", k);
    mark(chip, "aria-pressed", String(picked === k));
    mark(chip, "title", fill(words.swap, { word: word(row), place: k }));
    write(chip.querySelector(".word"), word(row));
    write(chip.querySelector(".number"), String(row));
    drawPair(line, "raws", "raw", run.rows[row], run.decimals);
    const box = line.querySelector(".factor");
    const text = factor === null ? "" : factor.toFixed(1);
    if (box.value !== text) box.value = text;
    mark(box, "aria-label", fill(words.factor, { word: word(row), place: k }));
    write(line.querySelector(".times"), factor === null ? "" : "×");
    const one = factor === null || refusal() ? 1 : factor;
    const values = isPad || refusal() ? null : back() ? piece : run.rows[row].map((value) => one * value);
    const cells = drawPair(line, "shares", back() ? "piece" : "addend", values, back() ? backDecimals() : addendDecimals());
    cells.forEach((cell, column) => mark(cell, "data-won", !back() && bag.winners?.[column] === k ? "" : undefined));
    const lost = back() && get("mode") === "max" && !piece && !refusal();
    write(line.querySelector(".note"), isPad ? words.skipped : lost ? words["wins.no"] : "");
  }

  function drawBag(b, bag) {
    const [offsets, body] = [get("offsets"), bodies[b]];
    const text = fill(words.starts, { offset: offsets[b] });
    const seam = body.querySelector(".handle, .fixed");
    write(seam, text);
    if (b) {
      const [low, high] = [offsets[b - 1], offsets[b + 1] ?? count()];
      const now = { min: low, max: high, now: offsets[b], text };
      for (const [key, value] of Object.entries(now)) mark(seam, `aria-value${key}`, value);
    }
    const result = body.querySelector(".result");
    const length = body.querySelectorAll(".position").length;
    const counted = bag.lines.length > 0;
    const label = words[length ? (counted ? get("mode") : "pads") : "none"];
    write(result.querySelector(".label"), counted && (back() || refusal()) ? "" : label);
    let divide = "";
    if (back() && !refusal()) divide = bag.divisor ? fill(words.back, { n: bag.divisor }) : counted ? "" : words.nowhere;
    else if (counted && !refusal()) divide = bag.divisor ? fill(words.divided, { n: bag.divisor }) : words.is;
    write(result.querySelector(".divides"), divide);
    drawPair(result, "totals", "total", counted && !back() && !refusal() ? bag.total : null, addendDecimals());
    const output = back() ? new Array(COLUMNS).fill(ARRIVES) : bag.output;
    drawPair(result, "results", back() ? "piece" : "output", refusal() ? null : output, back() ? 0 : DECIMALS);
  }

  function drawStrip(found, pieces) {
    arrange();
    const bags = bagNumbers(get("offsets"), count());
    positions.forEach((_, k) => drawPosition(k, found[bags[k]], pieces[k]));
    found.forEach((bag, b) => drawBag(b, bag));
    mark(strip, "data-weighted", factors() === null ? undefined : "");
    const weighted = factors() !== null;
    const shapes = refusal() ? [[count()]] : [[count()], [found.length, COLUMNS]];
    write($("thead .shares"), words[back() ? "addend.gradient" : weighted ? "addend.weighted" : "addend"]);
    write($("thead .results"), words[back() ? "output.gradient" : "output"]);
    write($(".lane.bags .numbers"), shapes.map(shapeText).join(" → "));
    onlyOne(strip, ".chip");
  }

  function drawCall() {
    const given = {
      input: listText(get("indices")),
      offsets: listText(written(get("offsets"), count(), get("include_last_offset"))),
      weights: factors() === null ? "" : listText(factors().map((factor) => number(factor, 1))),
    };
    for (const [key, text] of Object.entries(given)) {
      const line = $(`[data-call="${key}"]`);
      write(line.querySelector("code"), text);
      line.hidden = !text;
    }
    write($(".error code"), refusal());
    $(".error").hidden = !refusal();
  }

  function drawTable(pieces, learns) {
    const indices = get("indices");
    for (const [row, line] of table) {
      mark(line, "data-read", indices.includes(row) ? "" : undefined);
      mark(line, "data-pad", row === get("padding_idx") ? "" : undefined);
      const found = back() && !refusal() && indices.includes(row) ? rowGradients(indices, pieces, row) : [];
      drawStack(line.querySelector(".stack"), found, backDecimals(), largest);
    }
    drawMarks(context, get("expected"), back() && get("expected").length ? learns : null);
    mark($(".stage"), "data-view", get("view"));
  }

  function drawControls() {
    for (const button of $$("button.mode, button.view")) {
      mark(button, "aria-pressed", String(get(button.matches(".mode") ? "mode" : "view") === button.value));
    }
    const now = { indices: get("indices"), offsets: get("offsets") };
    const chosen = run.examples.findIndex((bags) => same(bags.indices, now.indices) && same(bags.offsets, now.offsets));
    $(".choose").value = chosen < 0 ? "" : String(chosen);
    $("select.padding").value = get("padding_idx") ?? "";
    $("input.weights").checked = factors() !== null;
    $("input.last").checked = get("include_last_offset");
    if (factors() !== null || get("include_last_offset")) $(".more").open = true;
    write($(".ask"), words[back() ? "again" : "ask"]);
    $(".add").disabled = get("offsets").length >= BAGS;
    $(".remove").disabled = get("offsets").length <= 1;
  }

  /** The positions that name the row that is pointed at, and the row. */
  function light() {
    const lit = (row) => (row !== null && row === pointed ? "" : undefined);
    positions.forEach((line, k) => mark(line, "data-lit", lit(get("indices")[k])));
    for (const [row, line] of table) mark(line, "data-lit", lit(row));
  }

  function draw() {
    const found = reduced();
    const pieces = piecesOf(found);
    const learns = learnsFrom(pieces);
    drawStrip(found, pieces);
    drawCall();
    drawTable(pieces, learns);
    drawControls();
    light();
    write($(".status"), sentence(found, learns));
  }

  /** Let every piece come from the output of its bag, and those of the table from their positions. */
  function travel() {
    for (const body of bodies) {
      const output = body.querySelector(".result .piece");
      for (const piece of body.querySelectorAll(".position .piece")) if (piece.childElementCount) fly(output, piece);
    }
    for (const line of $$(".stack [data-place]")) {
      fly(positions[Number(line.dataset.place)].querySelector(".shares .pair"), line, 700);
    }
  }

  // what the reader does

  function move(bag, to) {
    set({ offsets: moved(get("offsets"), bag, to, count()) });
  }

  function swap(place) {
    const indices = [...get("indices")];
    [indices[picked], indices[place]] = [indices[place], indices[picked]];
    picked = null;
    set({ indices });
  }

  function pick(place) {
    if (picked === null) picked = place;
    else if (picked === place) picked = null;
    else swap(place);
    draw();
  }

  function choose(indices, offsets) {
    picked = null;
    const weights = factors() === null ? null : startWeights(indices.length);
    set({ indices, offsets, per_sample_weights: weights });
  }

  const startWeights = (length) => Array.from({ length }, (_, k) => run.factors[k % run.factors.length]);
  const bagOf = (element) => Number(element.closest("tbody").dataset.bag);

  /** A boundary is taken hold of: from now on one row of the strip is one index. */
  function grasp(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.button !== 0 || !positions.length) return;
    const bag = bagOf(handle);
    held = { handle, bag, y: event.clientY, from: get("offsets")[bag], high: positions[0].getBoundingClientRect().height };
    handle.setPointerCapture(event.pointerId);
    mark(handle, "data-held", "");
  }

  function drag({ clientY, pointerId }) {
    if (held?.handle.hasPointerCapture(pointerId)) move(held.bag, held.from + Math.round((clientY - held.y) / held.high));
  }

  function release() {
    if (held) mark(held.handle, "data-held", undefined);
    held = null;
  }

  function keys(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.altKey || event.ctrlKey || event.metaKey) return;
    const bag = bagOf(handle);
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!by) return;
    event.preventDefault();
    move(bag, get("offsets")[bag] + by);
  }

  for (const [event, call] of [["pointerdown", grasp], ["pointermove", drag], ["lostpointercapture", release]]) {
    strip.addEventListener(event, call, { signal });
  }
  strip.addEventListener("keydown", keys, { signal });
  strip.addEventListener("click", ({ target }) => {
    const chip = target.closest(".chip");
    if (chip) pick(Number(chip.dataset.place));
  }, { signal });
  strip.addEventListener("change", ({ target }) => {
    const place = Number(target.closest(".position").dataset.place);
    const value = target.value === "" ? NaN : Number(target.value);
    if (Math.abs(value) <= HEAVIEST) set({ per_sample_weights: factors().map((f, k) => (k === place ? Number(value.toFixed(1)) : f)) });
    draw(); // what is no weight gives way to the last one
  }, { signal });
  on(".add", "click", () => set({ offsets: [...get("offsets"), count()].slice(0, BAGS) }));
  on(".remove", "click", () => set({ offsets: get("offsets").slice(0, Math.max(1, get("offsets").length - 1)) }));
  on(".choose", "change", ({ target }) => {
    const { indices, offsets } = run.examples[target.value] ?? { indices: get("indices"), offsets: get("offsets") };
    choose(indices, offsets);
    draw();
  });
  on("select.padding", "change", ({ target }) => set({ padding_idx: target.value === "" ? null : Number(target.value) }));
  on("input.weights", "change", ({ target }) => set({ per_sample_weights: target.checked ? startWeights(count()) : null }));
  on("input.last", "change", ({ target }) => set({ include_last_offset: target.checked }));
  on(".reset", "click", () => {
    picked = null;
    set(first);
    draw();
  });
  figure.addEventListener("click", ({ target }) => {
    const mode = target.closest("button.mode");
    if (mode) set({ mode: mode.value });
    const view = target.closest("button.view");
    if (!view || view.value === get("view")) return;
    set(view.value === "gradient" ? { view: "gradient" } : { view: "forward", expected: [] });
    draw();
    if (back()) travel();
  }, { signal });
  markRows(context, () => !back());

  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, ({ target }) => {
      const place = over && target.closest(".position");
      const line = over && target.closest("tr[data-row]");
      const row = place ? get("indices")[Number(place.dataset.place)] : line ? Number(line.dataset.row) : null;
      if (row === pointed) return;
      pointed = row;
      light();
    }, { signal });
  }

  arrowKeys(strip, ".chip", signal);
  arrowKeys($(".rows"), ".mark", signal);
  for (const group of $$(".controls .shapes")) arrowKeys(group, "button", signal);
  live(["indices", "offsets", "mode", "padding_idx", "per_sample_weights", "include_last_offset", "view", "expected"], draw);
});
