/**
 * The model of a figure in a page without a kernel: the part of anywidget's model that the figures use.
 * Values are replaced, never changed in place.
 */
export function pageModel(state) {
  const values = new Map(Object.entries(state));
  const listeners = new Map();
  const changed = new Set();
  return {
    get: (name) => values.get(name),
    set(name, value) {
      if (JSON.stringify(values.get(name)) === JSON.stringify(value)) return;
      values.set(name, value);
      changed.add(name);
    },
    save_changes() {
      const names = [...changed];
      changed.clear();
      for (const name of names) for (const call of [...(listeners.get(`change:${name}`) ?? [])]) call();
    },
    on(event, call) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(call);
    },
    off(event, call) {
      listeners.get(event)?.delete(call);
    },
    send() {},
  };
}
