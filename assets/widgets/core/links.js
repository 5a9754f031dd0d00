/**
 * Links in the prose that set a figure's state: `[one index alone](#lookup:alone)`.
 *
 * The site's build writes `<span data-show="lookup:alone">`, which core/page.js makes a button; a notebook keeps the link.
 * Of several figures of one kind the nearest to the link takes the state.
 */

/** Answer clicks on links to this figure. */
export function followLinks({ figure, set, shows, signal }) {
  const kind = figure.dataset.widget;
  document.addEventListener(
    "click",
    (event) => {
      const target = event.target instanceof Element ? event.target.closest(`a[href^="#${kind}:"], button[data-show^="${kind}:"]`) : null;
      if (!target || nearest(kind, target) !== figure) return;
      const state = stateOf(target, shows);
      if (!state) return;
      event.preventDefault();
      event.stopPropagation();
      set(state);
      bringIntoView(figure);
    },
    { capture: true, signal },
  );
}

/** Show the figure from its top, unless its first part is on the screen already. */
function bringIntoView(figure) {
  const { top } = figure.getBoundingClientRect();
  if (top < 0 || top > window.innerHeight / 3) figure.scrollIntoView({ block: "start" });
}

/** The state a link names, or nothing. */
function stateOf(target, shows) {
  const wanted = target.dataset.show ?? decodeURIComponent(target.getAttribute("href").slice(1));
  const name = wanted.slice(wanted.indexOf(":") + 1);
  return Object.hasOwn(shows, name) ? shows[name] : undefined;
}

/** The figure of that kind whose edge is nearest to the element. */
export function nearest(kind, element) {
  const { top, bottom } = element.getBoundingClientRect();
  let best;
  let distance = Infinity;
  for (const figure of document.querySelectorAll(`figure[data-widget="${kind}"]`)) {
    const box = figure.getBoundingClientRect();
    const away = Math.max(box.top - bottom, top - box.bottom, 0);
    if (away < distance) [best, distance] = [figure, away];
  }
  return best;
}
