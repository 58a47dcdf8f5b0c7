import { useState } from "preact/hooks";
import { useCollected, useRead, useStream } from "./api.mjs";
import { ago, bytes, count, time, whole } from "./format.mjs";
import { Ladder } from "./ladder.mjs";
import { LinkPanel } from "./links.mjs";
import { Act, Advice, Command, Empty, EventTag, Failed, Head, Help, Histogram, html, Link, once, route, Scroll, Search, setQuery, State, Time } from "./ui.mjs";

const shown = 500;

// A connection that ended or was refused does not vanish at once: whoever looks for it finds why.
const isOver = one => one.event === "connection-refused" || (one.event === "connection-closed" && one.cause);

export function Connections() {
  const query = route.value.query;
  const service = query.get("service") ?? "";
  const text = query.get("text") ?? "";
  const { value, error } = useRead(`connections?service=${encodeURIComponent(service)}&text=${encodeURIComponent(text)}`, 1);
  const { value: overview } = useRead("overview");
  const { value: events } = useRead("events", 5);
  const over = (events ?? []).filter(isOver)
    .filter(one => (!service || one.service === service) && `${one.peer ?? ""} ${one.client ?? ""}`.toLowerCase().includes(text.toLowerCase()))
    .slice(-20).reverse();
  const endpoint = (overview?.conversations ?? []).flatMap(one => one.endpoints)[0] ?? "ADDRESS";
  return html`
    <h1>Connections</h1>
    <div class="tools">
      <${Search} name="text" label="Filter by peer or client" placeholder="peer or client" />
      <select aria-label="Conversation" value=${service} onChange=${event => setQuery("service", event.target.value)}>
        <option value="">all conversations</option>
        ${(overview?.conversations ?? []).map(one => html`<option key=${one.service}>${one.service}</option>`)}
      </select>
      ${value && html`<span class="quiet" title="connections that fit the filter and are open">${value.length >= 1000 ? "the first 1,000" : whole(value.length)} open</span>`}
    </div>
    <${Failed} error=${error} />
    ${value && value.length === 0 && html`<${Empty}>No connection${text || service ? " that fits the filter" : " is open"}. A client in another terminal makes one: <${Command} text=${`aldis talk ${endpoint}`} /><//>`}
    ${value && value.length > 0 && html`<${Scroll}><table>
      <thead><tr><${Head} number help="the number of the connection since the server started; events have it too">No.<//><${Head} help="the client's address">Peer<//>
        <${Head} help="the id that the client named">Client<//><${Head} extra help="what is spoken">Conversation<//><${Head} extra help="what carries it; a lock where TLS protects it">Transport<//>
        <${Head} help="what it is at: what it waits for, and since when">State<//>
        <${Head} number extra help="how long it has been open">Open for<//><${Head} number extra help="how long ago bytes moved last">Last word<//>
        <${Head} number extra help="bytes received from the client">In<//><${Head} number extra help="bytes sent to the client">Out<//>
        <${Head} number extra help="messages, reads or files that were taken">Messages<//></tr></thead>
      <tbody>${value.slice(0, shown).map(one => html`<tr key=${one.number}>
        <td class="number"><${Link} to=${"connections/" + one.number}>${one.number}<//></td>
        <td class="mono nowrap">${one.peer}</td><td class="mono">${one.client ?? html`<span class="quiet">–</span>`}</td><td class="extra">${one.service}</td>
        <td class="nowrap extra">${one.transport}${one.is_tls ? html` <span role="img" aria-label="protected by TLS" title="protected by TLS">🔒</span>` : ""}</td>
        <td class="wide"><${State} one=${one} /></td>
        <td class="number extra" title=${one.opened_at}>${ago(one.opened_at)}</td><td class="number extra" title=${one.last_activity_at}>${ago(one.last_activity_at)} ago</td>
        <td class="number extra" title=${whole(one.bytes_received, "bytes")}>${bytes(one.bytes_received)}</td>
        <td class="number extra" title=${whole(one.bytes_sent, "bytes")}>${bytes(one.bytes_sent)}</td>
        <td class="number extra" title=${whole(one.messages)}>${count(one.messages)}</td>
      </tr>`)}</tbody></table><//>`}
    ${over.length > 0 && html`<h2>Refused, or ended otherwise than in order, lately</h2><${Scroll}><table class="lines">
      <thead><tr><${Head} help="when it was refused or ended">When<//><${Head} help="what happened">Event<//><${Head} help="the client's address">Peer<//><${Head} help="the id that the client named">Client<//><${Head} help="what was spoken">Conversation<//><${Head} help="why, and what to do">Why<//></tr></thead><tbody>${over.map(one => html`<tr key=${one.number}>
      <td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td class="mono nowrap">${one.peer}</td><td class="mono">${one.client ?? ""}</td><td>${one.service}</td>
      <td class="wide">${one.reason}${one.further ? html` <span class="quiet">and ${whole(one.further)} more</span>` : ""}<${Advice} cause=${one.cause} /></td></tr>`)}</tbody></table><//>`}`;
}

const most = 500;

// What a person would run to speak with the server as such a client does. Not under its id: two that share one take each other's numbers.
function commandOf(one, endpoint) {
  const address = endpoint ?? "ADDRESS";
  return one.service === "messages" ? `aldis send${one.client ? "" : " --plain"} ${address} hello`
    : one.service === "files" ? `aldis copy FILE ${address}`
    : one.service === "echo" ? `aldis echo ${address} hello`
    : `aldis talk ${address}`;
}

export function Connection({ number }) {
  const { value, error, isGone } = useRead("connections/" + number, 1);
  const { value: overview } = useRead("overview");
  const { value: events } = useRead("events", 5);
  const [said, set] = useState([]);
  const [gap, setGap] = useState(0);
  const [payload, setPayload] = useState(false);
  const [held, hold] = useState(null);
  const end = said.find(one => one.event === "connection-closed") ?? (events ?? []).find(one => one.connection === +number && one.event === "connection-closed");
  const isOver = isGone || !!end;
  const collect = useCollected(most, added => set(before => [...before, ...added].slice(-most)));
  useStream(isOver ? null : `connections/${number}/stream${payload ? "?payload=1" : ""}`, {
    event: collect,
    gap: missed => setGap(before => before + missed),
  });
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const wanted = (held ?? said).filter(one => `${one.event} ${one.seq ?? ""} ${one.text ?? one.reason ?? ""}`.toLowerCase().includes(text));
  const endpoint = value && (overview?.conversations ?? []).find(one => one.service === value.service)?.endpoints.find(one => one.startsWith(value.transport + ":"));
  const times = value?.acknowledged;
  return html`
    <h1>Connection ${number}</h1>
    ${isOver && html`<p role="status">It has ended${!end ? value ? "." : ", or never was: no open connection has this number." : end.reason ? html`: ${end.reason}.` : ", in order."} <${Advice} cause=${end?.cause} />${value && " What is here is as it was last."}</p>`}
    ${value ? html`<div class="columns"><dl class=${"facts" + (isOver ? " over" : "")}>
      <dt>State</dt><dd>${isOver ? "ended" : html`<${State} one=${value} />`}</dd>
      <dt>Peer</dt><dd class="mono">${value.peer}</dd>
      <dt>Client</dt><dd class="mono">${value.client ? html`<${Link} to=${"messages?client=" + encodeURIComponent(value.client)}>${value.client}<//>` : "none named"}</dd>
      <dt>Conversation</dt><dd>${value.service} over ${value.transport}${value.is_tls ? ", protected by TLS" : ""}</dd>
      <dt><${Help} text="since when it is open, and how long ago bytes moved last">Open<//></dt><dd title=${value.opened_at}>${isOver ? html`since <${Time} at=${value.opened_at} full />, last word <${Time} at=${value.last_activity_at} full />` : `for ${ago(value.opened_at)}, last word ${ago(value.last_activity_at)} ago`}</dd>
      <dt><${Help} text="bytes received from the client, those of TLS included">In<//></dt><dd>${bytes(value.bytes_received)} <span class="quiet">${whole(value.bytes_received, "bytes")}</span></dd>
      <dt><${Help} text="bytes sent to the client, those of TLS included; over arq without repetitions">Out<//></dt><dd>${bytes(value.bytes_sent)} <span class="quiet">${whole(value.bytes_sent, "bytes")}</span></dd>
      <dt><${Help} text="messages, reads or files that were taken">Messages<//></dt><dd>${whole(value.messages)}</dd>
      ${overview?.allows_control && !isOver && html`<dt>End it</dt><dd><${Act} label="Disconnect" sure="Really disconnect it?" path=${`connections/${number}/disconnect`} /></dd>`}
      <dt>As a command</dt><dd><${Command} text=${commandOf(value, endpoint)} /></dd>
    </dl>
    ${times && html`<section class="tile"><h2><${Help} text="from when a message was here as a whole until its acknowledgement could be sent; of each commit the oldest one">Arrival to acknowledgement<//></h2>
      <${Histogram} buckets=${times.buckets} label=${`${whole(times.count)} commits: half within ${time(times.p50_ms)}, 99 of 100 within ${time(times.p99_ms)}, the longest ${time(times.max_ms)}`} />
      <p class="quiet">half within <b>${time(times.p50_ms)}</b>, 99 of 100 within <b>${time(times.p99_ms)}</b>, the longest <b>${time(times.max_ms)}</b>, of ${whole(times.count)}</p></section>`}</div>`
    : !isOver && html`<${Failed} error=${error} />`}
    ${value?.transport.startsWith("arq") && html`<h2>The link</h2><${LinkPanel} number=${number} heading=${false} />`}
    <h2>What was said while this page ${isOver ? "was" : "is"} open</h2>
    <div class="tools"><${Search} name="text" label="Filter what was said" placeholder="event, number, text" />
      <button aria-pressed=${payload} onClick=${() => setPayload(!payload)}>${payload ? "Hide what messages say" : "Show what messages say"}</button>
      <button aria-pressed=${!!held} onClick=${() => hold(held ? null : said)}>${held ? "Go on" : "Pause"}</button>
      ${gap > 0 && html`<span class="quiet" title="events that were passed over">${whole(gap)} came faster than they are shown</span>`}</div>
    <${Ladder} events=${held ?? said} />
    ${wanted.length === 0 ? html`<${Empty}>${text ? "Nothing fits the filter." : isOver ? "Nothing: it had ended before." : "Nothing yet. What the client says from now on comes here."}<//>` : html`<${Scroll}><table class="lines">
      <thead><tr><${Head} help="when the server took it">Time<//><${Head} help="what happened">Event<//><${Head} number help="the client's number of the message">Number<//><${Head} number help="bytes of it">Length<//><${Head} help="what it says, where that is shown, or why">Says<//></tr></thead>
      <tbody>${wanted.map(one => html`<${Said} key=${one.number} one=${one} />`)}</tbody></table><//>`}`;
}

const Said = once(({ one }) => html`<tr>
  <td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td class="number">${one.seq ?? ""}</td>
  <td class="number" title=${one.length == null ? "" : whole(one.length, "bytes")}>${one.length == null ? "" : bytes(one.length)}</td><td class="mono">${one.text ?? one.reason ?? ""}</td></tr>`);
