import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { read, root, useStream } from "./api.mjs";
import { bytes, hex, printable, unpack, visible, whole } from "./format.mjs";
import { Empty, Failed, html, Link, route, Scroll, Search, setQuery, Time } from "./ui.mjs";

const kept = 1000;

export function Messages() {
  const query = route.value.query;
  const client = query.get("client");
  const text = query.get("text") ?? "";
  const filter = (client == null ? "" : `&client=${encodeURIComponent(client)}`) + (text && `&text=${encodeURIComponent(text)}`);
  // The messages that are shown, and where those before them end.
  const [{ list, before }, setShown] = useState({ list: [], before: null });
  // What was asked for to begin with, and where the stream goes on behind the answer: nothing is there twice, and nothing is missing.
  const [followed, setFollowed] = useState(null);
  const [error, setError] = useState("");
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState(false);
  const [showPayload, setShowPayload] = useState(false);
  const waiting = useRef([]);
  const [newer, setNewer] = useState(0);
  const [open, setOpen] = useState(null);
  const words = filter + (showPayload ? "&payload=1" : "");

  // An answer to what nobody asks for any more is let go.
  const asked = useRef(0);
  const load = async (place, take) => {
    const turn = asked.current;
    try {
      const page = await read(`messages?count=100${words}${place ? "&before=" + place : ""}`);
      if (turn === asked.current) {
        take(page);
        setError("");
      }
    } catch (failure) {
      if (turn === asked.current) {
        setShown(now => ({ ...now, before: now.before ?? place }));
        setError(failure.message);
      }
    }
  };
  useEffect(() => {
    asked.current++;
    waiting.current = [];
    setNewer(0);
    setMissed(false);
    load(null, page => {
      setShown({ list: page.messages, before: page.before });
      setFollowed({ words, filter, after: page.after });
    });
  }, [words]);
  // One page at a time: while it comes there is nothing to press, and a list that lost its beginning meanwhile has no use for it.
  const showOlder = () => {
    setShown(now => ({ ...now, before: null }));
    load(before, page => setShown(now => now.before ? now : { list: [...page.messages, ...now.list], before: page.before }));
  };
  const add = messages => setShown(now => {
    const all = [...now.list, ...messages];
    return all.length > kept ? { list: all.slice(-kept), before: all[all.length - kept].place } : { list: all, before: now.before };
  });
  const showNewer = () => {
    add(waiting.current);
    waiting.current = [];
    setNewer(0);
    requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
  };
  // What arrives while somebody reads waits behind a bar: nothing under the reader moves.
  useStream(followed?.words === words ? "messages/stream?" + words.slice(1) : null, {
    messages: messages => {
      waiting.current = [...waiting.current, ...messages].slice(-kept);
      if (paused || innerHeight + scrollY < document.documentElement.scrollHeight - 80) {
        setNewer(waiting.current.length);
      } else {
        showNewer();
      }
    },
    gap: () => setMissed(true),
  }, followed?.after);
  return html`
    <h1>Messages</h1>
    <div class="tools">
      <${Search} name="text" label="Only messages that contain" placeholder="text in the message" />
      <label>Client <input value=${client ?? ""} placeholder="all" onInput=${event => setQuery("client", event.target.value)} /></label>
      <button aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}</button>
      <button aria-pressed=${showPayload} onClick=${() => setShowPayload(!showPayload)}>${showPayload ? "Hide what they say" : "Show what they say"}</button>
      <a href=${`${root}/api/v1/messages/export?format=ndjson${filter}`} download>NDJSON</a>
      <a href=${`${root}/api/v1/messages/export?format=csv${filter}`} download>CSV</a>
      ${missed && html`<span class="quiet">Some came faster than they are shown; they are in the journal.</span>`}
    </div>
    <${Failed} error=${error} />
    <div class=${open ? "split" : ""}>
      <div>
        ${before && html`<button onClick=${showOlder}>Older</button>`}
        ${list.length === 0 && !error && html`<${Empty}>No message${filter ? " that fits the filter" : " yet"}. This sends one: <code>aldis send ADDRESS hello</code><//>`}
        ${list.length > 0 && html`<${Scroll}><table>
          <thead><tr><th>Received</th><th>Client</th><th class="number">Number</th><th class="number">Length</th><th>From</th>${showPayload && html`<th>Says</th>`}</tr></thead>
          <tbody>${list.map(one => html`<${Row} key=${one.place} one=${one} isOpen=${open?.place === one.place} showPayload=${showPayload}
            look=${() => setOpen({ ...one, filter: followed.filter })} />`)}</tbody></table><//>`}
        ${newer > 0 && html`<button class="newer" onClick=${showNewer}>${whole(newer)} newer</button>`}
      </div>
      ${open && html`<${Message} one=${open} close=${() => setOpen(null)} />`}
    </div>`;
}

// A row is made once: of a thousand of them few are new each time.
function Row({ one, isOpen, showPayload, look }) {
  return useMemo(() => html`<tr class=${isOpen ? "on" : ""}>
    <td class="nowrap"><${Time} at=${one.received_at} /></td>
    <td class="mono">${one.client || html`<span class="quiet">plain</span>`}</td>
    <td class="number"><button onClick=${look} aria-label=${`Look at message ${one.seq} of ${one.client || "plain"}`}>${one.client ? one.seq : "look"}</button></td>
    <td class="number" title=${whole(one.length, "bytes")}>${bytes(one.length)}</td><td class="mono nowrap">${one.from}</td>
    ${showPayload && html`<td class="mono">${printable(unpack(one.payload)).slice(0, 200)}</td>`}
  </tr>`, [one, isOpen, showPayload]);
}

function Message({ one, close }) {
  const [form, setForm] = useState("text");
  const [data, setData] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let isOver = false;
    setData(null);
    setError("");
    const [segment, index] = one.place.split(".");
    // The message itself: the page that ends behind it, of one.
    read(`messages?count=1&payload=1&before=${segment}.${BigInt(index) + 1n}${one.filter}`).then(page => {
      if (!isOver) {
        const found = page.messages.find(message => message.place === one.place);
        found ? setData(unpack(found.payload)) : setError("The journal has this message no more.");
      }
    }, failure => isOver || setError(failure.message));
    return () => { isOver = true; };
  }, [one.place, one.filter]);
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
    return visible(JSON.stringify(JSON.parse(new TextDecoder().decode(data)), null, 2));
  } catch {
    return "This is no JSON.";
  }
}
