/* The switches between the untrained and the trained network, and between the members of an ensemble. */

import { html } from "../vendor/preact.js";
import { useStore } from "../store.js";
import { Choice } from "./choice.js";

export function NetworkChoice({ session, words }) {
  const { description, member, checkpoint } = useStore(session, ["description", "member", "checkpoint"]);
  const { members } = description;
  const checkpoints = members[member ?? 0].checkpoints.map((name) => ({ value: name, text: words(`checkpoint_${name}`) }));
  const all = { value: null, text: words("draw_all_members") };
  const numbers = members.map(({ name }, number) => ({ value: number, text: String(number + 1), label: name }));
  return html`
    <div class="row">
      ${checkpoints.length > 1 && html`<${Choice} label=${words("draw_weights")} options=${checkpoints} value=${checkpoint}
        onChoose=${(value) => session.choose({ checkpoint: value })} />`}
      ${members.length > 1 && html`<${Choice} label=${words("draw_members")} options=${[all, ...numbers]} value=${member}
        onChoose=${(value) => session.choose({ member: value })} />`}
    </div>
    ${members.length > 1 && member === null && html`<p class="faint small">${words("draw_members_together")}</p>`}`;
}
