/* Look: how one number inside the network is computed, step by step, and what happens without a map. */

import { html, useEffect, useMemo } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { Answer } from "./answer.js";
import { ChannelTiles } from "./channel_tiles.js";
import { Choice } from "./choice.js";
import { describeKind, describeShape } from "./describe.js";
import { KernelSlices } from "./kernel_slices.js";
import { LayerFacts } from "./layer_facts.js";
import { LookStep, SumLine, groupTerms, hasGrid } from "./look_step.js";
import { findLargest } from "./map_tiles.js";
import { NetworkChoice } from "./network_choice.js";
import { NoNetwork } from "./no_network.js";
import { usePlay } from "./play.js";
import { findReceptiveField } from "./receptive_field.js";

export function LookView({ state, words }) {
  const { session } = state;
  const { description, answer, focus, disabled, fault } = useStore(session, ["description", "answer", "focus", "disabled", "fault"]);
  const isReady = description !== null && answer !== null;
  useEffect(() => {
    if (isReady && (!focus || session.nextFocus)) session.look(session.nextFocus ?? {});
  }, [isReady, focus]);
  if (!isReady || !focus || fault) return html`<${NoNetwork} state=${state} fault=${fault} words=${words} />`;
  return html`<${Look} state=${state} session=${session} words=${words} answer=${answer} focus=${focus} disabled=${disabled} />`;
}

/**
 * Collect what the parts of the view show of one number.
 *
 * @returns {object} {network, node, answer, focus, explanation, groups, weightsLargest, isDisabled, field}: `groups` are the terms
 *   by channel, `weightsLargest` the largest weight of this map's kernel, `field` the pixels of the image that the number sees.
 */
function buildScene(network, answer, focus, disabled) {
  const explain = (node, row, column, channel = 0) =>
    network.explainPixel(answer.weights, answer.result, node, row, column, channel);
  const explanation = explain(focus.node, focus.row, focus.column, focus.channel);
  return {
    network, answer, focus, explanation,
    node: network.nodes[focus.node],
    groups: groupTerms(explanation.terms),
    weightsLargest: findLargest(explanation.terms.map(({ weight }) => weight)),
    isDisabled: disabled.has(`${focus.node}:${focus.channel}`),
    field: findReceptiveField(network, focus, explain),
  };
}

function Look({ state, session, words, answer, focus, disabled }) {
  const { theme } = state;
  const { network } = session;
  const scene = useMemo(() => buildScene(network, answer, focus, disabled), [answer, disabled, ...Object.values(focus)]);
  const { node, groups, explanation } = scene;
  const isMap = node.shape.length === 3;
  const group = groups.find(({ channel }) => channel === focus.input) ?? findStrongest(groups);
  const play = usePlay(session, node, focus);
  const choosePixel = ({ row, column }) => {
    play.stop();
    session.look({ ...focus, row, column });
  };
  const layers = network.nodes.map(({ id, kind, shape }) => ({
    value: id,
    text: html`<b>${describeKind(kind)}</b><small class="numbers">${describeShape(shape)}</small>`,
  }));
  useEffect(() => {
    document.querySelector(".layers [aria-checked=true]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [focus.node]);
  return html`
    <h2 class="unseen">${words("tab_look")}</h2>
    <div class="scroll"><${Choice} kind="layers" label=${words("look_layers")} options=${layers} value=${node.id} onChoose=${(id) => session.look({ node: id })} /></div>
    <div class="look">
      <aside class="look-side" aria-label=${words("answer")}>
        <${Answer} session=${session} state=${state} words=${words} frame=${scene.field} />
        <${NetworkChoice} session=${session} words=${words} />
      </aside>
      <div class="look-main">
        <section class="look-head">
          <h3>${words(isMap ? "look_title" : "look_title_unit", { kind: describeKind(node.kind), number: focus.channel + 1, count: node.shape.at(-1) })}</h3>
          <${LayerFacts} scene=${scene} words=${words} />
        </section>
        <section class="card stack" aria-label=${words("look_step")}>
          <${LookStep} scene=${scene} group=${group} words=${words} theme=${theme} until=${play.until}
            onMove=${(rows, columns) => choosePixel({ row: focus.row + rows, column: focus.column + columns })} onPixel=${choosePixel} />
          <${SumLine} scene=${scene} group=${group} words=${words} />
          ${isMap && html`<div class="row"><${PlayButtons} play=${play} words=${words} /><span class="faint small">${words("look_keys")}</span></div>`}
        </section>
        ${groups.length > 1 && hasGrid(explanation) && html`
          <section class="stack tight">
            <h4>${words("look_slices")}</h4>
            <${KernelSlices} scene=${scene} group=${group} words=${words} theme=${theme} onChoose=${(input) => session.look({ ...focus, input })} />
          </section>`}
        <section class="stack tight">
          <div class="row">
            <h4>${words(isMap ? "look_maps" : "look_units")}</h4>
            <${OffSwitch} session=${session} isMap=${isMap} focus=${focus} disabled=${disabled} words=${words} />
          </div>
          <${ChannelTiles} node=${node} values=${answer.maps[node.id]} channel=${focus.channel} disabled=${disabled} theme=${theme} words=${words}
            label=${words(isMap ? "look_maps" : "look_units")}
            onChoose=${(channel, row = focus.row, column = focus.column) => session.look({ ...focus, channel, row, column, input: null })} />
        </section>
      </div>
    </div>`;
}

function findStrongest(groups) {
  return groups.reduce((best, group) => (Math.abs(group.sum) > Math.abs(best.sum) ? group : best), groups[0]);
}

function PlayButtons({ play, words }) {
  return html`
    <button type="button" class="main" onClick=${play.toggle}>${words(play.isPlaying ? "look_pause" : "look_play")}</button>
    <button type="button" onClick=${() => play.step(-1)} aria-label=${words("look_previous")}>‹</button>
    <button type="button" onClick=${() => play.step(1)} aria-label=${words("look_next")}>›</button>`;
}

/** Switch the chosen map off, and all maps on again. The bars of the answer mark the answer with all maps. */
function OffSwitch({ session, isMap, focus, disabled, words }) {
  const isOff = disabled.has(`${focus.node}:${focus.channel}`);
  const names = isOff ? ["look_switch_on", "look_switch_unit_on"] : ["look_switch_off", "look_switch_unit_off"];
  return html`
    <button type="button" class=${isOff ? "main" : ""} disabled=${focus.node === 0} onClick=${() => session.toggleChannel(focus.node, focus.channel)}>
      ${words(isMap ? names[0] : names[1], { number: focus.channel + 1 })}
    </button>
    ${disabled.size > 0 && html`<button type="button" onClick=${() => session.enableAll()}>${words("look_all_on", { count: disabled.size })}</button>`}`;
}
