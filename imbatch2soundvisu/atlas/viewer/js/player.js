// Paths: sequences of the run drawn over the map and played with their music; the image that sounds is lit and followed.

import { byId, clock, element } from "atlas/elements";
import { addressOf, inWidget } from "atlas/files";

const TOUR_S = 4;

export class Player {
  constructor(map, panel) {
    this.map = map; this.panel = panel;
    this.paths = map.manifest.paths;
    this.number = -1;
    this.position = 0;
    this.mode = "idle";
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.box = byId("player");
    this.menu = byId("paths");
    this.build();
  }

  build() {
    this.menu.append(element("option", { value: -1 }, "no path"), ...this.paths.map((path, i) => element("option", { value: i }, path.name)));
    byId("paths-label").hidden = !this.paths.length;
    this.menu.addEventListener("change", () => this.choose(Number(this.menu.value)));
    byId("play").addEventListener("click", () => (this.mode === "play" ? this.pause() : this.play()));
    byId("tour").addEventListener("click", () => (this.mode === "tour" ? this.pause() : this.tour()));
    byId("previous").addEventListener("click", () => this.step(-1));
    byId("next").addEventListener("click", () => this.step(1));
    byId("seek").addEventListener("input", (event) => this.seek(Number(event.target.value)));
    this.audio.addEventListener("ended", () => this.pause());
    this.audio.addEventListener("error", () => { if (this.path?.sound) byId("status").textContent = "The sound of this path cannot be loaded."; });
  }

  get path() { return this.paths[this.number]; }

  /** Seconds since the beginning of the path. */
  get time() {
    if (this.path?.sound && this.mode !== "tour") return this.audio.currentTime || this.waiting || 0;
    return this.mode === "idle" ? this.held || 0 : (this.held || 0) + ((performance.now() - this.since) / 1000) * this.speed;
  }

  get speed() { return this.mode === "tour" ? this.path.seconds / (this.path.rows.length * TOUR_S) : 1; }

  choose(number, seconds = 0) {
    this.pause();
    this.number = number;
    this.menu.value = number;
    this.box.hidden = !this.path;
    this.held = this.waiting = seconds;
    if (this.path) {
      byId("seek").max = this.path.seconds;
      this.loaded = this.load(this.path, seconds);
      this.light(this.indexAt(seconds), false);
    }
    this.map.emit("path");
    this.map.redraw();
  }

  /** From a server, the whole sound is fetched first: many have no ranges, without which a browser cannot seek. */
  async load(path, seconds) {
    let address = path.sound;
    this.audio.removeAttribute("src");
    if (!address) return;
    if (inWidget) {
      address = await addressOf(address).catch(() => "");
      if (this.path !== path) return;
    } else if (location.protocol.startsWith("http")) {
      try {
        const answer = await fetch(address);
        if (answer.ok) address = URL.createObjectURL(await answer.blob());
      } catch { /* the element says what is wrong */ }
      if (this.path !== path) return;
    }
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = address;
    this.audio.src = address;
    this.audio.currentTime = this.waiting ?? seconds;
  }

  indexAt(seconds) {
    const { starts } = this.path;
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle] <= seconds + 1e-6) low = middle; else high = middle - 1;
    }
    return low;
  }

  async play() {
    if (!this.path) return;
    this.begin("play");
    if (this.path.sound) {
      try {
        await this.loaded;
        if (this.mode === "play") await this.audio.play();
      } catch {
        this.pause();
      }
    }
  }

  tour() {
    if (this.path) this.begin("tour");
  }

  begin(mode) {
    if (this.mode !== "idle") this.pause();
    if (this.time >= this.path.seconds - 0.05) this.seek(0);
    this.held = this.time;
    this.since = performance.now();
    this.mode = mode;
    this.buttons();
    this.light(this.indexAt(this.held));
    requestAnimationFrame(() => this.tick());
  }

  pause() {
    this.held = this.path ? this.time : 0;
    this.mode = "idle";
    this.audio.pause();
    this.buttons();
    this.map.emit("path");
  }

  buttons() {
    byId("play").textContent = this.mode === "play" ? "Pause" : "Play";
    byId("tour").textContent = this.mode === "tour" ? "Stop" : "Tour";
  }

  seek(seconds) {
    this.held = this.waiting = seconds;
    this.since = performance.now();
    if (this.audio.src) this.audio.currentTime = seconds;
    this.light(this.indexAt(seconds));
    this.map.emit("path");
  }

  step(by) {
    const index = Math.max(0, Math.min(this.path.rows.length - 1, this.position + by));
    this.seek(this.path.starts[index]);
  }

  tick() {
    if (this.mode === "idle") return;
    const time = this.time;
    if (time >= this.path.seconds && !(this.path.sound && this.mode === "play")) {
      this.pause();
      return;
    }
    const index = this.indexAt(time);
    if (index !== this.position) this.light(index);
    byId("seek").value = time;
    byId("time").textContent = `${clock(time)} / ${clock(this.path.seconds)}`;
    requestAnimationFrame(() => this.tick());
  }

  /** Show which image sounds, and keep it in view. */
  light(index, move = true) {
    this.position = index;
    const image = this.path.rows[index];
    byId("time").textContent = `${clock(this.held || 0)} / ${clock(this.path.seconds)}`;
    byId("seek").value = this.path.starts[index];
    if (!this.panel.box.hidden && this.mode !== "idle") this.panel.show(image);
    if (move && byId("follow").checked) this.follow(image);
    this.map.redraw();
  }

  follow(image) {
    const [left, top] = this.map.camera.toScreen(...this.map.pointOf(image)), { width, height, scale } = this.map.camera;
    const inside = left > width * 0.2 && left < width * 0.8 && top > height * 0.2 && top < height * 0.8;
    const [x, y] = this.map.pointOf(image);
    if (this.mode === "tour") this.map.flyTo({ x, y, scale: Math.max(scale, 160) }, TOUR_S * 600);
    else if (!inside) this.map.flyTo({ x, y }, 500);
  }

  get lit() { return this.path ? this.path.rows[this.position] : -1; }
}
