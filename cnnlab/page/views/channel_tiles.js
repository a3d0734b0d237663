/* All maps of a layer as tiles, of which one is chosen by a touch or by the arrow keys. */

import { html, useEffect, useMemo, useRef } from "../vendor/preact.js";
import { findLargest, findPoint, paintTiles, placeTile, planTiles } from "./map_tiles.js";
import { getColours } from "./palette.js";

const SCALE = 2;
const HEIGHT = 150; // CSS pixels at scale 1
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** @param {object} properties {node, values, channel, disabled, theme, words, label, onChoose}: onChoose(channel, row?, column?). */
export function ChannelTiles({ node, values, channel, disabled, theme, words, label, onChoose }) {
  const canvas = useRef();
  const plan = useMemo(() => planTiles(node.shape, SCALE, HEIGHT), [node]);
  useEffect(() => {
    const context = canvas.current.getContext("2d");
    context.clearRect(0, 0, plan.canvasWidth + 6, plan.canvasHeight + 6);
    const image = context.createImageData(plan.canvasWidth, plan.canvasHeight);
    paintTiles(image, plan, values, findLargest(values), getColours(theme));
    context.putImageData(image, 3, 3);
    paintMarks(context, plan, node.id, disabled, channel, theme);
  }, [plan, values, channel, disabled, theme]);
  const choose = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const share = canvas.current.width / box.width;
    const point = findPoint(plan, (event.clientX - box.left) * share - 3, (event.clientY - box.top) * share - 3);
    if (point) onChoose(point.channel, point.row, point.column);
  };
  const press = (event) => {
    const ends = { Home: 0, End: plan.channels - 1 };
    const rows = { ArrowDown: plan.columns, ArrowUp: -plan.columns };
    const next = ends[event.key] ?? channel + (STEPS[event.key] ?? rows[event.key] ?? NaN);
    if (Number.isNaN(next)) return;
    event.preventDefault();
    onChoose(Math.max(0, Math.min(plan.channels - 1, next)));
  };
  const text = words("look_channel", { number: channel + 1, count: plan.channels });
  return html`
    <div class="scroll">
      <canvas ref=${canvas} class="tiles touchable" width=${plan.canvasWidth + 6} height=${plan.canvasHeight + 6} tabindex="0" role="slider"
        aria-label=${label} aria-valuemin="1" aria-valuemax=${plan.channels} aria-valuenow=${channel + 1} aria-valuetext=${text}
        onClick=${choose} onKeyDown=${press} />
    </div>`;
}

/** Frame the chosen tile, and cross out the tiles that are switched off. The tiles start at the pixel (3, 3). */
function paintMarks(context, plan, node, disabled, channel, theme) {
  const { tileWidth, tileHeight } = plan;
  context.lineWidth = 2;
  context.strokeStyle = theme === "dark" ? "#ffb070" : "#b35309";
  for (const key of disabled) {
    const [owner, number] = key.split(":").map(Number);
    if (owner !== node || number >= plan.tiles) continue;
    const { x, y } = placeTile(plan, number);
    context.beginPath();
    context.moveTo(x + 3, y + 3);
    context.lineTo(x + 3 + tileWidth, y + 3 + tileHeight);
    context.stroke();
  }
  if (channel >= plan.tiles) return;
  const { x, y } = placeTile(plan, channel);
  context.lineWidth = 3;
  context.strokeStyle = theme === "dark" ? "#ffd166" : "#c2410c";
  context.strokeRect(x + 1.5, y + 1.5, tileWidth + 3, tileHeight + 3);
}
