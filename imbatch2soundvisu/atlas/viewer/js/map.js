// The map: layouts, camera, renderer, thumbnails and photos together. Everything else uses its methods and events.

import { file, forget, numbers } from "atlas/data";
import { Camera } from "atlas/camera";
import { CanvasRenderer } from "atlas/canvas_renderer";
import { Renderer } from "atlas/renderer";
import { Sheets } from "atlas/sheets";
import { orderedBy } from "atlas/ordering";
import { FROM, Photos } from "atlas/photos";
import { Places } from "atlas/places";

const GAP = 0.92; // side of an image, as a share of its cell
const NEAR = 700; // images in view up to which each is looked at
const CHANGE_MS = 900;

export class AtlasMap extends EventTarget {
  constructor(elements, manifest) {
    super();
    this.manifest = manifest;
    this.count = manifest.count;
    this.elements = elements;
    this.camera = new Camera();
    this.aspects = numbers(manifest.aspects, Float32Array);
    this.places = numbers(manifest.places, Uint32Array);
    this.halves = halfSizes(this.aspects);
    this.opacities = new Float32Array(this.count).fill(1);
    this.layout = -1;
    this.layouts = []; // points of those that were shown
    this.change = null;
    this.overlays = [];
    this.cursor = null; // place of the pointer on the map, [left, top]
    this.marked = () => []; // images that matter most, for the anchor of a change
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.photos = new Photos(elements.photos, () => this.redraw());
    this.renderer = this.makeRenderer(elements.canvas);
    this.sheets = new Sheets(this.renderer, this.places, manifest.sheets, () => this.redraw());
    this.timings = [];
    new ResizeObserver(() => this.resize()).observe(elements.frame);
    this.resize();
  }

  makeRenderer(canvas) {
    const asked = new URLSearchParams(location.search).get("renderer");
    if (asked !== "canvas" && !wasLost()) {
      try {
        canvas.addEventListener("webglcontextlost", drawWithoutWebGL, { once: true });
        return new Renderer(canvas, this.count, this.places, this.halves, this.manifest.sheets[0], asked === "webgl2");
      } catch (error) {
        console.info(`drawn with a canvas: ${error.message}`);
        const fresh = canvas.cloneNode();
        canvas.replaceWith(fresh);
        this.elements.canvas = fresh;
        return new CanvasRenderer(fresh, this.count, this.places, this.halves);
      }
    }
    return new CanvasRenderer(canvas, this.count, this.places, this.halves);
  }

