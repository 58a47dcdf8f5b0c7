// The laboratory to touch. The engine is the real one, run by the server; what is clicked away is lost for certain in the next run, which is
// the same up to there.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { read, root } from "./api.mjs";
import { Failed, go, Help, html, route } from "./ui.mjs";

const presets = [
  ["Window 5, the first frame lost", "strategy=go-back-n&window=5&frames=5&kill=data:1", "Five frames go at once, and the first is lost. What does the receiver do with the other four, and what does the sender send again?"],
  ["The same, selective repeat", "strategy=selective-repeat&window=5&frames=5&kill=data:1", "The receiver keeps what came behind the gap. How many transmissions does that save?"],
  ["The first acknowledgement lost", "strategy=stop-and-wait&frames=3&kill=ack:1", "The frame arrived, and the sender cannot know. What does the receiver do with the second copy?"],
  ["An acknowledgement lost, window 5", "strategy=go-back-n&window=5&frames=5&kill=ack:1", "A later acknowledgement says what the lost one would have said."],
  ["A time-out too short", "strategy=stop-and-wait&frames=4&timeout_ms=30", "A frame and its acknowledgement take longer than the sender waits. Which transmissions are needless?"],
  ["Numbers too short: go-back-N", "strategy=go-back-n&window=4&sequence_bits=2&frames=8&kill=ack:1,ack:2,ack:3,ack:4", "Four frames may be out and numbers have two bits: which frame is taken for which?"],
  ["Numbers too short: selective repeat", "strategy=selective-repeat&window=3&sequence_bits=2&frames=6&kill=ack:1,ack:2,ack:3", "The window is larger than half of the numbers: an old frame looks like a new one."],
  ["A bad link, stop-and-wait", "strategy=stop-and-wait&frames=20&loss=0.2&seed=7", "How near does chance come to the theory?"],
];

const fields = [
  ["frames", "Frames", "number", { min: 1, max: 200 }, "5"],
  ["window", "Window (frames)", "number", { min: 1, max: 64 }, "5"],
  ["frame_size", "Frame (bytes)", "number", { min: 1, max: 65479 }, "1024"],
  ["rate", "Rate (bit/s)", "number", { min: 1000 }, "1000000"],
  ["delay_ms", "Delay one way (ms)", "number", { min: 0, max: 60000 }, "20"],
  ["timeout_ms", "Time-out (ms, 0 measures)", "number", { min: 0, max: 600000 }, "0"],
  ["loss", "Loss (0 to 0.9)", "number", { min: 0, max: 0.9, step: 0.05 }, "0"],
  ["ack_loss", "Loss of ACKs", "number", { min: 0, max: 0.9, step: 0.05 }, ""],
  ["sequence_bits", "Bits of a number (0: enough)", "number", { min: 0, max: 16 }, "0"],
  ["seed", "Seed", "number", { min: 0 }, "7"],
];

