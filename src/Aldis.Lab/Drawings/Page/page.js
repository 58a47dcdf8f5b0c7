(() => {
  "use strict";
  const main = document.querySelector("main");
  const ladder = document.querySelector(".ladder");
  const pictures = Array.from(ladder.querySelectorAll("svg"));
  const list = document.querySelector("ol");
  const detail = document.getElementById("detail");
  const where = document.querySelector(".where");
  const dark = document.getElementById("dark");
  const slider = document.querySelector("input[type=range]");
  const view = document.querySelector("select");
  const items = Array.from(list.children);
  const parts = new Map(items.map(item => [item.dataset.m, []]));
  const position = new Map(items.map((item, index) => [item.dataset.m, index]));
  for (const part of ladder.querySelectorAll("[data-m]")) {
    parts.get(part.dataset.m)?.push(part);
  }

  const hint = "Go through the moments with the arrow keys, or click on one. Keys: ← → a moment, space plays, Esc shows all, + − 0 zoom. " +
    "What comes later is not shown, and who looks at one side sees what that side sees.";
  const meanings = { A: "acknowledged", O: "out, not acknowledged", F: "may be sent", N: "not yet allowed" };
  let at = -1;
  let zoom = 1;
  let playing = 0;
  let kin = [];

  const isSeen = index => view.value === "b" || items[index].classList.contains(view.value);
  const fromHere = (index, step) => {
    do {
      index += step;
    } while (index >= 0 && index < items.length && !isSeen(index));
    return index;
  };

  const describe = index => {
    const item = items[index];
    const told = [item.dataset.seen, view.value === "b" ? item.dataset.hidden : ""].filter(Boolean).join(" ");
    const head = document.createElement("b");
    head.textContent = `${item.firstChild.textContent} ms · ${item.lastChild.firstChild.textContent}`;
    detail.replaceChildren(head, " ", told);
  };

  const cells = text => {
    const [origin, letters] = text.split(":");
    return Array.from(letters, (letter, index) => {
      const cell = document.createElement("i");
      const frame = Number(origin) + index;
      cell.className = letter;
      cell.textContent = frame;
      cell.title = `frame ${frame}: ${meanings[letter]}`;
      return cell;
    });
  };

  // What a side knows at a moment is what it learned last.
  const learned = name => {
    for (let index = at < 0 ? items.length - 1 : at; index >= 0; index--) {
      if (name in items[index].dataset) {
        return items[index].dataset[name];
      }
    }
    return list.dataset[name];
  };

  const know = () => {
    document.getElementById("sender").textContent = learned("c");
    document.getElementById("receiver").textContent = learned("s");
    document.getElementById("strip").replaceChildren(...cells(learned("w")));
  };

  const highlight = index => {
    kin.forEach(part => part.classList.remove("kin"));
    const group = index < 0 ? null : parts.get(items[index].dataset.m).find(part => part.dataset.f);
    const frame = group?.dataset.f;
    kin = !group ? [] : frame >= 0 ? Array.from(ladder.querySelectorAll(`g[data-f="${frame}"]`)) : [group];
    kin.forEach(part => part.classList.add("kin"));
  };

  const mark = (index, isLater, isOn) => {
    for (const part of [items[index], ...parts.get(items[index].dataset.m)]) {
      part.classList.toggle("later", isLater);
      part.classList.toggle("on", isOn);
    }
  };

  // Nothing is selected at -1; then everything shows.
  const go = (next, scrolls) => {
    const everything = at < 0 || next < 0;
    const first = everything ? 0 : Math.min(at, next);
    const last = everything ? items.length - 1 : Math.max(at, next);
    at = next;
    for (let index = first; index <= last; index++) {
      mark(index, at >= 0 && index > at, index === at);
    }

    main.classList.toggle("stepping", at >= 0);
    where.textContent = at < 0 ? `${items.length} moments` : `${at + 1} of ${items.length}`;
    slider.value = at + 1;
    know();
    highlight(at);
    if (at < 0) {
      detail.textContent = hint;
      return;
    }

    describe(at);
    list.scrollTop = items[at].offsetTop - list.clientHeight / 2;
    if (scrolls) {
      const part = parts.get(items[at].dataset.m).find(candidate => candidate.getClientRects().length > 0);
      const box = (part ?? items[at]).getBoundingClientRect();
      if (box.top < 80 || box.bottom > document.querySelector("footer").getBoundingClientRect().top - 20) {
        scrollBy({ top: box.top - innerHeight / 3 });
      }
    }
  };

  const move = step => {
    const next = fromHere(at, step);
    if (next < items.length) {
      go(next, true);
    }
    return next < items.length;
  };

  const stop = () => {
    clearInterval(playing);
    playing = 0;
    document.querySelector("[data-do=play]").textContent = "play";
  };

  const play = () => {
    if (playing) {
      stop();
      return;
    }

    document.querySelector("[data-do=play]").textContent = "pause";
    playing = setInterval(() => move(1) || stop(), 700);
  };

  const scale = factor => {
    zoom = factor === 0 ? 1 : Math.max(0.3, Math.min(4, zoom * factor));
    pictures.forEach(picture => {
      picture.style.width = zoom === 1 ? "" : `${Math.round(Number(picture.getAttribute("width")) * zoom)}px`;
      picture.style.maxWidth = zoom === 1 ? "" : "none";
    });
  };

  const themes = ["screen and (prefers-color-scheme: dark)", "screen", "not all"];
  const deeds = {
    back: () => move(-1),
    next: () => move(1),
    play,
    all: () => { stop(); go(-1, false); },
    larger: () => scale(1.2),
    smaller: () => scale(1 / 1.2),
    fit: () => scale(0),
    theme: () => { dark.media = matchMedia(dark.media).matches ? themes[2] : themes[1]; },
  };
  const keys = { ArrowRight: "next", ArrowLeft: "back", " ": "play", Escape: "all", "+": "larger", "-": "smaller", "0": "fit" };

  document.querySelector("nav").addEventListener("click", event => deeds[event.target.dataset.do]?.());
  document.addEventListener("keydown", event => {
    const deed = keys[event.key];
    const isOwn = ["INPUT", "SELECT"].includes(event.target.tagName) || (event.key === " " && event.target.tagName === "BUTTON");
    if (deed && !event.ctrlKey && !event.metaKey && !event.altKey && !isOwn) {
      event.preventDefault();
      deeds[deed]();
    }
  });
  slider.max = items.length;
  slider.addEventListener("input", () => {
    const index = Number(slider.value) - 1;
    go(index < 0 || isSeen(index) ? index : fromHere(index, -1), true);
  });
  view.addEventListener("change", () => {
    document.body.dataset.view = view.value;
    go(at < 0 || isSeen(at) ? at : fromHere(at, -1), true);
  });
  list.addEventListener("click", event => {
    const item = event.target.closest("li");
    if (item) {
      go(position.get(item.dataset.m), true);
    }
  });
  ladder.addEventListener("click", event => {
    const index = position.get(event.target.closest("[data-m]")?.dataset.m);
    if (index !== undefined) {
      go(index, false);
    }
  });
  ladder.addEventListener("mouseover", event => {
    const index = position.get(event.target.closest("[data-m]")?.dataset.m);
    if (index !== undefined) {
      describe(index);
      highlight(index);
    }
  });
  ladder.addEventListener("mouseleave", () => go(at, false));
  document.body.dataset.view = view.value;
  go(-1, false);
})();
