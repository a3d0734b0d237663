/* A store: values that several parts of the page share, and functions that run when the values change. */

import { useEffect, useState } from "./vendor/preact.js";

export class Store {
  /** @param {object} values the first values. */
  constructor(values) {
    this.values = values;
    this.listeners = new Set();
  }

  /** Change some values, and tell all listeners. */
  set(changes) {
    this.values = { ...this.values, ...changes };
    for (const listener of this.listeners) listener(this.values);
  }

  /** Call `listener(values)` at each change. Returns a function that ends this. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/**
 * Give values of a store to a component, and render the component again when one of them changes.
 *
 * @param {string[]} [names] the values that the component uses; all values if not given.
 */
export function useStore(store, names) {
  const [values, setValues] = useState(store.values);
  useEffect(() => {
    let shown = values;
    const update = (next) => {
      if (names && names.every((name) => next[name] === shown[name])) return;
      shown = next;
      setValues(next);
    };
    update(store.values); // they may have changed between the rendering and this effect
    return store.subscribe(update);
  }, [store]);
  return values;
}
