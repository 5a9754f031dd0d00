/** The gradient lane: the twins of widgets/_gradient.py, and the way home. */
import { drawValue, mark, number, write } from "./stage.js";

/** Twin of widgets._gradient.total: the sum of gradient rows, added in their order. */
export function total(grads) {
  return grads.slice(1).reduce((sum, grad) => sum.map((a, column) => a + grad[column]), grads[0]);
}

/** Twin of widgets._gradient.lines: the gradient of `row`; place k read rows[k] and sends grads[k]. */
export function lines(rows, grads, row) {
  const pieces = [];
  rows.forEach((read, place) => {
    if (read === row) pieces.push({ kind: "piece", values: grads[place], place });
  });
  if (pieces.length === 0) return [{ kind: "none", values: (grads[0] ?? []).map(() => 0) }];
  if (pieces.length === 1) return pieces;
  return [...pieces, { kind: "sum", values: total(pieces.map((line) => line.values)) }];
}

/** Twin of widgets._gradient.changed: the rows in which some number differs by `least` or more. */
export function changed(before, after, least) {
  const rows = before.map((_, row) => row);
  return rows.filter((row) => before[row].some((old, column) => Math.abs(old - after[row][column]) >= least));
}

/** Draw a row of numbers into its element: a gradient row, or what was read. */
export function drawPiece(element, values, decimals, largest) {
  const cells = [...element.querySelectorAll(":scope > .value")];
  while (cells.length > values.length) cells.pop().remove();
  while (cells.length < values.length) cells.push(element.appendChild(span("value")));
  values.forEach((value, column) => drawValue(cells[column], value, decimals, largest));
}

/** Draw a row's lines into its cell; lines that stay keep their elements. */
export function drawStack(cell, found, decimals, largest) {
  while (cell.childElementCount > found.length) cell.lastElementChild.remove();
  found.forEach((line, k) => {
    const element = cell.children[k] ?? cell.appendChild(span("line"));
    mark(element, "data-kind", line.kind);
    mark(element, "data-place", line.place);
    let label = element.querySelector(".label");
    if (line.label === undefined) label?.remove();
    else {
      if (!label) element.prepend((label = span("label")));
      write(label, line.label);
    }
    drawPiece(element, line.values, line.decimals ?? decimals, largest);
  });
}

/** Draw the numbers of a row after the step, those whose shown number is another outlined; none for null. */
export function drawAfter(cells, before, after, decimals, largest) {
  cells.forEach((cell, column) => {
    if (after) drawValue(cell, after[column], decimals, largest);
    else {
      drawValue(cell, 0, decimals, 0);
      write(cell, "");
    }
    const differs = after && number(before[column], decimals) !== number(after[column], decimals);
    mark(cell, "data-changed", differs ? "" : undefined);
  });
}

/** Let `to`, which is where it belongs, come from where `from` is. Only where the reader allows motion. */
export function fly(from, to, delay = 0) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !from || !to) return;
  const [a, b] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
  if (!a.height || !b.height) return;
  to.animate([{ transform: `translate(${a.left - b.left}px, ${a.top - b.top}px)` }, { transform: "none" }], {
    duration: 700,
    delay,
    easing: "ease-in-out",
    fill: "backwards",
  });
}

function span(name) {
  const element = document.createElement("span");
  element.className = name;
  return element;
}
