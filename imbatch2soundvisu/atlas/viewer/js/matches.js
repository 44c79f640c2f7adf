// Where the images are that match the filters: what has no place in the layout, what is out of view, and how to get there.

import { byId, element, later } from "atlas/elements";

export class Matches {
  constructor(map, filters) {
    this.map = map; this.filters = filters;
    this.line = byId("matches");
    const update = later(120, () => this.update());
    for (const name of ["layout", "view"]) map.addEventListener(name, update);
    filters.addEventListener("change", update);
    byId("search").addEventListener("keydown", async ({ key }) => { if (key === "Enter") { await this.update(); this.go?.(); } });
  }

  async update() {
    const { map, filters } = this, { points } = map.at, number = (this.number = (this.number || 0) + 1);
    const found = filters.isActive && filters.keep ? [...filters.keep.keys()].filter((image) => filters.keep[image]) : [];
    const placed = found.filter((image) => !Number.isNaN(points[2 * image])), out = found.length - placed.length;
    let text = "", name = "";
    this.go = null;
    if (found.length && !placed.length) {
      const other = await this.layoutOf(found);
      if (this.number !== number) return;
      text = found.length === 1 ? "It has no place in this layout." : "None of them has a place in this layout.";
      if (other >= 0) {
        name = `Show in ${map.manifest.layouts[other].name}`;
        this.go = async () => { await map.showLayout(other); this.flyTo(found); };
      }
    } else {
      if (out) text = `${out} of them ${out === 1 ? "has" : "have"} no place in this layout.`;
      if (placed.length && !placed.some((image) => this.isInView(image))) {
        text = `${text} ${placed.length === 1 ? "The match is" : "The matches are"} out of view.`.trim();
        name = placed.length === 1 ? "Go to it" : "Go to them";
        this.go = () => this.flyTo(placed);
      }
    }
    this.line.hidden = !text;
    this.line.replaceChildren(text, ...(name ? [" ", element("button", { type: "button", onclick: () => this.go?.() }, name)] : []));
  }

  isInView(image) {
    const { camera } = this.map, [left, top] = camera.toScreen(...this.map.pointOf(image)), { insets } = camera;
    return left > insets.left && left < camera.width - insets.right && top > insets.top && top < camera.height - insets.bottom;
  }

  /** The layout that has places for most of some images, -1 for none. */
  async layoutOf(images) {
    let found = -1, most = 0;
    for (let number = 0; number < this.map.manifest.layouts.length; number += 1) {
      const points = await this.map.pointsOf(number), count = images.filter((image) => !Number.isNaN(points[2 * image])).length;
      if (count > most) [found, most] = [number, count];
    }
    return found;
  }

  /** Bring some images into view together. */
  flyTo(images) {
    const { map } = this, { camera } = map, placed = images.filter((image) => !Number.isNaN(map.at.points[2 * image]));
    const sides = [0, 1].map((axis) => placed.map((image) => map.at.points[2 * image + axis]));
    const [[left, right], [top, bottom]] = sides.map((values) => values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]));
    const [width, height] = camera.free, scale = Math.min(width / (right - left + 2), height / (bottom - top + 2), Math.min(width, height) * 0.4);
    map.flyTo(camera.centred({ x: (left + right) / 2, y: (top + bottom) / 2, scale }));
  }
}
