import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawWires, mark, number, size, wireUp, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const FOUND = 8;
const TOKENS = 40;
const LONGEST = 200;
const SENTENCE = 2000;
const FAR = 2;
const SPELLED = 24;
const DECIMALS = 2;
const PATIENCE = 20000; // ms that a kernel may take
const ASKED = ["a", "b", "c"];
const HERE = document.currentScript?.src; // the site's script; in Jupyter there is none

/** Bytes as they come: base64 from a file of the site, a view of memory from the kernel. */
function bytes(given) {
  if (typeof given === "string") return Uint8Array.from(atob(given), (character) => character.charCodeAt(0));
  return new Uint8Array(given.buffer ?? given, given.byteOffset ?? 0, given.byteLength);
}

/** Twin of widgets.pretrained.unpacked, of one pack after the other; also each word's row and each row's length. */
export function unpacked(packs) {
  const words = packs.flatMap((pack) => pack.words.split("\n"));
  const index = new Map();
  const scaled = packs.map(({ scales, rows }) => {
    const [view, steps] = [bytes(scales), new Int8Array(bytes(rows).slice().buffer)];
    const scale = new DataView(view.buffer, view.byteOffset, view.byteLength);
    const dim = (4 * steps.length) / view.byteLength;
    return { steps, scale, dim };
  });
  const { dim } = scaled[0];
  const rows = new Float64Array(words.length * dim);
  const lengths = new Float64Array(words.length);
  let row = 0;
  for (const { steps, scale } of scaled) {
    for (let k = 0; k < steps.length; k += dim, row += 1) {
      const factor = scale.getFloat32((4 * k) / dim, true);
      for (let column = 0; column < dim; column += 1) rows[row * dim + column] = steps[k + column] * factor;
      lengths[row] = lengthOf(rows.subarray(row * dim, (row + 1) * dim));
    }
  }
  words.forEach((word, k) => index.has(word) || index.set(word, k));
  return { words, index, dim, rows, lengths };
}

