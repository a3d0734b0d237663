/* The place in the address: `#look/mnist-001` opens the view Look with the run mnist-001. */

/**
 * Read the view and the run from the address.
 *
 * @param {string[]} tabs the names of the views; the first one opens when the address names none.
 */
export function readPlace(tabs) {
  const [tab, ...rest] = location.hash.slice(1).split("/");
  return { tab: tabs.includes(tab) ? tab : tabs[0], run: rest.map(decodeText).join("/") };
}

/** Write the view and the run into the address. The button Back of the browser returns to the view before. */
export function writePlace({ tab, run }) {
  const hash = `#${[tab, ...(run ? run.split("/").map(encodeURIComponent) : [])].join("/")}`;
  if (hash === location.hash) return;
  const isFirst = location.hash === "" || !location.hash.includes("/");
  history[isFirst ? "replaceState" : "pushState"](null, "", hash);
}

function decodeText(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that a person typed
  }
}
