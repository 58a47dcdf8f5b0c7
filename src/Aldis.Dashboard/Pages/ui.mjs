// What all pages are made of.
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import htm from "htm";
import uPlot from "uplot";
import { change, root } from "./api.mjs";
import { moment, clock, time, visible, whole } from "./format.mjs";

// Whatever is drawn goes through here: no text of anybody's, wherever it is shown, hides or turns what is around it.
const seen = child => typeof child === "string" ? visible(child) : Array.isArray(child) ? child.map(seen) : child;
const shownProps = ["title", "aria-label"];
function draw(type, props, ...children) {
  if (typeof type === "string" && props) {
    for (const name of shownProps) {
      if (typeof props[name] === "string") {
        props = { ...props, [name]: visible(props[name]) };
      }
    }
  }
  return h(type, props, ...children.map(seen));
}
export const html = htm.bind(draw);

const here = () => ({ path: location.pathname.slice(root.length + 1), query: new URLSearchParams(location.search) });

// Where the reader is: every view has an address that can be sent to somebody.
export const route = signal(here());
addEventListener("popstate", () => { route.value = here(); });

export function go(to, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", `${root}/${to}`);
  route.value = here();
  if (!replace) {
    document.getElementById("main")?.focus();
    scrollTo(0, 0);
  }
}

// Changes one word of the query and leaves the others.
export function setQuery(name, value) {
  const query = new URLSearchParams(location.search);
  value ? query.set(name, value) : query.delete(name);
  const text = query.toString();
  go(route.value.path + (text && "?" + text), true);
}

export function Link({ to, children, ...rest }) {
  const follow = event => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(to);
    }
  };
  return html`<a href=${`${root}/${to}`} onClick=${follow} ...${rest}>${children}</a>`;
}

export const Banner = ({ children }) => html`<div class="banner" role="alert">${children}</div>`;
export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;
export const Time = ({ at, full }) => html`<time datetime=${at} title=${moment(at)}>${full ? moment(at) : clock(at)}</time>`;
export const Failed = ({ error }) => error ? html`<p class="bad" role="alert">${error}</p>` : null;

// What is drawn once for each thing it shows, such as the rows of a list: of hundreds few are new each time. Kept in a hook (useMemo) a row would
// keep the list it was in at first, and that list its rows, and so all that ever were there.
export const once = draw => function Once(props) {
  this.shouldComponentUpdate = next => Object.keys(next).some(name => next[name] !== this.props[name]);
  return draw(props);
};

