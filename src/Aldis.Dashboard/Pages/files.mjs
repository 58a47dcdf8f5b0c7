import { useRead } from "./api.mjs";
import { bytes, whole } from "./format.mjs";
import { Advice, Empty, EventTag, Failed, html, route, Scroll, Search, Time } from "./ui.mjs";

export function Files() {
  const { value, error } = useRead("events", 2);
  const text = (route.value.query.get("text") ?? "").toLowerCase();
  const files = (value ?? []).filter(one => one.event === "file-received" || one.event === "file-refused")
    .filter(one => ((one.name ?? one.reason ?? "") + one.peer).toLowerCase().includes(text)).reverse();
  return html`
    <h1>Files</h1>
    <div class="tools"><${Search} name="text" label="Filter by name or sender" placeholder="name or sender" /></div>
    <${Failed} error=${error} />
    ${value && files.length === 0 && html`<${Empty}>No file has come since the server started, as far as is remembered. This sends one: <code>aldis copy FILE ADDRESS</code><//>`}
    ${files.length > 0 && html`<${Scroll}><table>
      <thead><tr><th>When</th><th>What</th><th>Name</th><th class="number">Size</th><th>From</th></tr></thead>
      <tbody>${files.map(one => html`<tr key=${one.number}><td class="nowrap"><${Time} at=${one.time} /></td><td><${EventTag} name=${one.event} /></td>
        <td class="mono">${one.name ?? html`${one.reason}<${Advice} cause=${one.cause} />`}</td>
        <td class="number" title=${whole(one.length, "bytes")}>${bytes(one.length)}</td><td class="mono nowrap">${one.peer}</td></tr>`)}</tbody></table><//>`}`;
}
