// What `pages.py` asks of a page in the browser: an object of functions, each giving a list of sentences.
(() => {
  const root = document.documentElement;
  const name = (el) => el.outerHTML.slice(0, 120);
  const shows = (el) =>
    el.getBoundingClientRect().width > 0 && el.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  /** From 0, black, to 1, white; null for what one can look through. */
  const lightness = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return a < 128 ? null : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  const paper = (el) => (el ? lightness(getComputedStyle(el).backgroundColor) ?? paper(el.parentElement) : 1);
  const surface = (el) => {
    const { backgroundColor, fill } = getComputedStyle(el);
    if (!(el instanceof SVGElement)) return lightness(backgroundColor);
    return el instanceof SVGGeometryElement && fill !== "none" ? lightness(fill) : null;
  };

  /** A function of one thing that is asked once of each. */
  const once = (ask) => {
    const known = new Map();
    return (thing) => (known.has(thing) ? known : known.set(thing, ask(thing))).get(thing);
  };
  /** A colour as red, green, blue and opacity, each from 0 to 1. */
  const parts = once((color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  });
  const over = ([r, g, b, a], ground) => [r, g, b].map((part, i) => part * a + ground[i] * (1 - a));
  /** What lies behind the letters of an element: every background from the page up, each over the one below; of the
   * drawn ones those in a single colour, which tint a cell. */
  const ground = once((el) => {
    if (!el) return [1, 1, 1];
    const { backgroundColor, backgroundImage } = getComputedStyle(el);
    const drawn = new Set(backgroundImage.match(/\b(?:rgba?|color|oklab|oklch)\([^()]*\)/g));
    const tint = drawn.size === 1 && !backgroundImage.startsWith("repeating") ? parts([...drawn][0]) : [0, 0, 0, 0];
    return over(tint, over(parts(backgroundColor), ground(el.parentElement)));
  });
  const opacity = once((el) => (el ? getComputedStyle(el).opacity * opacity(el.parentElement) : 1));
  const luminance = (color) => color.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);

  const parents = (el) => (el ? [el, ...parents(el.parentElement)] : []);

  return {
    /** The page, and the column of text in it, is no wider than its window. */
    overflow() {
      const columns = [root, document.body, ...parents(document.querySelector("h1"))];
      const scrolls = (el) => el === root || el === document.body || getComputedStyle(el).overflowX !== "visible";
      const wide = columns.filter((el) => scrolls(el) && el.scrollWidth > el.clientWidth);
      if (!wide.length) return [];
      const limit = wide.at(-1).getBoundingClientRect().left + wide.at(-1).clientWidth;
      const right = (el) => el.getBoundingClientRect().right;
      const cut = (el) => parents(el.parentElement)
        .some((each) => !wide.includes(each) && getComputedStyle(each).overflowX !== "visible");
      const causes = [...document.body.querySelectorAll("*")].filter((el) => right(el) > limit + 1 && !cut(el));
      return [...wide.map((el) => `<${el.localName} class="${el.className}"> scrolls, ${el.scrollWidth} px in ${el.clientWidth}`),
        ...causes.slice(-5).map((el) => `${name(el)} ends at ${Math.round(right(el))} px`)];
    },

    /** Text that its own box cuts off, with no way to scroll to it; a word that ends with … says so itself. */
    clipped() {
      const hides = (el, way) => ["hidden", "clip"].includes(getComputedStyle(el)[way]);
      const forEyes = (el) => { // not a box that is one pixel large so that only a screen reader has it
        const { width, height } = el.getBoundingClientRect();
        return width > 2 && height > 2 && shows(el) && getComputedStyle(el).textOverflow !== "ellipsis";
      };
      return [...document.querySelectorAll("article *")].filter((el) => el.textContent.trim() && forEyes(el)
        && ((hides(el, "overflowX") && el.scrollWidth > el.clientWidth + 1)
          || (hides(el, "overflowY") && el.scrollHeight > el.clientHeight + 1))).map(name);
    },

    /** Letters, in plots too, that stand out too little from what lies behind them: WCAG 1.4.3, as it is painted. */
    faint() {
      const speaks = (el) => [...el.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
      const off = (el) => el.closest(":disabled, [aria-disabled=true]"); // no limit for what is off
      return [...document.querySelectorAll("body *")].filter((el) => speaks(el) && shows(el) && !off(el)).flatMap((el) => {
        const style = getComputedStyle(el);
        const [r, g, b, a] = parts(el instanceof SVGElement ? style.fill : style.color);
        const behind = ground(el);
        const pair = [luminance(over([r, g, b, a * opacity(el)], behind)), luminance(behind)];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        return ratio < (large ? 3 : 4.5) - 0.005 ? [`${ratio.toFixed(2)}: ${name(el)}`] : [];
      });
    },

    /** Pictures, plots and figures without words, or with a file's name for words. */
    nameless() {
      const words = (el) => (el.getAttribute("aria-label") ?? el.getAttribute("alt") ?? el.querySelector("title")?.textContent ?? "").trim();
      const silent = (el) => el.closest("[aria-hidden=true], a, button") || el.getAttribute("alt") === ""; // axe names these
      const poor = (text) => !/\S\s+\S/.test(text) || /\.(svg|png|jpe?g|gif)$|^no description/i.test(text);
      const pictures = [...document.querySelectorAll("article :is(img, svg, canvas, object, video)")];
      const figures = [...document.querySelectorAll("article figure")];
      return [...pictures.filter((el) => !silent(el) && poor(words(el))),
        ...pictures.filter((el) => el.localName !== "img" && !silent(el) && el.getAttribute("role") !== "img"),
        ...figures.filter((el) => poor(el.querySelector("figcaption")?.textContent ?? ""))].map(name);
    },

    /** What the article says outside its figures, each word once: what style hides is not in it, but for the heads of
     * the tables that become blocks on a phone, where each cell says its own. */
    words() {
      const texts = [...document.querySelectorAll("article section > :not(:has(figure), section)")]
        .filter((el) => el.checkVisibility()).map((el) => el.innerText);
      const heads = [...document.querySelectorAll("article .stack thead")].map((el) => el.textContent);
      return [...new Set([...texts, ...heads].join(" ").match(/[\p{L}\p{N}._]+/gu))];
    },

    /** A dark page is dark, with no large light area in it; a light page is light. */
    theme(dark) {
      const wrong = (value) => value !== null && (dark ? value > 0.4 : value < 0.6);
      const grounds = [document.body, ...document.querySelectorAll("article, figure[data-widget]")].filter((el) => wrong(paper(el)));
      const large = ({ width, height }) => width * height >= 10000;
      const areas = dark ? [...document.body.querySelectorAll("*")]
        .filter((el) => large(el.getBoundingClientRect()) && shows(el) && wrong(surface(el))) : [];
      return [...grounds.map((el) => `<${el.localName}> stands on ${paper(el).toFixed(2)}`),
        ...areas.map((el) => `a light area: ${name(el)}`)];
    },

    /** Each figure shows a table and a sentence. */
    standing() {
      return [...document.querySelectorAll("figure[data-widget]")].flatMap((figure) => {
        const kind = figure.dataset.widget;
        const table = [...figure.querySelectorAll("table")].some(shows);
        const sentence = [...figure.querySelectorAll("output, [role=status]")]
          .some((el) => shows(el) && /\S+\s+\S+/.test(el.textContent));
        return [...(table ? [] : [`${kind} shows no table`]), ...(sentence ? [] : [`${kind} says nothing`])];
      });
    },

    /** What a finger is to hit and is smaller than 24 by 24 px: WCAG 2.5.8. A link or a button inside a sentence may be;
     * a field is as large as its label. */
    small() {
      const inline = (el) => el.matches("a, .show") || getComputedStyle(el).display === "inline";
      const target = (el) => (el.matches("input") && el.closest("label")) || el;
      return [...document.querySelectorAll("button, summary, input, select, textarea, [role=slider]")]
        .filter((el) => shows(el) && !inline(el)).flatMap((el) => {
          const { width, height } = target(el).getBoundingClientRect();
          return Math.min(width, height) < 23.99 ? [`${width.toFixed(1)} by ${height.toFixed(1)} px: ${name(target(el))}`] : [];
        });
    },

    /** Controls that only a script could answer; a switched-off button says so itself. */
    dead() {
      const controls = "button:enabled:not([type=submit]), figure[data-widget] :is(select, textarea, input:not([type=hidden]))";
      return [...document.querySelectorAll(controls)].filter(shows).map(name);
    },

    /** What a fold hides. */
    folded() {
      return [...document.querySelectorAll("details > :not(summary)")]
        .filter((el) => getComputedStyle(el).display !== "none" && !el.checkVisibility({ contentVisibilityAuto: true }))
        .map(name);
    },

    /** Text too light for paper. */
    pale() {
      const speaks = (el) => [...el.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
      return [...document.querySelectorAll("article, article *")]
        .filter((el) => speaks(el) && shows(el) && lightness(getComputedStyle(el).color) > 0.5).slice(0, 9).map(name);
    },

    /** What is moving at this moment. */
    moving() {
      return document.getAnimations()
        .filter((each) => each.playState === "running" && each.effect.getComputedTiming().endTime > 1)
        .map((each) => `${each.animationName ?? each.transitionProperty}: ${name(each.effect.target)}`);
    },
  };
})()
