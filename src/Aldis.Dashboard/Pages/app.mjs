// The dashboard: one page, whose views are paths. Data comes from api/v1 alone, and what a person sees a program can read there.
import { render } from "preact";
import { html, Link, route, Banner } from "./ui.mjs";
import { beginSession, session, connection } from "./api.mjs";
import { Overview } from "./overview.mjs";
import { Connections, Connection } from "./connections.mjs";
import { Messages } from "./messages.mjs";
import { Clients } from "./clients.mjs";
import { Files } from "./files.mjs";
import { Links, LinkPanel } from "./links.mjs";
import { Lab } from "./lab.mjs";
import { Events } from "./events.mjs";

const views = [
  ["", "Overview", Overview],
  ["connections", "Connections", Connections],
  ["messages", "Messages", Messages],
  ["clients", "Clients", Clients],
  ["files", "Files", Files],
  ["links", "Links", Links],
  ["lab", "Lab", Lab],
  ["events", "Events", Events],
];

function Page() {
  const [name, ...rest] = route.value.path.split("/");
  const view = views.find(one => one[0] === name);
  const away = connection.value === "lost"
    && html`<${Banner}>The server does not answer. What is here is as it was; the page goes on by itself as soon as it is back.<//>`;
  if (session.value === "asking") {
    return html`${away}<main>${!away && html`<p class="quiet">One moment…</p>`}</main>`;
  }
  if (session.value === "none") {
    return html`<${Welcome} />`;
  }
  const body = name === "connections" && rest.length ? html`<${Connection} key=${rest[0]} number=${rest[0]} />`
    : name === "links" && rest.length ? html`<${LinkPanel} key=${rest[0]} number=${rest[0]} />`
    : view ? html`<${view[2]} />`
    : html`<h1>There is no such page</h1><p><${Link} to="">Overview<//> is the first one.</p>`;
  return html`
    <a class="skip" href="#main">To the page</a>
    <header class="bar">
      <strong>Aldis</strong>
      <nav aria-label="Pages">${views.map(([path, title]) => html`
        <${Link} key=${path} to=${path} aria-current=${path === name ? "page" : undefined}>${title}<//>`)}
      </nav>
      <span class="link-state" role="status">${connection.value === "lost" ? "not connected" : ""}</span>
    </header>
    ${away}
    <main id="main" tabindex="-1">${body}</main>`;
}

function Welcome() {
  const submit = async event => {
    event.preventDefault();
    await beginSession(new FormData(event.target).get("token").trim());
  };
  return html`<main>
    <h1>Open the link that the server printed</h1>
    <p>It is the line that begins with <code>DASHBOARD</code>. <code>aldis dashboard --data DIR</code> prints it again. The token in it works here too:</p>
    <form onSubmit=${submit} class="tools">
      <label>Token <input name="token" type="password" autocomplete="off" required /></label>
      <button>Open</button>
    </form>
    ${session.reason && html`<p class="bad" role="alert">${session.reason}</p>`}
  </main>`;
}

// The token leaves the address at once: it would be in the history, and in what is sent to a colleague.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
}

render(html`<${Page} />`, document.getElementById("app"));
await beginSession(token);
