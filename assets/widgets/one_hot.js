import { arrowKeys, onlyOne } from "./core/keys.js";
import { verdict } from "./core/predict.js";
import { drawWires, mark, shapeText, write } from "./core/stage.js";
import { enhance } from "./core/view.js";
import { fill, say } from "./core/words.js";

const DECADES = 15;
const QUARTERS = ["0", "¼", "½", "¾", "1"];
const UNITS = ["", " thousand", " million", " billion", " trillion"];
const BYTES = [" B", " kB", " MB", " GB", " TB"];

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

/** Twin of widgets.one_hot.costs. */
export function costs(V, D, N) {
  return {
    "work.product": N * V * D,
    "work.lookup": N * D,
    "bytes.product": 12 * N * V + 4 * N * D,
    "bytes.lookup": 4 * N * D,
  };
}

/** Twin of widgets.one_hot.short. */
export function short(n, names = UNITS) {
  if (n < 10000) return `${n}${names[0]}`;
  for (let k = 0; k < names.length; k += 1) {
    const unit = 1000n ** BigInt(k);
    for (const decimals of [2, 1, 0]) {
      const scaled = (2n * BigInt(n) * 10n ** BigInt(decimals) + unit) / (2n * unit);
      if (scaled >= 1000n) continue;
      const digits = String(scaled).padStart(decimals + 1, "0");
      return (decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits) + names[k];
    }
  }
  return `${BigInt(n) / 1000n ** BigInt(names.length - 1)}${names.at(-1)}`;
}

/** Twin of widgets.one_hot.times. */
export function times(a, b) {
  const [big, small] = [BigInt(a), BigInt(b)];
  if (big >= 100n * small) return String((2n * big + small) / (2n * small));
  const tenths = (20n * big + small) / (2n * small);
  return tenths % 10n ? `${tenths / 10n}.${tenths % 10n}` : String(tenths / 10n);
}

/** Twin of widgets.one_hot.size_at. */
export function sizeAt(step) {
  return 2 ** step;
}

/** Twin of widgets.one_hot.step_of. */
export function stepOf(size) {
  let step = 0;
  while (sizeAt(step + 1) <= size) step += 1;
  return step + (size * size > sizeAt(step) * sizeAt(step + 1) ? 1 : 0);
}

/** Twin of widgets.one_hot.len_of. */
export function lenOf(amount) {
  return Math.log10(amount) / DECADES;
}

