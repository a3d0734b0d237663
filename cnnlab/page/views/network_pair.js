/* Two networks side by side: both read the same drawing, which is also the drawing of Draw and Look. */

import { html, useEffect, useMemo } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { Answer, findBest } from "./answer.js";
import { DrawingCanvas } from "./drawing_canvas.js";
import { NetworkSession } from "./network_session.js";

/** What the canvas draws into: the session of the page, and those of the two networks. */
class SharedDrawing {
  constructor(main, others) {
    Object.assign(this, { main, others });
  }

  get strokes() {
    return this.main.strokes;
  }

  get values() {
    return this.main.values;
  }

  showDrawing(drawing) {
    for (const session of [this.main, ...this.others]) session.showDrawing(drawing);
  }
}

/** @param {object} properties `names`: of two runs. */
export function NetworkPair({ names, state, api, words }) {
  const sessions = useMemo(() => names.map(() => new NetworkSession(api)), [api]);
  const drawing = useMemo(() => new SharedDrawing(state.session, sessions), [state.session, sessions]);
  const { pixels, isForeign, description } = useStore(state.session, ["pixels", "isForeign", "description"]);
  useEffect(() => {
    sessions.forEach((session, index) => session.open(names[index]).then(() => showSame(session, state.session)));
  }, names);
  useEffect(() => () => sessions.forEach((session) => session.close()), []);
  return html`
    <section class="stack" aria-label=${words("compare_pair")}>
      <h3>${words("compare_pair")}</h3>
      <div class="pair">
        <div>
          ${description && html`
            <${DrawingCanvas} session=${drawing} foreign=${isForeign ? pixels : null} shape=${description.input.shape} words=${words} />`}
        </div>
        ${sessions.map((session, index) => html`<${Side} key=${index} ...${{ session, name: names[index], state, words }} />`)}
      </div>
      <${Agreement} sessions=${sessions} words=${words} />
    </section>`;
}

/** Give a network what the page shows: the drawing, or the image in its place if it has the right size. */
function showSame(session, main) {
  const { pixels, truth, isForeign } = main.values;
  const shape = session.values.description?.input.shape;
  if (!isForeign && main.lastDrawing) session.showDrawing(main.lastDrawing);
  else if (isForeign && pixels && shape?.reduce((a, b) => a * b) === pixels.length) session.showImage({ pixels, truth });
}

function Side({ session, name, state, words }) {
  const { description, fault } = useStore(session, ["description", "fault", "answer"]);
  return html`
    <div class="pair-side">
      <h4>${name}</h4>
      ${fault && html`<p class="fault" role="alert">${fault}</p>`}
      ${description && html`<${Answer} session=${session} state=${QUIET} words=${words} />`}
      ${description && html`<button type="button" onClick=${() => state.chooseRun(name, "look")}>${words("compare_look", { run: name })}</button>`}
    </div>`;
}

// A screen reader says one sentence about both networks, and not the answer of each.
const QUIET = { announce() {} };

function Agreement({ sessions, words }) {
  const answers = sessions.map((session) => useStore(session, ["answer"]));
  const names = answers.map(({ answer, description }) => {
    const isThere = answer && !answer.isEmpty;
    return isThere ? description.classes[findBest(answer.probabilities)] : null;
  });
  if (names.includes(null)) return html`<p class="faint" role="status">${words("compare_draw")}</p>`;
  const [first, second] = names;
  return html`<p class="agreement" role="status">${first === second ? words("compare_agree", { name: first }) : words("compare_disagree", { first, second })}</p>`;
}
