import { nearest } from "./links.js";
import { pageModel } from "./model.js";

/**
 * On a page of the book: bring each figure of one kind to life when it comes into view, and the links that set its
 * state. The build calls this with the figure's name and its front end, one script a kind, on the pages that have it.
 */
export default function start(kind, frontEnd) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => begin(kind, frontEnd));
  else begin(kind, frontEnd);
}

function begin(kind, frontEnd) {
  const mount = (figure) => {
    if ("live" in figure.dataset) return;
    const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    frontEnd.render({ model: pageModel(data.state), el: figure, signal: new AbortController().signal });
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      setTimeout(mount, 0, target); // not in the frame that scrolled there
    }
  }, { rootMargin: "200px" });
  for (const figure of document.querySelectorAll(`figure[data-widget="${kind}"]`)) seen.observe(figure);
  for (const span of document.querySelectorAll(`span[data-show^="${kind}:"]`)) span.replaceWith(showButton(span, kind, mount));
}

/** A state link: plain text until now. It mounts its figure before the click reaches it. */
function showButton(span, kind, mount) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  button.dataset.show = span.dataset.show;
  button.append(...span.childNodes);
  const wake = () => {
    const figure = nearest(kind, button);
    if (figure) mount(figure);
  };
  for (const event of ["pointerenter", "pointerdown", "focus"]) button.addEventListener(event, wake);
  // before the figure's own listener scrolls: Back returns to this place in the text
  window.addEventListener("click", ({ target }) => button.contains(target) && history.pushState(null, ""), { capture: true });
  return button;
}