/** Twin of widgets._markup.number. */
export function number(value, decimals) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "−inf" : "inf";
  const text = Math.abs(value) < 1e21 ? value.toFixed(decimals) : `${BigInt(value)}.${"0".repeat(decimals)}`;
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Twin of widgets.one_hot.written_out. */
export function writtenOut(words, name, quarters, values, total, left, decimals, digits) {
  const products = values.map((value, k) => {
    const kind = Number.isNaN(quarters[k] * value) ? "broken" : quarters[k] ? "one" : "zero";
    return [kind, `${QUARTERS[quarters[k]]}·${number(value, decimals)}`];
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
  const digits = () => decimals + [0, 2, 1, 2, 0][get("share")];
  const on = (selector, event, call) => $(selector).addEventListener(event, call, { signal });
  const mixed = () => get("share") > 0 && get("share") < 4 && get("other") !== get("places")[get("position")];

  /** The quarters that the chosen place takes of each row that the page carries. */
  function quarters() {
    const found = rows.map(() => 0);
    found[place.get(get("places")[get("position")])] += 4 - get("share");
    found[place.get(get("other"))] += get("share");
    return found;
  }

  /** Everything that is computed, from the traits as they are now. */
  function compute() {
    const seats = get("places").map((row) => place.get(row));
    const parts = oneHot(seats, rows.length);
    const chosen = quarters();
    const mixture = parts.map((row, k) => (k === get("position") ? chosen.map((part) => part / 4) : row));
    const grads = seats.map((_, k) => given[0].map((_, d) => 2 ** k * 10 ** d));
    return {
      weight: weight(),
      quarters: chosen,
      product: product(mixture, weight()),
      copies: copies(weight(), seats),
      grads,
      gradient: transposedProduct(parts, grads),
    };
  }

  const flooded = (numbers) => numbers.flatMap((row, k) => (row.some(Number.isNaN) ? [k] : []));

  function sentence(now) {
    const places = get("places");
    const chosen = places[get("position")];
    const row = get("row");
    if (backward()) {
      const reads = places.filter((index) => index === row).length;
      return say(words, "back", reads, { name: name(row), places: places.length });
    }
    if (get("inf") !== null) {
      const [count, reads] = [now.product, now.copies].map((numbers) => flooded(numbers).length);
      return say(words, "inf", get("expected").length, { count, places: places.length, reads });
    }
    if (mixed()) {
      const [one, two] = [QUARTERS[4 - get("share")], QUARTERS[get("share")]];
      return fill(words.mixed, { name: name(chosen), partner: name(get("other")), first: one, second: two });
    }
    const left = name(get("share") === 4 ? get("other") : chosen);
    return fill(words.plain, { place: get("position"), column: get("column"), rows: shape[0], zeros: shape[0] - 1, name: left });
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
    onlyOne($(".outputs"), ".expect, .num");
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
    get("places").forEach((row, k) => {
      const button = hot[k];
      const share = k === get("position") ? get("share") : 0;
      const label = button.querySelector(".word");
      if (label) write(label, word(row));
      write(button.querySelector(".number"), String(row));
      const parts = [[row, 4 - share], [get("other"), share]];
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
    cell.className = `${kind} ${Number.isNaN(value) ? "broken" : value < 0 ? "negative" : "positive"}`;
    cell.style.setProperty("--size", (tint + 1e-9).toFixed(2));
  }

  function drawRows(now) {
    const [column, back] = [get("column"), backward()];
    const shown = back ? now.gradient : now.weight;
    const greatest = back ? Math.max(...now.gradient.flat()) : largest;
    rows.forEach((row, k) => {
      const line = lines.get(row);
      const part = now.quarters[k];
      const result = (part / 4) * now.weight[k][column];
      line.querySelectorAll("td.value").forEach((cell, d) => drawValue(cell, shown[k][d], back ? 0 : decimals, greatest));
      write(line.querySelector(".entry"), back ? "" : QUARTERS[part]);
      write(line.querySelector(".product"), back ? "" : number(result, digits()));
      mark(line, "data-read", (back ? get("places").includes(row) : part > 0) ? "" : undefined);
      mark(line, "data-lit", (back ? row === get("row") : part > 0) ? "" : undefined);
      mark(line, "data-broken", !back && Number.isNaN(result) ? "" : undefined);
      mark(line.querySelector(".pick"), "title", fill(words[back ? "pick.backward" : "pick"], { name: name(row) }));
      mark(line.querySelector(".mark"), "title", fill(words[back ? "pick.backward" : "mark"], { name: name(row) }));
    });
    $("tr.sum").hidden = back;
    write($("tr.sum .product"), back ? "" : number(now.product[get("position")][column], digits()));
    write($(".lane.table .title"), words[back ? "table.backward" : "table"]);
    $(".lane.table .hint").hidden = back;
  }

  function drawOutputs(now) {
    const [back, column, position, row] = [backward(), get("column"), get("position"), get("row")];
    const result = get("inf") !== null && !back ? verdict(get("expected"), flooded(now.product)) : {};
    const greatest = back ? Math.max(...now.grads.flat()) : largest;
    outputs.forEach((line, k) => {
      const [index, here] = [get("places")[k], k === position];
      const expect = line.querySelector(".expect");
      const sign = Object.keys(result).find((kind) => result[kind].includes(k));
      write(expect, word(index) ?? String(index));
      mark(expect, "aria-pressed", String(get("expected").includes(k)));
      write(line.querySelector(".verdict"), sign ? words[`expected.${sign}`] : "");
      write(line.querySelector(".entry"), back ? QUARTERS[index === row ? 4 : 0] : "");
      mark(line, "data-read", back && index === row ? "" : undefined);
      line.querySelectorAll(".num").forEach((button, d) => {
        const value = back ? now.grads[k][d] : now.product[k][d];
        drawValue(button, value, back ? 0 : here ? digits() : decimals, greatest, "num value");
        mark(button, "data-lit", (back ? index === row : here) && d === column ? "here" : undefined);
      });
      const none = here && mixed();
      line.querySelector(".none").hidden = back || !none;
      drawCopied(line.querySelector(".copied"), back || none ? [] : now.copies[k]);
    });
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
          words, fill(words.dW, { row, column }), get("places").map((index) => (index === row ? 4 : 0)),
          now.grads.map((values) => values[column]), now.gradient[place.get(row)][column], 0, 0, 0,
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
    write($(".part"), QUARTERS[get("share")]);
    write($(".partner"), fill(words.mix, { name: name(get("other")) }));
  }

  function drawCosts() {
    const [V, D, N] = get("sizes");
    const found = costs(V, D, N);
    write($(".sizes"), fill(words.sizes, { V, D, N }));
    for (const bar of $$("[data-cost]")) {
      const amount = found[bar.dataset.cost];
      write(bar.querySelector(".count"), short(amount, bar.dataset.cost.startsWith("bytes") ? BYTES : UNITS));
      bar.querySelector(".log").style.setProperty("--size", lenOf(amount).toFixed(4));
    }
    for (const kind of ["work", "bytes"]) {
      const n = times(found[`${kind}.product`], found[`${kind}.lookup`]);
      write($(`[data-ratio="${kind}"]`), fill(words[kind === "work" ? "ratio" : "ratio.bytes"], { n }));
    }
    const same = [...$(".choose").options].find(({ dataset }) => dataset.sizes && String(JSON.parse(dataset.sizes)) === String(get("sizes")));
    $(".choose").value = same ? same.value : "own";
    for (const slider of $$(".size")) {
      const size = get("sizes")[slider.dataset.size];
      if (sizeAt(slider.valueAsNumber) !== size) slider.value = stepOf(size);
      mark(slider, "aria-valuetext", String(size));
      write(slider.nextElementSibling, String(size));
    }
    if (!same) $(".sliders").open = true;
  }

  /** From the chosen one-hot row over the rows it takes to the number; transposed, from the row to what arrives. */
  function wire() {
    const back = backward();
    const ends = [];
    const strip = hot[get("position")];
    const chosen = outputs[get("position")]?.querySelector(".made");
    if (back) {
      const line = lines.get(get("row"));
      for (const output of outputs) if ("read" in output.dataset) ends.push([line, output.querySelector(".made"), "gradient", true]);
    } else {
      for (const line of lines.values()) {
        if (!("lit" in line.dataset)) continue;
        ends.push([strip, line, "read", true], [line, chosen, "copy", true]);
      }
    }
    drawWires(stage, ends);
  }

  /** Where the table scrolls (on a phone), bring a row into its window: once, the reader may scroll on. */
  function reveal(row) {
    const [box, line] = [$(".rows"), lines.get(row)];
    if (row === revealed || box.scrollHeight <= box.clientHeight) return;
    if (revealed !== null) box.scrollTop = line.offsetTop - box.clientHeight / 2;
    revealed = row;
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
    drawCosts();
    reveal(backward() ? get("row") : get("inf") ?? get("places")[get("position")]);
    wire();
    write($(".status"), sentence(now));
  }

  // what the reader does

  const choose = (position) => (position === get("position") ? {} : { position, share: 0 });
  const replaced = (row) => get("places").map((index, k) => (k === get("position") ? row : index));
  const toggled = (k) => (get("expected").includes(k) ? get("expected").filter((n) => n !== k) : [...get("expected"), k].sort());

  figure.addEventListener("click", ({ target }) => {
    const row = Number(target.closest("tr[data-row]")?.dataset.row);
    const k = Number(target.closest("[data-place]")?.dataset.place);
    const direction = target.closest(".direction");
    if (direction) set({ backward: direction.dataset.backward === "true" });
    if (target.closest(".hot")) set(backward() ? { ...choose(k), row: get("places")[k] } : choose(k));
    if (target.closest(".expect") && !backward()) set({ expected: toggled(k) });
    if (target.closest(".num")) {
      const column = Number(target.closest(".num").dataset.column);
      set({ column, ...choose(k), ...(backward() ? { row: get("places")[k] } : {}) });
    }
    if (target.closest(".pick, .mark") && backward()) set({ row });
    else if (target.closest(".pick")) set({ places: replaced(row), share: 0 });
    else if (target.closest(".mark")) set({ other: row, share: get("other") === row && get("share") === 2 ? 0 : 2 });
  }, { signal });

  on(".step", "click", () => set({ inf: get("inf") === null ? spoil : null }));
  on(".share", "input", ({ target }) => set({ share: target.valueAsNumber }));
  on(".choose", "change", ({ target }) => {
    const { sizes } = target.selectedOptions[0].dataset;
    if (sizes) set({ sizes: JSON.parse(sizes) });
    else $(".sliders").open = true;
  });
  for (const slider of $$(".size")) {
    slider.addEventListener("input", () => {
      const size = sizeAt(slider.valueAsNumber);
      set({ sizes: get("sizes").map((old, k) => (k === Number(slider.dataset.size) ? size : old)) });
    }, { signal });
  }
  on(".reset", "click", () => set(first));

  $(".rows").removeAttribute("tabindex"); // its buttons can be reached now
  arrowKeys(strips, ".place", signal);
  arrowKeys($(".rows"), ".pick, .mark", signal);
  arrowKeys($(".outputs"), ".expect, .num", signal);
  arrowKeys($(".directions"), ".direction", signal);
  const resized = new ResizeObserver(wire);
  resized.observe(stage);
  signal.addEventListener("abort", () => resized.disconnect());
  live(["places", "position", "column", "other", "share", "inf", "expected", "backward", "row", "sizes"], draw);
});
