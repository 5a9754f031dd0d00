// What style and markup alone cannot do. Every page is complete without it.

// Only what really scrolls is a stop for the Tab key.
const SCROLLERS = "pre, .table-wrapper, .math-wrapper, .cell_output .text_html";

// Measured where nothing has to be laid out for it, and all boxes before any is changed; a fold's when it opens.
const sized = new ResizeObserver((entries) => {
  const scrolling = entries.map(({ target }) => target.scrollWidth > target.clientWidth && target.clientWidth > 0);
  entries.forEach(({ target }, k) => {
    if (scrolling[k]) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  });
});

// A link into a fold opens it; a link to a cell also opens what the cell folds.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches(".cell")) for (const fold of target.querySelectorAll("details")) fold.open = true;
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target) target.scrollIntoView();
}

if (location.hash) openTarget();
addEventListener("hashchange", openTarget);

// The page's own name, with its sections, is in sight in the sidebar. An observer is told without a layout of its own.
const here = document.querySelector(".sidebar-tree .current-page");
if (here) {
  const watch = new IntersectionObserver(([{ intersectionRatio, boundingClientRect: own, rootBounds: seen }]) => {
    watch.disconnect();
    const above = own.top - seen.top - seen.height / 4;
    if (intersectionRatio < 1 && above > 0) here.closest(".sidebar-scroll").scrollBy({ top: above, behavior: "instant" });
  }, { root: here.closest(".sidebar-scroll") });
  watch.observe(here);
}

// On a phone, Escape closes the contents.
addEventListener("keydown", (event) => {
  const drawer = document.getElementById("__navigation");
  if (event.key === "Escape" && drawer.checked) {
    drawer.checked = false;
    drawer.focus();
  }
});

// The quizzes. In each question the option that is opened first counts. If the reader asks for it, the browser remembers
// these choices, all chapters under one key: {"05_padding": {"right": 2, "first": [0, -1, 1, 2]}}, -1 for none. The key is
// there while the browser may remember, and only then. The words are in the page, from tools/sphinx_quiz.py.
const KEY = "quiz";

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null; // not ours
  }
}

/** Keep `all`, or with null nothing; return whether the browser does so. */
function remember(all) {
  try {
    if (all) localStorage.setItem(KEY, JSON.stringify(all));
    else localStorage.removeItem(KEY);
    return localStorage instanceof Storage; // where storage is blocked the page has a stand-in that lasts as long as it
  } catch {
    return false; // full
  }
}

function startQuiz(line) {
  const chapter = line.dataset.quiz;
  const questions = [...document.querySelectorAll(".question")].map((group) => [...group.querySelectorAll("details")]);
  const [count, box, again, refused] = ["b", "input", "button", ".refused"].map((part) => line.querySelector(part));
  let first;

  const right = () => questions.filter((options, n) => options[first[n]]?.matches(".right")).length;

  function begin(choices) {
    first = questions.map((options, n) => options.findIndex((_, place) => place === choices[n]));
    questions.forEach((options, n) => options.forEach((option, place) => (option.open = place === first[n])));
    count.textContent = right();
  }

  function refuse() {
    box.checked = false;
    box.parentElement.hidden = true;
    refused.hidden = false;
  }

  function save() {
    if (!box.checked) return;
    const all = { ...remembered(), [chapter]: { right: right(), first } };
    if (Math.max(...first) < 0) delete all[chapter];
    if (!remember(all)) refuse();
  }

  function choose(n, place) {
    if (first[n] >= 0) return;
    first[n] = place;
    count.textContent = right();
    save();
  }

  questions.forEach((options, n) => options.forEach((option, place) => {
    // No "toggle": a search in the page and paper open options too.
    option.querySelector("summary").addEventListener("click", () => option.open || choose(n, place));
  }));
  again.addEventListener("click", () => {
    begin([]);
    save();
  });
  box.addEventListener("change", () => (box.checked ? save() : remember(null)));

  const follow = () => (box.checked = remembered() !== null); // another page may have forgotten
  addEventListener("storage", follow);
  addEventListener("pageshow", follow);
  follow();
  const kept = remembered()?.[chapter]?.first;
  begin(Array.isArray(kept) && kept.length === questions.length ? kept : []);
  if (!(localStorage instanceof Storage)) refuse();
  line.hidden = false;
}

// The contents show what is remembered.
function showRemembered() {
  const all = remembered();
  for (const place of document.querySelectorAll(".remembered")) {
    const right = all?.[place.dataset.quiz]?.right;
    place.hidden = right === undefined;
    place.querySelector("b").textContent = right ?? "";
  }
  return all !== null;
}

const forget = document.querySelector(".forget");
if (forget) {
  const [kept, button, gone] = ["span", "button", "[role=status] > span"].map((part) => forget.querySelector(part));
  button.addEventListener("click", () => {
    remember(null);
    showRemembered();
    [kept.hidden, gone.hidden] = [true, false];
  });
  addEventListener("pageshow", () => { // also when the reader comes back from a chapter
    if (!showRemembered()) return;
    [forget.hidden, kept.hidden, gone.hidden] = [false, false, true];
  });
}

// In a task of its own: at this moment the browser has the end of the page to lay out.
setTimeout(() => {
  for (const { href } of document.querySelectorAll('link[rel="preload"][as="script"]')) { // each in a task of its own
    const script = document.createElement("script");
    script.async = false; // in their order
    script.src = href;
    document.body.append(script);
  }
  for (const box of document.querySelectorAll(SCROLLERS)) sized.observe(box);
  const line = document.querySelector(".tally");
  if (line) startQuiz(line);
});
