import { useRead } from "./api.mjs";
import { ago, count, whole } from "./format.mjs";
import { Empty, Failed, html, Link, route, Scroll, Search } from "./ui.mjs";

const shown = 1000;

export function Clients() {
  const { value, error } = useRead("clients", 10);
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const clients = (value ?? []).filter(one => one.client.toLowerCase().includes(text));
  return html`
    <h1>Clients</h1>
    <div class="tools"><${Search} name="text" label="Filter by client" placeholder="client" />
      ${value && html`<span class="quiet">${whole(clients.length)} of ${whole(value.length)}</span>`}</div>
    <${Failed} error=${error} />
    ${value && clients.length === 0 && html`<${Empty}>No client with an id ${text ? "fits the filter" : "has sent a message yet"}. This makes one: <code>aldis send --client pump-7 ADDRESS hello</code><//>`}
    ${clients.length > 0 && html`<${Scroll}><table>
      <thead><tr><th>Client</th><th class="number">Last number</th><th class="number">Messages kept</th><th class="number">Last message</th><th>Connection</th></tr></thead>
      <tbody>${clients.slice(0, shown).map(one => html`<tr key=${one.client}>
        <td class="mono"><${Link} to=${"messages?client=" + encodeURIComponent(one.client)}>${one.client}<//></td>
        <td class="number">${whole(one.last)}</td><td class="number" title=${whole(one.messages)}>${count(one.messages)}</td>
        <td class="number nowrap" title=${one.last_seen ?? ""}>${one.last_seen ? ago(one.last_seen) + " ago" : "not known"}</td>
        <td>${one.connection ? html`<${Link} to=${"connections/" + one.connection}>${one.connection}<//>` : html`<span class="quiet">none</span>`}</td>
      </tr>`)}</tbody></table><//>${clients.length > shown && html`<p class="quiet">the first ${whole(shown)}: filter for others</p>`}`}`;
}