export function Lab() {
  const query = route.value.query;
  const strategy = query.get("strategy") ?? "stop-and-wait";
  const text = query.toString();
  const [run, setRun] = useState(null);
  const [error, setError] = useState("");
  const [at, setAt] = useState(-1);
  const [isPlaying, setPlaying] = useState(false);
  const kills = (query.get("kill") ?? "").split(",").filter(Boolean);

  const change = (name, value) => {
    const next = new URLSearchParams(route.value.query);
    value === "" ? next.delete(name) : next.set(name, value);
    go("lab?" + next, true);
  };
  useEffect(() => {
    let isOver = false;
    read(`lab?${text}${innerWidth < 800 ? "&narrow=1" : ""}`).then(value => {
      if (!isOver) {
        setRun(value);
        setError("");
        setAt(now => now < 0 ? -1 : Math.min(now, value.moments.length - 1));
      }
    }, failure => isOver || setError(failure.message));
    return () => { isOver = true; };
  }, [text]);
  useEffect(() => {
    if (!isPlaying || !run) {
      return;
    }
    const timer = setInterval(() => setAt(now => {
      if (now + 1 >= run.moments.length) {
        setPlaying(false);
        return now;
      }
      return now + 1;
    }), 700);
    return () => clearInterval(timer);
  }, [isPlaying, run]);

  const step = by => { setPlaying(false); setAt(now => Math.max(-1, Math.min((run?.moments.length ?? 0) - 1, now + by))); };
  const lose = kill => change("kill", kills.includes(kill) ? kills.filter(one => one !== kill).join(",") : [...kills, kill].join(","));
  const preset = presets.find(([, words]) => same(words, text));
  return html`
    <h1>Laboratory</h1>
    <div class="lab">
      <form class="controls" onSubmit=${event => event.preventDefault()} aria-label="Experiment">
        <label>Exercise <select value=${preset?.[1] ?? ""} onChange=${event => event.target.value && go("lab?" + event.target.value)}>
          <option value="">of your own</option>${presets.map(([name, words]) => html`<option key=${words} value=${words}>${name}</option>`)}</select></label>
        <label>Strategy <select value=${strategy} onChange=${event => change("strategy", event.target.value)}>
          <option>stop-and-wait</option><option>go-back-n</option><option>selective-repeat</option></select></label>
        ${fields.filter(([name]) => name !== "window" || strategy !== "stop-and-wait").map(([name, label, type, bounds, value]) => html`
          <label key=${name}>${label} <input type=${type} ...${bounds} placeholder=${value} value=${query.get(name) ?? ""} onChange=${event => change(name, event.target.value)} /></label>`)}
        <p class="quiet half" title="transmissions that are lost whatever chance says: data:1 is the first frame that is sent, ack:1 the first acknowledgement">Lost for certain: ${kills.length ? kills.map(kill => html`<button key=${kill} type="button" title="Do not lose it" onClick=${() => lose(kill)}>${kill} ×</button> `) : "nothing. Click an arrow to lose it."}</p>
        ${run && html`<p class="tools half">
          <a href=${`${root}/api/v1/lab/picture?form=svg&${text}`} download>SVG</a>
          <button type="button" onClick=${() => savePng()}>PNG</button>
          <a href=${`${root}/api/v1/lab/picture?form=html&${text}`} download>one HTML file</a>
          <a href=${`${root}/api/v1/lab/picture?form=mermaid&${text}`} download>Mermaid</a></p>
          <p class="quiet whole">In a terminal: <code>${run.command}</code></p>`}
      </form>
      <div class="stage">
        ${preset && html`<p title="what the exercise asks">${preset[2]}</p>`}
        <div class="tools" role="group" aria-label="Moments">
          <button onClick=${() => step(-1)} disabled=${at < 0}>◀ back</button>
          <button onClick=${() => step(1)}>step ▶</button>
          <button aria-pressed=${isPlaying} onClick=${() => { if (run && at + 1 >= run.moments.length) { setAt(-1); } setPlaying(!isPlaying); }}>${isPlaying ? "pause" : "play"}</button>
          <button onClick=${() => { setPlaying(false); setAt(-1); }}>show all</button>
          <span class="quiet" title="what happens at one time at one side is a moment">${run ? (at < 0 ? `${run.moments.length} moments` : `moment ${at + 1} of ${run.moments.length}`) : ""}</span>
        </div>
        <${Failed} error=${error} />
        ${run && html`<${Ladder} run=${run} at=${at} pick=${setAt} lose=${lose} />`}
      </div>
      ${run && html`<${Knows} run=${run} at=${at} lose=${lose} kills=${kills} />`}
    </div>
    ${run && html`<h2>So far against theory</h2>
      <dl class="facts">${run.facts.map(fact => html`<dt key=${fact.name}><${Help} text=${factHelp[fact.name] ?? fact.name}>${fact.name}<//></dt><dd>${fact.value}</dd>`)}</dl>
      ${run.remarks.map(remark => html`<p class="quiet" title="what the experiment is, and what the theory says of it">${remark}</p>`)}`}`;
}

const factHelp = {
  "time": "milliseconds of the experiment's own clock until everything was there, or it was given up",
  "efficiency": "the share of the time in which the link carried payload that was new",
  "theory": "the efficiency that the formula gives, with the headers that frames have",
  "textbook": "the efficiency that the textbook's formula gives, without headers",
  "measured / theory": "1 where the run is as the theory says; chance makes the difference",
  "goodput": "bits of payload a second that arrived and were new",
  "frames": "frames to be sent, and bytes of payload in each",
  "transmissions": "frames that were sent, repetitions included",
  "lost": "frames and acknowledgements that the link lost",
  "damaged": "frames and acknowledgements that the link damaged",
  "doubled by the link": "frames that the link delivered twice",
  "duplicates dropped": "frames that the receiver had already and dropped",
  "out of order, dropped": "frames that came before their turn and were dropped",
  "mistaken": "frames and acknowledgements that were taken for others, because the numbers repeat too soon",
};

const same = (left, right) => {
  const sort = text => [...new URLSearchParams(text)].map(pair => pair.join("=")).sort().join("&");
  return sort(left) === sort(right);
};

