// What was said on both sides of a connection, as a ladder: the client on the right as in that of frames, the server on the left, time downward.
// One line for each thing that was said, because messages come in bursts and then not for hours; the times are written beside them.
import { bytes, clock, duration, time, whole } from "./format.mjs";
import { html } from "./ui.mjs";

const most = 24;
const [left, right, line, head] = [110, 470, 22, 30];

// What an event looks like: towards whom its arrow points, in which colour, and what stands on it. What is not said by anybody has none.
const looks = {
  "message-received": one => ["data", "server", `${one.seq ? "message " + one.seq : "message"}, ${bytes(one.length)}`],
  "message-acknowledged": one => ["ack", "client", `${one.seq ? "ACK " + one.seq : "acknowledged"}${one.after == null ? "" : `, ${time(one.after)} after ${one.seq ? "message " + one.first : "it"}`}`],
  "message-refused": one => ["refused", "client", `refused: ${one.cause}`],
  "greeting-received": one => ["data", "server", `greeting, ${bytes(one.length)}`],
  "text-received": one => ["data", "server", `text, ${bytes(one.length)}, answered`],
  "file-received": one => ["ack", "client", `file stored, ${bytes(one.length)}`],
  "file-refused": one => ["refused", "client", `file refused: ${one.cause}`],
  "connection-closed": one => ["mark", null, one.cause ? `closed: ${one.cause}` : "closed in order"],
};

// Tells each acknowledgement how long after its message it was given: by the number, and without one in their order.
function withTimes(events) {
  const waiting = [];
  return events.map(one => {
    if (one.event === "message-received") {
      waiting.push(one);
    } else if (one.event === "message-acknowledged") {
      const upTo = one.seq ? waiting.findLastIndex(other => other.seq <= one.seq) : 0;
      const [oldest] = waiting.splice(0, upTo + 1);
      return oldest ? { ...one, first: oldest.seq, after: new Date(one.time) - new Date(oldest.time) + micros(one.time) - micros(oldest.time) } : one;
    }
    return one;
  });
}

// A date has milliseconds; what is behind them, of a time with seven digits of a second.
const micros = text => +("0." + (text.match(/\.\d{3}(\d+)/)?.[1] ?? "0"));

export function Ladder({ events }) {
  const told = withTimes(events).filter(one => looks[one.event]).slice(-most);
  if (told.length === 0) {
    return null;
  }
  let y = head;
  const drawn = told.map((one, index) => {
    const pause = index > 0 ? (new Date(one.time) - new Date(told[index - 1].time)) / 1000 : 0;
    const quiet = pause >= 1 && html`<text class="scale" x=${(left + right) / 2} y=${y + 14} text-anchor="middle">${duration(pause)} of silence</text>`;
    y += quiet ? 2 * line : line;
    const [kind, to, label] = looks[one.event](one);
    const [x1, x2] = to === "server" ? [right, left] : [left, right];
    return html`<g key=${one.number} class=${kind} data-said=${label}><title>${`${clock(one.time)} ${one.event}: ${label}`}</title>${quiet}
      <text x=${left - 8} y=${y + 4} text-anchor="end">${clock(one.time)}</text>
      ${to ? html`<line x1=${x1} y1=${y} x2=${x2} y2=${y} marker-end="url(#tip)" />` : html`<circle cx=${left} cy=${y} r="3.5" />`}
      <text class="said" x=${(left + right) / 2} y=${y - 5} text-anchor="middle">${label}</text></g>`;
  });
  const end = y + line;
  return html`<svg class="drawing said" viewBox=${`0 0 540 ${end + 4}`} role="img" aria-label=${`ladder of the last ${whole(told.length)} things that were said; the table below has them in words`}>
    <defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker></defs>
    <text class="head" x=${left} y="14" text-anchor="middle">server</text><text class="head" x=${right} y="14" text-anchor="middle">client</text>
    <line class="axis" x1=${left} y1="22" x2=${left} y2=${end} /><line class="axis" x1=${right} y1="22" x2=${right} y2=${end} />${drawn}</svg>`;
}
