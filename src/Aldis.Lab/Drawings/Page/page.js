(() => {
  "use strict";
  const picture = document.querySelector(".ladder svg");
  const list = document.querySelector("ol");
  const detail = document.getElementById("detail");
  const where = document.querySelector(".where");
  const dark = document.getElementById("dark");
  const items = Array.from(list.children);
  const parts = new Map(items.map(item => [item.dataset.s, []]));
  const position = new Map(items.map((item, index) => [item.dataset.s, index]));
  for (const part of picture.querySelectorAll("[data-s]")) {
    parts.get(part.dataset.s)?.push(part);
  }

  const hint = detail.textContent;
  const naturalWidth = Number(picture.getAttribute("width"));
  let at = -1;
  let zoom = 1;
  let playing = 0;
  let kin = [];

  const describe = index => {
    const title = parts.get(items[index].dataset.s).map(part => part.querySelector("title")).find(Boolean);
    detail.textContent = title ? title.textContent : items[index].textContent;
  };

  const highlight = group => {
    kin.forEach(part => part.classList.remove("kin"));
    const frame = group?.dataset.f;
    kin = !group ? [] : frame >= 0 ? Array.from(picture.querySelectorAll(`.step[data-f="${frame}"]`)) : [group];
    kin.forEach(part => part.classList.add("kin"));
  };

  const mark = (index, isLater, isOn) => {
    for (const part of [items[index], ...parts.get(items[index].dataset.s)]) {
      part.classList.toggle("later", isLater);
      part.classList.toggle("on", isOn);
    }
  };

  // Nothing is selected at -1; then everything shows.
  const go = (next, scrolls) => {
    next = Math.max(-1, Math.min(items.length - 1, next));
    const everything = at < 0 || next < 0;
    const first = everything ? 0 : Math.min(at, next);
    const last = everything ? items.length - 1 : Math.max(at, next);
    at = next;
    for (let index = first; index <= last; index++) {
      mark(index, at >= 0 && index > at, index === at);
    }

    where.textContent = at < 0 ? `${items.length} steps` : `step ${at + 1} of ${items.length}`;
    if (at < 0) {
      detail.textContent = hint;
      highlight(null);
      return;
    }

    describe(at);
    const group = parts.get(items[at].dataset.s).find(part => part.classList.contains("step"));
    highlight(group);
    list.scrollTop = items[at].offsetTop - list.clientHeight / 2;
    if (scrolls) {
      const box = (group ?? items[at]).getBoundingClientRect();
      if (box.top < 80 || box.bottom > innerHeight - 30) {
        scrollBy({ top: box.top - innerHeight / 3 });
      }
    }
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
    playing = setInterval(() => at + 1 < items.length ? go(at + 1, true) : stop(), 700);
  };

  const scale = factor => {
    zoom = factor === 0 ? picture.parentElement.clientWidth / (naturalWidth + 24) : Math.max(0.3, Math.min(4, zoom * factor));
    picture.style.width = `${Math.round(naturalWidth * zoom)}px`;
  };

  const themes = ["screen and (prefers-color-scheme: dark)", "screen", "not all"];
  const deeds = {
    back: () => go(at - 1, true),
    next: () => go(at + 1, true),
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
    if (deed && !event.ctrlKey && !event.metaKey && !event.altKey && !(event.key === " " && event.target.tagName === "BUTTON")) {
      event.preventDefault();
      deeds[deed]();
    }
  });
  list.addEventListener("click", event => {
    const item = event.target.closest("li");
    if (item) {
      go(position.get(item.dataset.s), true);
    }
  });
  picture.addEventListener("click", event => {
    const part = event.target.closest("[data-s]");
    if (part) {
      go(position.get(part.dataset.s), false);
    }
  });
  picture.addEventListener("mouseover", event => {
    const part = event.target.closest("[data-s]");
    if (part) {
      describe(position.get(part.dataset.s));
      highlight(parts.get(part.dataset.s).find(candidate => candidate.classList.contains("step")));
    }
  });
  picture.addEventListener("mouseleave", () => go(at, false));
  go(-1, false);
})();
