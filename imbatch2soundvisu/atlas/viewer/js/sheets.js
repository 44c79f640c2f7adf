// Sheets of thumbnails: all of the smallest, and of the larger ones those in view, the least recently seen replaced.

import { file, forget } from "atlas/data";
import { ON_SHEET, SLOTS } from "atlas/renderer";

export class Sheets {
  constructor(renderer, places, counts, changed) {
    this.renderer = renderer; this.places = places; this.counts = counts; this.changed = changed;
    this.seen = new Map();
    this.loading = new Set();
    this.failed = new Set();
    this.slots = Math.min(SLOTS, Math.max(1, counts[1]));
  }

  async loadSmall() {
    for (let sheet = 0; sheet < this.counts[0]; sheet += 1) {
      this.renderer.setSmall(sheet, await bitmap(`sheet-16-${sheet}`));
      this.changed();
    }
  }

  /** Load the larger thumbnails of the images in view, those of the most images first. */
  want(images, now) {
    const each = ON_SHEET[64], wanted = new Map();
    for (const image of images) {
      const sheet = Math.floor(this.places[image] / each);
      wanted.set(sheet, (wanted.get(sheet) || 0) + 1);
    }
    for (const sheet of wanted.keys()) if (this.seen.has(sheet)) this.seen.set(sheet, now);
    const missing = [...wanted].filter(([sheet]) => !this.renderer.slotOf.has(sheet) && !this.failed.has(sheet));
    missing.sort((a, b) => b[1] - a[1]);
    for (const [sheet] of missing.slice(0, this.slots)) if (this.loading.size < 2) this.load(sheet, now);
  }

  async load(sheet, now) {
    if (this.loading.has(sheet)) return;
    this.loading.add(sheet);
    try {
      const image = await bitmap(`sheet-64-${sheet}`);
      this.renderer.setLarge(sheet, this.freeSlot(), image);
      this.seen.set(sheet, now);
    } catch (error) {
      this.failed.add(sheet);
      console.warn(error.message);
    } finally {
      this.loading.delete(sheet);
      this.changed();
    }
  }

  freeSlot() {
    const taken = new Set(this.renderer.slotOf.values());
    for (let slot = 0; slot < this.slots; slot += 1) if (!taken.has(slot)) return slot;
    const [oldest] = [...this.renderer.slotOf.keys()].sort((a, b) => this.seen.get(a) - this.seen.get(b));
    this.seen.delete(oldest);
    return this.renderer.slotOf.get(oldest);
  }
}

async function bitmap(name) {
  const address = await file(name);
  forget(name);
  const image = new Image();
  image.src = address;
  await image.decode();
  return createImageBitmap(image, { colorSpaceConversion: "none" });
}
