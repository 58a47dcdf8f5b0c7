import { useEffect, useRef, useState } from "preact/hooks";
import { read, root, useStream } from "./api.mjs";
import { bytes, hex, printable, unpack, whole } from "./format.mjs";
import { Empty, Failed, html, Link, route, Scroll, Search, setQuery, Time } from "./ui.mjs";

const kept = 2000;

export function Messages() {
  const query = route.value.query;
  const client = query.get("client");
  const text = query.get("text") ?? "";
  const filter = (client == null ? "" : `&client=${encodeURIComponent(client)}`) + (text && `&text=${encodeURIComponent(text)}`);
  const [list, setList] = useState([]);
  const [before, setBefore] = useState(null);
  const [error, setError] = useState("");
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState(0);
  const [showPayload, setShowPayload] = useState(false);
  const waiting = useRef([]);
  const [newer, setNewer] = useState(0);
  const [open, setOpen] = useState(null);
  const payload = showPayload ? "&payload=1" : "";

  const load = async place => {
    try {
      const page = await read(`messages?count=100${filter}${payload}${place ? "&before=" + place : ""}`);
      setList(now => place ? [...page.messages, ...now] : page.messages);
      setBefore(page.before);
      setError("");
    } catch (failure) {
      setError(failure.message);
    }
  };
  useEffect(() => { waiting.current = []; setNewer(0); setMissed(0); load(null); }, [filter, payload]);
  const add = messages => setList(now => [...now, ...messages].slice(-kept));
  // What arrives while somebody reads waits behind a bar: nothing under the reader moves.
  useStream(`messages/stream?${(filter + payload).slice(1)}`, {
    messages: messages => {
      const isReading = paused || innerHeight + scrollY < document.documentElement.scrollHeight - 80;
      if (isReading) {
        waiting.current = [...waiting.current, ...messages].slice(-kept);
        setNewer(waiting.current.length);
      } else {
        add(messages);
        requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
      }
    },
    gap: passed => setMissed(now => now + passed),
  }, [paused]);
  const showNewer = () => {
    add(waiting.current);
    waiting.current = [];
    setNewer(0);
    requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
  };
  return html`
    <h1>Messages</h1>
    <div class="tools">
      <${Search} name="text" label="Only messages that contain" placeholder="text in the message" />
      <label>Client <input value=${client ?? ""} placeholder="all" onInput=${event => setQuery("client", event.target.value)} /></label>
      <button aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}</button>
      <button aria-pressed=${showPayload} onClick=${() => setShowPayload(!showPayload)}>${showPayload ? "Hide what they say" : "Show what they say"}</button>
      <a href=${`${root}/api/v1/messages/export?format=ndjson${filter}`} download>NDJSON</a>
      <a href=${`${root}/api/v1/messages/export?format=csv${filter}`} download>CSV</a>
      ${missed > 0 && html`<span class="quiet">${whole(missed)} came faster than they are shown; they are in the journal</span>`}
    </div>
    <${Failed} error=${error} />
    <div class=${open ? "split" : ""}>
      <div>
        ${before && html`<button onClick=${() => load(before)}>Older</button>`}
        ${list.length === 0 && !error && html`<${Empty}>No message${filter ? " that fits the filter" : " yet"}. This sends one: <code>aldis send ADDRESS hello</code><//>`}
        ${list.length > 0 && html`<${Scroll}><table>
          <thead><tr><th>Received</th><th>Client</th><th class="number">Number</th><th class="number">Length</th><th>From</th>${showPayload && html`<th>Says</th>`}</tr></thead>
          <tbody>${list.map(one => html`<tr key=${one.place} class=${open?.place === one.place ? "on" : ""}>
            <td class="nowrap"><${Time} at=${one.received_at} /></td>
            <td class="mono">${one.client || html`<span class="quiet">plain</span>`}</td>
            <td class="number"><button onClick=${() => setOpen(one)} aria-label=${`Look at message ${one.seq} of ${one.client || "plain"}`}>${one.client ? one.seq : "look"}</button></td>
            <td class="number" title=${whole(one.length, "bytes")}>${bytes(one.length)}</td><td class="mono nowrap">${one.from}</td>
            ${showPayload && html`<td class="mono">${printable(unpack(one.payload)).slice(0, 200)}</td>`}
          </tr>`)}</tbody></table><//>`}
        ${newer > 0 && html`<button class="newer" onClick=${showNewer}>${whole(newer)} newer</button>`}
      </div>
      ${open && html`<${Message} one=${open} close=${() => setOpen(null)} />`}
    </div>`;
}

function Message({ one, close }) {
  const [form, setForm] = useState("text");
  const [data, setData] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    setData(null);
    const [segment, index] = one.place.split(".");
    const client = route.value.query.get("client");
    const text = route.value.query.get("text");
    // The message itself: the page that ends behind it, of one.
    read(`messages?count=1&payload=1&before=${segment}.${BigInt(index) + 1n}${client == null ? "" : `&client=${encodeURIComponent(client)}`}${text ? `&text=${encodeURIComponent(text)}` : ""}`)
      .then(page => setData(unpack(page.messages[0]?.payload)), failure => setError(failure.message));
  }, [one.place]);
  const body = data && (form === "hex" ? hex(data) : form === "json" ? tree(data) : printable(data));
  return html`<aside class="side" aria-label="One message">
    <div class="tools"><strong>${one.client || "plain"} ${one.client ? one.seq : ""}</strong><button onClick=${close} aria-label="Close">×</button></div>
    <dl class="facts"><dt>Received</dt><dd><${Time} at=${one.received_at} full /></dd><dt>From</dt><dd class="mono">${one.from}</dd>
      <dt>Length</dt><dd>${whole(one.length, "bytes")}</dd><dt>Where</dt><dd>segment ${one.place.split(".")[0]} of the journal</dd>
      ${one.client && html`<dt>Client</dt><dd><${Link} to=${"messages?client=" + encodeURIComponent(one.client)}>its messages<//></dd>`}</dl>
    <div class="tools">${["text", "json", "hex"].map(name => html`<button key=${name} aria-pressed=${form === name} onClick=${() => setForm(name)}>${name}</button>`)}</div>
    <${Failed} error=${error} />
    ${data && html`<pre>${body}</pre>${data.length < one.length && html`<p class="quiet">the first ${bytes(data.length)}; all of it is in the export</p>`}`}
  </aside>`;
}

function tree(data) {
  try {
    return JSON.stringify(JSON.parse(new TextDecoder().decode(data)), null, 2);
  } catch {
    return "This is no JSON.";
  }
}
