import { arrowKeys } from "./core/keys.js";
import { fixed, isLaidOut, mark, number, whenLaidOut, write } from "./core/stage.js";
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

/** Where words may stand around their points: to the right, to the left, then further and further out. */
function* around([x, y, width, height], behind) {
  for (let ring = 0; ring < 16; ring += 1) {
    const reach = 14 + 9 * ring;
    const ways = ring ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((k) => (k * Math.PI) / 6) : [0];
    for (const way of ways) {
      const angle = behind ? Math.PI - way : way;
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
      yield [x + reach * dx + (width / 2) * (dx - 1), y + reach * dy - height / 2, width, height];
    }
  }
}

/** The boxes of words that cover neither each other nor a point: for each [x, y, width, height, behind] its box. */
export function spread(words) {
  const taken = words.map(([x, y]) => [x - 5, y - 5, 10, 10]);
  const clash = ([x, y, w, h]) => taken.filter(([a, b, c, d]) => x < a + c && a < x + w && y < b + d && b < y + h).length;
  return words.map(([x, y, width, height, behind]) => {
    let best = null;
    for (const box of around([x, y, width, height], behind)) {
      const found = clash(box);
      if (best === null || found < best[1]) best = [box, found];
      if (found === 0) break;
    }
    taken.push(best[0]);
    return best[0];
  });
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const data = JSON.parse($(".plane").dataset.runs);
  const pairs = JSON.parse($(".plane").dataset.pairs);
  const runs = unpack(data);
  const points = new Map($$(".point").map((point) => [Number(point.dataset.row), point]));
  const ahead = new Set(pairs.map(([one]) => one)); // two words that meet are written on two sides
  for (const point of points.values()) {
    point.querySelector("text").setAttribute("text-anchor", "start");
    if (point.querySelector(".leader")) continue;
    const leader = document.createElementNS("http://www.w3.org/2000/svg", "path");
    leader.setAttribute("class", "leader"); // it ties a word to its point where it stands far away
    point.querySelector(".now").prepend(leader);
  }
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

  /** Write the words that are shown so that each can be read: those of the pairs first, the others where room is. */
  function label() {
    if (!isLaidOut($(".plane"))) return;
    const told = new Set([...points.values()].filter((point) => get("all") || point.matches("[data-lit], [data-mark]")));
    const order = [...told].sort((one, other) => other.matches("[data-lit]") - one.matches("[data-lit]"));
    const boxes = order.map((point) => {
      const [x, y] = point.querySelector(".now").getAttribute("transform").match(/-?[\d.]+/g).map(Number);
      const { width, height } = point.querySelector("text").getBBox();
      return [x, y, width, height, !ahead.has(Number(point.dataset.row))];
    });
    spread(boxes).forEach(([left, top], k) => {
      const [x, y, width, height] = boxes[k];
      const text = order[k].querySelector("text");
      mark(text, "x", fixed(left - x, 1));
      mark(text, "y", fixed(top - y + 0.78 * height, 1));
      const end = [Math.min(Math.max(x, left), left + width) - x, Math.min(Math.max(y, top), top + height) - y];
      const far = Math.hypot(...end) > 18;
      mark(order[k].querySelector(".leader"), "d", far ? `M0 0L${end.map((value) => fixed(value, 1)).join(" ")}` : "");
    });
    for (const point of points.values()) if (!told.has(point)) mark(point.querySelector(".leader"), "d", "");
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
    label();
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
  whenLaidOut($(".plane"), signal, label);
  live(["loss", "frame", "watched", "all"], draw);
});
