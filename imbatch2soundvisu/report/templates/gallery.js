(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  class Player {
    constructor(info) {
      this.info = info;
      this.root = document.getElementById(info.id);
      this.video = this.root.querySelector(".stage video");
      this.gif = this.root.querySelector(".gif");
      this.curve = this.root.querySelector(".curve");
      this.cursor = this.root.querySelector(".cursor");
      this.here = this.root.querySelector(".here");
      this.peek = this.root.querySelector(".peek");
      this.roll = this.root.querySelector(".roll");
      this.playhead = this.root.querySelector(".roll-cursor");
      this.because = this.root.querySelector("[data-because]");
      this.scrolledAt = -Infinity;
      this.score = this.root.querySelector(".score");
      this.rows = this.root.querySelectorAll(".score tbody tr");
      this.buttons = this.root.querySelectorAll("[data-show]");
      this.now = {};
      for (const element of this.root.querySelectorAll("[data-now]")) this.now[element.dataset.now] = element;
      this.index = -1;
      this.attach();
      this.move(0);
    }

    get count() { return this.info.names.length; }

    attach() {
      for (const button of this.buttons) button.addEventListener("click", () => this.show(button.dataset.show));
      this.rows.forEach((row, index) => row.addEventListener("click", (event) => {
        if (!event.target.closest(".reasons-fold")) this.jump(index);
      }));
      this.score?.addEventListener("toggle", () => this.follow());
      if (this.curve) this.attachCurve();
      if (this.roll) this.attachRoll();
      if (this.video) this.attachVideo();
      else if (this.gif) this.note("Press “Play GIF” to see it move.");
    }

    attachCurve() {
      let pressed = false;
      this.curve.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        pressed = true;
        this.curve.setPointerCapture(event.pointerId);
        this.jump(this.imageUnder(event));
      });
      this.curve.addEventListener("pointermove", (event) => {
        const index = this.imageUnder(event);
        this.peekAt(index);
        if (pressed && index !== this.index) this.jump(index);
      });
      for (const name of ["pointerup", "pointercancel"]) this.curve.addEventListener(name, () => { pressed = false; });
      this.curve.addEventListener("pointerleave", () => { this.peek.hidden = true; });
    }

    attachRoll() {
      this.roll.firstElementChild.addEventListener("click", (event) => this.seek(this.timeOn(event)));
      for (const name of ["wheel", "pointerdown", "touchmove", "keydown"]) {
        this.roll.addEventListener(name, () => { this.scrolledAt = performance.now(); }, { passive: true });
      }
    }

    attachVideo() {
      const video = this.video;
      const moved = () => this.move(video.currentTime);
      for (const name of ["timeupdate", "seeking", "seeked", "ended"]) video.addEventListener(name, moved);
      video.addEventListener("play", () => {
        const step = () => {
          moved();
          if (!video.paused && !video.ended) requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      });
      const shape = () => {
        if (video.videoWidth) this.root.querySelector(".stage").style.setProperty("--aspect", `${video.videoWidth} / ${video.videoHeight}`);
      };
      video.addEventListener("loadedmetadata", () => {
        shape();
        if (video.paused && !video.currentTime && !video.poster) video.currentTime = 0.001; // some show no frame before it
      });
      shape();
      video.addEventListener("error", () => {
        video.hidden = true;
        this.note("This browser cannot play the video. It is listed under Files, to open elsewhere.");
      });
    }

    note(text) {
      const note = this.root.querySelector(".stage-note");
      note.textContent = text;
      note.hidden = !text;
    }

    imageAt(time) {
      const starts = this.info.starts;
      let low = 0, high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle] <= time + 1e-3) low = middle; else high = middle - 1;
      }
      return low;
    }

    imageUnder(event) {
      const box = this.curve.getBoundingClientRect();
      return this.imageAt(clamp((event.clientX - box.left) / box.width, 0, 1) * this.info.seconds);
    }

    get axis() { return [Number(this.roll.dataset.from), Number(this.roll.dataset.to)]; }

    timeOn(event) {
      const box = this.roll.firstElementChild.getBoundingClientRect();
      const [from, to] = this.axis;
      return clamp(((event.clientX - box.left) / box.width - from) / (to - from), 0, 1) * this.info.seconds;
    }

    placeOnRoll(time) {
      const [from, to] = this.axis;
      const share = from + (to - from) * clamp(time / this.info.seconds, 0, 1);
      this.playhead.style.left = `${100 * share}%`;
      if (performance.now() - this.scrolledAt < 3000) return;
      const { clientWidth, scrollLeft, scrollWidth } = this.roll;
      const x = share * scrollWidth - scrollLeft;
      if (x < 0 || x > 0.9 * clientWidth) this.roll.scrollLeft = share * scrollWidth - 0.15 * clientWidth;
    }

    share(time) { return `${100 * clamp(time / this.info.seconds, 0, 1)}%`; }

    move(time) {
      if (!this.count) return;
      if (this.cursor) this.cursor.style.left = this.share(time);
      if (this.roll) this.placeOnRoll(time);
      const index = this.imageAt(time);
      if (index === this.index) return;
      this.index = index;
      this.describe(index);
      if (this.curve) this.mark(index);
      this.follow();
    }

    describe(index) {
      const [bar, chord, why] = this.info.music[index] ?? ["", "", ""];
      const texts = { number: index + 1, name: this.info.names[index], shown: this.info.shown[index] ?? "", bar, chord, why };
      for (const [key, element] of Object.entries(this.now)) element.textContent = texts[key];
      if (this.now.name) this.now.name.parentElement.title = texts.name;
      const reasons = this.rows[index]?.querySelector(".because");
      this.because?.replaceChildren(...(reasons ? [reasons.cloneNode(true)] : []));
    }

    mark(index) {
      const { starts, seconds, names, shown } = this.info;
      this.here.style.left = this.share(starts[index]);
      this.here.style.width = this.share((starts[index + 1] ?? seconds) - starts[index]);
      this.curve.setAttribute("aria-valuenow", index + 1);
      this.curve.setAttribute("aria-valuetext", `${index + 1}: ${names[index]}, ${shown[index] ?? ""}`);
    }

    follow() {
      this.marked?.removeAttribute("aria-current");
      const row = this.marked = this.rows[this.index];
      if (!row) return;
      row.setAttribute("aria-current", "true");
      if (!this.score.open) return;
      const box = row.closest(".scroller");
      const head = box.querySelector("thead").offsetHeight;
      const above = row.offsetTop - head < box.scrollTop;
      const below = row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight;
      if (above || below) box.scrollTop = row.offsetTop - head - (box.clientHeight - head) / 3;
    }

    peekAt(index) {
      const { starts, seconds, names, shown } = this.info;
      this.peek.textContent = `${index + 1}  ${names[index]}  ${shown[index] ?? ""}`;
      this.peek.hidden = false;
      const width = this.curve.clientWidth;
      const middle = (starts[index] + (starts[index + 1] ?? seconds)) / 2 / seconds * width;
      this.peek.style.left = `${clamp(middle - this.peek.offsetWidth / 2, 0, Math.max(width - this.peek.offsetWidth, 0))}px`;
    }

    jump(index) {
      if (!this.count) return;
      index = clamp(index, 0, this.count - 1);
      const start = this.info.starts[index];
      if (this.video) {
        this.show("video");
        this.video.preload = "auto";
        this.video.currentTime = start + (index ? this.info.half_frame : 0);
      }
      this.move(start);
    }

    seek(time) {
      if (this.video) {
        this.show("video");
        this.video.preload = "auto";
        this.video.currentTime = time;
      }
      this.move(time);
    }

    step(by) { this.jump(this.index + by); }

    show(what) {
      if (!this.gif) return;
      const moving = what === "gif";
      if (moving && !this.gif.getAttribute("src")) this.gif.src = this.gif.dataset.src;
      if (!moving) this.gif.removeAttribute("src");
      this.gif.hidden = !moving;
      if (this.video) {
        if (moving) this.video.pause();
        this.video.hidden = moving;
      } else this.note(moving ? "" : "Press “Play GIF” to see it move.");
      if (moving) pauseOthers(this, null);
      for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.show === what));
    }

    toggleMedia() {
      const element = this.root.querySelector("video, audio");
      if (!element) return;
      if (element.paused) element.play().catch(() => {}); else element.pause();
    }

    get shownAs() { return [...this.buttons].find((button) => button.getAttribute("aria-pressed") === "true")?.dataset.show; }

    stopGif() {
      if (this.gif && !this.gif.hidden) this.show(this.video ? "video" : "none");
    }

    toggle() {
      if (!this.video && !this.gif) return this.toggleMedia();
      if (!this.video) return this.show(this.shownAs === "gif" ? "none" : "gif");
      if (this.shownAs === "gif") this.show("video");
      if (this.video.paused) this.video.play().catch(() => {}); else this.video.pause();
    }
  }

  const media = [...document.querySelectorAll(".result video, .result audio")];
  const pauseOthers = (player, element) => {
    for (const other of media) if (other !== element) other.pause();
    for (const other of players) if (other !== player) other.stopGif();
  };
  for (const element of media) element.addEventListener("play", () => pauseOthers(null, element));

  const players = [];
  for (const info of data.results) players.push(new Player(info));

  const shownPlayers = () => players.filter((player) => !player.root.hidden);

  const inView = () => {
    let best = null, most = 0;
    for (const player of shownPlayers()) {
      const box = player.root.getBoundingClientRect();
      const visible = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
      if (visible > most) [best, most] = [player, visible];
    }
    return best;
  };

  const go = (by) => {
    const middle = innerHeight / 3;
    const shown = shownPlayers();
    const tops = shown.map((player) => player.root.getBoundingClientRect().top);
    let current = -1;
    tops.forEach((top, index) => { if (top < middle) current = index; });
    const player = shown[Math.min(current + by, shown.length - 1)];
    if (!player) return scrollTo({ top: 0, behavior: "instant" });
    player.root.focus({ preventScroll: true });
    player.root.scrollIntoView({ behavior: "instant", block: "start" });
  };

  const filter = document.querySelector("[data-filter]");
  const plainText = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const entries = [...document.querySelectorAll("[data-entry]")].map((card) => {
    const article = document.getElementById(card.dataset.entry);
    return { card, article, text: plainText(`${card.textContent} ${article.querySelector(".result-head").textContent}`) };
  });
  const applyFilter = () => {
    const words = plainText(filter.value).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { card, article, text } of entries) {
      const matches = words.every((word) => text.includes(word));
      card.hidden = article.hidden = !matches;
      if (matches) count += 1;
      else for (const element of article.querySelectorAll("video, audio")) element.pause();
    }
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("[data-entry]:not([hidden])");
    document.querySelector("[data-filter-count]").textContent = words.length ? `${count} of ${entries.length} results` : "";
  };
  filter?.addEventListener("input", applyFilter);
  if (filter?.value) applyFilter(); // a browser keeps the text of the field on reload

  const help = document.getElementById("help");
  for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", () => help.showModal());

  const enlarged = document.getElementById("enlarged");
  const view = enlarged.querySelector(".enlarged-view");
  const actual = enlarged.querySelector("[data-actual]");
  const setActual = (on) => {
    view.classList.toggle("actual", on);
    actual.setAttribute("aria-pressed", String(on));
  };
  actual.addEventListener("click", () => setActual(!view.classList.contains("actual")));
  view.addEventListener("click", () => setActual(!view.classList.contains("actual")));
  for (const link of document.querySelectorAll("[data-enlarge]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const image = view.querySelector("img");
      image.src = link.href;
      image.alt = link.dataset.title;
      document.getElementById("enlarged-title").textContent = link.dataset.title;
      setActual(false);
      enlarged.showModal();
    });
  }
  for (const dialog of [help, enlarged]) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  const keys = {
    " ": (player) => player.toggle(),
    ArrowLeft: (player) => player.step(-1),
    ArrowRight: (player) => player.step(1),
    j: () => go(1),
    k: () => go(-1),
    g: (player) => { if (player.video) player.show(player.shownAs === "gif" ? "video" : "gif"); },
    "?": () => help.showModal(),
  };
  const curveKeys = {
    ArrowUp: (player) => player.step(1),
    ArrowDown: (player) => player.step(-1),
    PageUp: (player) => player.step(10),
    PageDown: (player) => player.step(-10),
    Home: (player) => player.jump(0),
    End: (player) => player.jump(player.count - 1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("input, select, textarea")) return;
    const space = event.key === " ";
    if (space && target.closest("a, button, summary, video, audio")) return;
    if (!space && event.key.startsWith("Arrow") && target.closest(".scroller")) return;
    const onCurve = target.closest(".curve");
    const player = players.find((one) => one.root === target.closest(".result") && target !== one.root) ?? inView();
    const act = (onCurve && curveKeys[event.key]) || keys[event.key];
    if (!act || (!player && !["?", "j", "k"].includes(event.key))) return;
    event.preventDefault();
    act(player);
  }, true);

  if (data.results.length && "IntersectionObserver" in window) {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting && entry.target.preload === "none") entry.target.preload = "metadata";
      }
    }, { rootMargin: "400px" });
    for (const player of players) if (player.video) near.observe(player.video);
  }
})();
