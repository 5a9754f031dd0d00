import { drawStack, fly, lines, total } from "./core/gradient.js";
import { arrowKeys } from "./core/keys.js";
import { drawMarks, markRows, verdict } from "./core/predict.js";
import { DRAWN, fixed, mark, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";
import { short, times } from "./cost.js";

const MANTISSAS = [10, 13, 16, 20, 25, 32, 40, 50, 63, 79];
const BYTES = [" B", " kB", " MB", " GB", " TB"];
const COLUMNS = 2;
const DECIMALS = 0;

/** Twin of widgets.sparse.entries. */
export function entries(indices, grads, paddingIdx) {
  const every = indices.map((row, place) => ({ kind: "piece", values: [...grads[place]], place }));
  return every.filter(({ place }) => indices[place] !== paddingIdx);
}

/** Twin of widgets.sparse.coalesced. */
export function coalesced(rows, grads) {
  const different = [...new Set(rows)].sort((a, b) => a - b);
  return different.map((row) => [row, total(grads.filter((_, k) => rows[k] === row))]);
}

/** Twin of widgets.sparse.dense. */
export function dense(rows, grads, numEmbeddings, columns) {
  const found = new Map(coalesced(rows, grads));
  return Array.from({ length: numEmbeddings }, (_, row) => found.get(row) ?? new Array(columns).fill(0));
}

/** Twin of widgets.sparse.bytes_of. */
export function bytesOf(V, D, N) {
  const entry = 8 + 4 * D;
  return { dense: 4 * V * D, list: N * entry, coalesced: Math.min(V, N) * entry };
}

/** Twin of widgets.sparse.size_at. */
export function sizeAt(step) {
  return MANTISSAS[step % 10] * 10 ** Math.floor(step / 10);
}

/** Twin of widgets.sparse.step_of. */
export function stepOf(size) {
  let step = 0;
  while (size * size > sizeAt(step) * sizeAt(step + 1)) step += 1;
  return step;
}

/** Twin of widgets.sparse.share. */
export function share(amount, largest) {
  return largest ? fixed(amount / largest, 4) : "0";
}

/** Twin of widgets.sparse.spaced. */
export function spaced(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const run = JSON.parse($(".stage").dataset.run);
  const V = run.labels.length;
  const list = entries(run.indices, run.grads, run.padding);
  const rows = list.map(({ place }) => run.indices[place]);
  const grads = list.map(({ values }) => values);
  const sums = dense(rows, grads, V, COLUMNS);
  const largest = Math.max(...[...sums, ...grads].flat().map(Math.abs));
  const body = $(".lane.output tbody");
  let drawn = get("form");
  let pointed = null; // the row under the pointer or the focus

  /** Twin of widgets.Sparse.shown. */
  function shown() {
    if (get("form") === "coalesced") return coalesced(rows, grads).map(([row]) => [row, lines(rows, grads, row)]);
    return list.map(({ values }, k) => [rows[k], [{ kind: "piece", values, place: k }]]);
  }

  const found = () => run.answers[get("optimizer")][get("form") === "dense" ? "dense" : "list"];
  const memory = (rowsOf) => (found().error ? null : 4 * (found().slope * rowsOf + found().offset));

  /** Twin of widgets.Sparse.status. */
  function status() {
    const count = get("form") === "list" ? list.length : new Set(rows).size;
    return say(words, get("form"), count, {
      places: run.indices.length, pads: run.indices.length - list.length, rows: new Set(rows).size, before: list.length, V,
    });
  }

  /** Twin of widgets.Sparse.told. */
  function told(amounts) {
    const [small, large] = [amounts.list, amounts.dense].sort((a, b) => a - b);
    if (small === large) return words["told.same"];
    const key = amounts.dense === large ? "told.less" : "told.more";
    return fill(words[key], { n: small ? spaced(times(large, small)) : "∞" });
  }

  /** Twin of widgets.Sparse.answer, its second text. */
  function takes() {
    const name = get("optimizer");
    if (!get("taken")) return fill(words.waiting, { name });
    const { error, moved = [], list: kept } = found();
    const said = [];
    if (get("expected").length) {
      const marks = Object.entries(verdict(get("expected"), moved)).map(([kind, those]) => [kind, those.length]);
      said.push(fill(words.guess, Object.fromEntries(marks)));
    }
    if (error) return [...said, words.none].join(" ");
    said.push(fill(words[kept ? "takes.list" : "takes.dense"], { name, moved: moved.length, rows: V }));
    const unread = moved.filter((row) => !rows.includes(row)).length;
    if (unread) said.push(say(words, "decay", unread, { name }));
    said.push(fill(words[memory(V) ? "state.some" : "state.none"], { bytes: short(memory(V), BYTES), rows: V }));
    return said.join(" ");
  }

  function entry() {
    const made = document.createElement("tr");
    const head = made.appendChild(document.createElement("th"));
    head.scope = "row";
    head.append(...["index", "word"].map((name) => Object.assign(document.createElement("span"), { className: name })));
    made.append(Object.assign(document.createElement("td"), { className: "stack" }));
    return made;
  }

  /** Where every piece of the list stands, by its place; what moves comes from there. */
  const spots = () => new Map([...body.querySelectorAll("[data-place]")].map((line) => [line.dataset.place, line.getBoundingClientRect()]));

  function drawList() {
    const every = shown();
    const some = every.slice(0, DRAWN);
    while (body.childElementCount > some.length) body.lastElementChild.remove();
    while (body.childElementCount < some.length) body.append(entry());
    some.forEach(([row, stacked], k) => {
      const line = body.children[k];
      line.dataset.entry = row;
      write(line.querySelector(".index"), String(row));
      write(line.querySelector(".word"), run.labels[row]);
      drawStack(line.querySelector(".stack"), stacked, DECIMALS, largest);
    });
    const more = Math.max(every.length - DRAWN, 0);
    const rest = $(".lane.output .more");
    rest.hidden = !more;
    write(rest, more ? fill(words.more, { n: more }) : "");
    const bytes = short(bytesOf(1, COLUMNS, every.length).list, BYTES);
    write($(".lane.output .count"), say(words, "count.sparse", every.length, { D: COLUMNS, bytes }));
    write($(".lane.output .numbers"), shapeText([every.length, COLUMNS]));
    const title = words[get("form") === "coalesced" ? "summed" : "sparse"];
    for (const element of [$(".lane.output .title"), $(".lane.output caption")]) write(element, title);
    mark($(".lane.output .rows"), "aria-label", title);
  }

  function move(before) {
    if (!before) return;
    drawn = get("form");
    if (drawn === "dense") {
      for (const line of body.querySelectorAll("[data-place]")) {
        const row = line.closest("tr").dataset.entry;
        fly(line, $(`tr[data-row="${row}"] .line`));
      }
      return;
    }
    for (const line of body.querySelectorAll("[data-place]")) {
      const from = before.get(line.dataset.place);
      if (from) fly({ getBoundingClientRect: () => from }, line);
    }
  }

  function drawBars() {
    const [rowsOf, N] = get("sizes");
    const amounts = { ...bytesOf(rowsOf, COLUMNS, N), state: get("taken") ? memory(rowsOf) : null };
    const longest = Math.max(...Object.values(amounts).map((amount) => amount ?? 0));
    for (const bar of $$("[data-bar]")) {
      const name = bar.dataset.bar;
      const amount = amounts[name];
      if (name === "state") write(bar.querySelector(".label"), fill(words[found().error && get("taken") ? "bar.refused" : "bar.state"], { name: get("optimizer") }));
      write(bar.querySelector(".amount"), amount === null ? "" : short(amount, BYTES));
      bar.querySelector(".bar").style.setProperty("--size", share(amount ?? 0, longest));
      mark(bar, "data-none", amount ? undefined : "");
      mark(bar, "data-now", name === get("form") ? "" : undefined);
    }
    write($(".sizes"), fill(words.sizes, { V: spaced(rowsOf), D: COLUMNS, N: spaced(N) }));
    write($(".told"), told(amounts));
  }

  function drawControls() {
    for (const button of $$("button.form")) mark(button, "aria-pressed", String(button.dataset.form === get("form")));
    $(".choose").value = get("optimizer");
    for (const slider of $$(".size")) {
      const size = get("sizes")[slider.dataset.size];
      if (sizeAt(slider.valueAsNumber) !== size) slider.value = stepOf(size);
      mark(slider, "aria-valuetext", String(size));
      write(slider.nextElementSibling, spaced(size));
    }
    const taken = get("taken");
    const { error = "", moved = [] } = taken ? found() : {};
    $(".error").hidden = !error;
    write($(".error code"), error);
    write($("button.step"), taken ? words.again : words.step);
    write($(".ask"), taken ? words.told : words.ask);
    mark(figure, "data-waiting", taken ? undefined : "");
    drawMarks(context, get("expected"), taken && get("expected").length ? moved : null);
    write($(".takes"), takes());
    for (const [name, now] of [["table", get("form") === "dense"], ["output", get("form") !== "dense"]]) {
      mark($(`.${name}-half`), "data-now", now ? "" : undefined);
      $(`.${name}-half > .now`).hidden = !now;
    }
  }

  /** The places that read the row that is pointed at, its entries, and the row. */
  function light() {
    $$(".place").forEach((place) => mark(place, "data-lit", run.indices[place.dataset.place] === pointed ? "" : undefined));
    for (const line of $$("tr[data-row], tr[data-entry]")) {
      mark(line, "data-lit", Number(line.dataset.row ?? line.dataset.entry) === pointed ? "" : undefined);
    }
  }

  function draw() {
    const before = drawn === get("form") ? null : spots();
    drawList();
    drawBars();
    drawControls();
    light();
    move(before);
    write($(".status"), status());
  }

  // what the reader does

  /** Marks belong to the step that they were made for. */
  const change = (traits) => set(get("taken") ? { ...traits, expected: [] } : traits);
  markRows(context, () => !get("taken"));
  figure.addEventListener("click", ({ target }) => {
    const button = target.closest("button.form");
    if (button) change({ form: button.dataset.form });
    if (target.closest("button.step")) set(get("taken") ? { taken: false, expected: [] } : { taken: true });
  }, { signal });
  $(".choose").addEventListener("change", ({ target }) => change({ optimizer: target.value }), { signal });
  $(".reset").addEventListener("click", () => set(first), { signal });
  for (const slider of $$(".size")) {
    slider.addEventListener("input", () => {
      const size = sizeAt(slider.valueAsNumber);
      set({ sizes: get("sizes").map((old, k) => (k === Number(slider.dataset.size) ? size : old)) });
    }, { signal });
  }
  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, ({ target }) => {
      const place = over && target.closest(".place");
      const line = over && target.closest("tr[data-row], tr[data-entry]");
      const row = place ? run.indices[place.dataset.place] : line ? Number(line.dataset.row ?? line.dataset.entry) : null;
      if (row === pointed) return;
      pointed = row;
      light();
    }, { signal });
  }

  if ($(".tensor .place")) arrowKeys($(".lane.indices .tensor"), ".place", signal);
  arrowKeys($(".shapes"), "button", signal);
  arrowKeys($(".table-half .rows"), ".mark", signal);
  live(["form", "sizes", "optimizer", "taken", "expected"], draw);
});
