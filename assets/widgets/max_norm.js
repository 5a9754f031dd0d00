import { changed, drawAfter } from "./core/gradient.js";
import { arrowKeys, onlyOne } from "./core/keys.js";
import { drawMarks, markRows } from "./core/predict.js";
import { drawTensor, drawValue, fixed, mark, number, places, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const FIRST = { max_norm: 1, norm_type: "2" };
const STEP = "step";
const RATE = 0.5;
const LEAST = 0.001;
const RUN = 40;
const DECIMALS = 2;
const SIDE = 300;
const POINTS = 72;
const EDGE = 16; // a label over a point nearer to the upper edge would be cut, in units of the drawing
const NEAR = 18; // how far beside a point a click still means it, in units of the drawing
const BLOCKS = ["no_grad", "frozen"];

/**
 * Twin of torch's row.norm(p) in float32: every operation is rounded where torch rounds. Bit for bit for 1 and inf; for
 * other p the last digit may differ, as it may between two processors.
 */
export function norm(row, p) {
  const sizes = row.map((value) => Math.abs(Math.fround(value)));
  if (p === Infinity) return Math.max(0, ...sizes);
  const raise = p === 1 ? (value) => value : p === 2 ? (value) => value * value : (value) => Math.fround(value ** p);
  const sum = sizes.reduce((total, value) => Math.fround(total + raise(value)), 0);
  return p === 1 ? sum : Math.fround(p === 2 ? Math.sqrt(sum) : sum ** Math.fround(1 / p));
}

/** Twin of reference.renorm_ in float32: the table after a lookup of `indices`; rows that stay are the same objects. */
export function renorm(weight, indices, maxNorm, p) {
  const read = new Set(indices);
  return weight.map((row, index) => {
    const length = read.has(index) ? norm(row, p) : 0;
    if (!(length > maxNorm) || !read.has(index)) return row;
    const factor = Math.fround(maxNorm / (length + 1e-7));
    return row.map((value) => Math.fround(value * factor));
  });
}

/** Twin of widgets.max_norm.step: SGD along a gradient of −1 for every number and every read. */
export function step(weight, reads) {
  return weight.map((row, index) => row.map((value) => Math.fround(value + RATE * reads[index])));
}

/** Twin of widgets.max_norm.ball: corners of the line on which the norm is maxNorm. */
export function ball(maxNorm, p) {
  return Array.from({ length: POINTS }, (_, k) => {
    const angle = (2 * Math.PI * k) / POINTS;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [Math.abs(x), Math.abs(y)];
    const length = p === Infinity ? Math.max(a, b) : p === 2 ? Math.hypot(a, b) : (a ** p + b ** p) ** (1 / p);
    return [(maxNorm * x) / length, (maxNorm * y) / length];
  });
}

/** Twin of widgets.MaxNorm.states: the table before the last of `run`, and after it. */
export function states(rows, run, maxNorm, p, blocked) {
  let weight = rows.map((row) => row.map(Math.fround));
  let before = weight;
  let reads = weight.map(() => 0);
  for (const done of run) {
    before = weight;
    if (done === STEP) {
      if (!blocked) weight = step(weight, reads);
      reads = weight.map(() => 0);
    } else {
      weight = renorm(weight, done, maxNorm, p);
      reads = reads.map((count, row) => count + done.filter((index) => index === row).length);
    }
  }
  return { before, after: weight };
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const stage = $(".stage");
  const drawing = $(".points svg");
  const rows = JSON.parse(stage.dataset.rows);
  const half = Number(drawing.dataset.half);
  const table = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const dots = new Map($$("g[data-row]").map((dot) => [Number(dot.dataset.row), dot]));
  const tensors = { indices: $(".lane.indices .tensor"), output: $(".lane.output .tensor") };
  const largest = Math.max(...rows.flat().map(Math.abs));
  const shapes = new Map([...dots].map(([row, dot]) => [row, dot.querySelector(".to").getAttribute("d")]));
  let pointed = null; // the row under the pointer or the focus

  const word = (row) => table.get(row).querySelector(".mark").dataset.word;
  const list = (texts) => (texts.length > 1 ? [texts.slice(0, -1).join(", "), texts.at(-1)].join(words.and) : texts[0] ?? "");
  const names = (found) => list(found.map((row) => fill(words.quoted, { word: word(row) })));
  const listed = (switches) => list(switches.map((name) => words[`switch.${name}`]));
  const p = () => (get("norm_type") === "inf" ? Infinity : Number(get("norm_type")));
  const blocked = () => get("switches").filter((name) => BLOCKS.includes(name));
  const shown = () => (get("taken") ? get("run").at(-1) ?? null : null);
  const read = () => (Array.isArray(shown()) ? shown() : []);
  const isOutside = (row) => norm(row, p()) > get("max_norm") + LEAST;
  const outside = (weight) => weight.map((_, row) => row).filter((row) => isOutside(weight[row]));
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  /** Twin of widgets.MaxNorm._place. */
  function place([x, y]) {
    const inside = (value) => (Math.max(-0.985 * half, Math.min(0.985 * half, value)) * SIDE) / 2 / half;
    return `${fixed(SIDE / 2 + inside(x), 1)} ${fixed(SIDE / 2 - inside(y), 1)}`;
  }

  /** Twin of widgets.MaxNorm._drops. */
  function drops(ends, told) {
    const found = [];
    const taken = [];
    const rows = ends.map((_, row) => row);
    for (const row of [...rows.filter((each) => told.has(each)), ...rows.filter((each) => !told.has(each))]) {
      const [x, y] = ends[row];
      const wide = 7 + 7 * [...word(row)].length;
      const points = ends.filter(([across]) => across - x > 0 && across - x < wide).map(([, down]) => down - y);
      const labels = taken.filter(([left, right]) => left < x + wide && x < right).map(([, , down]) => down - y);
      const near = (all, middle, away) => all.filter((down) => Math.abs(down - middle) < away).length;
      const [over, under] = [-9, 9].map((middle) => near(points, middle, 9) + near(labels, middle, 13));
      const below = y < EDGE || under < over;
      found[row] = below ? 13 : -5;
      if (told.has(row)) taken.push([x, x + wide, y + (below ? 9 : -9)]);
    }
    return found;
  }

  /** Twin of widgets.MaxNorm.settings. */
  function settings() {
    const found = [];
    const setting = (name, value) => found.push(fill(words.setting, { name, value }));
    if (get("max_norm") !== FIRST.max_norm) setting(words.cap, number(get("max_norm"), 1));
    if (get("norm_type") !== FIRST.norm_type) setting(words.p, get("norm_type").replace("inf", "∞"));
    if (get("run").includes(STEP)) found.push(...blocked().map((name) => words[`switch.${name}`]));
    return get("run").length ? found : [];
  }

  /** Twin of widgets.MaxNorm.status. */
  function sentence(before, after, moved) {
    const done = shown();
    const cap = number(get("max_norm"), 1);
    const out = outside(after);
    const parts = get("expected").length && done !== null ? [say(words, "guess", get("expected").length)] : [];
    if (done === null) parts.push(say(words, "waits", out.length, { rows: rows.length, cap }));
    else if (done !== STEP) {
      const switches = get("switches");
      parts.push(say(words, "lookup", moved.length, { read: say(words, "read", new Set(done).size), names: names(moved) }));
      if (switches.length && moved.length) parts.push(fill(words.through, { switches: listed(switches) }));
      parts.push(say(words, "outside", out.length, { cap }));
    } else if (blocked().length) parts.push(fill(words.blocked, { switches: listed(blocked()) }));
    else {
      const again = out.filter((row) => !isOutside(before[row]));
      parts.push(say(words, "step", moved.length, { rate: number(RATE, 1) }));
      if (moved.length) parts.push(say(words, "again", again.length, { names: names(again), cap }));
    }
    if (settings().length) parts.push(fill(words.played, { settings: list(settings()) }));
    if (get("run").length >= RUN) parts.push(fill(words.end, { n: RUN }));
    return parts.join(" ");
  }

  function button(kind) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `place ${kind}`;
    const parts = kind === "chip" ? ["word", "number"] : ["value", "value"];
    made.append(...parts.map((name) => Object.assign(document.createElement("span"), { className: name })));
    return made;
  }

  function drawPlaces(after) {
    const indices = get("indices");
    const chips = places(tensors.indices, indices.length, () => button("chip"));
    const vectors = places(tensors.output, read().length, () => button("vector"));
    indices.forEach((row, k) => {
      write(chips[k].querySelector(".word"), word(row));
      write(chips[k].querySelector(".number"), String(row));
      chips[k].dataset.place = k;
    });
    read().forEach((row, k) => {
      [...vectors[k].children].forEach((cell, column) => drawValue(cell, after[row][column], DECIMALS, largest));
      vectors[k].dataset.place = k;
    });
    drawTensor(tensors.indices, [indices.length], chips);
    drawTensor(tensors.output, [read().length], vectors);
    tensors.output.hidden = !Array.isArray(shown());
    write($(".lane.indices .numbers"), shapeText([indices.length]));
    write($(".lane.output .numbers"), tensors.output.hidden ? "" : shapeText([read().length, 2]));
    for (const tensor of Object.values(tensors)) onlyOne(tensor, ".place");
  }

  function drawRows(before, after, moved) {
    const done = shown() !== null;
    for (const [row, line] of table) {
      mark(line, "data-read", read().includes(row) ? "" : undefined);
      [...line.querySelectorAll("td.value:not(.after)")].forEach((cell, k) => drawValue(cell, before[row][k], DECIMALS, largest));
      drawAfter([...line.querySelectorAll(".after")], before[row], done ? after[row] : null, DECIMALS, largest);
      const lengths = line.querySelectorAll(".norm");
      [before, done ? after : null].forEach((weight, k) => {
        write(lengths[k], weight ? number(norm(weight[row], p()), DECIMALS) : "");
        lengths[k].classList.toggle("over", Boolean(weight) && isOutside(weight[row]));
      });
    }
    drawMarks(context, get("expected"), done && get("expected").length ? moved : null);
    for (const [row, line] of table) mark(line, "data-changed", done && moved.includes(row) ? "" : undefined);
  }

  function drawPlane(before, after, moved) {
    $(".ball").setAttribute("d", `M${ball(get("max_norm"), p()).map(place).join("L")}Z`);
    $("svg .cap").setAttribute("transform", `translate(${place([get("max_norm"), 0])})`);
    write($("svg .cap"), number(get("max_norm"), 1));
    mark(drawing, "data-done", shown() === STEP ? STEP : undefined);
    const ends = after.map((row) => place(row).split(" ").map(Number));
    const under = drops(ends, new Set([...read(), ...moved]));
    for (const [row, dot] of dots) {
      const [start, end, moves] = [place(before[row]), place(after[row]), moved.includes(row)];
      const [way, from, to, label] = dot.children;
      way.setAttribute("d", moves ? `M${start}L${end}` : "");
      from.setAttribute("d", moves ? shapes.get(row) : "");
      from.setAttribute("transform", `translate(${start})`);
      for (const element of [to, label]) element.setAttribute("transform", `translate(${end})`);
      label.setAttribute("dy", under[row]);
      mark(dot, "data-read", read().includes(row) ? "" : undefined);
      write(label, read().includes(row) || moves || row === pointed ? word(row) : "");
    }
  }

  function drawControls() {
    const ended = get("run").length >= RUN;
    const same = [...$(".choose").options].find((option) => option.dataset.indices === JSON.stringify(get("indices")));
    $(".choose").value = same ? same.value : "";
    for (const name of [".look", ".step"]) $(name).disabled = ended;
    $("input.cap").value = get("max_norm");
    write($(".cap-value"), number(get("max_norm"), 1));
    for (const choice of $$(".norm-type")) mark(choice, "aria-pressed", String(choice.dataset.p === get("norm_type")));
    for (const box of $$("[data-switch]")) box.checked = get("switches").includes(box.dataset.switch);
  }

  /** The row that is pointed at, in all lanes. */
  function light() {
    const lit = (row) => (row !== null && row === pointed ? "" : undefined);
    for (const [row, line] of table) mark(line, "data-lit", lit(row));
    for (const [row, dot] of dots) mark(dot, "data-lit", lit(row));
    for (const [tensor, indices] of [[tensors.indices, get("indices")], [tensors.output, read()]]) {
      tensor.querySelectorAll(".place").forEach((made, k) => mark(made, "data-lit", lit(indices[k])));
    }
  }

  function draw() {
    const { before, after } = found();
    const moved = changed(before, after, LEAST);
    drawPlaces(after);
    drawRows(before, after, moved);
    drawPlane(before, after, moved);
    drawControls();
    light();
    write($(".status"), sentence(before, after, moved));
  }

  function found() {
    const all = states(rows, get("run"), get("max_norm"), p(), blocked().length > 0);
    return shown() === null ? { before: all.after, after: all.after } : all;
  }

  /** Let the points come from where they were. Only where the reader allows motion. */
  function travel() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const dot of dots.values()) {
      const [way, from, to] = dot.children;
      if (!way.getAttribute("d")) continue;
      const [start, end] = [from, to].map((element) => element.getAttribute("transform").replace(/([-\d.]+) ([-\d.]+)/, "$1px, $2px"));
      to.animate([{ transform: start }, { transform: end }], { duration: 700, easing: "ease-in-out" });
    }
  }

  // what the reader does

  function act(done, indices) {
    if (get("run").length >= RUN) return;
    set({ run: [...get("run"), done], indices, expected: get("taken") ? [] : get("expected"), taken: true });
    draw();
    travel();
  }

  /** The row whose point is nearest to a click, or nothing. */
  function nearest({ clientX, clientY }) {
    const box = drawing.getBoundingClientRect();
    const [x, y] = [((clientX - box.left) / box.width) * SIDE, ((clientY - box.top) / box.height) * SIDE];
    let [best, least] = [null, NEAR];
    for (const [row, dot] of dots) {
      const [px, py] = dot.querySelector(".to").getAttribute("transform").match(/-?[\d.]+/g).map(Number);
      const away = Math.hypot(px - x, py - y);
      if (away < least) [best, least] = [row, away];
    }
    return best;
  }

  on(".look", "click", () => act(get("indices"), get("indices")));
  on(".step", "click", () => act(STEP, get("indices")));
  on(".reset", "click", () => set(first));
  on(".choose", "change", ({ target }) => {
    const { indices } = target.selectedOptions[0].dataset;
    if (indices) set({ indices: JSON.parse(indices), taken: false, expected: [] });
    else draw();
  });
  on("input.cap", "input", ({ target }) => set({ max_norm: Number(target.value) }));
  on(".switches", "change", ({ target }) => {
    const others = get("switches").filter((name) => name !== target.dataset.switch);
    const now = target.checked ? [...others, target.dataset.switch] : others;
    set({ switches: $$("[data-switch]").map((box) => box.dataset.switch).filter((name) => now.includes(name)) });
  });
  figure.addEventListener("click", (event) => {
    const choice = event.target.closest(".norm-type");
    if (choice) set({ norm_type: choice.dataset.p });
    const pick = event.target.closest(".pick");
    const row = pick ? Number(pick.closest("tr").dataset.row) : drawing.contains(event.target) ? nearest(event) : null;
    if (row !== null) act([row], [row]);
    // the first mark after a lookup or a step starts a new guess
    if (event.target.closest("button.mark") && get("taken")) set({ taken: false, expected: [] });
  }, { signal });
  markRows(context, () => true);

  for (const [event, over] of [["pointermove", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    figure.addEventListener(event, (which) => {
      const { target } = which;
      const made = over && target.closest(".place");
      const line = over && target.closest("tr[data-row]");
      const indices = made && tensors.output.contains(made) ? read() : get("indices");
      const dot = over && event === "pointermove" && drawing.contains(target) ? nearest(which) : null;
      const row = made ? indices[Number(made.dataset.place)] : line ? Number(line.dataset.row) : dot;
      if (row === pointed) return;
      pointed = row;
      const { before, after } = found();
      drawPlane(before, after, changed(before, after, LEAST));
      light();
    }, { signal });
  }

  for (const tensor of Object.values(tensors)) arrowKeys(tensor, ".place", signal);
  arrowKeys($(".rows"), ".pick, .mark", signal);
  arrowKeys($(".shapes"), ".norm-type", signal);
  live(["run", "indices", "taken", "expected", "max_norm", "norm_type", "switches"], draw);
});
