import { followLinks } from "./links.js";
import { mark } from "./stage.js";

/**
 * Make an anywidget front end of a function that brings a figure's markup to life.
 *
 * `mount` gets the figure, its words and named states, and
 *   get(name), set({ name: value, … }): the traits; `set` saves at once;
 *   live(names, draw): draw now and after every change of one of them;
 *   $ and $$: querySelector and querySelectorAll inside the figure;
 *   signal: aborted when the figure goes; every listener takes it.
 */
export function enhance(mount) {
  return {
    render({ model, el, signal }) {
      let inner = new AbortController();
      const start = () => {
        inner = new AbortController();
        const figure = figureIn(el, model);
        const context = contextOf(figure, model, inner.signal);
        for (const control of figure.querySelectorAll("[disabled]")) control.disabled = false;
        mount(context);
        followLinks(context);
        figure.dataset.live = "";
      };
      const again = () => {
        const place = focusIn(el);
        inner.abort();
        start();
        focusables(el)[place]?.focus();
      };
      start();
      model.on("change:_html", again);
      signal.addEventListener("abort", () => {
        model.off("change:_html", again);
        inner.abort();
      });
    },
  };
}

/** The figure itself in a page; in Jupyter an empty element takes the markup that Python rendered and escaped. */
function figureIn(el, model) {
  if (el.matches("figure[data-widget]")) return el;
  el.innerHTML = model.get("_html");
  return el.querySelector("figure[data-widget]");
}

function focusables(el) {
  return [...el.querySelectorAll("button, input, select")];
}

function focusIn(el) {
  return focusables(el).indexOf(document.activeElement);
}

/** A table that scrolls is a stop for Tab where nothing in it is one. */
function stop({ target: box }) {
  const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  const inner = [...box.querySelectorAll(":enabled")].some((button) => button.tabIndex === 0 && button.offsetParent);
  mark(box, "tabindex", scrolls && !inner && 0);
}

function contextOf(figure, model, signal) {
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const watch = new ResizeObserver((boxes) => boxes.forEach(stop));
  signal.addEventListener("abort", () => watch.disconnect());
  return {
    figure,
    signal,
    words: data.words,
    shows: data.shows,
    first: data.state,
    $: (selector) => figure.querySelector(selector),
    $$: (selector) => [...figure.querySelectorAll(selector)],
    get: (name) => model.get(name),
    set(changes) {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      model.save_changes();
    },
    live(names, draw) {
      let waiting = false;
      const now = () => {
        waiting = false;
        if (signal.aborted) return;
        draw();
        watch.disconnect(); // to be told again, once it is laid out
        for (const box of figure.querySelectorAll(".rows")) watch.observe(box);
      };
      const soon = () => {
        if (!waiting) queueMicrotask(now);
        waiting = true;
      };
      for (const name of names) {
        model.on(`change:${name}`, soon);
        signal.addEventListener("abort", () => model.off(`change:${name}`, soon));
      }
      now();
    },
  };
}