// The picture comes from the server; its parts name their moments. What comes later than the moment that is looked at is not shown.
function Ladder({ run, at, pick, lose }) {
  const place = useRef();
  const byPart = useMemo(() => new Map(run.moments.map((moment, index) => [String(moment.part), index])), [run]);
  useEffect(() => {
    const picture = new DOMParser().parseFromString(run.picture, "image/svg+xml").documentElement;
    place.current.replaceChildren(document.importNode(picture, true));
    for (const part of place.current.querySelectorAll("[data-m]")) {
      const moment = run.moments[byPart.get(part.dataset.m)];
      if (moment?.kill) {
        part.classList.add("losable");
        const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
        title.textContent = `${moment.says}. Click to lose it (${moment.kill}).`;
        part.append(title);
      }
    }
  }, [run]);
  useEffect(() => {
    for (const part of place.current.querySelectorAll("[data-m]")) {
      const index = byPart.get(part.dataset.m) ?? -1;
      part.classList.toggle("later", at >= 0 && index > at);
      part.classList.toggle("on", at >= 0 && index === at);
    }
    if (at >= 0) {
      place.current.querySelector(`[data-m="${run.moments[at]?.part}"]`)?.scrollIntoView({ block: "nearest" });
    }
  }, [run, at]);
  const click = event => {
    const part = event.target.closest("[data-m]");
    const index = part ? byPart.get(part.dataset.m) : undefined;
    if (index === undefined) {
      return;
    }
    const moment = run.moments[index];
    moment.kill && part.classList.contains("losable") ? lose(moment.kill) : pick(index);
  };
  return html`<div class="ladder" ref=${place} onClick=${click}></div>`;
}

const meanings = { A: "acknowledged", O: "out, not acknowledged", F: "may be sent", N: "not yet allowed" };

function Knows({ run, at, lose, kills }) {
  const until = at < 0 ? run.moments.length - 1 : at;
  const last = name => {
    for (let index = until; index >= 0; index--) {
      if (run.moments[index][name] !== null) {
        return run.moments[index][name];
      }
    }
    return run[name];
  };
  const moment = at < 0 ? null : run.moments[at];
  const [origin, letters] = last("strip").split(":");
  const list = useRef();
  useEffect(() => { list.current?.querySelector(".on")?.scrollIntoView({ block: "nearest" }); }, [at]);
  return html`<aside class="knows" aria-label="What each side knows">
    <section aria-live="polite"><h2 title="the time of the experiment's own clock">${moment ? `${moment.time} ms` : "The end"}</h2>
      ${moment ? html`<p title="what happens at this moment, and what nobody but you can see"><strong>${moment.says}</strong> ${moment.seen} <span class="quiet">${moment.hidden}</span></p>` : html`<p class="quiet">Step through the moments to see what each side knew then.</p>`}
      ${moment?.kill && html`<button onClick=${() => lose(moment.kill)}>${kills.includes(moment.kill) ? "Do not lose it" : "Lose it"} (${moment.kill})</button>`}</section>
    <section title="what the sender knows at this moment: of the frames, the numbers that are out, and the timer"><h2>The sender knows</h2><p>${last("sender")}</p>
      <div class="strip" role="img" aria-label=${"window: " + Array.from(letters, (letter, index) => `frame ${+origin + index} ${meanings[letter]}`).join(", ")}>
        ${Array.from(letters, (letter, index) => html`<i key=${+origin + index} class=${letter} title=${`frame ${+origin + index}: ${meanings[letter]}`}>${+origin + index}</i>`)}</div></section>
    <section title="what the receiver knows at this moment: the number it expects, and what it keeps"><h2>The receiver knows</h2><p>${last("receiver")}</p></section>
    <ol ref=${list} tabindex="0" aria-label="Moments" title="what happens, with its time in milliseconds of the experiment's own clock">${run.moments.map((one, index) => html`<li key=${index} class=${index === at ? "on" : index > until ? "later" : ""}><b>${one.time}</b> <span class="quiet">${one.side}</span> ${one.says}</li>`)}</ol>
  </aside>`;
}

// The picture as it would be printed: on white, whatever the page has.
async function savePng() {
  const answer = await fetch(`${root}/api/v1/lab/picture?form=svg&${route.value.query}`);
  const image = new Image();
  image.src = URL.createObjectURL(await answer.blob());
  await image.decode();
  const canvas = document.createElement("canvas");
  const scale = 2;
  canvas.width = image.width * scale;
  canvas.height = image.height * scale;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.drawImage(image, 0, 0);
  URL.revokeObjectURL(image.src);
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = "ladder.png";
  link.click();
}