function lengthOf(vector) {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** One row. */
export function rowOf({ rows, dim }, row) {
  return rows.subarray(row * dim, (row + 1) * dim);
}

/** Twin of reference.similarity. */
export function similarity({ words, rows, dim, lengths }, vector, by) {
  const length = by === "cosine" ? lengthOf(vector) : 0;
  return words.map((_, row) => {
    let product = 0;
    for (let column = 0; column < dim; column += 1) product += rows[row * dim + column] * vector[column];
    if (by === "dot") return product;
    return lengths[row] * length > 0 ? product / (lengths[row] * length) : 0;
  });
}

/** Twin of reference.nearest: pairs of a row and its score, the best first. */
export function nearest(file, vector, k, by, without = []) {
  const scores = similarity(file, vector, by);
  const order = scores.map((_, row) => row).filter((row) => !without.includes(row));
  order.sort((one, other) => scores[other] - scores[one]); // a stable sort: equal ones stay in the file's order
  return order.slice(0, k).map((row) => [row, scores[row]]);
}

/** Twin of reference.neighbours. */
export function neighbours(file, row, k, by) {
  return nearest(file, rowOf(file, row), k, by);
}

/** Twin of reference.analogy. */
export function analogy(file, start, end, other, k, without) {
  const [from, to, more] = [start, end, other].map((row) => rowOf(file, row));
  return nearest(file, from.map((value, column) => to[column] - value + more[column]), k, "cosine", without);
}

/** Twin of widgets.pretrained.spellings. */
export function spellings(word, words, most = 3) {
  const letters = [...word.toLowerCase()];
  const long = [...word].length;
  if (!(long > 0 && long <= SPELLED)) return [];
  const close = words.map((other) => [...other]).filter((other) => Math.abs(other.length - long) <= FAR);
  const ranked = close.map((other) => [edits(letters, other), other.join("")]).filter(([away]) => away <= FAR);
  ranked.sort(([one], [other]) => one - other);
  return ranked.slice(0, most).map(([, other]) => other);
}

/** Twin of widgets.pretrained.edits; both are lists of characters. */
export function edits(one, other) {
  const line = Array.from({ length: other.length + 1 }, (_, k) => k);
  one.forEach((letter, row) => {
    let before = line[0];
    line[0] = row + 1;
    other.forEach((against, k) => {
      const here = line[k + 1];
      line[k + 1] = Math.min(here + 1, line[k] + 1, before + (letter === against ? 0 : 1));
      before = here;
    });
  });
  return line[other.length];
}

/** Twin of widgets.pretrained.count_text. */
export function countText(count) {
  return count === null ? "" : String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** The packs from the book's own files, one after the other; classic scripts, so also from disk. */
const loaded = new Map(); // address → promise of a pack: two figures of a page load once
async function fromFiles(parts, told) {
  const packs = [];
  for (let part = 0; part < parts; part += 1) {
    told(part);
    packs.push(await pack(new URL(`rows-${part}.js`, HERE ?? document.baseURI)));
  }
  return packs;
}

function pack(address) {
  const { href } = address;
  const name = href.slice(href.lastIndexOf("/") + 1);
  if (!loaded.has(href)) {
    loaded.set(href, new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: href });
      const fail = () => {
        loaded.delete(href);
        script.remove();
        reject(name);
      };
      script.addEventListener("load", () => (window.bookRows?.[name] ? resolve(window.bookRows[name]) : fail()));
      script.addEventListener("error", fail);
      document.head.append(script);
    }));
  }
  return loaded.get(href);
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const views = $(".views");
  const joined = $(".joined");
  const lines = $$("tr[data-row]");
  const text = (line, selector) => line.querySelector(selector).textContent;
  const ours = lines.map((line) => ({
    token: text(line, ".pick .word"),
    given: text(line, ".given"), // the file's word in the same row
    at: line.dataset.at === undefined ? null : Number(line.dataset.at),
    lengths: line.dataset.lengths.split(" "),
  }));
  const bar = $("progress");
  const count = countText(Number(views.dataset.count));
  const space = new RegExp(views.dataset.space);
  const quoted = (names) => names.map((word) => fill(words.quoted, { word })).join(words.between);
  const on = (selector, event, call) => $(selector)?.addEventListener(event, call, { signal });
  let known = null; // the file's rows, once they are here
  let loading = false;
  let failed = null; // why there is nothing to show
  let part = 0;
  let arrived = null; // to call when the kernel answered
  let mounted = false;

  // the rows: a page has files, Jupyter a kernel

  function fromKernel() {
    const there = () => get("pack").words !== undefined;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(words.silent), PATIENCE);
      arrived = () => {
        if (!there()) return;
        clearTimeout(late);
        resolve([get("pack")]);
      };
      if (there()) arrived();
      else set({ wanted: get("wanted") + 1 });
    });
  }

  function load() {
    if (known || loading) return;
    [loading, failed, part] = [true, null, 0];
    const told = (now) => {
      part = now;
      if (!signal.aborted) draw();
    };
    const packs = get("pack") === undefined ? fromFiles(Number(views.dataset.parts), told) : fromKernel();
    packs.then(unpacked).then((file) => {
      const same = ours.every(({ token, at }) => (file.words[at] ?? token) === token);
      const whole = file.words.length === Number(views.dataset.count) && file.dim === Number(views.dataset.dim);
      if (whole && same) known = file;
      else failed = words.other;
    }, (what) => {
      failed = typeof what === "string" ? fill(words.failed, { what }) : words.other; // or what came was no pack
    }).finally(() => {
      loading = false;
      if (!signal.aborted) draw();
    });
  }

  const find = (word) => known.index.get(word.trim()) ?? null;
  const named = (found) => found.map(([row, score]) => [known.words[row], score]);

  // what is said: the twins of the methods of widgets.Pretrained

  function onLists() {
    const row = get("row");
    const { token: word, given, at } = ours[row];
    const rows = ours.length;
    const right = ours.filter((_, each) => holds(each).own).length;
    if (!get("aligned")) {
      const values = { row, word, got: given, at: countText(row) };
      return [fill(words[word === given ? "own" : "not"], values), say(words, "right", right, { rows })];
    }
    const lost = ours.filter((each) => each.at === null).map(({ token }) => token);
    const values = { row, word, at: countText(at), how: words[`how.${get("missing")}`], length: holds(row).length };
    return [
      fill(words[at === null ? "lacks" : "own"], values),
      fill(words.covered, { n: right, rows }),
      say(words, "missing", lost.length, { names: lost.join(words.between) }),
    ];
  }

  function unknown(typed) {
    const word = typed.trim();
    if (!word) return [words.empty];
    const like = spellings(word, known.words);
    return [fill(words.unknown, { word, count }), like.length ? fill(words.spelled, { names: quoted(like) }) : ""];
  }

  function onNeighbours(found) {
    const word = get("word").trim();
    if (!found.length) return unknown(word);
    const [[name, best], [next, second] = ["", null]] = found;
    const [measure, score] = [words[`measure.${get("measure")}`], number(best, DECIMALS)];
    if (name === word) {
      const values = { word, measure, score, next, second: second === null ? "" : number(second, DECIMALS) };
      return [fill(words["first.self"], values)];
    }
    const own = number(similarity(alone(word), rowOf(known, find(word)), get("measure"))[0], DECIMALS);
    return [fill(words["first.other"], { word, measure, own, first: name, score })];
  }

  /** A file of one row. */
  function alone(word) {
    const row = find(word);
    return { words: [word], dim: known.dim, rows: rowOf(known, row), lengths: known.lengths.subarray(row, row + 1) };
  }

  function onAnalogy(found) {
    const asked = ASKED.map((name) => get(name).trim());
    const strange = asked.find((word) => find(word) === null);
    if (strange !== undefined) return unknown(strange);
    if (!found.length) return [];
    const [name, best] = found[0];
    const [other, second] = found.find(([word]) => !asked.includes(word)) ?? ["", null];
    const key = !get("inputs") ? "out" : asked.includes(name) ? "in" : "won";
    const [a, b, c] = asked;
    const values = { a, b, c, first: name, score: number(best, DECIMALS), other, second: second === null ? "" : number(second, DECIMALS) };
    return [fill(words[`sum.${key}`], values)];
  }

  function onCoverage(tokens) {
    const lost = [...new Set(tokens.filter(([, at]) => at === null).map(([token]) => token))];
    const found = tokens.filter(([, at]) => at !== null).length;
    const more = lost.length > 10 ? `${words.between}${fill(words.more, { n: lost.length - 10 })}` : "";
    const names = quoted(lost.slice(0, 10)) + more;
    return [say(words, "covers", tokens.length, { found, count }), lost.length ? fill(words.without, { names }) : ""];
  }

  // what is shown

  /** What a row of our table holds now. */
  function holds(row) {
    const { token, given, at, lengths } = ours[row];
    if (!get("aligned")) return { word: given, at: row, own: given === token, length: lengths[0] };
    return { word: at === null ? null : token, at, own: at !== null, length: lengths[get("missing") === "file" ? 1 : 2] };
  }

  function drawLists() {
    mark(joined, "data-aligned", get("aligned") ? "" : undefined);
    write($(".align"), words[get("aligned") ? "unalign" : "align"]);
    $(".panel.lists .shapes").hidden = !get("aligned");
    for (const button of $$(".drawing")) mark(button, "aria-pressed", String(button.dataset.missing === get("missing")));
    lines.forEach((line, row) => {
      const { word, at, own, length } = holds(row);
      write(line.querySelector(".holds .word"), word ?? words.drawn);
      write(line.querySelector(".holds .at"), countText(at));
      write(line.querySelector(".length"), length);
      mark(line, "data-own", own ? "" : undefined);
      mark(line, "data-drawn", word === null ? "" : undefined);
      mark(line, "data-lit", row === get("row") ? "" : undefined);
      mark(line.querySelector(".pick"), "aria-pressed", String(row === get("row")));
    });
    for (const item of $$(".further li")) mark(item, "data-lit", get("aligned") && Number(item.dataset.at) === ours[get("row")].at ? "" : undefined);
    wires();
  }

  /** The lines of an aligned table; those of one that is not are straight, and the page's styles draw them. */
  function wires() {
    const ends = !get("aligned") || get("view") !== "lists" ? [] : lines.flatMap((line, row) => {
      const { at } = ours[row];
      if (at === null) return [];
      const strong = row === get("row");
      const far = $(`.further li[data-at="${at}"]`);
      if (far) return [[line.querySelector(".length"), far, "copy", strong]];
      return [[lines[at].querySelector(".given"), line.querySelector(".pick"), "copy", strong]];
    });
    drawWires(joined, ends);
  }

  function drawScores(panel, found, notes) {
    const largest = Math.max(0, ...found.map(([, score]) => Math.abs(score)));
    panel.querySelectorAll("tbody tr").forEach((line, place) => {
      const [word, score] = found[place] ?? ["", null];
      const note = score === null ? undefined : notes.get(word);
      write(line.querySelector(".name"), word);
      write(line.querySelector(".score"), score === null ? "" : number(score, DECIMALS));
      line.querySelector(".bar").style.setProperty("--size", score === null ? "0" : size(score, largest));
      write(line.querySelector(".note"), note ?? "");
      mark(line, "data-note", note === undefined ? undefined : "");
    });
  }

  function drawStrip(row) {
    const strip = $(".strip");
    const vector = row === null ? [] : [...rowOf(known, row)];
    const largest = Math.max(0, ...vector.map(Math.abs));
    while (strip.children.length > vector.length) strip.lastChild.remove();
    while (strip.children.length < vector.length) strip.append(document.createElement("span"));
    vector.forEach((value, k) => {
      strip.children[k].className = `value ${value < 0 ? "negative" : "positive"}`;
      strip.children[k].style.setProperty("--size", size(value, largest));
    });
    const [low, high] = [Math.min(...vector), Math.max(...vector)].map((value) => number(value, DECIMALS));
    const values = { word: get("word").trim(), n: vector.length, low, high, length: number(lengthOf(vector), DECIMALS) };
    write($(".vector-row .title"), row === null ? "" : fill(words.strip, values));
  }

  function drawNeighbours() {
    const row = known && find(get("word"));
    const found = row === null ? [] : named(neighbours(known, row, FOUND, get("measure")));
    for (const button of $$(".measure")) mark(button, "aria-pressed", String(button.dataset.measure === get("measure")));
    write($(".panel.neighbours thead .score"), words[`score.${get("measure")}`]);
    drawStrip(row);
    drawScores($(".panel.neighbours"), found, new Map([[get("word").trim(), words.itself]]));
    return known ? onNeighbours(found) : [];
  }

  function drawAnalogy() {
    const asked = ASKED.map((name) => get(name).trim());
    const [a, b, c] = known ? asked.map(find) : [];
    const complete = known && ![a, b, c].includes(null);
    const found = complete ? named(analogy(known, b, a, c, FOUND, get("inputs") ? [] : [a, b, c])) : [];
    $(".inputs").checked = get("inputs");
    write($(".panel.analogy caption"), fill(words.sum, Object.fromEntries(ASKED.map((name, k) => [name, asked[k]]))));
    drawScores($(".panel.analogy"), found, new Map(asked.map((word) => [word, words.input])));
    return known ? onAnalogy(found) : [];
  }

  function drawCoverage() {
    if (!known) return [];
    const tokens = get("sentence").split(space).filter((token) => token !== "").map((token) => [token, known.index.get(token) ?? null]);
    const body = $(".panel.coverage tbody");
    const shown = tokens.slice(0, TOKENS);
    while (body.children.length > shown.length) body.lastChild.remove();
    while (body.children.length < shown.length) body.append($(".panel.coverage template").content.cloneNode(true));
    shown.forEach(([token, at], k) => {
      const line = body.children[k];
      write(line.querySelector(".name"), token);
      write(line.querySelector(".at"), at === null ? words.absent : countText(at));
      mark(line, "data-absent", at === null ? "" : undefined);
    });
    write($(".panel.coverage .more"), tokens.length > TOKENS ? fill(words.more, { n: tokens.length - TOKENS }) : "");
    return onCoverage(tokens);
  }

  function drawFrame() {
    const view = get("view");
    for (const tab of $$(".tab")) mark(tab, "aria-selected", String(tab.dataset.view === view));
    for (const panel of $$(".panel")) panel.hidden = panel.dataset.view !== view;
    const asks = view !== "lists" && view !== "map";
    $(".rounded").hidden = !asks;
    bar.hidden = !(asks && loading);
    if (get("pack") === undefined) bar.value = part / Number(views.dataset.parts);
    else bar.removeAttribute("value"); // a kernel answers at once, or not
    $(".again").hidden = !(asks && failed !== null);
    for (const field of $$(".typed")) {
      if (field.value.trim() !== get(field.dataset.trait).trim()) field.value = get(field.dataset.trait);
    }
    return asks;
  }

  function draw() {
    const view = get("view");
    if (!mounted && view !== "lists") return; // as Python wrote it; nothing is loaded before the reader asks
    if (view !== "lists" && view !== "map" && failed === null) load();
    const asks = drawFrame();
    const said = {
      lists: () => (drawLists(), onLists()), neighbours: drawNeighbours, analogy: drawAnalogy, coverage: drawCoverage,
      map: () => [fill(words.mapped, { dim: views.dataset.dim })],
    }[view]();
    if (asks && !known) said.push(waiting());
    write($(".status"), said.filter(Boolean).join(" "));
  }

  function waiting() {
    if (failed !== null) return failed;
    return part ? fill(words.part, { count, part: part + 1, parts: views.dataset.parts }) : fill(words.loading, { count });
  }

  // what the reader does

  /** A text as the traits take it: not too long, and no half of a pair. */
  function clean(text, most) {
    return [...text].slice(0, most).join("").replace(/\p{Cs}/gu, "\ufffd");
  }

  figure.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button || !figure.contains(button)) return;
    const { view, missing, measure } = button.dataset;
    if (button.matches(".tab")) set({ view });
    else if (button.matches(".pick")) set({ row: lines.indexOf(button.closest("tr")) });
    else if (button.matches(".align")) set({ aligned: !get("aligned") });
    else if (button.matches(".drawing")) set({ missing });
    else if (button.matches(".measure")) set({ measure });
    else if (button.matches(".reset")) set({ ...first, view: get("view") });
    else if (button.matches(".again")) {
      failed = null;
      $(`.panel[data-view="${get("view")}"] .typed`).focus(); // the button goes away
      draw();
    }
  }, { signal });
  on(".inputs", "change", ({ target }) => set({ inputs: target.checked }));
  for (const field of $$(".typed")) {
    const { trait } = field.dataset;
    field.addEventListener("input", () => set({ [trait]: clean(field.value, trait === "sentence" ? SENTENCE : LONGEST) }), { signal });
    field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault(), { signal });
  }

  arrowKeys($(".tabs"), ".tab", signal);
  arrowKeys($(".panel.lists .rows"), ".pick", signal);
  for (const group of $$(".shapes")) arrowKeys(group, "button", signal);
  wireUp(joined, signal, wires);
  live(["pack"], () => arrived?.());
  live(["view", "aligned", "row", "missing", "word", "measure", "a", "b", "c", "inputs", "sentence"], draw);
  mounted = true;
});