  async open(layout, view) {
    await this.showLayout(layout, { animate: false });
    this.camera.set(view || this.camera.fitted());
    this.emit("view");
    this.redraw();
    await this.sheets.loadSmall();
    this.emit("ready");
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  resize() {
    const { clientWidth, clientHeight } = this.elements.frame;
    this.ratio = Math.min(2, devicePixelRatio || 1);
    this.camera.resize(clientWidth, clientHeight);
    this.elements.canvas.width = Math.round(clientWidth * this.ratio);
    this.elements.canvas.height = Math.round(clientHeight * this.ratio);
    this.redraw();
  }

  /**
   * Change the layout in one motion: an image keeps its place on the screen (the one that is lit or in the panel, else
   * that nearest to the cursor or to `at`), and where the whole map was in view, the whole new map comes into view.
   */
  async showLayout(number, { animate = true, at } = {}) {
    this.wanted = number;
    const points = await this.pointsOf(number);
    if (this.wanted !== number) return; // another one was asked for since
    const before = this.at ? this.currentPoints() : points, wasWhole = this.at && this.camera.seesAll();
    const anchor = this.at && animate ? this.anchorOf(points, at) : -1;
    const screen = anchor >= 0 ? this.camera.toScreen(before[2 * anchor], before[2 * anchor + 1]) : null;
    this.at = new Places(points);
    this.layout = number;
    this.camera.bounds = this.at.bounds;
    this.camera.goal = null;
    this.emit("layout", number); // the bar says what the layout is, and may be higher for it
    const to = wasWhole && animate ? this.camera.clamped(this.camera.fitted()) : null;
    if (animate && !this.still.matches && before !== points) {
      this.renderer.setPoints(fill(before, points), fill(points, before), this.at);
      this.change = {
        before, after: points, start: performance.now(), anchor, screen, scale: this.camera.scale, to, fading: fadingOf(before, points),
      };
      if (anchor < 0 && to) this.camera.flyTo(to, CHANGE_MS, performance.now());
    } else {
      this.change = null;
      if (to) this.camera.set(to);
      else if (screen) this.hold([points[2 * anchor], points[2 * anchor + 1]], screen);
      this.renderer.setPoints(points, points, this.at);
    }
    this.renderer.setOpacities(this.drawnOpacities(0));
    this.emit("view");
    this.redraw();
  }

  /** Return the number of a layout with all images by a value; it is added to those of the manifest. */
  orderBy(name, values, unit) {
    const { layouts } = this.manifest, known = layouts.findIndex((each) => each.orderedBy === name);
    if (known >= 0) return known;
    const { layout, points } = orderedBy(name, values, unit);
    this.layouts[layouts.push(layout) - 1] = points;
    this.emit("layouts");
    return layouts.length - 1;
  }

  async pointsOf(number) {
    this.layouts[number] ??= numbers(await file(`layout-${number}`), Float32Array);
    forget(`layout-${number}`);
    return this.layouts[number];
  }

  /** The image that keeps its place when the layout changes: it is in view, and both layouts have a place for it. */
  anchorOf(points, at) {
    const placed = (image) => !Number.isNaN(points[2 * image]), { width, height } = this.camera;
    const inView = (image) => {
      const [left, top] = this.camera.toScreen(...this.pointOf(image));
      return left > 0 && left < width && top > 0 && top < height;
    };
    const marked = at ? undefined : this.marked().find((image) => image >= 0 && placed(image) && inView(image));
    return marked ?? this.nearestTo(...(at || this.cursor || [width / 2, height / 2]), placed);
  }

  hold([x, y], screen) {
    const { width, height, scale } = this.camera;
    this.camera.x = x - (screen[0] - width / 2) / scale;
    this.camera.y = y - (screen[1] - height / 2) / scale;
  }

  /** Leave the camera to the user: it follows neither an animation nor an image. */
  release() {
    this.camera.goal = null;
    if (this.change) this.change.anchor = -1;
  }

  /** Zoom as the user asks, around a place on the screen. */
  zoomBy(factor, left, top) {
    this.release();
    this.camera.zoomAt(factor, left, top);
    this.emit("zoom");
    this.moved();
  }

  /** The user has moved the camera. */
  moved() {
    this.emit("view");
    this.redraw();
  }

  /** Points as they are drawn now. */
  currentPoints() {
    if (!this.change) return this.at.points;
    const { before, after } = this.change, share = this.share(performance.now());
    const now = new Float32Array(before.length);
    for (let i = 0; i < now.length; i += 1) now[i] = before[i] + (after[i] - before[i]) * share;
    return now;
  }

  /** How far a change of layout is, from 0 to 1. */
  time(now) { return this.change ? Math.max(0, Math.min(1, (now - this.change.start) / CHANGE_MS)) : 1; }

  share(now) {
    const time = this.time(now);
    return time < 0.5 ? 4 * time ** 3 : 1 - (2 - 2 * time) ** 3 / 2;
  }

  /** Point of an image as it is drawn now. */
  pointOf(image) {
    const { points } = this.at;
    if (!this.change) return [points[2 * image], points[2 * image + 1]];
    const { before, after } = this.change, share = this.share(this.now ?? performance.now());
    return [0, 1].map((axis) => before[2 * image + axis] + (after[2 * image + axis] - before[2 * image + axis]) * share);
  }

  /** Box of an image on the screen: left, top, width, height. */
  boxOf(image) {
    const [x, y] = this.camera.toScreen(...this.pointOf(image)), scale = Math.max(this.camera.scale, 2);
    const w = this.halves[2 * image] * scale, h = this.halves[2 * image + 1] * scale;
    return [x - w, y - h, 2 * w, 2 * h];
  }

  setOpacities(opacities) {
    this.opacities = opacities;
    this.renderer.setOpacities(this.drawnOpacities(this.share(performance.now())));
    this.redraw();
  }

  /** Opacities as they are drawn: images that have a place in only one of two layouts fade in or out between them. */
  drawnOpacities(share) {
    if (!this.change?.fading.length) return this.opacities;
    const drawn = Float32Array.from(this.opacities);
    for (const [image, isNew] of this.change.fading) drawn[image] *= isNew ? share : 1 - share;
    return drawn;
  }

  inView(most = Infinity) {
    const [left, top] = this.camera.toMap(0, 0), [right, bottom] = this.camera.toMap(this.camera.width, this.camera.height);
    return this.at.within(left - 0.6, top - 0.6, right + 0.6, bottom + 0.6, most);
  }

  /** The image at a place on the screen, else the one in whose cell it is, -1 for none. */
  imageAt(left, top) {
    const [x, y] = this.camera.toMap(left, top);
    let found = -1, least = Infinity;
    for (const image of this.at.within(x - 1, y - 1, x + 1, y + 1)) {
      const dx = Math.abs(this.at.points[2 * image] - x), dy = Math.abs(this.at.points[2 * image + 1] - y);
      const isOn = dx <= this.halves[2 * image] && dy <= this.halves[2 * image + 1], distance = dx + dy + (isOn ? 0 : 2);
      if (dx <= 0.5 && dy <= 0.5 && this.opacities[image] > 0.5 && distance <= least) [found, least] = [image, distance];
    }
    return found;
  }

  nearestTo(left, top, isWanted = () => true) {
    const [x, y] = this.camera.toMap(left, top);
    for (let reach = 1; reach < 4096; reach *= 2) {
      let found = -1, least = Infinity;
      for (const image of this.at.within(x - reach, y - reach, x + reach, y + reach)) {
        const distance = Math.hypot(this.at.points[2 * image] - x, this.at.points[2 * image + 1] - y);
        if (distance < least && this.opacities[image] > 0.5 && isWanted(image)) [found, least] = [image, distance];
      }
      if (found >= 0) return found;
    }
    return -1;
  }

  /** Fly to an image so that it fills a share of what the bars of the page leave. */
  flyToImage(image, share = 0.6, milliseconds = 900) {
    const [x, y] = [this.at.points[2 * image], this.at.points[2 * image + 1]];
    if (Number.isNaN(x)) return;
    const [width, height] = this.camera.free;
    const scale = Math.min((width * share) / (2 * this.halves[2 * image]), (height * share) / (2 * this.halves[2 * image + 1]));
    this.flyTo(this.camera.centred({ x, y, scale }), milliseconds);
  }

  flyTo(view, milliseconds = 900) {
    this.release();
    this.camera.flyTo(view, this.still.matches ? 0 : milliseconds, performance.now());
    this.emit("view");
    this.redraw();
  }

  fit() {
    this.emit("zoom");
    this.flyTo(this.camera.fitted());
  }

  /** Draw again with the next frame. */
  redraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.asked = false;
    if (!this.at) return;
    const started = performance.now();
    this.now = now;
    const moving = this.camera.step(now), share = this.share(now);
    if (this.change && this.change.anchor >= 0) this.carry(this.time(now), share);
    if (this.change?.fading.length) this.renderer.setOpacities(this.drawnOpacities(share));
    this.renderer.draw(this.camera, share, this.paper(), this.ratio);
    const settled = this.change && share >= 1;
    if (settled) {
      this.renderer.setPoints(this.at.points, this.at.points, this.at);
      this.change = null;
      this.renderer.setOpacities(this.opacities);
      this.emit("view");
    }
    this.drawNear(now);
    for (const overlay of this.overlays) overlay(this);
    if (moving) this.emit("view");
    this.timings.push([now, performance.now() - started]);
    if (this.timings.length > 600) this.timings.shift();
    if (moving || this.change || settled) this.redraw(); // once more without the images that have no place now
  }

