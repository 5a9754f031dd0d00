import { arrowKeys } from "./core/keys.js";
import { fixed, mark, number, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill } from "./core/words.js";

const UNIT = 100;
const SCALE = 2;

/** Twin of widgets.plane.apart: the distance of two points in hundredths, in units of the table. */
export function apart([x1, y1], [x2, y2]) {
  const [dx, dy] = [x1 - x2, y1 - y2];
  return Math.sqrt(dx * dx + dy * dy) / UNIT;
}

/** Twin of widgets.plane.trail: where a row went up to frame `last`, as the points of a line. */
export function trail(frames, row, last) {
  return frames.slice(0, last + 1).map((frame) => place(frame[row]).join()).join(" ");
}

function place([x, y]) {
  return [x / SCALE, -y / SCALE].map((value) => fixed(value, 1));
}

/** The other way round of widgets.Plane._packed: every frame of every run as points. */
export function unpack({ first, runs }) {
  return runs.map(({ moving, added }) => {
    const frames = [first];
    for (const step of added) {
      const next = [...frames.at(-1)];
      moving.forEach((row, k) => (next[row] = [next[row][0] + step[2 * k], next[row][1] + step[2 * k + 1]]));
      frames.push(next);
    }
    return frames;
  });
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const data = JSON.parse($(".plane").dataset.runs);
  const pairs = JSON.parse($(".plane").dataset.pairs);
  const runs = unpack(data);
  const points = new Map($$(".point").map((point) => [Number(point.dataset.row), point]));
  const word = (row) => points.get(row).querySelector("text").textContent;
  const at = () => fill(words.at, { step: data.steps[get("frame")], last: data.steps.at(-1) });
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });

  /** Twin of widgets.Plane.distances. */
  function distances([one, other]) {
    const frames = runs[get("loss")];
    return [0, get("frame")].map((k) => number(apart(frames[k][one], frames[k][other]), 2));
  }

  /** Twin of widgets.Plane.status. */
  function sentence() {
    const moved = get("frame") > 0;
    const told = get("watched").map((k) => {
      const [start, now] = distances(pairs[k]);
      const [one, other] = pairs[k].map(word);
      return fill(words[moved ? "told" : "told.start"], { one, other, start, now });
    });
    const text = told.join(words.between) || words.none;
    if (!moved) return fill(words.start, { pairs: text });
    return fill(words.moved, { step: data.steps[get("frame")], loss: data.names[get("loss")], pairs: text });
  }

  function draw() {
    const frames = runs[get("loss")];
    const frame = get("frame");
    const lit = new Set(get("watched").flatMap((k) => pairs[k]));
    for (const [row, point] of points) {
      mark(point, "data-lit", lit.has(row) ? "" : undefined);
      mark(point.querySelector(".now"), "transform", `translate(${place(frames[frame][row]).join(" ")})`);
    }
    for (const line of $$("polyline")) {
      const row = Number(line.dataset.row);
      mark(line, "points", lit.has(row) ? trail(frames, row, frame) : "");
    }
    mark($("svg"), "data-all", get("all") ? "" : undefined);
    for (const button of $$(".loss")) mark(button, "aria-pressed", String(Number(button.dataset.loss) === get("loss")));
    for (const button of $$(".pair")) {
      const k = Number(button.dataset.pair);
      mark(button, "aria-pressed", String(get("watched").includes(k)));
      const [start, now] = distances(pairs[k]);
      write(button.closest("tr").querySelector(".first"), start);
      write(button.closest("tr").querySelector(".far"), now);
    }
    const time = $(".time");
    if (Number(time.value) !== frame) time.value = String(frame);
    mark(time, "aria-valuetext", at());
    write($(".at"), at());
    $(".every").checked = get("all");
    write($(".status"), sentence());
  }

  on(".time", "input", ({ target }) => set({ frame: Number(target.value) }));
  on(".every", "change", ({ target }) => set({ all: target.checked }));
  on(".reset", "click", () => set(first));
  figure.addEventListener("click", (event) => {
    const loss = event.target.closest(".loss");
    if (loss) set({ loss: Number(loss.dataset.loss) });
    const pair = event.target.closest(".pair");
    if (!pair) return;
    const k = Number(pair.dataset.pair);
    const watched = get("watched");
    set({ watched: watched.includes(k) ? watched.filter((other) => other !== k) : [...watched, k].sort((a, b) => a - b) });
  }, { signal });

  arrowKeys($(".shapes"), ".loss", signal);
  arrowKeys($(".pairs"), ".pair", signal);
  live(["loss", "frame", "watched", "all"], draw);
});
