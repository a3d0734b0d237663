/* Step through a map: pixel by pixel, row by row, as a convolution computes it. */

import { useEffect, useState } from "../vendor/preact.js";

const PAUSE = 180; // milliseconds between two pixels

/**
 * @returns {object} {isPlaying, until, toggle, step, stop}: `until` is the number of the pixel that the steps have come to, or null
 *   while nothing plays; step(1) goes to the next pixel, step(-1) to the one before.
 */
export function usePlay(session, node, focus) {
  const [isPlaying, setPlaying] = useState(false);
  const [height, width] = node.shape.length === 3 ? node.shape : [1, 1];
  const pixel = focus.row * width + focus.column;
  const goTo = (next) => session.look({ ...focus, row: Math.floor(next / width), column: next % width });
  useEffect(() => setPlaying(false), [node.id]);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => {
      if (pixel + 1 < height * width) goTo(pixel + 1);
      else setPlaying(false);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [isPlaying, pixel]);
  return {
    isPlaying,
    until: isPlaying ? pixel : null,
    stop: () => setPlaying(false),
    step(count) {
      setPlaying(false);
      goTo((pixel + count + height * width) % (height * width));
    },
    toggle() {
      if (!isPlaying) goTo(0);
      setPlaying(!isPlaying);
    },
  };
}
