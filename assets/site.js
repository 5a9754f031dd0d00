// What style and markup alone cannot do. Every page is complete without it.

// Only what really scrolls is a stop for the Tab key.
const SCROLLERS = "pre, .table-wrapper, .math-wrapper, .cell_output .text_html";

function markScrollers() {
  for (const box of document.querySelectorAll(SCROLLERS)) {
    if (box.scrollWidth > box.clientWidth && box.clientWidth > 0) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

markScrollers();
addEventListener("load", markScrollers);
addEventListener("resize", markScrollers);
addEventListener("toggle", markScrollers, true); // what a fold hides has no size; the event does not bubble

// A link into a fold opens it.
function openTarget() {
  const target = document.querySelector(":target");
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target) target.scrollIntoView();
}

if (location.hash) openTarget();
addEventListener("hashchange", openTarget);

// On a phone, Escape closes the contents.
addEventListener("keydown", (event) => {
  const drawer = document.getElementById("__navigation");
  if (event.key === "Escape" && drawer.checked) {
    drawer.checked = false;
    drawer.focus();
  }
});
