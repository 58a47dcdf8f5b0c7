import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { read, root, useStream } from "./api.mjs";
import { bytes, decode, hex, unpack, whole } from "./format.mjs";
import { Empty, Failed, Head, Help, html, Link, once, route, Scroll, Search, setQuery, Time } from "./ui.mjs";

// What is drawn of a list that grows at its end: the more rows it has the longer each frame takes. Those before are one press away.
const kept = 200;

export function Messages() {
  const query = route.value.query;
  const client = query.get("client");
  const text = query.get("text") ?? "";
  const filter = ["client", "text", "since", "until"].filter(name => query.has(name)).map(name => `&${name}=${encodeURIComponent(query.get(name))}`).join("");
  const isPast = new Date(query.get("until") ?? NaN) < new Date();
  // The messages that are shown, and where those before them end.
  const [{ list, before }, setShown] = useState({ list: [], before: null });
  // What was asked for to begin with, and where the stream goes on behind the answer: nothing is there twice, and nothing is missing.
  const [followed, setFollowed] = useState(null);
  const [error, setError] = useState("");
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState(false);
  const [showPayload, setShowPayload] = useState(false);
  const waiting = useRef([]);
  const isAtEnd = useRef(false);
  const [newer, setNewer] = useState(0);
  const [repeats, setRepeats] = useState(0);
  const at = query.get("at");
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
      setRepeats(page.repeats ?? 0);
      setFollowed({ words, after: page.after });
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
    isAtEnd.current = true;
  };
  useLayoutEffect(() => {
    if (isAtEnd.current) {
      isAtEnd.current = false;
      scrollTo(0, document.documentElement.scrollHeight);
    }
  }, [list]);
  // What arrives while somebody reads waits behind a bar: nothing under the reader moves.
  useStream(followed?.words === words && !isPast ? "messages/stream?" + words.slice(1) : null, {
    messages: messages => {
      waiting.current = [...waiting.current, ...messages].slice(-kept);
      if (paused || innerHeight + scrollY < document.documentElement.scrollHeight - 80) {
        setNewer(before => before + messages.length);
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
      <${Moment} name="since" label="From" />
      <${Moment} name="until" label="Until" />
      <label>Client <input value=${client ?? ""} placeholder="all" onInput=${event => setQuery("client", event.target.value)} /></label>
      <button aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}</button>
      <button aria-pressed=${showPayload} onClick=${() => setShowPayload(!showPayload)}>${showPayload ? "Hide what they say" : "Show what they say"}</button>
      <a href=${`${root}/api/v1/messages/export?format=ndjson${filter}`} download>NDJSON</a>
      <a href=${`${root}/api/v1/messages/export?format=csv${filter}`} download>CSV</a>
      ${repeats > 0 && html`<span class="quiet" title="its sender did not know whether they had arrived; each was acknowledged again, and is in the journal once">${whole(repeats)} sent again by ${client}, not stored twice</span>`}
      ${missed && html`<span class="quiet">Some came faster than they are shown; they are in the journal.</span>`}
    </div>
    <${Failed} error=${error} />
    <div class=${at ? "split" : ""}>
      <div>
        ${before && html`<button class="older" onClick=${showOlder}>Older</button>`}
        ${list.length === 0 && !error && html`<${Empty}>No message${filter ? " that fits the filter" : " yet"}. This sends one: <code>aldis send ADDRESS hello</code><//>`}
        ${list.length > 0 && html`<${Scroll}><table class="lines">
          <thead><tr><${Head} help="when the server took it">Received<//><${Head} help="the id that its sender named; the plain form has none">Client<//><${Head} number help="its number, as its sender counts; opens it">Number<//><${Head} number help="bytes of it">Length<//>
            <${Head} extra help="the address it came from">From<//>${showPayload && html`<${Head} help="the beginning of what it says">Says<//>`}</tr></thead>
          <tbody>${list.map(one => html`<${Row} key=${one.place} one=${one} isOpen=${at === one.place} showPayload=${showPayload} />`)}</tbody></table><//>`}
        ${newer > 0 && html`<button class="newer" onClick=${showNewer}>${whole(newer)} newer</button>`}
      </div>
      ${at && html`<${Message} key=${at} place=${at} />`}
    </div>`;
}

// A time of this machine's clock and zone, which the address has as one that means the same everywhere.
function Moment({ name, label }) {
  const at = new Date(route.value.query.get(name) ?? NaN);
  const here = isNaN(at) ? "" : new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return html`<label>${label} <input type="datetime-local" step="1" value=${here}
    onChange=${event => setQuery(name, event.target.value && new Date(event.target.value).toISOString())} /></label>`;
}

const Row = once(({ one, isOpen, showPayload }) => html`<tr class=${isOpen ? "on" : ""}>
    <td class="nowrap"><${Time} at=${one.received_at} /></td>
    <td class="mono nowrap">${one.client || html`<span class="quiet">plain</span>`}</td>
    <td class="number"><button onClick=${() => setQuery("at", one.place)} aria-label=${`Look at message ${one.seq} of ${one.client || "plain"}`}>${one.client ? one.seq : "look"}</button></td>
    <td class="number" title=${whole(one.length, "bytes")}>${bytes(one.length)}</td><td class="mono nowrap extra">${one.from}</td>
    ${showPayload && html`<td class="mono says">${decode(unpack(one.payload)).slice(0, 200)}</td>`}
  </tr>`);

// One message, by its place in the journal, which is in the address.
function Message({ place }) {
  const form = route.value.query.get("form") ?? "text";
  const [one, setOne] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    const [segment, position] = place.split(".");
    if (!/^\d+\.\d+$/.test(place)) {
      setError("The address names no message.");
      return;
    }
    // The page that ends behind it, of one.
    read(`messages?count=1&payload=1&before=${segment}.${BigInt(position) + 1n}`).then(page => {
      const found = page.messages[0]?.place === place ? page.messages[0] : null;
      setOne(found);
      setError(found ? "" : "The message is not there any more: the journal let it go.");
    }, failure => setError(failure.message));
  }, [place]);
  const data = one && unpack(one.payload);
  const body = data && (form === "hex" ? hex(data) : form === "json" ? tree(data, data.length < one.length) : decode(data));
  const [segment, position] = place.split(".");
  return html`<aside class="side" aria-label="One message">
    <div class="tools"><strong>${one ? one.client || "plain" : ""} ${one?.client ? one.seq : ""}</strong><button onClick=${() => setQuery("at", "")} aria-label="Close">×</button></div>
    <${Failed} error=${error} />
    ${one && html`<dl class="facts"><dt>Received</dt><dd><${Time} at=${one.received_at} full /></dd><dt>From</dt><dd class="mono">${one.from}</dd>
      <dt><${Help} text="bytes of it">Length<//></dt><dd>${whole(one.length, "bytes")}</dd>
      <dt><${Help} text="its place in the journal: the segment, and where its record begins there">Where<//></dt><dd>segment ${segment}, from byte ${whole(BigInt(position))} on</dd>
      ${one.client && html`<dt>Client</dt><dd><${Link} to=${"messages?client=" + encodeURIComponent(one.client)}>its messages<//></dd>`}</dl>
    <div class="tools">${["text", "json", "hex"].map(name => html`<button key=${name} aria-pressed=${form === name} onClick=${() => setQuery("form", name === "text" ? "" : name)}>${name}</button>`)}</div>
    <pre>${body}</pre>${data.length < one.length && html`<p class="quiet" title="a message may be longer than a page can show">the first ${bytes(data.length)}; all of it is in the export</p>`}`}
  </aside>`;
}

// JSON as it was sent, on lines of its own: no number is rounded, no name that is there twice is lost.
function tree(data, isCut) {
  const text = decode(data);
  try {
    JSON.parse(text);
  } catch {
    return isCut ? "What is here of it is no whole JSON: the export has all." : "This is no JSON.";
  }
  let depth = 0;
  const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
  return text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g).map((token, at, all) => {
    switch (token) {
      case "{": case "[":
        depth++;
        return token + (all[at + 1] === "}" || all[at + 1] === "]" ? "" : line());
      case "}": case "]":
        depth--;
        return (all[at - 1] === "{" || all[at - 1] === "[" ? "" : line()) + token;
      case ",":
        return "," + line();
      case ":":
        return ": ";
      default:
        return token;
    }
  }).join("");
}
