/* The answer: what the network sees, the class that it names, and the probability of each class as a bar. */

import { html, useEffect, useRef } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { describePercent } from "./describe.js";
import { PreparationNotes, describeNote } from "./preparation_notes.js";
import { SeenImage } from "./seen_image.js";

const MOST_BARS = 12; // of more classes, the bars show the most probable ones
const SILENCE = 700; // milliseconds without a change before a screen reader says the answer

/** @param {object} properties {session, state, words, frame?}; for `frame`, see SeenImage. A class is a button that shows its Grad-CAM heat map. */
export function Answer({ session, state, words, frame = null }) {
  const values = useStore(session, ["answer", "description", "heatClass", "notes", "imageFault", "isForeign"]);
  const { answer, description, heatClass, notes, imageFault, isForeign } = values;
  const truth = answer?.truth ?? null;
  const best = answer && !answer.isEmpty ? findBest(answer.probabilities) : null;
  const name = best === null ? "" : description.classes[best];
  useAnnouncement(best === null ? "" : words("answer_is", { name, share: describePercent(answer.probabilities[best]) }), state);
  const preparation = html`<${PreparationNotes} notes=${notes} words=${words} />`; // below the bars while one draws: nothing jumps
  return html`
    <section class="answer" aria-label=${words("answer")}>
      <div class="answer-top">
        <${SeenImage} session=${session} words=${words} frame=${frame} />
        <p class="answer-name">
          <b class=${name.length > 2 ? "long" : ""}>${name || "–"}</b>
          <span class="faint numbers">${describeState(answer, best, words)}</span>
          ${truth !== null && html`<span class=${truth === name ? "faint" : "wrong"}>${words("answer_truth", { truth })}</span>`}
        </p>
      </div>
      ${imageFault && html`<p class="fault small" role="alert">${describeNote(imageFault, words)}</p>`}
      ${isForeign && preparation}
      <${Bars} answer=${answer} classes=${description.classes} best=${best} heatClass=${heatClass} session=${session} words=${words} />
      <p class="faint small">${words(description.grad_cam ? "answer_touch" : "answer_no_heat")}</p>
      ${!isForeign && preparation}
    </section>`;
}

function describeState(answer, best, words) {
  if (best !== null) return describePercent(answer.probabilities[best]);
  return words(answer === null ? "loading" : "answer_empty"); // no answer yet: the weights are on their way
}

function Bars({ answer, classes, best, heatClass, session, words }) {
  const shares = answer && !answer.isEmpty ? answer.probabilities : new Float32Array(classes.length);
  const shown = chooseBars(shares);
  const canHeat = session.values.description.grad_cam !== null;
  const touch = (number) => session.showHeat(number === heatClass ? null : number);
  return html`
    <ul class="bars" aria-label=${words("answer_bars")}>
      ${shown.map((number) => {
        const label = words("answer_class", { name: classes[number], share: describePercent(shares[number]) });
        const before = answer?.undisturbed?.[number];
        return html`
          <li key=${number}>
            <button type="button" class=${number === best ? "bar best" : "bar"} aria-pressed=${canHeat ? number === heatClass : undefined}
              aria-label=${label} disabled=${!canHeat} onClick=${() => touch(number)}>
              <span class="bar-name">${classes[number]}</span>
              <span class="bar-track">
                <span class="bar-fill" style=${{ transform: `scaleX(${shares[number].toFixed(4)})` }} />
                ${before !== undefined && !answer.isEmpty && html`<span class="bar-before" style=${{ left: `${(100 * before).toFixed(2)}%` }} title=${words("answer_before")} />`}
              </span>
              <span class="bar-share numbers">${answer && !answer.isEmpty ? describePercent(shares[number]) : ""}</span>
            </button>
          </li>`;
      })}
    </ul>`;
}

/** The classes in their order, or the most probable ones of many. */
function chooseBars(shares) {
  const numbers = [...shares.keys()];
  if (numbers.length <= MOST_BARS) return numbers;
  return numbers.sort((a, b) => shares[b] - shares[a]).slice(0, MOST_BARS);
}

/** The place of the largest number. */
export function findBest(shares) {
  return shares.reduce((best, share, number) => (share > shares[best] ? number : best), 0);
}

/** Let a screen reader say the answer when the drawing rests. */
function useAnnouncement(text, state) {
  const timer = useRef();
  useEffect(() => {
    timer.current = setTimeout(() => text && state.announce(text), SILENCE);
    return () => clearTimeout(timer.current);
  }, [text]);
}
