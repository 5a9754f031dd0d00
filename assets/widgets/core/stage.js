/** Draws the lanes of the stage: the twins of the functions of widgets/_stage.py. */

/** Places that a lane draws; the rest is counted. */
export const DRAWN = 60;

/** Twin of widgets._stage.shape_text. */
export function shapeText(shape) {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** Twin of widgets._stage.nested: `leaves` inside one bracket an axis. */
export function nest(shape, leaves) {
  if (shape.length === 0) return leaves.slice(0, 1);
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const axis = document.createElement("div");
  axis.className = "axis";
  axis.dataset.axis = String(shape.length);
  for (let k = 0; k < Math.min(shape[0], DRAWN); k += 1) {
    if (!size || k * size < leaves.length) axis.append(...nest(shape.slice(1), leaves.slice(k * size, (k + 1) * size)));
  }
  return [axis];
}

/** Put `leaves` into the tensor, in new brackets only if the shape or their number changed. */
export function drawTensor(tensor, shape, leaves) {
  const form = JSON.stringify([shape, leaves.length]);
  if (tensor.dataset.form === form) return false;
  tensor.dataset.form = form;
  tensor.replaceChildren(...nest(shape, leaves));
  return true;
}

/** As many buttons as places: those that are there, more, or fewer. */
export function places(tensor, count, make) {
  const buttons = [...tensor.querySelectorAll(".place")].slice(0, count);
  while (buttons.length < count) buttons.push(make());
  return buttons;
}

/** Write a text only if it differs: a live region speaks once, a selection stays. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Twin of Python's f"{value:.{decimals}f}", which rounds a tie to the even digit where toFixed rounds it up. */
export function fixed(value, decimals) {
  const half = value * 2 ** (decimals + 1);
  if (!Number.isInteger(half) || half % 2 === 0) return value.toFixed(decimals);
  const below = Math.floor(value * 10 ** decimals);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** decimals).toFixed(decimals);
}

/** Twin of widgets._markup.number: fixed decimals, a real minus sign, no negative zero. */
export function number(value, decimals) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "−inf" : "inf";
  const text = fixed(value, decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Twin of widgets._stage.size: how strong a value's tint is, from 0 to 1. */
export function size(value, largest) {
  if (!Number.isFinite(value)) return "1";
  return largest ? fixed(Math.min(Math.abs(value) / largest, 1), 2) : "0";
}

/** Twin of one cell of widgets._stage.cells: its text, its size and its sign. */
export function drawValue(cell, value, decimals, largest) {
  write(cell, number(value, decimals));
  cell.classList.toggle("negative", value < 0);
  cell.classList.toggle("positive", !(value < 0));
  cell.style.setProperty("--size", size(value, largest));
}

/** Set or remove an attribute. */
export function mark(element, name, value) {
  if (value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

const SVG = "http://www.w3.org/2000/svg";

const laidOut = new WeakSet();

/**
 * Call `measure`, which reads places and sizes in `element`, once it is laid out, and again when its size changes. Until
 * then nothing may measure: for a figure that wakes the page would be laid out once more, while a reader scrolls.
 */
export function whenLaidOut(element, signal, measure) {
  const watch = new ResizeObserver(() => {
    laidOut.add(element);
    measure();
  });
  watch.observe(element);
  signal.addEventListener("abort", () => watch.disconnect());
}

/** Whether the element may be measured. */
export function isLaidOut(element) {
  return laidOut.has(element);
}

/** Put wires behind the lanes of the stage, and call `draw`, which uses `drawWires`, when they can be drawn. */
export function wireUp(stage, signal, draw) {
  const wires = document.createElementNS(SVG, "svg");
  wires.setAttribute("class", "wires");
  wires.setAttribute("aria-hidden", "true");
  stage.prepend(wires); // now: later its siblings would be styled once more
  whenLaidOut(stage, signal, draw);
}

/**
 * Draw a line from each lit index to its row and on to its output, where the lanes stand side by side.
 * With `fromPlaces` it starts at the place itself, not at its bracket. Decoration: everything it says is also said by outlines and by the sentence.
 */
export function drawWires(stage, ends, fromPlaces = false) {
  if (!isLaidOut(stage)) return;
  const wires = stage.querySelector("svg.wires");
  const frame = stage.getBoundingClientRect();
  wires.replaceChildren(
    ...ends.flatMap(([from, to, role, strong]) => {
      const [a, b] = [from, to].map(edges);
      if (a.right > b.left || !a.height || !b.height) return [];
      const [x1, y1] = [a.right - frame.left, a.top + a.height / 2 - frame.top];
      const [x2, y2] = [b.left - frame.left, b.top + b.height / 2 - frame.top];
      const path = document.createElementNS(SVG, "path");
      const bend = (x2 - x1) / 2;
      const [start, end] = fromPlaces ? [from.getBoundingClientRect().right - frame.left, to.getBoundingClientRect().left - frame.left] : [x1, x2];
      path.setAttribute("d", `M${start} ${y1}H${x1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}H${end}`);
      path.setAttribute("class", strong ? `${role} strong` : role);
      return [path];
    }),
  );
}

/** Where a wire may end: at the height of the element, at the side of the bracket around it. */
function edges(element) {
  const { top, height } = element.getBoundingClientRect();
  const { left, right } = (element.closest(".axis") ? element.closest(".tensor").firstElementChild : element).getBoundingClientRect();
  return { top, height, left, right };
}
