import { useState } from "preact/hooks";
import { useRead, useStream } from "./api.mjs";
import { ago, bytes, count, whole } from "./format.mjs";
import { Empty, EventTag, Failed, html, Link, route, Search, setQuery, Time } from "./ui.mjs";

const shown = 500;

export function Connections() {
  const query = route.value.query;
  const service = query.get("service") ?? "";
  const text = query.get("text") ?? "";
  const { value, error } = useRead(`connections?service=${encodeURIComponent(service)}&text=${encodeURIComponent(text)}`, 1);
  const { value: overview } = useRead("overview");
  const { value: events } = useRead("events", 5);
  const refused = (events ?? []).filter(one => one.event === "connection-refused").slice(-20).reverse();
  return html`
    <h1>Connections</h1>
    <div class="tools">
      <${Search} name="text" label="Filter by peer or client" placeholder="peer or client" />
      <select aria-label="Conversation" value=${service} onChange=${event => setQuery("service", event.target.value)}>
        <option value="">all conversations</option>
        ${(overview?.conversations ?? []).map(one => html`<option key=${one.service}>${one.service}</option>`)}
      </select>
      ${value && html`<span class="quiet">${value.length >= 1000 ? "the first 1,000" : whole(value.length)} open</span>`}
    </div>
    <${Failed} error=${error} />
    ${value && value.length === 0 && html`<${Empty}>No connection${text || service ? " that fits the filter" : " is open"}. A client in another terminal makes one: <code>aldis talk ADDRESS</code><//>`}
    ${value && value.length > 0 && html`<div class="scroll"><table>
      <thead><tr><th class="number">No.</th><th>Peer</th><th>Client</th><th>Conversation</th><th>Transport</th><th class="number">Open for</th><th class="number">Last word</th>
        <th class="number">In</th><th class="number">Out</th><th class="number">Messages</th></tr></thead>
      <tbody>${value.slice(0, shown).map(one => html`<tr key=${one.number}>
        <td class="number"><${Link} to=${"connections/" + one.number}>${one.number}<//></td>
        <td class="mono nowrap">${one.peer}</td><td class="mono">${one.client ?? html`<span class="quiet">–</span>`}</td><td>${one.service}</td>
        <td class="nowrap">${one.transport}${one.is_tls ? html` <span title="protected by TLS">🔒</span>` : ""}</td>
        <td class="number" title=${one.opened_at}>${ago(one.opened_at)}</td><td class="number" title=${one.last_activity_at}>${ago(one.last_activity_at)} ago</td>
        <td class="number" title=${whole(one.bytes_received, "bytes")}>${bytes(one.bytes_received)}</td>
        <td class="number" title=${whole(one.bytes_sent, "bytes")}>${bytes(one.bytes_sent)}</td>
        <td class="number" title=${whole(one.messages)}>${count(one.messages)}</td>
      </tr>`)}</tbody></table></div>`}
    ${refused.length > 0 && html`<h2>Refused lately</h2><div class="scroll"><table><tbody>${refused.map(one => html`<tr key=${one.number}>
      <td class="nowrap"><${Time} at=${one.time} /></td><td class="mono nowrap">${one.peer}</td><td>${one.service}</td><td>${one.reason}${one.further ? ` (and ${whole(one.further)} more)` : ""}</td></tr>`)}</tbody></table></div>`}`;
}

const most = 500;

export function Connection({ number }) {
  const { value, error } = useRead("connections/" + number, 1);
  const [said, set] = useState([]);
  const [gap, setGap] = useState(0);
  const [payload, setPayload] = useState(false);
  useStream(`connections/${number}/stream${payload ? "?payload=1" : ""}`, {
    event: one => set(before => [...before.slice(1 - most), one]),
    gap: missed => setGap(before => before + missed),
  });
  return html`
    <h1>Connection ${number}</h1>
    ${value ? html`<dl class="facts">
      <dt>Peer</dt><dd class="mono">${value.peer}</dd>
      <dt>Client</dt><dd class="mono">${value.client ? html`<${Link} to=${"messages?client=" + encodeURIComponent(value.client)}>${value.client}<//>` : "none named"}</dd>
      <dt>Conversation</dt><dd>${value.service} over ${value.transport}</dd>
      <dt>Open</dt><dd>for ${ago(value.opened_at)}, last word ${ago(value.last_activity_at)} ago</dd>
      <dt>In</dt><dd>${bytes(value.bytes_received)} <span class="quiet">${whole(value.bytes_received, "bytes")}</span></dd>
      <dt>Out</dt><dd>${bytes(value.bytes_sent)} <span class="quiet">${whole(value.bytes_sent, "bytes")}</span></dd>
      <dt>Messages</dt><dd>${whole(value.messages)}</dd>
    </dl>` : html`<${Failed} error=${error} />`}
    <h2>What was said while this page is open</h2>
    <div class="tools"><button aria-pressed=${payload} onClick=${() => setPayload(!payload)}>${payload ? "Hide what messages say" : "Show what messages say"}</button>
      ${gap > 0 && html`<span class="quiet">${whole(gap)} came faster than they are shown</span>`}</div>
    ${said.length === 0 ? html`<${Empty}>Nothing yet. What the client says from now on comes here.<//>` : html`<div class="scroll"><table><tbody>${said.map(one => html`<tr key=${one.number}>
      <td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td class="number">${one.seq ?? ""}</td>
      <td class="number">${one.length == null ? "" : bytes(one.length)}</td><td class="mono">${one.text ?? one.reason ?? ""}</td></tr>`)}</tbody></table></div>`}`;
}
