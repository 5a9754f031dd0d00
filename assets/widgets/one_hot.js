import { arrowKeys, onlyOne } from "./core/keys.js";
import { verdict } from "./core/predict.js";
import { drawWires, mark, number as formatted, shapeText, wireUp, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const QUARTERS = ["0", "¼", "½", "¾", "1"];

/** Read a number that Python wrote, as the float32 number that it stands for. */
export function float32(text) {
  return Math.fround(Number(text.replace("inf", "Infinity")));
}

/** Twin of reference.one_hot for indices in [0, V). */
export function oneHot(indices, V) {
  return indices.map((index) => Array.from({ length: V }, (_, row) => (row === index ? 1 : 0)));
}

/**
 * Twin of reference.one_hot_lookup after its one_hot: `rows` (N, V) times `weight` (V, D).
 * The weights are float32 numbers. A double holds their products with 0, ¼, ½, ¾ and 1 exactly, so the sum is rounded
 * once, to float32, at its end.
 */
export function product(rows, weight) {
  return rows.map((row) => weight[0].map((_, d) => {
    let sum = 0;
    for (let v = 0; v < row.length; v += 1) sum += row[v] * weight[v][d];
    return Math.fround(sum);
  }));
}

/** Twin of reference.lookup for indices in [0, V). */
export function copies(weight, indices) {
  return indices.map((index) => [...weight[index]]);
}

/** Twin of `one_hot(x, V).T @ G`: (N, V) and (N, D) give (V, D). */
export function transposedProduct(rows, grads) {
  return rows[0].map((_, v) => grads[0].map((_, d) => {
    let sum = 0;
    for (let k = 0; k < rows.length; k += 1) sum += rows[k][v] * grads[k][d];
    return Math.fround(sum);
  }));
}

/** Twin of widgets._markup.number, for large numbers too, which `toFixed` writes with an exponent. */
export function number(value, decimals) {
  if (!Number.isFinite(value) || Math.abs(value) < 1e21) return formatted(value, decimals);
  return `${BigInt(value)}${decimals ? "." : ""}${"0".repeat(decimals)}`.replace("-", "−");
}

/** Twin of widgets.one_hot.written_out. */
export function writtenOut(words, name, quarters, values, total, left, decimals, digits) {
  const products = values.map((value, k) => {
    const kind = Number.isNaN(quarters[k] * value) ? "broken" : quarters[k] ? "one" : "zero";
    return [kind, `${QUARTERS[quarters[k]]}·${number(value, decimals).replace(/^−.*/, "($&)")}`];
  });
  if (left) products.push(["zero", fill(words.rest, { n: left })]);
  const pieces = [];
  for (const [kind, text] of products) {
    const above = pieces.at(-1);
    if (above?.[1] === kind) above[0] += ` + ${text}`;
    else if (above?.[1] === "zero") {
      above[0] += " + ";
      pieces.push([text, kind]);
    } else pieces.push([above ? ` + ${text}` : text, kind]);
  }
  return [[`${name} = `, "name"], ...pieces, [" = ", "name"], [number(total, digits), "sum"]];
}

export default enhance((context) => {
  const { figure, words, first, get, set, live, $, $$, signal } = context;
  const lines = new Map($$("tr[data-row]").map((line) => [Number(line.dataset.row), line]));
  const rows = [...lines.keys()]; // of a long table the page carries some
  const place = new Map(rows.map((row, k) => [row, k]));
  const outputs = $$(".outputs .line[data-place]");
  const strips = $(".strips");
  const hot = $$(".hot");
  const stage = $(".stage");
  const spoil = Number($(".step").dataset.row);
  const shape = $(".lane.table .numbers").textContent.match(/\d+/g).map(Number);
  const { numbers, ...rounding } = $(".rows").dataset;
  const [decimals, largest] = [Number(rounding.decimals), Number(rounding.largest)];
  const given = numbers.split(";").map((row) => row.split(",").map(float32));
  let revealed = null; // the row last scrolled to

  const weight = () => given.map((values, k) => (rows[k] === get("inf") ? values.map(() => Infinity) : values));
  const word = (row) => lines.get(row)?.querySelector(".mark").dataset.word;
  const name = (row) => (word(row) === undefined ? String(row) : fill(words.name, { row, word: word(row) }));
  const backward = () => get("backward");
  const extra = () => [0, 2, 1, 2, 0][get("share")];
  const digits = () => decimals + extra();
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });
  const chosen = () => get("places")[get("position")];
  const mixed = () => get("share") > 0 && get("share") < 4 && get("other") !== chosen();

  /** The row that each place reads; a place whose whole one has moved reads row `other`. */
  const indices = () => get("places").map((row, k) => (k === get("position") && get("share") === 4 ? get("other") : row));

  /** Twin of OneHot._part: how many quarters place `k` takes of a row. */
  function part(k, row) {
    const moved = k === get("position") ? get("share") : 0;
    return (get("places")[k] === row ? 4 - moved : 0) + (get("other") === row ? moved : 0);
  }

  /** Is the row one of the two that a mixed place takes? */
  const taken = (row) => mixed() && part(get("position"), row) > 0;

  /** Everything that is computed, from the traits as they are now. */
  function compute() {
    const seats = indices().map((row) => place.get(row));
    const parts = oneHot(seats, rows.length);
    const quarters = rows.map((row) => part(get("position"), row));
    const mixture = parts.map((row, k) => (k === get("position") ? quarters.map((quarter) => quarter / 4) : row));
    const grads = seats.map((_, k) => given[0].map((_, d) => 2 ** k * 10 ** d));
    return {
      weight: weight(),
      quarters,
      product: product(mixture, weight()),
      copies: copies(weight(), seats),
      grads,
      gradient: transposedProduct(mixture, grads),
    };
  }

  const those = (numbers, test) => numbers.flatMap((row, k) => (row.some(test) ? [k] : []));
  const changed = (now) => those(now.product, (value) => !Number.isFinite(value));

  /** Twin of OneHot.status. */
  function sentence(now) {
    const [k, row, column, places] = [get("position"), get("row"), get("column"), get("places").length];
    if (backward()) {
      if (taken(row)) return fill(words["back.mixed"], { place: k, part: QUARTERS[part(k, row)], name: name(row) });
      return say(words, "back", indices().filter((index) => index === row).length, { name: name(row), places });
    }
    if (get("inf") !== null) {
      const [count, reads] = [now.product, now.copies].map((numbers) => those(numbers, Number.isNaN).length);
      const template = words[Number.isNaN(now.product[k][column]) ? "inf.nan" : "inf.kept"];
      const shown = { number: fill(words.E, { place: k, column }), name: name(get("inf")), count, places, reads };
      return fill(template, shown) + say(words, "marked", get("expected").length);
    }
    const first = name(indices()[k]);
    if (mixed()) {
      const [one, two] = [QUARTERS[4 - get("share")], QUARTERS[get("share")]];
      return fill(words.mixed, { name: first, partner: name(get("other")), first: one, second: two });
    }
    return fill(words.plain, { place: k, column, rows: shape[0], zeros: shape[0] - 1, name: first });
  }

  /** As many strips and lines as places: the last one is copied, or removed. */
  function drawPlaces() {
    const count = get("places").length;
    for (const list of [hot, outputs]) {
      while (list.length > count) list.pop().remove();
      while (list.length < count) {
        const copy = list.at(-1).cloneNode(true);
        seat(copy, list.length);
        list.at(-1).after(copy);
        list.push(copy);
      }
    }
    onlyOne(strips, ".place");
    write($(".lane.indices .numbers"), shapeText([count, shape[0]]));
    write($(".lane.output .numbers"), shapeText([count, shape[1]]));
  }

  /** Give a copied strip or line its place. */
  function seat(copy, place) {
    for (const part of [copy, ...copy.querySelectorAll("[data-place]")]) part.dataset.place = place;
    const titles = { ".hot": words.strip, ".expect": words.expect, ".num": words.number };
    for (const [selector, title] of Object.entries(titles)) {
      for (const part of copy.matches(selector) ? [copy] : copy.querySelectorAll(selector)) {
        part.title = fill(title, { place, column: part.dataset.column });
      }
    }
  }

  function drawStrips() {
    strips.style.setProperty("--row", get("row"));
    indices().forEach((row, k) => {
      const button = hot[k];
      const share = k === get("position") ? get("share") : 0;
      const label = button.querySelector(".word");
      if (label) write(label, word(row));
      write(button.querySelector(".number"), String(row));
      const parts = [[get("places")[k], 4 - share], [get("other"), share]];
      button.querySelectorAll(".strip i").forEach((sign, n) => {
        sign.style.setProperty("--at", parts[n][0]);
        sign.style.setProperty("--share", parts[n][1] / 4);
      });
      mark(button, "data-lit", k === get("position") && !backward() ? "here" : undefined);
    });
  }

  /** A value cell: its text, and its tint by sign and size. */
  function drawValue(cell, value, places, greatest, kind = "value") {
    const tint = !Number.isFinite(value) ? 1 : greatest ? Math.min(Math.abs(value) / greatest, 1) : 0;
    write(cell, number(value, places));
    cell.className = `${kind} ${!Number.isFinite(value) ? "broken" : value < 0 ? "negative" : "positive"}`;
    cell.style.setProperty("--size", (tint + 1e-9).toFixed(2));
  }

  function drawRows(now) {
    const [column, back] = [get("column"), backward()];
    const shown = back ? now.gradient : now.weight;
    const greatest = back ? Math.max(...now.gradient.flat()) : largest;
    rows.forEach((row, k) => {
      const line = lines.get(row);
      const quarters = now.quarters[k];
      const result = (quarters / 4) * now.weight[k][column];
      const places = !back ? decimals : taken(row) ? extra() : 0;
      line.querySelectorAll("td.value").forEach((cell, d) => drawValue(cell, shown[k][d], places, greatest));
      write(line.querySelector(".entry"), back ? "" : QUARTERS[quarters]);
      write(line.querySelector(".product"), back ? "" : number(result, digits()));
      const used = back ? taken(row) || indices().includes(row) : quarters > 0;
      mark(line, "data-read", used ? "" : undefined);
      mark(line, "data-lit", (back ? row === get("row") : quarters > 0) ? "" : undefined);
      mark(line, "data-broken", !back && !Number.isFinite(result) ? "" : undefined);
      mark(line.querySelector(".pick"), "title", fill(words[back ? "pick.backward" : "pick"], { name: name(row) }));
    });
    const [, entry] = $$(".rows thead th");
    write(entry, fill(words.entry, { place: get("position") }));
    write($(".rows thead th:last-child"), fill(words.products, { place: get("position") }));
    $("tr.sum").hidden = back;
    write($("tr.sum .product"), back ? "" : number(now.product[get("position")][column], digits()));
    write($(".lane.table .title"), words[back ? "table.backward" : "table"]);
    $(".lane.table .hint").hidden = back;
  }

  function drawOutputs(now) {
    const [back, column, position, row] = [backward(), get("column"), get("position"), get("row")];
    const result = get("expected").length && get("inf") !== null && !back ? verdict(get("expected"), changed(now)) : {};
    const greatest = back ? Math.max(...now.grads.flat()) : largest;
    outputs.forEach((line, k) => {
      const [index, here, taking] = [indices()[k], k === position, part(k, row) > 0];
      const expect = line.querySelector(".expect");
      const sign = Object.keys(result).find((kind) => result[kind].includes(k));
      write(expect, word(index) ?? String(index));
      expect.disabled = back; // there is nothing to expect of a gradient that is shown
      mark(expect, "aria-pressed", String(get("expected").includes(k)));
      write(line.querySelector(".verdict"), sign ? words[`expected.${sign}`] : "");
      write(line.querySelector(".entry"), back ? QUARTERS[part(k, row)] : "");
      mark(line, "data-read", back && taking ? "" : undefined);
      line.querySelectorAll(".num").forEach((button, d) => {
        const value = back ? now.grads[k][d] : now.product[k][d];
        drawValue(button, value, back ? 0 : here ? digits() : decimals, greatest, "num value");
        mark(button, "data-lit", (back ? taking : here) && d === column ? "here" : undefined);
      });
      const none = here && mixed();
      line.querySelector(".none").hidden = back || !none;
      drawCopied(line.querySelector(".copied"), back || none ? [] : now.copies[k]);
    });
    onlyOne($(".outputs"), ".expect, .num");
    $(".line.head").hidden = back;
    write($(".lane.output .title"), words[back ? "output.backward" : "output"]);
  }

  function drawCopied(box, values) {
    while (box.children.length > values.length) box.lastChild.remove();
    while (box.children.length < values.length) box.append(document.createElement("span"));
    values.forEach((value, d) => drawValue(box.children[d], value, decimals, largest));
  }

  function drawWritten(now) {
    const [column, position, row] = [get("column"), get("position"), get("row")];
    const pieces = backward()
      ? writtenOut(
          words, fill(words.dW, { row, column }), get("places").map((_, k) => part(k, row)),
          now.grads.map((values) => values[column]), now.gradient[place.get(row)][column], 0, 0, taken(row) ? extra() : 0,
        )
      : writtenOut(
          words, fill(words.E, { place: position, column }), now.quarters, now.weight.map((values) => values[column]),
          now.product[position][column], shape[0] - rows.length, decimals, digits(),
        );
    const box = $(".written");
    while (box.children.length > pieces.length) box.lastChild.remove();
    while (box.children.length < pieces.length) box.append(document.createElement("span"));
    pieces.forEach(([text, kind], k) => {
      write(box.children[k], text);
      box.children[k].className = kind;
    });
  }

  function drawControls() {
    const back = backward();
    for (const button of $$(".direction")) mark(button, "aria-pressed", String(button.dataset.backward === String(back)));
    $(".steps").hidden = back;
    $(".mixing").hidden = back;
    $(".ask").hidden = get("inf") !== null;
    write($(".ask"), fill(words[get("places").includes(spoil) ? "ask.read" : "ask"], { name: name(spoil) }));
    write($(".step"), get("inf") === null ? fill(words.spoil, { name: name(spoil) }) : words.mend);
    $(".share").value = get("share");
    $(".share").disabled = get("other") === chosen();
    write($(".part"), QUARTERS[get("share")]);
    write($(".partner"), fill(words.mix, { name: name(get("other")) }));
  }

  /** From each one-hot row that takes a part of the row to that row; the chosen one, or, transposed, all of them. */
  function wire() {
    const back = backward();
    const ends = [];
    hot.forEach((strip, k) => {
      for (const [row, line] of lines) {
        const drawn = back ? row === get("row") : k === get("position");
        if (drawn && part(k, row)) ends.push([strip, line, back ? "gradient" : "read", true]);
      }
    });
    drawWires(stage, ends);
  }

  /** Where the table scrolls (on a phone), bring a row into its window: once, the reader may scroll on. */
  function reveal(row) {
    const first = revealed === null;
    if (row === revealed) return;
    revealed = row;
    const box = $(".rows");
    if (!first && box.scrollHeight > box.clientHeight) box.scrollTop = lines.get(row).offsetTop - box.clientHeight / 2;
  }

  function draw() {
    const now = compute();
    mark(stage, "data-backward", backward() ? "" : undefined);
    mark(stage, "data-column", String(get("column")));
    drawPlaces();
    drawStrips();
    drawRows(now);
    drawOutputs(now);
    drawWritten(now);
    drawControls();
    reveal(backward() ? get("row") : get("inf") ?? indices()[get("position")]);
    wire();
    write($(".status"), sentence(now));
  }

  // what the reader does

  const replaced = (row) => get("places").map((index, k) => (k === get("position") ? row : index));

  /** Another place; what has moved in the old one goes back, unless all of it had moved. */
  function choose(position) {
    if (position === get("position")) return {};
    return { position, share: 0, ...(get("share") === 4 ? { places: replaced(get("other")) } : {}) };
  }

  /** The chosen place takes a row. If that is the row it shared with, the old one changes sides. */
  function take(row) {
    if (!mixed() && row === indices()[get("position")]) return;
    set({ places: replaced(row), share: 0, ...(get("other") === row ? { other: chosen() } : {}) });
  }

  const toggled = (k) => (get("expected").includes(k) ? get("expected").filter((n) => n !== k) : [...get("expected"), k].sort());

  figure.addEventListener("click", ({ target }) => {
    const row = Number(target.closest("tr[data-row]")?.dataset.row);
    const k = Number(target.closest("[data-place]")?.dataset.place);
    const direction = target.closest(".direction");
    if (direction) set({ backward: direction.dataset.backward === "true" });
    if (target.closest(".hot")) set(backward() ? { ...choose(k), row: indices()[k] } : choose(k));
    if (target.closest(".expect")) set({ expected: toggled(k) });
    if (target.closest(".num")) {
      const column = Number(target.closest(".num").dataset.column);
      set({ column, ...choose(k), ...(backward() ? { row: indices()[k] } : {}) });
    }
    if (target.closest(".pick, .mark")) {
      if (backward()) set({ row });
      else take(row);
    }
  }, { signal });

  on(".step", "click", () => set({ inf: get("inf") === null ? spoil : null }));
  on(".share", "input", ({ target }) => set({ share: target.valueAsNumber }));
  on(".reset", "click", () => set(first));

  arrowKeys(strips, ".place", signal);
  arrowKeys($(".rows"), ".pick", signal);
  arrowKeys($(".outputs"), ".expect, .num", signal);
  arrowKeys($(".directions"), ".direction", signal);
  wireUp(stage, signal, wire);
  live(["places", "position", "column", "other", "share", "inf", "expected", "backward", "row"], draw);
});
