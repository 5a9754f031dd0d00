import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { DRAWN, drawTensor, drawWires, isLaidOut, mark, places as placesIn, wireUp, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const UNKNOWN = "<unk>";
const LONGEST = 20000;
const SENTENCE = 200;
const SHOWN = 240;
const SHORT = 40;
const JOINED = { word: " ", char: "" };
const NO_ROW = "⊘";

/** Unicode's property White_Space, written out: the same line stands in chapters/reference/vocabulary.py. */
export const WHITE_SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Twin of reference.tokenize. */
export function tokenize(sentences, level) {
  if (level === "char") return sentences.map((sentence) => [...sentence]);
  return sentences.map((sentence) => sentence.split(WHITE_SPACE).filter((token) => token !== ""));
}

/** Twin of reference.Vocabulary.from_tokens: the tokens in the order of their indices, and their frequencies. */
export function fromTokens(sentences, specials, minFrequency) {
  const counts = new Map();
  let total = 0;
  for (const sentence of sentences) {
    for (const token of sentence) counts.set(token, (counts.get(token) ?? 0) + 1);
    total += sentence.length;
  }
  const often = [...counts.keys()].filter((token) => counts.get(token) >= minFrequency && !specials.includes(token));
  often.sort((a, b) => counts.get(b) - counts.get(a)); // a stable sort: ties stay in the order seen
  const tokens = [...specials, ...often];
  const frequencies = tokens.map((token) => counts.get(token) ?? 0);
  if (tokens.includes(UNKNOWN)) frequencies[tokens.indexOf(UNKNOWN)] += total - frequencies.reduce((a, b) => a + b, 0);
  return { tokens, frequencies };
}

/** Twin of widgets.vocabulary.in_order. */
export function inOrder({ tokens, frequencies }, specials, order) {
  const now = [...specials, ...order.filter((token) => tokens.includes(token) && !specials.includes(token))];
  return { tokens: now, frequencies: now.map((token) => frequencies[tokens.indexOf(token)]) };
}

/** Twin of reference.Vocabulary.encode; null where Python raises. */
export function encode(vocabulary, tokens) {
  const index = new Map(vocabulary.tokens.map((token, k) => [token, k]));
  const found = tokens.map((token) => index.get(token) ?? index.get(UNKNOWN));
  return found.includes(undefined) ? null : found;
}

/** Twin of widgets.vocabulary.rows_read. */
export function rowsRead(owners, indices) {
  return indices.map((index) => owners[index] ?? null);
}

/** Twin of widgets.vocabulary.clip. */
export function clip(text, most) {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most).join("")}…`;
}

/** Twin of widgets.vocabulary.visible. */
export function visible(token) {
  const points = [...token];
  if (points.length !== 1) return clip(token, SHORT);
  if (token === " ") return "␣";
  if (/[\p{Cc}\p{Cf}\p{Z}]/u.test(token)) return `U+${token.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /\p{M}/u.test(token) ? `◌${token}` : token;
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const stage = $(".stage");
  const body = $(".rows tbody");
  const tensors = { indices: $(".lane.indices .tensor"), output: $(".lane.output .tensor") };
  const specials = $(".rows").dataset.specials.split(" ");
  const sentences = $$(".corpus li").map((line) => line.textContent).slice(0, first.added && first.order === "frequency" ? -1 : undefined);
  const orders = new Map([...$(".order").options].slice(1).map(({ value, dataset }) => [
    value,
    { word: dataset.word.split(" "), char: [...dataset.char] },
  ]));
  const base = Object.fromEntries(Object.keys(JOINED).map((level) => [level, fromTokens(tokenize(sentences, level), specials, 1)]));
  const lines = new Map(); // token → its line of the vocabulary
  let now = null; // everything that follows from the traits; see `computed`
  let problem = null; // what is wrong with a text in a field
  let listed = null; // what the list of sentences shows
  let revealed = null; // the line last scrolled to

  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });
  const times = (n) => fill(words.times, { n });

  /** The token of every row of the table; the twin of ReadBack.owners. */
  function ownersOf(list, level, vocabulary) {
    if (list === "") return vocabulary.tokens;
    return list === "frequency" ? base[level].tokens : inOrder(base[level], specials, orders.get(list)[level]).tokens;
  }

  /** Everything that the figure shows, computed from the traits alone; the twin of the methods of ReadBack. */
  function computed() {
    const [text, level, least, order] = ["text", "level", "min_frequency", "order"].map(get);
    const added = get("added") !== "" && order === "frequency";
    const corpus = added ? [...sentences, get("added")] : sentences;
    const counted = tokenize(corpus, level);
    const full = fromTokens(counted, specials, 1);
    const kept = fromTokens(counted, specials, least);
    const vocabulary = order === "frequency" ? kept : inOrder(kept, specials, orders.get(order)[level]);
    const [tokens] = tokenize([text], level);
    const indices = encode(vocabulary, tokens);
    const owners = ownersOf(get("rows_of"), level, vocabulary);
    const back = rowsRead(owners, indices);
    const known = new Set(base[level].tokens);
    const keys = new Map([...base[level].tokens, ...full.tokens.filter((token) => !known.has(token))].map((token, key) => [token, key]));
    const index = new Map(vocabulary.tokens.map((token, k) => [token, k]));
    const rows = vocabulary.tokens.map((token, k) => ({ key: keys.get(token), token, index: k, frequency: vocabulary.frequencies[k], gone: false }));
    for (const [token, key] of keys) {
      if (index.has(token)) continue;
      rows.push({ key, token, index: index.get(UNKNOWN), frequency: full.frequencies[full.tokens.indexOf(token)], gone: true });
    }
    const changed = rows.filter((row) => row.key < base[level].tokens.length && row.index !== row.key).map((row) => row.key);
    changed.sort((a, b) => a - b);
    const asked = get("token");
    const there = tokens.includes(asked) || keys.has(asked);
    const chosen = there ? asked : (tokens.find((token, k) => token !== back[k]) ?? tokens[0] ?? null);
    const touched = least > 1 || order !== "frequency" || added;
    const readBack = back.map((token) => token ?? NO_ROW).join(JOINED[level]);
    return { text, level, corpus, vocabulary, owners, index, tokens, indices, back, rows, changed, chosen, touched, readBack };
  }

  function sentence() {
    if (problem) return words[problem];
    const { chosen, touched, changed, level, vocabulary, owners, index } = now;
    const parts = [chosen === null ? words.empty : about(chosen)];
    if (chosen !== null && get("rows_of")) {
      const k = index.get(chosen) ?? index.get(UNKNOWN);
      if (k >= owners.length) parts.push(fill(words.no_row, { total: owners.length, index: k }));
      else if (owners[k] !== vocabulary.tokens[k]) parts.push(fill(words.owner, { index: k, owner: visible(owners[k]) }));
    }
    const total = base[level].tokens.length;
    if (touched) parts.push(say(words, "change", changed.length, { total }));
    if (vocabulary.tokens.length > total) parts.push(fill(words.longer, { V: vocabulary.tokens.length, total }));
    return parts.join(" ");
  }

  /** What became of the prediction; the twin of ReadBack.guess. */
  function guess() {
    const { touched, changed } = now;
    const marked = new Set(get("expected")).size;
    if (!touched) return say(words, "marked", marked);
    const found = Object.entries(verdict(get("expected"), changed)).map(([kind, keys]) => [kind, keys.length]);
    const outcome = fill(words[marked ? "verdict.other" : "verdict.zero"], Object.fromEntries(found));
    return say(words, "guess", changed.length, { marked: marked || "none", verdict: outcome });
  }

  function about(token) {
    const { index, tokens, vocabulary, rows } = now;
    const k = index.get(token) ?? index.get(UNKNOWN);
    const n = tokens.filter((other) => other === token).length;
    const values = { index: k, unknown: UNKNOWN, n, token: visible(token) };
    if (token === UNKNOWN) return fill(words.unk, { f: vocabulary.frequencies[k], ...values });
    if (specials.includes(token)) return fill(words[n ? "pad.other" : "pad.zero"], values);
    if (index.has(token)) return fill(words.known, { f: vocabulary.frequencies[k], ...values });
    const f = rows.find((row) => row.token === token)?.frequency ?? 0;
    return fill(words[f ? "rare" : "unknown"], { f, ...values });
  }

  function element(name, kind, text = "") {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    if (name === "button") made.type = "button";
    made.textContent = text;
    return made;
  }

  function place(kind, ...spans) {
    const button = element("button", kind);
    button.append(...spans.map((name) => element("span", name)));
    return button;
  }

  function drawPlaces() {
    const { tokens, indices, back, index, chosen } = now;
    const shown = Math.min(tokens.length, DRAWN);
    const chips = placesIn(tensors.indices, shown, () => place("place chip", "word", "number"));
    const reads = placesIn(tensors.output, shown, () => place("place read", "word"));
    const lit = chosen === null ? null : (index.get(chosen) ?? index.get(UNKNOWN));
    for (let k = 0; k < shown; k += 1) {
      const state = tokens[k] === chosen ? "here" : indices[k] === lit ? "" : undefined;
      write(chips[k].querySelector(".word"), visible(tokens[k]));
      write(chips[k].querySelector(".number"), String(indices[k]));
      write(reads[k].querySelector(".word"), visible(back[k] ?? NO_ROW));
      const wide = Math.max(...[tokens[k], back[k] ?? NO_ROW].map((token) => [...visible(token)].length));
      for (const button of [chips[k], reads[k]]) {
        button.dataset.place = k;
        button.style.setProperty("--n", wide);
        mark(button, "data-lit", state);
      }
      mark(chips[k], "data-lost", index.has(tokens[k]) ? undefined : "");
      mark(reads[k], "data-lost", back[k] === tokens[k] ? undefined : "");
    }
    for (const [name, buttons] of [["indices", chips], ["output", reads]]) {
      drawTensor(tensors[name], [shown], buttons);
      onlyOne(tensors[name], ".place");
      const more = $(`.lane.${name} .more`);
      more.hidden = tokens.length === shown;
      write(more, more.hidden ? "" : fill(words.more, { n: tokens.length - shown }));
      write($(`.lane.${name} .numbers`), `(${tokens.length},)`);
    }
    write($(".given"), clip(now.text, SHOWN));
    write($(".back"), clip(now.readBack, SHOWN));
    write($(".same"), tokens.length ? words[now.readBack === now.text ? "same" : "differs"] : "");
  }

  /** A new line of the vocabulary; the twin of ReadBack._row. */
  function line(token) {
    const made = element("tr");
    const head = element("th");
    head.scope = "row";
    const [pick, name] = [element("button", "chip pick"), element("button", "mark", visible(token))];
    pick.title = fill(words.choose, { token: visible(token) });
    name.title = fill(words.expect, { token: visible(token) });
    head.append(pick, name, element("span", "verdict"));
    made.append(head, element("td", "beside"), element("td", "reads"));
    return made;
  }

  function drawRows() {
    const { rows, indices, owners, chosen, index, touched, changed } = now;
    const foreign = get("rows_of") !== "";
    const owner = (k) => visible(owners[k] ?? NO_ROW);
    const focused = document.activeElement;
    const counts = new Map();
    for (const k of indices) counts.set(k, (counts.get(k) ?? 0) + 1);
    const lit = chosen === null ? null : (index.get(chosen) ?? index.get(UNKNOWN));
    for (const { token } of rows) if (!lines.has(token)) lines.set(token, line(token));
    for (const { key, token, index: k, frequency, gone } of rows) {
      const row = lines.get(token);
      const n = gone ? 0 : (counts.get(k) ?? 0);
      row.dataset.row = key;
      write(row.querySelector(".pick"), String(k));
      write(row.querySelector(".beside"), !foreign ? times(frequency) : gone ? "" : owner(k));
      write(row.querySelector(".reads"), n ? times(n) : "");
      mark(row, "data-read", n ? "" : undefined);
      mark(row, "data-lit", k === lit && !gone ? "" : undefined);
      mark(row, "data-gone", gone ? "" : undefined);
    }
    const ordered = rows.map(({ token }) => lines.get(token));
    if (ordered.length !== body.children.length || ordered.some((row, k) => body.children[k] !== row)) {
      body.replaceChildren(...ordered);
      if (focused !== document.activeElement && body.contains(focused)) focused.focus({ preventScroll: true });
    }
    onlyOne($(".rows"), ".pick, .mark");
    drawMarks(context, get("expected"), touched && get("expected").length ? changed : null);
    write($(".rows thead th:nth-child(2)"), words[foreign ? "owners" : "corpus"]);
    write($(".lane.table .numbers"), String(now.vocabulary.tokens.length));
  }

  /** The corpus, with every place of the chosen token marked. */
  function drawSentences() {
    const { corpus, chosen, level } = now;
    const form = JSON.stringify([corpus.length, get("added"), level, chosen]);
    if (form === listed) return;
    listed = form;
    const between = new RegExp(`(${WHITE_SPACE.source})`);
    $(".corpus ol").replaceChildren(...corpus.map((text) => {
      const item = element("li");
      item.dir = "auto";
      const pieces = level === "char" ? [...text] : text.split(between);
      item.append(...pieces.map((piece) => (piece === chosen ? element("mark", "", piece) : piece)));
      item.normalize();
      return item;
    }));
    write($(".corpus summary"), fill(words.sentences, { n: corpus.length }));
  }

  function drawControls() {
    stage.dataset.level = now.level;
    for (const [selector, trait] of [[".typed", "text"], [".added", "added"]]) {
      if (document.activeElement !== $(selector) && !problem && $(selector).value !== get(trait)) $(selector).value = get(trait);
    }
    mark($(".typed"), "aria-invalid", problem === "long" ? "true" : undefined);
    mark($(".added"), "aria-invalid", problem === "sentence.long" ? "true" : undefined);
    for (const button of $$(".level")) mark(button, "aria-pressed", String(button.dataset.level === now.level));
    for (const button of $$(".least")) mark(button, "aria-pressed", String(Number(button.dataset.least) === get("min_frequency")));
    $(".order").value = get("order");
    $(".rows_of").value = get("rows_of");
    $(".added").disabled = get("order") !== "frequency";
    $(".why").hidden = !$(".added").disabled;
  }

  function wires() {
    const { chosen, index, indices } = now;
    if (chosen === null) return drawWires(stage, []);
    const lit = index.get(chosen) ?? index.get(UNKNOWN);
    const row = body.querySelector("tr[data-lit]");
    const [chips, reads] = [tensors.indices, tensors.output].map((tensor) => [...tensor.querySelectorAll(".place")]);
    return drawWires(stage, chips.flatMap((chip, k) => {
      if (indices[k] !== lit) return [];
      const strong = chip.dataset.lit === "here";
      return [[chip, row, "read", strong], [row, reads[k], "copy", strong]];
    }), true);
  }

  /** Where the lines stand now; called again after the change, it lets each line slide from there to its new place. */
  function sliding() {
    if (!body.children.length || !matchMedia("(prefers-reduced-motion: no-preference)").matches) return () => {};
    const tops = new Map([...lines.values()].filter((row) => row.isConnected).map((row) => [row, row.offsetTop]));
    return () => {
      for (const [row, top] of tops) {
        if (!row.isConnected || row.offsetTop === top) continue;
        row.animate([{ transform: `translateY(${top - row.offsetTop}px)` }, { transform: "none" }], { duration: 500, easing: "ease" });
      }
    };
  }

  function draw() {
    const slide = sliding();
    now = computed();
    drawPlaces();
    drawRows();
    drawSentences();
    drawControls();
    reveal();
    wires();
    slide();
    write($(".status"), sentence());
    write($(".guess"), guess());
  }

  /** Where the vocabulary scrolls (on a phone), bring the lit line into its window: once, the reader may scroll on. */
  function reveal() {
    const [box, row] = [$(".rows"), body.querySelector("tr[data-lit]")];
    const which = `${now.chosen} ${row?.sectionRowIndex}`;
    if (!isLaidOut(stage) || which === revealed || !row || box.scrollHeight <= box.clientHeight) return;
    revealed = which;
    const [inside, at] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
    const head = $(".rows thead").getBoundingClientRect().height;
    if (at.top < inside.top + head) box.scrollTop -= inside.top + head - at.top;
    if (at.bottom > inside.bottom) box.scrollTop += at.bottom - inside.bottom;
  }

  // what the reader does

  function type(trait, text, most, wrong) {
    problem = text.length > most ? wrong : null;
    if (problem) draw();
    else set({ [trait]: text });
  }

  figure.addEventListener("click", ({ target }) => {
    const chosen = target.closest(".place");
    const pick = target.closest(".pick");
    if (chosen) set({ token: now.tokens[Number(chosen.dataset.place)] });
    if (pick) set({ token: now.rows.find(({ token }) => lines.get(token) === pick.closest("tr")).token });
    const level = target.closest(".level");
    if (level && level.dataset.level !== get("level")) set({ level: level.dataset.level, expected: [] });
    const least = target.closest(".least");
    if (least) set({ min_frequency: Number(least.dataset.least) });
  }, { signal });
  on(".typed", "input", ({ target }) => type("text", target.value, LONGEST, "long"));
  on(".added", "input", ({ target }) => type("added", target.value, SENTENCE, "sentence.long"));
  for (const field of [".typed", ".added"]) {
    on(field, "keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
  on(".order", "change", ({ target }) => set({ order: target.value }));
  on(".rows_of", "change", ({ target }) => set({ rows_of: target.value }));
  on(".reset", "click", () => {
    problem = null;
    set(first);
    draw();
  });
  markRows(context, () => true);

  [...body.children].forEach((row) => row.remove()); // they are made anew, each known by its token
  for (const tensor of Object.values(tensors)) arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".pick, .mark", signal);
  arrowKeys($(".levels"), ".level", signal);
  arrowKeys($(".leasts"), ".least", signal);
  live(["text", "level", "min_frequency", "order", "added", "rows_of", "token", "expected"], () => {
    if (problem && !figure.querySelector("[aria-invalid]")?.matches(":focus")) problem = null;
    draw();
  });
  wireUp(stage, signal, () => {
    reveal();
    wires();
  });
});
