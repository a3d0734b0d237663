/* The whole network as a picture: every feature map of every layer, branches as branches, lines between the layers. */

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { describeKind, describeShape } from "./describe.js";
import { findLargest, findPoint, paintTiles, planTiles, placeTile } from "./map_tiles.js";
import { describeLine, listLines, placeNodes } from "./network_layout.js";
import { getColours } from "./palette.js";

const SCALES = [2, 1.5, 1.25]; // for wide screens and small networks; else 1
const HEIGHT_OF_LANES = { 1: 500, 2: 300, 3: 220 }; // CSS pixels of each layer, by the number of lanes
const LEAST_HEIGHT = 160; // with more lanes
const GAP = 20; // CSS pixels between two layers, as in draw.css
const NAME_WIDTH = 72; // of the name of a layer

/**
 * @param {object} properties {session, description, theme, projector, words, onLook}: onLook(focus) gets {node, channel, row,
 *   column} of the number that a person touched, or the node alone.
 */
export function NetworkPicture({ session, description, theme, projector, words, onLook }) {
  const frame = useRef();
  const scale = useScale(frame, description, projector);
  const places = useMemo(() => placeNodes(description.nodes), [description]);
  const lines = useMemo(() => listLines(description.nodes, places), [description]);
  const lanes = 1 + Math.max(...[...places.values()].map((place) => place.lane));
  const hasBypass = lines.some((line) => line.isBypass);
  return html`
    <div class="scroll network-frame" ref=${frame} role="region" tabindex="0" aria-label=${words("draw_network")}>
      <div class=${hasBypass ? "network has-bypass" : "network"}>
        <${Lines} lines=${lines} scale=${scale} />
        <ol class="network-layers">
          ${description.nodes.map(
            (node) => html`<${Layer} key=${node.id} node=${node} place=${places.get(node.id)} scale=${scale} lanes=${lanes} session=${session}
              theme=${theme} words=${words} onLook=${onLook} />`,
          )}
        </ol>
      </div>
    </div>`;
}

/** The largest scale at which the network fits into the frame. */
function useScale(frame, description, projector) {
  const [scale, setScale] = useState(1);
  useLayoutEffect(() => {
    const measure = () => {
      const type = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      const fits = (one) => measureWidth(description, one, type) <= frame.current.clientWidth;
      setScale(SCALES.find((one) => one * type <= 2.5 && fits(one * type)) * type || type);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    measure();
    return () => observer.disconnect();
  }, [description, projector]);
  return scale;
}

function measureWidth({ nodes }, scale, type) {
  const places = placeNodes(nodes);
  const widths = [];
  for (const { id, shape } of nodes) {
    const { rank } = places.get(id);
    widths[rank] = Math.max(widths[rank] ?? NAME_WIDTH * type, planTiles(shape, scale, HEIGHT_OF_LANES[1]).canvasWidth);
  }
  return widths.reduce((sum, width) => sum + width + GAP * type, -GAP * type);
}

/** One layer: its name, which opens Look, and its maps. */
function Layer({ node, place, scale, lanes, session, theme, words, onLook }) {
  const shape = describeShape(node.shape);
  const label = words("draw_layer", { kind: describeKind(node.kind), shape, number: node.id });
  return html`
    <li class="layer" data-node=${node.id} style=${{ gridColumn: place.rank + 1, gridRow: place.lane + 1 }}>
      <button type="button" class="layer-name" aria-label=${label} onClick=${() => onLook({ node: node.id })}>
        <b>${describeKind(node.kind)}</b><span>${shape}</span>
      </button>
      <${MapCanvas} node=${node} scale=${scale} lanes=${lanes} session=${session} theme=${theme} onLook=${onLook} />
    </li>`;
}

/** The canvas with the maps of a layer. It paints itself at each new answer, without rendering the page again. */
function MapCanvas({ node, scale, lanes, session, theme, onLook }) {
  const canvas = useRef();
  const plan = useMemo(() => planTiles(node.shape, scale, HEIGHT_OF_LANES[lanes] ?? LEAST_HEIGHT), [node, scale, lanes]);
  useEffect(() => {
    const context = canvas.current.getContext("2d");
    const image = context.createImageData(plan.canvasWidth, plan.canvasHeight);
    let painted = null;
    const paint = ({ answer, disabled }) => {
      const values = answer?.maps[node.id];
      if (!values || values === painted) return;
      painted = values;
      paintTiles(image, plan, values, findLargest(values), getColours(theme));
      context.putImageData(image, 0, 0);
      if (disabled.size) crossOut(context, plan, node.id, disabled);
    };
    paint(session.values);
    return session.subscribe(paint);
  }, [plan, session, theme]);
  const touch = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const share = plan.canvasWidth / box.width;
    const point = findPoint(plan, (event.clientX - box.left) * share, (event.clientY - box.top) * share);
    onLook({ node: node.id, ...point });
  };
  return html`<canvas ref=${canvas} class="maps" width=${plan.canvasWidth} height=${plan.canvasHeight} aria-hidden="true" onClick=${touch} />`;
}

/** Mark the maps that are switched off. */
function crossOut(context, plan, node, disabled) {
  context.strokeStyle = "#b35309";
  context.lineWidth = 2;
  for (const key of disabled) {
    const [owner, channel] = key.split(":").map(Number);
    if (owner !== node || channel >= plan.tiles) continue;
    const { x, y } = placeTile(plan, channel);
    context.beginPath();
    context.moveTo(x + 2, y + 2);
    context.lineTo(x + plan.tileWidth - 2, y + plan.tileHeight - 2);
    context.stroke();
  }
}

/** The lines between the layers. They are computed from the boxes of the layers, again when a box changes. */
function Lines({ lines, scale }) {
  const svg = useRef();
  const [paths, setPaths] = useState([]);
  useLayoutEffect(() => {
    const picture = svg.current.parentElement;
    const measure = () => {
      const origin = picture.getBoundingClientRect();
      const boxes = new Map();
      for (const layer of picture.querySelectorAll(".layer")) {
        const { left, top, width, height } = layer.querySelector("canvas").getBoundingClientRect();
        boxes.set(Number(layer.dataset.node), new DOMRect(left - origin.left, top - origin.top, width, height));
      }
      setPaths(lines.map(({ from, to, isBypass }) => describeLine(boxes.get(from), boxes.get(to), isBypass ? 6 : null)));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(picture);
    measure();
    return () => observer.disconnect();
  }, [lines, scale]);
  return html`<svg ref=${svg} class="lines" aria-hidden="true">${paths.map((path) => html`<path d=${path} />`)}</svg>`;
}
