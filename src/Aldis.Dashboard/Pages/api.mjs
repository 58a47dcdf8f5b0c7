// What the server says: requests, and streams that come back by themselves.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

export const root = document.documentElement.dataset.root;
const base = `${root}/api/v1/`;

// "asking", "none" or "open".
export const session = signal("asking");
// "well" or "lost".
export const connection = signal("well");

export async function beginSession(token) {
  try {
    if (token) {
      const answer = await fetch(base + "session", { method: "POST", body: token });
      session.reason = answer.ok ? "" : (await answer.json()).title;
    }
    const look = await fetch(base + "overview");
    await look.arrayBuffer();
    session.value = look.ok ? "open" : "none";
  } catch {
    connection.value = "lost";
    setTimeout(() => beginSession(token), 1000);
  }
}

// A server that is away is asked until it is back.
async function ask(path) {
  for (;;) {
    try {
      return await fetch(base + path);
    } catch {
      connection.value = "lost";
      await new Promise(resolve => setTimeout(resolve, 1000));
    }
  }
}

export async function read(path) {
  const answer = await ask(path);
  if (answer.status === 401) {
    session.value = "none";
  }
  if (!answer.ok) {
    throw await failureOf(answer);
  }
  connection.value = "well";
  return await answer.json();
}

// Has the server change something.
export async function change(path) {
  const answer = await fetch(base + path, { method: "POST" });
  if (answer.status === 401) {
    session.value = "none";
  }
  if (!answer.ok) {
    throw await failureOf(answer);
  }
}

async function failureOf(answer) {
  const sentence = (await answer.json().catch(() => ({}))).title ?? `The server answered ${answer.status}.`;
  return Object.assign(new Error(sentence), { isGone: answer.status === 404 });
}

// Follows a stream for as long as a component is there, from a place on where one is given. EventSource comes back by itself, with the
// last id it had; where the server has refused it (a session that is over) it does not, and is asked again after a while, from that id on.
export function useStream(path, handlers, after = null) {
  const latest = useRef();
  latest.current = handlers;
  useEffect(() => {
    let source;
    let timer;
    let isOver = false;
    let last = after;
    const open = () => {
      source = new EventSource(base + path + (last ? `${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(last)}` : ""));
      source.onopen = () => { connection.value = "well"; };
      source.onerror = async () => {
        if (isOver) {
          return;
        }
        if (source.readyState !== EventSource.CLOSED) {
          connection.value = "lost";
          return;
        }
        // What is refused is answered: what is not there any more says nothing of the server.
        try {
          const look = await fetch(base + "overview");
          await look.arrayBuffer();
          connection.value = "well";
          if (look.status === 401) {
            session.value = "none";
            return;
          }
        } catch {
          connection.value = "lost";
        }
        if (!isOver) {
          timer = setTimeout(open, 1000);
        }
      };
      for (const name of Object.keys(handlers)) {
        source.addEventListener(name, event => {
          last = event.lastEventId || last;
          latest.current[name](JSON.parse(event.data), event.lastEventId);
        });
      }
    };
    if (path) {
      open();
    }
    return () => {
      isOver = true;
      clearTimeout(timer);
      source?.close();
    };
  }, [path, after]);
}

// Collects what comes one by one, and gives what came within a few frames at once: a page is drawn once for all that one write of the server
// brought. Where nobody looks, and a browser hardly lets it run, the last ones are kept and no more.
const frames = 50;
export function useCollected(most, take) {
  const pending = useRef([]);
  const timer = useRef(0);
  const latest = useRef();
  latest.current = take;
  useEffect(() => () => clearTimeout(timer.current), []);
  return one => {
    pending.current.push(one);
    if (pending.current.length > most) {
      pending.current.shift();
    }
    timer.current ||= setTimeout(() => {
      const all = pending.current;
      pending.current = [];
      timer.current = 0;
      latest.current(all);
    }, frames);
  };
}

// Reads once, and again each time that what it depends on changes, the version too; then every so many seconds, until it was not there so many
// times in a row: what is over does not come back under its number.
export function useRead(path, seconds = 0, { version = 0, tries = 1 } = {}) {
  const [state, set] = useState({});
  useEffect(() => {
    let isOver = false;
    let timer;
    let missed = 0;
    const load = async () => {
      try {
        const value = await read(path);
        missed = 0;
        isOver || set({ value });
      } catch (error) {
        const isGone = error.isGone && ++missed === tries;
        isOver || set(before => ({ ...before, error: error.message, isGone }));
        if (isGone) {
          return;
        }
      }
      if (seconds && !isOver) {
        timer = setTimeout(load, seconds * 1000);
      }
    };
    load();
    return () => { isOver = true; clearTimeout(timer); };
  }, [path, seconds, version]);
  return state;
}
