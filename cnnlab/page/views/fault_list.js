/* The faults of a text as a list. Each entry leads to its place in the editor. */

import { html } from "../vendor/preact.js";
import { markCode } from "./code_text.js";

/** @param {object} properties `answer` of POST /api/check or null; `goTo(line, column)`. */
export function FaultList({ answer, words, goTo }) {
  const faults = answer?.faults ?? [];
  return html`
    <div class="faults">
      <p role="status" class=${faults.length ? "bad" : "good"}>${answer ? describeCount(faults.length, words) : words("change_checking")}</p>
      <ol>
        ${faults.map(
          (fault, index) => html`
            <li key=${index}>
              <button type="button" class="quiet" onClick=${() => goTo(fault.line, fault.column)}>
                <span class="mono small">${fault.line > 0 && words("change_line", { line: fault.line })}</span>
                <span>${fault.path && html`<code>${fault.path}</code> `}${markCode(fault.message)}</span>
              </button>
              <${Details} fault=${fault} />
            </li>`,
        )}
      </ol>
    </div>`;
}

function describeCount(count, words) {
  if (count === 0) return words("change_no_faults");
  return count === 1 ? words("change_one_fault") : words("change_faults", { count });
}

/** What was expected, and the hints; the same texts as in the terminal. */
function Details({ fault }) {
  const lines = [fault.expected && `expected: ${fault.expected}`, ...(fault.hint ?? "").split("\n")].filter(Boolean);
  return lines.map((line, index) => html`<p key=${index} class="faint small">${markCode(line)}</p>`);
}
