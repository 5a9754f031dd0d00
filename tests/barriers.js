// What `barriers.py` asks of the figures of a page in the browser: an object of functions.
(() => {
  const figures = () => [...document.querySelectorAll("figure[data-widget]")];
  const scripted = () => matchMedia("(scripting: enabled)").matches;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let left = []; // markup of figures before a reset
  let asked = []; // the figures that axe is to look at
  let shown = []; // those of them that are only there to be looked at
  let looks = new Map(); // of their letters: how they look, and an element that looks so

  /** The markup of a figure, what its controls hold in it as well, its state as data not. */
  const markup = (figure) => {
    const copy = figure.cloneNode(true);
    const held = (from) => [...from.querySelectorAll("input, option")];
    const copies = held(copy);
    held(figure).forEach((each, i) => {
      if (each.localName === "option") copies[i].toggleAttribute("selected", each.selected);
      else if (["checkbox", "radio"].includes(each.type)) copies[i].toggleAttribute("checked", each.checked);
      else copies[i].setAttribute("value", each.value);
    });
    for (const data of copy.querySelectorAll("script")) data.remove();
    return copy.outerHTML.replace(/\s+/g, " ");
  };

  /** All that decides how the figures of this page look, but for themselves. */
  const surroundings = () => {
    const media = ["print", "(prefers-color-scheme: dark)", "(forced-colors: active)", "(scripting: enabled)"];
    const styles = [...document.querySelectorAll("style")].map((each) => each.textContent);
    return [innerWidth, ...media.map((each) => matchMedia(each).matches), ...styles];
  };
  const above = (el) => (el ? [...above(el.parentElement), el.cloneNode(false).outerHTML] : []);
  const pointed = (figure) => [...figure.querySelectorAll("*")]
    .flatMap((each, i) => (each.matches(":hover, :focus") ? [i] : []));

  const speaks = (el) => el.matches("input, select")
    || [...el.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
  const meet = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;

  /** How the letters of each element look: as all that is around them is called and painted, and what lies over or
   * under them from elsewhere. */
  const looksIn = (figure) => {
    const all = [...figure.querySelectorAll("*")].filter((el) => el.checkVisibility({ visibilityProperty: true }));
    const called = (el) => `${el.localName}.${el.getAttribute("class") ?? ""}`;
    const painted = new Map();
    const paint = (el) => {
      if (!painted.has(el)) {
        const { color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight } = getComputedStyle(el);
        const parts = [called(el), color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight];
        painted.set(el, [parts, ...(el === figure ? [] : [paint(el.parentElement)])].join(" "));
      }
      return painted.get(el);
    };
    const layers = all.flatMap((el) => {
      const { backgroundColor, backgroundImage } = getComputedStyle(el);
      const clear = backgroundColor === "rgba(0, 0, 0, 0)" && backgroundImage === "none";
      return clear ? [] : [[el, el.getBoundingClientRect(), `${called(el)} ${backgroundColor} ${backgroundImage}`]];
    });
    const crossed = (el) => {
      const box = el.getBoundingClientRect();
      return layers.filter(([layer, its]) => meet(box, its) && !layer.contains(el) && !el.contains(layer))
        .map(([, , look]) => look);
    };
    return all.filter(speaks).map((el) => [[paint(el), ...crossed(el)].join("\n"), el]);
  };

  return {
    /** From now on, keep the state that a figure has before it is reset. */
    watch() {
      document.addEventListener("click", ({ target }) => {
        const figure = target.closest("figure[data-widget]");
        if (figure && target.closest(".reset")) left.push(markup(figure));
      }, { capture: true });
    },

    /** Bring all motion to its end, then tell the state of each figure, and those before a reset. */
    async states() {
      const moving = document.getAnimations();
      for (const each of moving) {
        if (each.effect.getComputedTiming().endTime === Infinity) each.cancel();
        else each.finish();
      }
      if (moving.length && scripted()) await frame().then(frame);
      const page = surroundings();
      const state = (figure) => [...page, ...above(figure.parentElement), ...pointed(figure), markup(figure)];
      const before = (html) => [...page, ...above(figures()[0].parentElement), html];
      return [...figures().map(state), ...left.map(before)].map((each) => each.join("\n"));
    },

    /** Take the states at these places in that list, and tell how the letters in them look. */
    take(places) {
      const living = figures();
      const show = (html) => {
        living[0].parentElement.insertAdjacentHTML("beforeend", html);
        return living[0].parentElement.lastElementChild;
      };
      asked = places.map((place) => living[place] ?? show(left[place - living.length]));
      shown = asked.filter((figure) => !living.includes(figure));
      left = [];
      looks = new Map(asked.flatMap(looksIn));
      return [...looks.keys()];
    },

    /** What axe finds in the states that were taken; the contrast of letters only where they look like one of these. */
    async violations(wanted, options) {
      const elements = wanted.map((look) => looks.get(look));
      for (const el of elements) el.setAttribute("data-look", "");
      if (!scripted()) window.setTimeout = (call) => { Promise.resolve().then(call); }; // no timer runs there, promises do
      axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });
      const { violations } = await axe.run(asked, options);
      for (const el of elements) el.removeAttribute("data-look");
      for (const figure of shown) figure.remove();
      for (const { nodes } of violations) for (const node of nodes) node.html = node.html.replace(' data-look=""', "");
      return violations;
    },
  };
})()
