// The arq:// connections as links: what the network does to them, second by second, and frame by frame while somebody looks.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { useRead, useStream } from "./api.mjs";
import { bytes, count, time, whole } from "./format.mjs";
import { Command, Empty, Failed, Head, Help, html, Link, route, Scroll, Search, Time } from "./ui.mjs";

const share = value => value == null ? "–" : `${(100 * value).toFixed(value > 0 && value < 0.1 ? 2 : 1)} %`;
const again = one => one.after_timeout + one.after_gap + one.in_rewind;
const causes = one => `${whole(one.after_gap)} because acknowledgements showed them missing, ${whole(one.after_timeout)} because a timer fired, ${whole(one.in_rewind)} because go-back-N went back`;

export function Links() {
  const { value, error } = useRead("links", 1);
  const { value: overview } = useRead("overview");
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const links = (value ?? []).filter(one => `${one.number} ${one.peer} ${one.client ?? ""} ${one.service}`.toLowerCase().includes(text));
  const endpoint = (overview?.conversations ?? []).find(one => one.service === "messages")?.endpoints.find(one => one.startsWith("arq://"));
  return html`
    <h1>Links</h1>
    <div class="tools"><${Search} name="text" label="Filter by peer, client or conversation" placeholder="peer, client, conversation" />
      ${value && html`<span class="quiet" title="links that fit the filter, of those that are kept">${whole(links.length)} of ${whole(value.length)}; 64 are watched at most, for ten minutes</span>`}</div>
    <${Failed} error=${error} />
    ${value && links.length === 0 && html`<${Empty}>No arq:// connection ${text ? "fits the filter" : "of the last ten minutes"}. This makes one: <${Command} text=${`aldis send ${endpoint ?? "arq://127.0.0.1:9999"} hello`} /><//>`}
    ${links.length > 0 && html`<${Scroll}><table>
      <thead><tr><${Head} number help="the number of the connection">No.<//><${Head} help="the client's address">Peer<//><${Head} extra help="the id that the client named">Client<//><${Head} extra help="what is spoken">Conversation<//>
        <${Head} number help="smoothed round-trip time; behind it the least that was measured: the difference is what queues on the way add">RTT now<span class="extra">, least</span><//>
        <${Head} number extra help="congestion window: how much may be under way">Window<//><${Head} number extra help="sent, and neither acknowledged nor lost">In flight<//>
        <${Head} number extra help="payload that the client acknowledged, in the last second">Out<//><${Head} number extra help="payload that came in order, in the last second">In<//>
        <${Head} number help="the share of packets that were lost in the last second, of those the server sent and of those the client sent">Loss out, in<//>
        <${Head} number extra help="packets sent again since it opened">Repeated<//></tr></thead>
      <tbody>${links.map(one => html`<tr key=${one.number} class=${one.ended_at ? "quiet" : ""}>
        <td class="number"><${Link} to=${"links/" + one.number}>${one.number}<//></td><td class="mono nowrap">${one.peer}</td><td class="mono extra">${one.client ?? "–"}</td><td class="extra">${one.service}</td>
        <td class="number">${one.rtt_ms == null ? "–" : html`${time(one.rtt_ms)}<span class="extra">, ${time(one.min_rtt_ms)}</span>`}</td>
        ${one.latest ? html`<td class="number extra" title=${whole(one.latest.window_bytes, "bytes")}>${bytes(one.latest.window_bytes)}</td><td class="number extra" title=${whole(one.latest.in_flight_bytes, "bytes")}>${bytes(one.latest.in_flight_bytes)}</td>
        <td class="number extra">${bytes(one.latest.out_bytes_per_second)}/s</td><td class="number extra">${bytes(one.latest.in_bytes_per_second)}/s</td>
        <td class="number">${share(one.latest.out_loss)}, ${share(one.latest.in_loss)}</td>` : html`<td class="extra"></td><td class="extra"></td><td class="extra"></td><td class="extra"></td><td class="number">${one.ended_at ? "ended" : ""}</td>`}
        <td class="number extra" title=${causes(one.totals)}>${count(again(one.totals))}</td></tr>`)}</tbody></table><//>`}`;
}

// What an axis of bytes is divided by.
const binary = Array.from({ length: 50 }, (_, power) => 2 ** power);

const charts = [
  ["Round trip", "smoothed round-trip time, and the least that was measured", "ms", [["now", one => one.rtt_ms, "--accent"], ["least", (_, link) => link.min_rtt_ms, "--quiet"]], time],
  ["Window and in flight", "how much may be under way, and how much is", "bytes", [["window", one => one.window_bytes, "--quiet"], ["in flight", one => one.in_flight_bytes, "--accent"]], bytes, binary],
  ["Goodput", "payload that the client acknowledged (out), and that came in order (in)", "bytes a second", [["out", one => one.out_bytes_per_second, "--accent"], ["in", one => one.in_bytes_per_second, "--ack"]], value => bytes(value) + "/s", binary],
  ["Loss", "the share of packets that were lost, of those the server sent (out) and of those the client sent (in)", "%", [["out", one => one.out_loss == null ? null : 100 * one.out_loss, "--accent"], ["in", one => one.in_loss == null ? null : 100 * one.in_loss, "--ack"]], value => `${value.toFixed(1)} %`],
  ["Sent again", "packets sent again in each second, by cause: acknowledgements showed them missing, a timer fired, go-back-N went back", "packets", [["missing", one => one.repeated.after_gap, "--again"], ["timer", one => one.repeated.after_timeout, "--bad"], ["rewind", one => one.repeated.in_rewind, "--probe"]], count],
];

// The panel of one link: small multiples over one axis of time, and the ladder of what passes now.
export function LinkPanel({ number, heading = true }) {
  const [isOver, setOver] = useState(false);
  const { value, error } = useRead("links/" + number, isOver ? 0 : 2, { tries: 5 });
  useEffect(() => setOver(!!value?.ended_at), [value?.ended_at]);
  return html`
    ${heading && html`<h1>Link ${number}</h1><p><${Link} to=${"connections/" + number}>The connection<//> that it carries.</p>`}
    <${Failed} error=${error} />
    ${value && html`
    <dl class="facts">
      ${heading && html`<dt>Peer</dt><dd class="mono">${value.peer}${value.client ? ` (${value.client})` : ""}, ${value.service}</dd>`}
      <dt><${Help} text="smoothed round-trip time, and the least that was measured">Round trip<//></dt><dd>${value.rtt_ms == null ? "not measured yet" : `${time(value.rtt_ms)} now, ${time(value.min_rtt_ms)} at least`}</dd>
      <dt><${Help} text="packets the server sent, repetitions included">Sent<//></dt><dd>${whole(value.packets_sent)} packets of at most ${whole(value.datagram_bytes)} bytes, ${whole(value.packets_lost)} lost, ${whole(again(value.totals))} repetitions</dd>
      <dt><${Help} text="why packets were sent again">By cause<//></dt><dd>${causes(value.totals)}</dd>
      ${value.ended_at && html`<dt>Ended</dt><dd><${Time} at=${value.ended_at} full /></dd>`}
    </dl>
    ${value.seconds.length > 1 && html`<div class="multiples">${charts.map(chart => html`<${Multiple} key=${chart[0]} chart=${chart} link=${value} />`)}</div>`}
    ${!value.ended_at && html`<${LiveLadder} number=${number} link=${value} />`}`}`;
}

function Multiple({ chart: [title, help, unit, series, show, incrs], link }) {
  const place = useRef();
  const plot = useRef();
  const seconds = link.seconds;
  const data = [seconds.map((_, index) => index - seconds.length + 1), ...series.map(([, read]) => seconds.map(one => read(one, link) ?? null))];
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const color = name => style.getPropertyValue(name);
    const axis = { stroke: color("--quiet"), grid: { stroke: color("--rule"), width: 0.5 }, ticks: { show: false }, font: "11px system-ui", size: 22 };
    plot.current = new uPlot({
      width: place.current.clientWidth || 300,
      height: 130,
      padding: [6, 14, 0, 0],
      cursor: { y: false, points: { size: 5 }, sync: { key: "links" } },
      legend: { show: false },
      scales: { x: { time: false, range: plot => [-Math.max(60, plot.data[0].length), 0] }, y: { range: (_, least, most) => [0, Math.max(most * 1.05, 0.001)] } },
      axes: [{ ...axis, values: (_, at) => at.map(value => value === 0 ? "now" : value % 60 ? `${value} s` : `${value / 60} min`), splits: (plot, _, from) => [1, 0.5, 0].map(part => -part * (from < -120 ? 120 * Math.floor(-from / 120) : 60)) },
        { ...axis, size: 62, ...(incrs && { incrs }), values: (_, at) => at.map(value => show(value)) }],
      series: [{}, ...series.map(([label, , name]) => ({ label, stroke: color(name), width: 1.4, points: { show: false }, spanGaps: false }))],
    }, data, place.current);
    const resize = new ResizeObserver(() => plot.current.setSize({ width: place.current.clientWidth, height: 130 }));
    resize.observe(place.current);
    return () => { resize.disconnect(); plot.current.destroy(); };
  }, []);
  useEffect(() => { plot.current.setData(data); }, [link]);
  const last = seconds[seconds.length - 1];
  const words = series.map(([label, read]) => { const value = read(last, link); return `${label} ${value == null ? "–" : show(value)}`; }).join(", ");
  return html`<section class="tile" title=${`${help} (${unit})`}><h2><${Help} text=${`${help} (${unit})`}>${title}<//></h2>
    <div class="legend">${series.map(([label, read, name]) => { const value = read(last, link); return html`<span key=${label} class=${"key " + name.slice(2)}>${label} <b>${value == null ? "–" : show(value)}</b></span>`; })}</div>
    <div ref=${place} class="plot" role="img" aria-label=${`${title}, the last ten minutes; now ${words}`}></div></section>`;
}

const kept = 1500;
const words = { "frame-sent": "sent", "frame-retransmitted": "sent again", "probe-sent": "probe sent", "frame-received": "received", "frame-duplicate": "received twice", "frame-discarded": "not kept", "frame-corrupted": "damaged",
  "frame-lost": "given up as lost", "frame-acknowledged": "acknowledged", "loss-spurious": "was not lost after all", "acknowledgement-sent": "acknowledgement sent", "acknowledgement-received": "acknowledgement received", "timer-fired": "timer fired", "connection-closed": "ended" };

// Two axes, time downward. What leaves or comes at the server is known exactly; the other end of an arrow is half a round trip away.
function LiveLadder({ number, link }) {
  const [isFollowing, setFollowing] = useState(false);
  const [frames, setFrames] = useState([]);
  const [gap, setGap] = useState(0);
  const [isHeld, setHeld] = useState(false);
  const [span, setSpan] = useState(0);
  const all = useRef([]);
  const held = useRef(false);
  held.current = isHeld;
  useStream(isFollowing ? `links/${number}/frames` : null, {
    frames: more => {
      all.current = [...all.current, ...more].slice(-kept);
      held.current || setFrames(all.current);
    },
    gap: passed => setGap(before => before + passed),
  });
  const text = (route.value.query.get("frames") ?? "").toLowerCase();
  const wanted = frames.filter(one => one.what !== "frame-acknowledged")
    .filter(one => `${words[one.what]} ${one.packet ?? ""} ${one.cause ?? ""}`.toLowerCase().includes(text)).slice(-200).reverse();
  const shown = span || Math.max(40, 6 * (link.rtt_ms ?? 10));
  return html`<h2>What passes now</h2>
    <div class="tools"><button aria-pressed=${isFollowing} onClick=${() => setFollowing(!isFollowing)}>${isFollowing ? "Follow no longer" : "Follow its frames"}</button>
      ${isFollowing && html`<button aria-pressed=${isHeld} onClick=${() => { setHeld(!isHeld); isHeld && setFrames(all.current); }}>${isHeld ? "Go on" : "Hold"}</button>
      <label>Shows <select value=${String(span)} onChange=${event => setSpan(+event.target.value)}><option value="0">six round trips</option><option value="10">10 ms</option><option value="100">100 ms</option><option value="1000">1 s</option><option value="10000">10 s</option><option value="60000">1 min</option></select></label>`}
      ${gap > 0 && html`<span class="quiet" title="frames that were passed over">${whole(gap)} came faster than they are drawn</span>`}
      ${!isFollowing && html`<span class="quiet">Each frame as it leaves and comes; a link that nobody follows pays nothing.</span>`}</div>
    ${isFollowing && frames.length === 0 && html`<${Empty}>Nothing passes at the moment. What does comes here.<//>`}
    ${isFollowing && frames.length > 0 && html`<div class="live"><${Drawing} frames=${frames} span=${shown} rtt=${link.min_rtt_ms ?? 1} />
      <div><div class="tools"><${Search} name="frames" label="Filter frames" placeholder="what, packet, cause" /></div>
      <${Scroll} name="scroll frames"><table><thead><tr><${Head} number help="milliseconds before the last one">Time<//><${Head} help="what happened at the server">What<//><${Head} number help="the number of the transmission, or the largest that an acknowledgement names">Packet<//><${Head} number help="bytes of payload">Bytes<//><${Head} help="why, or which one it repeats">Why<//></tr></thead>
      <tbody>${wanted.map((one, index) => html`<tr key=${one.ms + ":" + index}><td class="number">${(one.ms - frames[frames.length - 1].ms).toFixed(2)} ms</td><td>${words[one.what]}</td>
        <td class="number">${one.packet ?? ""}</td><td class="number">${one.bytes || ""}</td><td>${one.cause ?? ""}${one.replaces == null ? "" : ` repeats ${one.replaces}`}</td></tr>`)}</tbody></table><//></div></div>`}`;
}

function Drawing({ frames, span, rtt }) {
  const end = frames[frames.length - 1].ms;
  const from = end - span;
  // The last arrows end below the last moment; the caption has a line of its own under them.
  const [height, foot] = [580, 26];
  const half = Math.min(rtt / 2, span / 4);
  const y = ms => 30 + (ms - from) / span * (height - foot - 30 - 40);
  const [left, right] = [70, 430];
  const lost = new Set(frames.filter(one => one.what === "frame-lost").map(one => one.packet));
  const spurious = new Set(frames.filter(one => one.what === "loss-spurious").map(one => one.packet));
  const sent = new Map(frames.filter(one => one.what === "frame-sent" || one.what === "frame-retransmitted").map(one => [one.packet, one]));
  const near = frames.filter(one => one.ms >= from - half);
  const few = near.length < 70;
  // A label that would stand on another one is left out: the table and the arrow's title have it.
  const labelled = { [left]: [], [right]: [] };
  const hasRoom = (x, y) => !labelled[x].some(other => Math.abs(other - y) < 11) && labelled[x].push(y);
  const arrow = (key, kind, ms, x1, y1, x2, y2, label, title) => html`<g key=${key} class=${kind} data-frame=${title} data-ms=${ms}><title>${title}</title>
    <line x1=${x1} y1=${y1} x2=${x2} y2=${y2} marker-end=${kind.includes("lost") ? undefined : "url(#head)"} />
    ${kind.includes("lost") && html`<path d=${`M${x2 - 5} ${y2 - 5}l10 10m0 -10l-10 10`} />`}
    ${few && label && y1 > 34 && hasRoom(x1, y1) && html`<text x=${x1 === left ? left - 6 : right + 6} y=${y1 + 4} text-anchor=${x1 === left ? "end" : "start"}>${label}</text>`}</g>`;
  const draw = (one, index) => {
    const key = one.what + one.packet + ":" + one.ms + index;
    const title = `${words[one.what]}${one.packet == null ? "" : ` ${one.packet}`}${one.bytes ? `, ${one.bytes} bytes` : ""}${one.cause ? `, ${one.cause}` : ""}`;
    switch (one.what) {
      case "frame-sent": case "frame-retransmitted": case "probe-sent": {
        const isLost = lost.has(one.packet) && !spurious.has(one.packet);
        const kind = (one.what === "frame-sent" ? "data" : one.what === "probe-sent" ? "probe" : "again") + (isLost ? " lost" : "");
        const tie = one.replaces != null && sent.get(one.replaces);
        return [arrow(key, kind, one.ms, left, y(one.ms), isLost ? (left + right) / 2 : right, y(one.ms + (isLost ? half / 2 : half)), one.packet, title + (isLost ? ", lost" : "") + (one.replaces == null ? "" : `, repeats ${one.replaces}`)),
          tie && html`<path key=${"tie" + key} class="tie" d=${`M${left - 2} ${y(tie.ms)}C${left - 34} ${y(tie.ms)} ${left - 34} ${y(one.ms)} ${left - 2} ${y(one.ms)}`} />`];
      }
      case "frame-received": case "frame-duplicate": case "frame-discarded":
        return arrow(key, one.what === "frame-received" ? "data" : "again", one.ms, right, y(one.ms - half), left, y(one.ms), one.packet, title);
      case "acknowledgement-sent":
        return arrow(key, "ack", one.ms, left, y(one.ms), right, y(one.ms + half), "", title);
      case "acknowledgement-received":
        return arrow(key, "ack", one.ms, right, y(one.ms - half), left, y(one.ms), `ACK ${one.packet}`, title);
      case "timer-fired": case "frame-corrupted":
        if (one.cause === "acknowledgement-delay") {
          return null;
        }
        return html`<g key=${key} class="mark" data-frame=${title} data-ms=${one.ms}><title>${title}</title><circle cx=${left} cy=${y(one.ms)} r="3.5" /></g>`;
      default:
        return null;
    }
  };
  return html`<svg class="drawing" viewBox=${`0 0 500 ${height}`} role="img" aria-label=${`ladder of the last ${time(span)}: ${near.length} events; the table beside it has them in words`}>
    <defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>
      <clipPath id="inside"><rect x="0" y="22" width="500" height=${height - foot - 22} /></clipPath></defs>
    <text class="head" x=${left} y="14" text-anchor="middle">server</text><text class="head" x=${right} y="14" text-anchor="middle">client</text>
    <line class="axis" x1=${left} y1="22" x2=${left} y2=${height - foot} /><line class="axis" x1=${right} y1="22" x2=${right} y2=${height - foot} />
    <text class="scale" x="250" y=${height - 8} text-anchor="middle">${time(span)}; slope: half of the least round trip</text>
    <g clip-path="url(#inside)">${near.map(draw)}</g></svg>`;
}
