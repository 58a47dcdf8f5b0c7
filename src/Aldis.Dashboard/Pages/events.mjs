import { useRef, useState } from "preact/hooks";
import { useStream } from "./api.mjs";
import { whole } from "./format.mjs";
import { Advice, Empty, EventTag, Head, html, Link, route, Scroll, Search, Time } from "./ui.mjs";

const kept = 2000;
const shown = 500;

export function Events() {
  const [list, setList] = useState([]);
  const [gap, setGap] = useState(false);
  const [paused, setPaused] = useState(false);
  const pending = useRef([]);
  const isDrawing = useRef(false);
  useStream("events/stream", {
    event: (one, id) => {
      pending.current.push({ ...one, id });
      if (!isDrawing.current) {
        isDrawing.current = true;
        requestAnimationFrame(() => {
          isDrawing.current = false;
          const added = pending.current;
          pending.current = [];
          setList(now => [...now, ...added].slice(-kept));
        });
      }
    },
    gap: () => setGap(true),
  });
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const held = useRef([]);
  if (!paused) {
    held.current = list;
  }
  const wanted = held.current.filter(one => text === "" || `${one.number} ${one.event} ${one.service} ${one.peer ?? ""} ${one.client ?? ""} ${one.cause ?? ""} ${one.reason ?? one.name ?? ""}`.toLowerCase().includes(text));
  return html`
    <h1>Events</h1>
    <div class="tools"><${Search} name="text" label="Filter events" placeholder="number, event, peer, client, cause" />
      <button aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}</button>
      <span class="quiet" title="events that fit the filter, of those that are here">${whole(wanted.length)} of ${whole(held.current.length)}, the newest first; what comes with each message is on its own page</span></div>
    ${gap && html`<p class="quiet">Some events before these are not kept any more.</p>`}
    ${wanted.length === 0 ? html`<${Empty}>Nothing ${text ? "fits the filter" : "has happened yet"}. Each connection that opens or ends comes here.<//>` : html`<${Scroll}><table>
      <thead><tr><${Head} number help="the number of the event since the server started; --json and the logs have it too">Number<//><${Head} help="when it happened">Time<//><${Head} help="what happened">Event<//><${Head} help="what was spoken; none where it is about the server">Conversation<//>
        <${Head} help="the number of the connection since the server started">Connection<//><${Head} help="the client's address">Peer<//><${Head} help="why, and what to do">Why<//></tr></thead>
      <tbody>${wanted.slice(-shown).reverse().map(one => html`<tr key=${one.id}>
        <td class="number">${one.number}</td><td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td>${one.service}</td>
        <td>${one.connection ? html`<${Link} to=${"connections/" + one.connection}>${one.connection}<//>` : ""}</td><td class="mono nowrap">${one.peer ?? ""}</td>
        <td>${one.reason ?? one.name ?? ""}${one.further ? html` <span class="quiet">and ${whole(one.further)} more</span>` : ""}<${Advice} cause=${one.cause} /></td>
      </tr>`)}</tbody></table><//>`}`;
}
