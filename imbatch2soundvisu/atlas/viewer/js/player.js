// Paths: sequences of the run drawn over the map and played with their music; the image that sounds is lit and followed.

import { imagePath } from "atlas/data";
import { byId, clock, element } from "atlas/elements";
import { addressOf, inWidget, load } from "atlas/files";

const TOUR_S = 4;
const NEAR = 0.36; // side of the cell of an image that plays, as a share of what is free: a third for the image

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
    byId("follow").addEventListener("change", () => { this.isOwnZoom = false; });
    this.map.addEventListener("zoom", () => { if (this.mode !== "idle") this.isOwnZoom = true; });
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
    this.isOwnZoom = false; // whether the user has zoomed while it played
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
    this.frame = requestAnimationFrame(() => this.tick());
  }

  pause() {
    const toured = this.mode === "tour";
    this.held = this.path ? this.time : 0;
    this.mode = "idle";
    cancelAnimationFrame(this.frame);
    this.audio.pause();
    if (toured && this.path.sound) this.seek(this.held); // the sound stood still during the tour
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
    this.frame = requestAnimationFrame(() => this.tick());
  }

  /** Show which image sounds, and keep it in view. */
  light(index, move = true) {
    this.position = index;
    const image = this.path.rows[index];
    byId("time").textContent = `${clock(this.held || 0)} / ${clock(this.path.seconds)}`;
    byId("seek").value = this.path.starts[index];
    if (this.mode !== "idle") this.prepare(index + 1);
    if (!this.panel.box.hidden && this.mode !== "idle") this.panel.show(image);
    if (move && byId("follow").checked) this.follow(image);
    this.map.redraw();
  }

  /** Load the file of the image that comes next, so that it is there when the flight to it ends. */
  prepare(index) {
    if (index >= this.path.rows.length) return;
    this.next = new Image();
    load(this.next, imagePath(this.path.rows[index]));
  }

  /** Bring an image into view; while the path plays, so near that it is well seen among its neighbours. */
  follow(image) {
    const { camera } = this.map, [x, y] = this.map.pointOf(image);
    if (Number.isNaN(x)) return;
    const wanted = Math.min(...camera.free) * NEAR, isFar = this.mode !== "idle" && !this.isOwnZoom && camera.scale < 0.8 * wanted;
    const [left, top] = camera.toScreen(x, y), { insets, free } = camera;
    const across = (left - insets.left) / free[0], down = (top - insets.top) / free[1];
    if (!isFar && this.mode !== "tour" && Math.min(across, down) > 0.3 && Math.max(across, down) < 0.7) return;
    const scale = isFar ? wanted : camera.goal?.to.scale ?? camera.scale;
    this.map.flyTo(camera.centred({ x, y, scale }), this.mode === "tour" ? TOUR_S * 600 : this.flight);
  }

  /** Milliseconds of the flight to the image that sounds: half of the time until the next. */
  get flight() {
    const { starts, seconds } = this.path, next = starts[this.position + 1] ?? seconds;
    return Math.min(1000, Math.max(250, 500 * (next - starts[this.position])));
  }

  get lit() { return this.path ? this.path.rows[this.position] : -1; }
}
