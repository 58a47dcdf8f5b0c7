import { useState } from "preact/hooks";
import { useRead, useStream } from "./api.mjs";
import { ago, bytes, count, moment, time, whole } from "./format.mjs";
import { Advice, EventTag, Head, Help, html, Link, route, Scroll, Search, Spark, Time } from "./ui.mjs";

export function Overview() {
  const [now, set] = useState(null);
  useStream("overview/stream", { overview: set });
  const { value: events } = useRead("events", 5);
  if (!now) {
    return html`<h1>Overview</h1><p class="quiet">One moment…</p>`;
  }
  const history = now.history;
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const isWanted = (...words) => words.join(" ").toLowerCase().includes(text);
  const wrong = (events ?? []).filter(one => /refused|fault|failed|lost|jumped/.test(one.event) || (one.event === "connection-closed" && one.cause)).filter(one => isWanted(one.event, one.service, one.reason ?? "", one.cause ?? ""));
  const conversations = now.conversations.filter(one => isWanted(one.service, ...one.endpoints));
  return html`
    <h1>${now.state === "well" ? "All is well" : now.state === "degraded" ? (now.database?.problem ? "Nothing can be stored for now" : "A listener is being opened again") : "Something has failed"}</h1>
    ${now.reasons.map(reason => html`<p class="bad" role="alert">${reason}</p>`)}
    <div class="tiles">
      <${Tile} title="Messages taken" help="whole messages, reads and files that were taken in the last second; each is answered when it is as safe as the level says"
        value=${count(now.messages_per_second) + " /s"} exact=${whole(now.messages, "since the start")} values=${history.messages_per_second} unit="/s" />
      <${Tile} title="Acknowledged within (p99)" help="99 of 100 messages of the last ten seconds were acknowledged within this time, counted from when each was here as a whole until its acknowledgement could be sent"
        value=${now.acknowledged ? time(now.acknowledged.p99_ms) : "–"}
        exact=${now.acknowledged ? `half of ${whole(now.acknowledged.count)} within ${time(now.acknowledged.p50_ms)}, the longest ${time(now.acknowledged.max_ms)}` : "no message came in the last ten seconds, or they are acknowledged on arrival (--level received)"}
        values=${history.acknowledged_p99_ms} unit="ms" />
      <${Tile} title="Open connections" help="connections that are being served, of all conversations"
        value=${count(now.open_connections)} exact=${whole(now.connections, "since the start")} values=${history.open_connections} unit="open" />
      <${Tile} title="Connections refused" help=${now.commonest_refusal ? "most often: " + now.commonest_refusal : "turned away by a limit, or because their handshake failed"}
        value=${count(now.refused_per_second) + " /s"} exact=${whole(now.refused, "since the start")} values=${history.refused_per_second} unit="/s">
        ${now.commonest_refusal && html`<div class="quiet">${now.commonest_refusal}</div>`}
      <//>
      ${now.store && html`<${Disk} store=${now.store} />`}
      ${now.database && html`<${Database} database=${now.database} />`}
    </div>
    <div class="tools above"><${Search} name="text" label="Filter conversations and what went wrong" placeholder="conversation, address, cause" /></div>
    <h2>Conversations</h2>
    <${Scroll}><table>
      <thead><tr><${Head} help="what is spoken; leads to its connections">Conversation<//><${Head} extra help="where it listens">Where<//><${Head} number help="connections that are open">Open<//><${Head} number help="messages, reads and files that were taken in the last second">Messages<//>
        <${Head} number help="bytes received in the last second">In<//><${Head} number extra help="bytes sent in the last second">Out<//></tr></thead>
      <tbody>${conversations.map(one => html`<tr key=${one.service}>
        <td><${Link} to=${"connections?service=" + one.service}>${one.service}<//></td>
        <td class="mono extra">${one.endpoints.join(" ")}</td>
        <td class="number">${count(one.connections)}</td>
        <td class="number" title=${whole(one.messages, "since the start")}>${count(one.messages_per_second)} /s</td>
        <td class="number" title=${whole(one.bytes_received, "bytes since the start")}>${bytes(one.received_bytes_per_second)}/s</td>
        <td class="number extra" title=${whole(one.bytes_sent, "bytes since the start")}>${bytes(one.sent_bytes_per_second)}/s</td>
      </tr>`)}</tbody>
    </table><//>
    <h2>The last things that went wrong</h2>
    ${wrong.length ? html`<${Scroll}><table class="lines">
      <thead><tr><${Head} help="when it happened last">When<//><${Head} help="what happened">Event<//><${Head} extra help="what was spoken; none where it is about the server">Conversation<//><${Head} number help="how often, among the last 500 events">Times<//><${Head} help="why, and what to do">Why<//></tr></thead><tbody>${kindsOf(wrong).slice(-10).reverse().map(({ one, times }) => html`<tr key=${one.number}>
      <td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td><td class="extra">${one.service}</td>
      <td class="number">${whole(times)} ×</td><td class="wide">${one.reason ?? one.cause}<${Advice} cause=${one.cause} /></td>
    </tr>`)}</tbody></table><//>` : html`<p class="quiet">${text ? "Nothing fits the filter." : "Nothing so far."}</p>`}
    ${now.certificates.length > 0 && html`<h2>Certificates</h2><${Scroll}><table>
      <thead><tr><${Head} help="the file that is shown; a new one in its place is taken by itself">File<//><${Head} number help="until when it is valid">Last day<//><${Head} number help="days until then; red below 14">Left<//></tr></thead>
      <tbody>${now.certificates.filter(one => isWanted(one.file)).map(one => html`<tr key=${one.file}><td class="mono">${one.file}</td><td class="number" title=${moment(one.valid_until)}>${moment(one.valid_until).slice(0, 10)}</td>
        <td class=${"number" + (one.days_left < 14 ? " bad" : "")} title=${whole(one.days_left, "days")}>${one.days_left < 0 ? "expired" : `${whole(Math.floor(one.days_left))} d`}</td></tr>`)}</tbody></table><//>`}
    <p class="quiet"><span title="the version of the server">Aldis ${now.version}</span>, up for <span title=${"since " + moment(now.started_at)}>${ago(now.started_at, new Date(now.time))}</span></p>`;
}

// One line for each thing that went wrong, however often: a client that comes back every minute hides nothing else.
function kindsOf(wrong) {
  const kinds = new Map();
  for (const one of wrong) {
    const key = `${one.event} ${one.service} ${one.cause ?? one.reason}`;
    const times = (kinds.get(key)?.times ?? 0) + 1 + (one.further ?? 0);
    kinds.delete(key);
    kinds.set(key, { one, times });
  }
  return [...kinds.values()];
}

function Tile({ title, help, value, exact, values, unit, children }) {
  return html`<section class="tile"><h2><${Help} text=${help}>${title}<//></h2><div class="big" title=${exact}>${value}</div>
    <${Spark} values=${values} label=${title} unit=${unit} />${children}</section>`;
}

function Disk({ store }) {
  const growth = store.growth_bytes_per_day;
  return html`<section class="tile">
    <h2><${Help} text="the journal: how much it holds, how fast it grows as in the last minutes, and how long the disk has room">Journal<//></h2><div class="big" title=${whole(store.bytes, "bytes")}>${bytes(store.bytes)}</div>
    <div class="quiet">${whole(store.segments, store.segments === 1 ? "segment" : "segments")} in <span class="mono">${store.directory}</span></div>
    <div class="quiet">${growth == null ? "growth not known yet" : `${bytes(growth)} more a day`}, <span title=${whole(store.free_bytes, "bytes")}>${bytes(store.free_bytes)} free</span>
      ${store.days_left != null && html`, <span>${count(store.days_left)} days left</span>`}</div></section>`;
}

function Database({ database }) {
  const waits = database.waits_for_standbys;
  return html`<section class="tile">
    <h2><${Help} text="the database that keeps messages, of all servers: the node that writes, the least an acknowledgement means, and the standbys that commits wait for">Database<//></h2>
    <div class="big">${database.problem ? html`<span class="bad">away</span>` : database.level}</div>
    ${database.host && html`<div class="quiet">written at <span class="mono">${database.host}</span></div>
    <div class="quiet">${waits ? `${whole(database.standbys, database.standbys === 1 ? "standby" : "standbys")} to wait for` : "commits wait for no standby"}
      ${database.lag_bytes != null && html`, <span title=${whole(database.lag_bytes, "bytes of the log that the nearest has not on its disk yet")}>${bytes(database.lag_bytes)} behind</span>`}</div>`}</section>`;
}
