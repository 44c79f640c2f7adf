// Choose images by click, rectangle or lasso; export them as CSV or as a plan of a session.

import { textsOf } from "atlas/data";
import { byId, download } from "atlas/elements";

export class Selection {
  constructor(map, frame, filters) {
    this.map = map; this.frame = frame; this.filters = filters;
    this.images = new Set();
    this.tool = "pan";
    this.outline = null;
    for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => this.use(button.dataset.tool));
    byId("select-csv").addEventListener("click", () => this.csv());
    byId("select-plan").addEventListener("click", () => this.plan());
    byId("select-clear").addEventListener("click", () => this.set([]));
    frame.addEventListener("pointerdown", (event) => this.begin(event));
    frame.addEventListener("pointermove", (event) => this.move(event));
    frame.addEventListener("pointerup", (event) => this.end(event));
  }

  use(tool) {
    this.tool = this.tool === tool ? "pan" : tool;
    this.frame.classList.toggle("choosing", this.tool !== "pan");
    for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === this.tool));
  }

  get isBusy() { return this.tool !== "pan"; }

  at(event) {
    const box = this.frame.getBoundingClientRect();
    return this.map.camera.toMap(event.clientX - box.left, event.clientY - box.top);
  }

  begin(event) {
    if (!this.isBusy || event.button > 0) return;
    this.frame.setPointerCapture(event.pointerId);
    this.outline = [this.at(event)];
    if (!event.shiftKey) this.images = new Set();
  }

  move(event) {
    if (!this.outline) return;
    if (this.tool === "rectangle") this.outline = [this.outline[0], this.at(event)];
    else this.outline.push(this.at(event));
    this.map.redraw();
  }

  end(event) {
    if (!this.outline) return;
    const outline = this.tool === "rectangle" ? corners(this.outline[0], this.at(event)) : this.outline;
    this.outline = null;
    const xs = outline.map((each) => each[0]), ys = outline.map((each) => each[1]), found = [];
    for (const image of this.map.at.within(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys))) {
      const [x, y] = this.map.pointOf(image);
      if (this.map.opacities[image] > 0.5 && (this.tool === "rectangle" || isInside(x, y, outline))) found.push(image);
    }
    for (const image of this.ordered(found)) this.images.add(image);
    this.changed();
  }

  /** Images as they are read on the layout: row by row, in a timeline column by column. */
  ordered(images) {
    const isTimeline = this.map.manifest.layouts[this.map.layout].name.startsWith("timeline");
    const lines = new Map(images.map((image) => {
      const [x, y] = this.map.pointOf(image);
      return [image, isTimeline ? [Math.round(x), y] : [Math.round(y), x]];
    }));
    return images.sort((a, b) => lines.get(a)[0] - lines.get(b)[0] || lines.get(a)[1] - lines.get(b)[1]);
  }

  toggle(image) {
    if (!this.images.delete(image)) this.images.add(image);
    this.changed();
  }

  set(images) {
    this.images = new Set(images);
    this.changed();
  }

  changed() {
    byId("selection").hidden = !this.images.size;
    byId("selected").textContent = `${this.images.size} ${this.images.size === 1 ? "image" : "images"} selected`;
    this.map.emit("selection");
    this.map.redraw();
  }

  /** Texts of the images, in the order in which they were chosen. */
  async rows() {
    return Promise.all([...this.images].map((image) => textsOf(this.map.manifest, image)));
  }

  async csv() {
    const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const rows = (await this.rows()).map((each) => [each.name, each.title, each.date].map(quoted).join(","));
    download("selection.csv", ["name,title,date", ...rows, ""].join("\r\n"), "text/csv");
  }

  async plan() {
    const names = (await this.rows()).map((each) => `        ${JSON.stringify(each.name)},`);
    const text = ['SequencePlan(', '    "selection",', "    order=[", ...names, "    ],", "    limit=None,", ")", ""].join("\n");
    const box = byId("plan-text");
    box.value = text;
    byId("plan").showModal();
    box.select();
    await navigator.clipboard?.writeText(text).catch(() => {});
  }
}

const corners = ([x0, y0], [x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];

function isInside(x, y, outline) {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i, i += 1) {
    const [ax, ay] = outline[i], [bx, by] = outline[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