// A table; where it is larger than its place the keyboard moves it too.
export function Scroll({ name = "scroll", children }) {
  const place = useRef();
  useEffect(() => {
    const box = place.current;
    const look = new ResizeObserver(() => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight
      ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex"));
    look.observe(box);
    look.observe(box.firstElementChild);
    return () => look.disconnect();
  }, []);
  return html`<div class=${name} ref=${place}>${children}</div>`;
}

// A field that filters. A press of '/' leads to the next one of the page from wherever the keyboard is; Escape leaves it.
export const Search = ({ name, label, placeholder }) => html`<input type="search" aria-label=${label} placeholder=${`${placeholder}  ( / )`}
  value=${route.value.query.get(name) ?? ""} onInput=${event => setQuery(name, event.target.value)} />`;

addEventListener("keydown", event => {
  const here = document.activeElement;
  if (event.key === "Escape" && here?.type === "search") {
    here.blur();
    lastSearch = here;
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(here?.tagName)) {
    return;
  }
  const fields = [...document.querySelectorAll("input[type=search]")];
  const from = here && here !== document.body ? here : lastSearch;
  const next = fields.find(one => from && from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) ?? fields[0];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
let lastSearch = null;

// What a number means, and its unit: on hover, and where the keyboard is.
export const Help = ({ text, children }) => html`<span class="help" tabindex="0" title=${text}>${children}</span>`;

// The head of a column. An extra one is left out where there is little room.
export const Head = ({ help, number, extra, children }) => html`<th class=${(number ? "number" : "") + (extra ? " extra" : "")}><${Help} text=${help}>${children}<//></th>`;

// A browser shows a title where the mouse is; where the keyboard is, this does.
const tip = document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", hidden: true }));
tip.setAttribute("aria-hidden", "true");
addEventListener("focusin", event => {
  const text = event.target.matches?.("[title]:focus-visible") && event.target.title;
  tip.hidden = !text;
  if (text) {
    tip.textContent = text;
    const at = event.target.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${at.bottom + 6 + tip.offsetHeight > innerHeight ? at.top - tip.offsetHeight - 6 : at.bottom + 6}px`;
  }
});
for (const name of ["focusout", "scroll", "keydown"]) {
  addEventListener(name, event => { (name !== "keydown" || event.key === "Escape") && (tip.hidden = true); }, true);
}

// A command to be run in a terminal, with a button that copies it. Where the browser gives no clipboard (no TLS), it is selected instead.
export function Command({ text }) {
  const place = useRef();
  const [state, set] = useState("Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      set("Copied");
    } catch {
      getSelection().selectAllChildren(place.current);
      set("Selected");
    }
    setTimeout(() => set("Copy"), 2000);
  };
  return html`<span class="command"><code ref=${place}>${text}</code> <button type="button" onClick=${copy} aria-label=${`Copy the command ${text}`}>${state}</button></span>`;
}

// A button that changes something at the server: it asks once more, and what comes of it is said beside it.
export function Act({ label, sure, path, done }) {
  const [state, set] = useState("");
  const [error, setError] = useState("");
  const press = async () => {
    if (!state) {
      set("asked");
      return;
    }
    try {
      set("busy");
      setError("");
      await change(path);
      done?.();
    } catch (failure) {
      setError(failure.message);
    }
    set("");
  };
  return html`<span class="act"><button type="button" class=${state && "danger"} disabled=${state === "busy"} onClick=${press} onBlur=${() => set(now => now === "asked" ? "" : now)}>${state ? sure : label}</button>
    <${Failed} error=${error} /></span>`;
}

// How many took how long: a bar for each bucket, whose width grows with the time.
export function Histogram({ buckets, label }) {
  const most = Math.max(...buckets.map(one => one.count));
  const width = 100 / Math.max(8, buckets.length);
  return html`<figure class="histogram"><svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label=${label}>
    ${buckets.map((one, index) => html`<rect key=${index} x=${index * width + width * 0.1} width=${width * 0.8} y=${40 - 40 * one.count / most} height=${40 * one.count / most}>
      <title>${whole(one.count)} took up to ${time(one.up_to_ms)}</title></rect>`)}</svg>
    <figcaption class="quiet"><span>${time(buckets[0].up_to_ms)}</span><span>${time(buckets[buckets.length - 1].up_to_ms)}</span></figcaption></figure>`;
}

// A line of the last ten minutes without axes: its shape is what matters, the values are on hover.
const alone = (plot, series) => plot.data[series].flatMap((value, at, all) => value != null && all[at - 1] == null && all[at + 1] == null ? [at] : []);
export function Spark({ values, label, unit }) {
  const place = useRef();
  const plot = useRef();
  useEffect(() => {
    const inside = place.current;
    // Asked for at each drawing: the theme may have changed.
    const color = () => getComputedStyle(inside).getPropertyValue("--accent");
    plot.current = new uPlot({
      width: inside.clientWidth || 200,
      height: 44,
      padding: [3, 0, 3, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false }, y: { range: (_, least, most) => [0, Math.max(most, 1)] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, { stroke: color, width: 1.5, points: { show: true, size: 3, width: 0, fill: color, filter: alone } }],
    }, [[0], [0]], inside);
    const resize = new ResizeObserver(() => plot.current.setSize({ width: inside.clientWidth, height: 44 }));
    resize.observe(inside);
    return () => { resize.disconnect(); plot.current.destroy(); };
  }, []);
  useEffect(() => { plot.current.setData([values.map((_, index) => index), values]); }, [values]);
  const most = values.reduce((before, value) => Math.max(before, value ?? 0), 0);
  return html`<div class="line" ref=${place} role="img" aria-label=${`${label}, last ${values.length} s, at most ${Math.round(most * 10) / 10} ${unit}`}
    title=${`the last ${values.length} s, at most ${Math.round(most * 10) / 10} ${unit}`}></div>`;
}

// What an event is in a word and a colour; never the colour alone.
const kinds = [
  [/refused|fault|failed|lost/, "bad"],
  [/closed|deleted|forgotten|jumped/, "plain"],
  [/received/, "data"],
];
export const EventTag = ({ name }) => html`<span class=${"tag " + (kinds.find(([word]) => word.test(name))?.[1] ?? "ack")}>${name}</span>`;

// What a connection waits for, in words; in colour where somebody has to do something.
export const State = ({ one }) => html`<span class=${"state " + one.awaits} title=${one.awaits === "client" ? "the server waits for the client"
  : one.awaits === "server" ? "the client waits for the server" : "nobody waits"}>${one.state}</span>`;

// What an operator would do about a cause, in a sentence. A cause that is not here speaks for itself.
const advice = {
  "connection-limit": "More clients than --max-connections allows: raise it, or find out who opens so many.",
  "address-limit": "One address has as many connections as it may: raise --max-connections-per-address if that is meant.",
  "descriptor-limit": "Raise the limit of file descriptors of the process (ulimit -n).",
  "memory-limit": "Clients send faster than is stored: raise --max-memory, or look at the disk.",
  "handshake-failed": "The client does not trust the certificate, or does not speak TLS here.",
  "header-timeout": "A client began a message and did not go on: look at its network or its program.",
  "client-silent": "The client was not heard for too long: it is off, or the way to it is.",
  "disk-full": "Free space on the disk of the data directory, or let old messages go (--retain-age, --retain-size).",
  "store-failed": "Nothing more is stored: look at the disk, then start the server again.",
  "conflict": "Two senders have the same client id, or one lost its outbox: give each an id of its own.",
  "superseded": "The client came over another connection: usual after an outage, otherwise two senders share an id.",
  "bad-frame": "What the client sends is no frame of this conversation: it may want another port.",
  "too-large": "The message is longer than this server takes.",
  "rate-limit": "More datagrams than are answered: '?rate=' at the echo's address allows more.",
};
export const Advice = ({ cause }) => advice[cause] ? html`<span class="quiet"> ${advice[cause]}</span>` : null;