  /** Keep the anchor of a change in its place, and go from there to the view of the whole map where that is the goal. */
  carry(time, share) {
    const { before, after, anchor, screen, scale, to } = this.change, { camera } = this;
    const at = [0, 1].map((axis) => before[2 * anchor + axis] + (after[2 * anchor + axis] - before[2 * anchor + axis]) * share);
    if (!to) return this.hold(at, screen);
    camera.scale = scale * (to.scale / scale) ** share;
    const late = Math.max(0, (time - 0.4) / 0.6), eased = late * late * (3 - 2 * late);
    const last = [(after[2 * anchor] - to.x) * to.scale + camera.width / 2, (after[2 * anchor + 1] - to.y) * to.scale + camera.height / 2];
    return this.hold(at, [0, 1].map((axis) => screen[axis] + (last[axis] - screen[axis]) * eased));
  }

  drawNear(now) {
    if (this.change) { // files that are shown move with their images
      const placed = [...this.photos.elements.keys()].filter((image) => !Number.isNaN(this.pointOf(image)[0]));
      this.photos.show(placed, this.camera.scale, (image) => [...this.boxOf(image), this.opacities[image]], now);
      return;
    }
    if (this.camera.scale > 10) this.sheets.want(() => this.inView(20000), now);
    const images = this.camera.scale >= FROM ? this.inView(NEAR + 1) : [];
    const near = images.length <= NEAR ? images.filter((image) => this.opacities[image] > 0) : [];
    const marked = this.marked().filter((image) => near.includes(image)); // their files come first
    this.photos.show([...new Set([...marked, ...near])], this.camera.scale, (image) => [...this.boxOf(image), this.opacities[image]], now);
  }

