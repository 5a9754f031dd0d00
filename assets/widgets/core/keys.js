/**
 * One tab stop for a group of buttons: arrow keys move inside it, Home and End go to its ends.
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

/** Keep exactly one button of the group in the tab order; call it again when buttons came, went or were switched off. */
export function onlyOne(group, selector) {
  const all = [...group.querySelectorAll(selector)].filter((button) => !button.disabled);
  only(group, selector, all.find((button) => button.tabIndex === 0 && button.hasAttribute("tabindex")) ?? all[0]);
}

function only(group, selector, chosen) {
  for (const button of group.querySelectorAll(selector)) button.tabIndex = button === chosen ? 0 : -1;
}

/** The button that `key` leads to: left and right in reading order, up and down to the nearest one there. */
function goal(buttons, from, key) {
  const ends = { Home: buttons[0], End: buttons.at(-1) };
  if (key in ends) return ends[key];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) return buttons[buttons.indexOf(from) + step];
  const way = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (!way) return undefined;
  const [x, y] = middle(from);
  let best;
  let least = Infinity;
  for (const button of buttons) {
    const [bx, by] = middle(button);
    const along = (by - y) * way;
    const away = 8 * along + Math.abs(bx - x);
    if (along > 4 && away < least) [best, least] = [button, away];
  }
  return best;
}

function middle(element) {
  const box = element.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}
