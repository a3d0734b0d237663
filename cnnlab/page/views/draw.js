/* Draw: a drawing, and what every layer of the network makes of it. */

import { html } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { Answer } from "./answer.js";
import { DrawingCanvas } from "./drawing_canvas.js";
import { ImagePicker } from "./image_picker.js";
import { NetworkChoice } from "./network_choice.js";
import { NetworkPicture } from "./network_picture.js";
import { NoNetwork } from "./no_network.js";

export function DrawView({ state, words, api }) {
  const { session } = state;
  const { description, fault } = useStore(session, ["description", "fault"]);
  if (!description || fault) return html`<${NoNetwork} state=${state} fault=${fault} words=${words} />`;
  const look = (focus) => {
    session.look(focus);
    state.openTab("look");
  };
  return html`
    <h2 class="unseen">${words("tab_draw")}</h2>
    <div class="draw">
      <div class="draw-side">
        <${DrawPanel} session=${session} words=${words} />
        <${Answer} session=${session} state=${state} words=${words} />
      </div>
      <div class="draw-network">
        <${NetworkChoice} session=${session} words=${words} />
        <${NetworkPicture} session=${session} description=${description} theme=${state.theme} projector=${state.projector}
          words=${words} onLook=${look} />
        <p class="faint small">${words("draw_touch")}</p>
        <${ImagePicker} session=${session} api=${api} words=${words} />
      </div>
    </div>`;
}

/** The canvas. It renders again when a drawing begins or ends, but not at each point of a stroke. */
function DrawPanel({ session, words }) {
  const { pixels, isForeign, description } = useStore(session, ["pixels", "imageFault", "isForeign", "description"]);
  return html`<${DrawingCanvas} session=${session} foreign=${isForeign ? pixels : null} shape=${description.input.shape} words=${words} />`;
}
