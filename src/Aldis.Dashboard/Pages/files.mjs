import { useRead } from "./api.mjs";
import { bytes, duration, whole } from "./format.mjs";
import { Advice, Command, Empty, EventTag, Failed, Head, html, Link, route, Scroll, Search, State, Time } from "./ui.mjs";

export function Files() {
  const { value: coming, error } = useRead("files", 1);
  const { value: events, error: eventsError } = useRead("events", 2);
  const { value: overview } = useRead("overview");
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const isWanted = (...words) => words.join(" ").toLowerCase().includes(text);
  const underWay = (coming ?? []).filter(one => isWanted(one.name ?? "", one.client ?? "", one.peer, one.state));
  const settled = (events ?? []).filter(one => one.event === "file-received" || one.event === "file-refused")
    .filter(one => isWanted(one.name ?? one.reason ?? "", one.client ?? "", one.peer)).reverse();
  const endpoint = (overview?.conversations ?? []).find(one => one.service === "files")?.endpoints[0] ?? "ADDRESS";
  return html`
    <h1>Files</h1>
    <div class="tools"><${Search} name="text" label="Filter by name or sender" placeholder="name or sender" /></div>
    <${Failed} error=${error ?? eventsError} />
    <h2>Under way</h2>
    ${coming && underWay.length === 0 && html`<p class="quiet">${text ? "Nothing that fits the filter is being received." : "Nothing is being received at the moment."}</p>`}
    ${underWay.length > 0 && html`<${Scroll}><table class="lines">
      <thead><tr><${Head} help="the file that comes now, as its sender names it">Name<//><${Head} help="the id that the client named, otherwise its address; leads to the connection">From<//>
        <${Head} help="how much of the transfer is here, files that were here before included">Progress<//><${Head} number help="bytes of the transfer that are here, and of how many; an open end is a sender that does not know its length">Bytes<//>
        <${Head} number extra help="files of the transfer of which nothing more is to come, and of how many">Files<//>
        <${Head} number help="bytes that the connection received in a second, over the last five">Rate<//><${Head} number extra help="how long the rest takes at this rate">Left<//>
        <${Head} extra help="what it is at: where it stands still, why">State<//></tr></thead>
      <tbody>${underWay.map(one => html`<tr key=${one.connection}>
        <td class="mono wide">${one.name ?? html`<span class="quiet">not said yet</span>`}</td>
        <td class="mono nowrap"><${Link} to=${"connections/" + one.connection}>${one.client ?? one.peer}<//></td>
        <td class="nowrap"><${Progress} one=${one} /></td>
        <td class="number" title=${whole(one.done_bytes, "bytes") + (one.total_bytes == null ? "" : ` of ${whole(one.total_bytes)}`)}>${bytes(one.done_bytes)}${one.total_bytes == null ? "" : ` of ${bytes(one.total_bytes)}`}</td>
        <td class="number extra">${whole(one.settled)} of ${whole(one.files)}</td>
        <td class="number">${one.bytes_per_second == null ? "–" : `${bytes(one.bytes_per_second)}/s`}</td>
        <td class="number extra">${one.seconds_left == null ? "–" : duration(one.seconds_left)}</td>
        <td class="wide extra"><${State} one=${one} /></td></tr>`)}</tbody></table><//>`}
    <h2>What came, and what was refused</h2>
    ${events && settled.length === 0 && html`<${Empty}>No file ${text ? "fits the filter" : "has come since the server started, as far as is remembered"}. This sends one: <${Command} text=${`aldis copy FILE ${endpoint}`} /><//>`}
    ${settled.length > 0 && html`<${Scroll}><table class="lines">
      <thead><tr><${Head} help="when it was stored or refused">When<//><${Head} help="whether it is stored">What<//><${Head} help="the name it has here, or why it was refused">Name<//><${Head} number help="bytes of it that came">Size<//>
        <${Head} extra help="the digest it came with and was held against; the plain form has none">Digest<//><${Head} help="the id that the client named, otherwise its address">From<//></tr></thead>
      <tbody>${settled.map(one => html`<tr key=${one.number}><td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td>
        <td class="mono wide">${one.name ?? html`${one.reason}<${Advice} cause=${one.cause} />`}</td>
        <td class="number" title=${whole(one.length, "bytes")}>${bytes(one.length)}</td>
        <td class="mono nowrap extra" title=${one.digest ?? "none"}>${one.digest ? short(one.digest) : html`<span class="quiet">–</span>`}</td>
        <td class="mono nowrap" title=${one.peer}>${one.client ?? one.peer}</td></tr>`)}</tbody></table><//>`}`;
}

// The beginning of a digest is enough to compare by eye; all of it is on hover.
const short = digest => digest.length > 20 ? digest.slice(0, 19) + "…" : digest;

function Progress({ one }) {
  if (one.total_bytes == null) {
    return html`<progress aria-label="so far, of a length that its sender does not know"></progress>`;
  }
  const share = one.total_bytes === 0 ? 1 : one.done_bytes / one.total_bytes;
  return html`<progress value=${share} max="1" aria-label=${`${Math.floor(100 * share)} % are here`}></progress> ${Math.floor(100 * share)} %`;
}
