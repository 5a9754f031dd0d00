/** The book's pages: bring each figure to life when it comes into view, and each state link in the prose. */
import lookup from "./lookup.js";
import { nearest } from "./core/links.js";
import { pageModel } from "./core/model.js";

const kinds = { lookup };

function mount(figure) {
  const kind = figure.dataset.widget;
  if ("live" in figure.dataset || !Object.hasOwn(kinds, kind)) return;
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  kinds[kind].render({ model: pageModel(data.state), el: figure, signal: new AbortController().signal });
}

function start() {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      mount(target);
    }
  }, { rootMargin: "200px" });
  for (const figure of document.querySelectorAll("figure[data-widget]")) seen.observe(figure);
  for (const span of document.querySelectorAll("span[data-show]")) span.replaceWith(showButton(span));
}

/** A state link: plain text until now. It mounts its figure before the click reaches it. */
function showButton(span) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  button.dataset.show = span.dataset.show;
  button.append(...span.childNodes);
  const wake = () => {
    const figure = nearest(span.dataset.show.split(":")[0], button);
    if (figure) mount(figure);
  };
  for (const event of ["pointerenter", "pointerdown", "focus"]) button.addEventListener(event, wake);
  // before the figure's own listener scrolls: Back returns to this place in the text
  window.addEventListener("click", ({ target }) => button.contains(target) && history.pushState(null, ""), { capture: true });
  return button;
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
