/**
 * Explain one number of a map: the inputs in its window, the weights, the products and their sum.
 */

export function explainPixel() {
  throw new Error("not yet written");
}
