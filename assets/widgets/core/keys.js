/**
 * One tab stop for a group of buttons: arrow keys move to the next button in that direction, Home and End to the ends.
 * Tab and Shift+Tab leave the group.
 */
export function arrowKeys(group, selector, signal) {
  const buttons = () => [...group.querySelectorAll(selector)].filter((button) => !button.disabled && button.offsetParent);
  group.addEventListener(
    "keydown",
    (event) => {
      const from = event.target.closest(selector);
      if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
      const to = goal(buttons(), from, event.key);
      if (!to) return;
      event.preventDefault();
      only(group, selector, to);
      to.focus();
    },
    { signal },
  );
  group.addEventListener("focusin", (event) => {
    const button = event.target.closest(selector);
    if (button) only(group, selector, button);
  }, { signal });
  onlyOne(group, selector);
}

/** Keep exactly one button of the group in the tab order; call it again when buttons came or went. */
export function onlyOne(group, selector) {
  const all = [...group.querySelectorAll(selector)];
  only(group, selector, all.find((button) => button.tabIndex === 0 && button.hasAttribute("tabindex")) ?? all[0]);
}

function only(group, selector, chosen) {
  for (const button of group.querySelectorAll(selector)) button.tabIndex = button === chosen ? 0 : -1;
}

/** The button that `key` leads to. */
function goal(buttons, from, key) {
  if (key === "Home") return buttons[0];
  if (key === "End") return buttons.at(-1);
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (!way) return undefined;
  const [x, y] = middle(from);
  let best;
  let least = Infinity;
  for (const button of buttons) {
    const [bx, by] = middle(button);
    const along = (bx - x) * way[0] + (by - y) * way[1];
    const across = Math.abs((bx - x) * way[1]) + Math.abs((by - y) * way[0]);
    if (along > 4 && along + 8 * across < least) [best, least] = [button, along + 8 * across];
  }
  return best;
}

function middle(element) {
  const box = element.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}