  /** Colour behind the images, from the style sheet, as shares. */
  paper() {
    if (!this.paperColour) {
      const parts = getComputedStyle(this.elements.frame).backgroundColor.match(/[\d.]+/g) || ["20", "20", "22"];
      this.paperColour = parts.slice(0, 3).map((part) => Number(part) / 255);
    }
    return this.paperColour;
  }

  accent() { return (this.accentColour ??= getComputedStyle(this.elements.frame).getPropertyValue("--accent").trim()); }

  themeChanged() {
    this.paperColour = this.accentColour = null;
    this.redraw();
  }
}

const LOST = "the graphics card was lost";

/** After a reset of the graphics card the page opens again where it was, drawn with a canvas until it is closed. */
function drawWithoutWebGL() {
  try {
    sessionStorage.setItem(LOST, "yes");
  } catch { return; } // without storage the page would open again and again
  location.reload();
}

function wasLost() {
  try {
    return sessionStorage.getItem(LOST) !== null;
  } catch { return false; }
}

function halfSizes(aspects) {
  const halves = new Float32Array(2 * aspects.length);
  for (let i = 0; i < aspects.length; i += 1) {
    halves[2 * i] = (GAP / 2) * Math.min(1, aspects[i]);
    halves[2 * i + 1] = (GAP / 2) * Math.min(1, 1 / aspects[i]);
  }
  return halves;
}

/** Images that have a place in only one of two layouts: [image, whether it is the second]. */
function fadingOf(before, after) {
  const found = [];
  for (let i = 0; 2 * i < before.length; i += 1) {
    const isNew = Number.isNaN(before[2 * i]);
    if (isNew !== Number.isNaN(after[2 * i])) found.push([i, isNew]);
  }
  return found;
}

/** Points, with those of another layout where an image has no place. */
function fill(points, others) {
  const filled = Float32Array.from(points);
  for (let i = 0; i < filled.length; i += 1) if (Number.isNaN(filled[i])) filled[i] = others[i];
  return filled;
}
