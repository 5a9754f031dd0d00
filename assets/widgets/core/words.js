/** Sentences come from Python as templates; these two fill them. */

/** Twin of widgets._base.fill. @param {string} template @param {Object<string, any>} values */
export function fill(template, values) {
  let text = template;
  for (const [name, value] of Object.entries(values)) text = text.split(`{${name}}`).join(String(value));
  return text;
}

/** Twin of widgets._base.say. @param {Object<string, string>} words @param {string} key @param {number} n */
export function say(words, key, n, values = {}) {
  const zero = n === 0 && `${key}.zero` in words;
  return fill(words[zero ? `${key}.zero` : `${key}.${n === 1 ? "one" : "other"}`], { n, ...values });
}
