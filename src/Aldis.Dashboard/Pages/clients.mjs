import { useState } from "preact/hooks";
import { useRead } from "./api.mjs";
import { ago, count, duration, moment, whole } from "./format.mjs";
import { Act, Command, Empty, Failed, Head, html, Link, route, Scroll, Search, setQuery } from "./ui.mjs";

// Messages in each quarter of an hour of the last day: the shape is what matters, the values are on hover.
function Day({ client, quarters }) {
  if (!quarters) {
    return html`<span class="quiet" title="no message came in the last day">–</span>`;
  }
  const most = Math.max(...quarters);
  const words = `${whole(quarters.reduce((sum, one) => sum + one, 0))} messages in the last day, at most ${whole(most)} in a quarter of an hour`;
  const bars = quarters.map((one, at) => one && `M${at + 0.5} 16V${16 - Math.max(1, 15 * one / most)}`).filter(Boolean).join("");
  return html`<svg class="day" viewBox="0 0 96 16" preserveAspectRatio="none" role="img" aria-label=${`${client}: ${words}`}><title>${words}</title><path d=${bars} /></svg>`;
}

// Late in words and in colour: silent for longer than it usually is.
const Seen = ({ one }) => !one.last_seen ? html`<span class="quiet">not known</span>`
  : html`<span class=${one.is_late ? "bad" : ""} title=${`${moment(one.last_seen)}; ${one.usual_pause_seconds == null ? "it has no habit yet" : `its pauses are usually up to ${duration(one.usual_pause_seconds)}`}`}>${one.is_late && "late: "}${ago(one.last_seen)} ago</span>`;

const day = text => new Date(text).toISOString().slice(0, 10);

// What lets clients in: neither a token nor its hash is told.
function Tokens({ control }) {
  const [asked, ask] = useState(0);
  const { value, error } = useRead("tokens", 10, { version: asked });
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const tokens = (value ?? []).filter(one => `${one.name} ${one.ids.join(" ")}`.toLowerCase().includes(text));
  return html`<h2>Tokens</h2>
    <${Failed} error=${error} />
    ${value && tokens.length === 0 && html`<p class="quiet">No token fits the filter.</p>`}
    ${tokens.length > 0 && html`<${Scroll}><table>
      <thead><tr><${Head} help="what the token is called in the server's file and in events">Token<//><${Head} help="the client ids it is for: * is any run of characters, ? any one">Client ids<//><${Head} extra help="the conversations it is for">Conversations<//>
        <${Head} extra help="what it gives the right to: send to the server, read from it, everything">Rights<//><${Head} number extra help="its first day, in UTC, on which it does not count any more">Until<//><${Head} help="whether it lets anybody in">State<//>${control && html`<${Head} number help="what can be done with it here">Change<//>`}</tr></thead>
      <tbody>${tokens.map(one => html`<tr key=${one.name}><td class="mono">${one.name}</td><td class="mono">${one.ids.join(" ")}</td><td class="extra">${one.conversations.join(" ")}</td><td class="extra">${one.rights}</td>
        <td class="number extra" title=${one.until ?? "it has no end"}>${one.until ? day(one.until) : "–"}</td>
        <td>${one.revoked_at ? html`<span class="bad" title=${one.revoked_at}>taken back ${ago(one.revoked_at)} ago</span>` : new Date(one.until ?? "9999-01-01") < new Date() ? html`<span class="bad">its time is over</span>` : "counts"}</td>
        ${control && html`<td class="number">${one.revoked_at
          ? html`<${Act} key="restore" label="Give back" sure="Really give it back?" path=${`tokens/${encodeURIComponent(one.name)}/restore`} done=${() => ask(asked + 1)} />`
          : html`<${Act} key="revoke" label="Take back" sure="Really take it back?" path=${`tokens/${encodeURIComponent(one.name)}/revoke`} done=${() => ask(asked + 1)} />`}</td>`}</tr>`)}</tbody></table><//>`}`;
}

export function Clients() {
  const query = route.value.query;
  const text = query.get("text") ?? "";
  const late = query.get("late") === "1";
  const { value, error } = useRead(`clients?text=${encodeURIComponent(text)}${late ? "&late=1" : ""}`, 10);
  const { value: overview } = useRead("overview");
  const endpoint = (overview?.conversations ?? []).find(one => one.service === "messages")?.endpoints[0] ?? "ADDRESS";
  const clients = value?.clients ?? [];
  return html`
    <h1>Clients</h1>
    <div class="tools"><${Search} name="text" label="Filter by client" placeholder="client" />
      <button aria-pressed=${late} onClick=${() => setQuery("late", late ? "" : "1")}>Only late ones</button>
      ${value && html`<span class="quiet" title="clients that fit the filter, of those that the journal knows; and how many of them are silent for longer than their habit">${whole(value.wanted)} of ${whole(value.total)}, ${value.late === 0 ? "none late" : html`<span class="bad">${whole(value.late)} late</span>`}</span>`}</div>
    <${Failed} error=${error} />
    ${value && clients.length === 0 && html`<${Empty}>${late ? "No client is late." : text ? "No client with an id fits the filter." : "No client with an id has sent a message yet."} This makes one: <${Command} text=${`aldis send --client pump-7 ${endpoint} hello`} /><//>`}
    ${clients.length > 0 && html`<${Scroll}><table>
      <thead><tr><${Head} help="the id that the client names; leads to its messages">Client<//><${Head} number help="when its last message came; red where that is longer ago than twice its usual pause">Last message<//>
        <${Head} extra help="messages in each quarter of an hour of the last day">Last day<//><${Head} number extra help="the highest number that is stored of it">Last number<//><${Head} number extra help="messages of it that are left in the journal">Kept<//>
        <${Head} number extra help="messages that it sent again since the server started: each was acknowledged again, and is stored once">Sent again<//><${Head} number help="messages and files of it that were refused since the server started">Refused<//>
        <${Head} number extra help="connections that it had since the server started, as far as is remembered">Connections<//><${Head} number help="the connection that it has now">Now<//></tr></thead>
      <tbody>${clients.map(one => html`<tr key=${one.client}>
        <td class="mono"><${Link} to=${"messages?client=" + encodeURIComponent(one.client)}>${one.client}<//></td>
        <td class="number nowrap"><${Seen} one=${one} /></td>
        <td class="extra"><${Day} client=${one.client} quarters=${one.per_quarter_hour} /></td>
        <td class="number extra">${whole(one.last)}</td><td class="number extra" title=${whole(one.messages, "messages")}>${count(one.messages)}</td>
        <td class="number extra">${whole(one.repeats)}</td>
        <td class="number">${one.refused ? html`<${Link} class="bad" to=${"events?text=" + encodeURIComponent(one.client)}>${whole(one.refused)}<//>` : "0"}</td>
        <td class="number extra">${whole(one.connections)}</td>
        <td class="number">${one.connection ? html`<${Link} to=${"connections/" + one.connection}>${one.connection}<//>` : html`<span class="quiet">none</span>`}</td>
      </tr>`)}</tbody></table><//>${value.wanted > clients.length && html`<p class="quiet" title="more are not drawn at once">the first ${whole(clients.length)}: filter for others</p>`}`}
    ${overview?.has_tokens && html`<${Tokens} control=${overview.allows_control} />`}`;
}
