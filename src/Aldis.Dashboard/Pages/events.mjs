import { useRef, useState } from "preact/hooks";
import { useCollected, useStream } from "./api.mjs";
import { whole } from "./format.mjs";
import { Advice, Empty, EventTag, Head, html, Link, once, route, Scroll, Search, Time } from "./ui.mjs";

const kept = 2000;
const shown = 500;
// Pixels from the top within which somebody looks at what is new.
const top = 100;

export function Events() {
  const [list, setList] = useState([]);
  const [gap, setGap] = useState(false);
  const [paused, setPaused] = useState(false);
  const waiting = useRef([]);
  const [newer, setNewer] = useState(0);
  const showNewer = () => {
    const more = waiting.current;
    waiting.current = [];
    setNewer(0);
    setList(now => [...now, ...more].slice(-kept));
  };
  // The newest are on top: whoever reads further down has them behind a bar.
  const collect = useCollected(kept, added => {
    waiting.current = [...waiting.current, ...added].slice(-kept);
    paused || scrollY > top ? setNewer(before => before + added.length) : showNewer();
  });
  useStream("events/stream", {
    event: (one, id) => collect({ ...one, id }),
    gap: () => setGap(true),
  });
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const wanted = list.filter(one => text === "" || `${one.number} ${one.event} ${one.service} ${one.peer ?? ""} ${one.client ?? ""} ${one.cause ?? ""} ${one.reason ?? one.name ?? ""}`.toLowerCase().includes(text));
  return html`
    <h1>Events</h1>
    <div class="tools"><${Search} name="text" label="Filter events" placeholder="number, event, peer, cause" />
      <button aria-pressed=${paused} onClick=${() => { setPaused(!paused); paused && showNewer(); }}>${paused ? "Go on" : "Pause"}</button>
      <span class="quiet" title="events that fit the filter, of those that are here">${whole(wanted.length)} of ${whole(list.length)}, the newest first; what comes with each message is on its own page</span></div>
    ${gap && html`<p class="quiet">Some events before these are not kept any more.</p>`}
    ${wanted.length === 0 ? html`<${Empty}>Nothing ${text ? "fits the filter" : "has happened yet"}. Each connection that opens or ends comes here.<//>` : html`<${Scroll}><table class="lines">
      <thead><tr><${Head} number help="the number of the event since the server started; --json and the logs have it too">Number<//><${Head} help="when it happened">Time<//><${Head} help="what happened">Event<//><${Head} help="what was spoken; none where it is about the server">Conversation<//>
        <${Head} help="the number of the connection since the server started">Connection<//><${Head} help="the client's address">Peer<//><${Head} help="why, and what to do">Why<//></tr></thead>
      <tbody>${wanted.slice(-shown).reverse().map(one => html`<${Row} key=${one.id} one=${one} />`)}</tbody></table><//>`}
    ${newer > 0 && html`<button class="newer" onClick=${() => { showNewer(); scrollTo(0, 0); }}>${whole(newer)} newer</button>`}`;
}

const Row = once(({ one }) => html`<tr>
  <td class="number">${one.number}</td><td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td>${one.service}</td>
  <td>${one.connection ? html`<${Link} to=${"connections/" + one.connection}>${one.connection}<//>` : ""}</td><td class="mono nowrap">${one.peer ?? ""}</td>
  <td>${one.reason ?? one.name ?? ""}${one.further ? html` <span class="quiet">and ${whole(one.further)} more</span>` : ""}<${Advice} cause=${one.cause} /></td>
</tr>`);
