// Sheets of thumbnails: all of the smallest, and of the larger ones those in view, the least recently seen replaced.

import { file, forget } from "atlas/data";
import { decoded } from "atlas/decoder";

export const SHEET = 2048;
/** Images on a sheet of each side. */
export const ON_SHEET = { 16: (SHEET / 16) ** 2, 64: (SHEET / 64) ** 2 };
/** Sheets of 64 px thumbnails that are held. */
export const SLOTS = 10;
const EVERY_MS = 120; // between two looks at what is in view

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
      this.renderer.setSmall(sheet, await levels(`sheet-16-${sheet}`, this.renderer.smallLevels));
      this.changed();
    }
  }

  /** Load the larger thumbnails of the images in view, those of the most images first. */
  want(imagesInView, now) {
    if (now - (this.looked ?? -Infinity) < EVERY_MS) {
      this.later ??= setTimeout(() => { this.later = null; this.changed(); }, EVERY_MS);
      return;
    }
    this.looked = now;
    const images = imagesInView();
    const each = ON_SHEET[64], wanted = new Map();
    for (const image of images) {
      const sheet = Math.floor(this.places[image] / each);
      wanted.set(sheet, (wanted.get(sheet) || 0) + 1);
    }
    // Where more sheets are in view than can be held, those that are held stay unless others have twice as many images.
    const weight = ([sheet, count]) => count * (this.renderer.slotOf.has(sheet) ? 2 : 1);
    const most = [...wanted].sort((a, b) => weight(b) - weight(a)).slice(0, this.slots).map(([sheet]) => sheet);
    for (const sheet of most) if (this.seen.has(sheet)) this.seen.set(sheet, now);
    for (const sheet of most) {
      if (!this.renderer.slotOf.has(sheet) && !this.failed.has(sheet) && this.loading.size < 2) this.load(sheet, now);
    }
  }

  async load(sheet, now) {
    if (this.loading.has(sheet)) return;
    this.loading.add(sheet);
    try {
      const image = await levels(`sheet-64-${sheet}`, this.renderer.largeLevels);
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

/** A sheet and its reductions, decoded beside the drawing. */
async function levels(name, { count, pixelsFrom = count }) {
  const address = await file(name);
  forget(name);
  return decoded(address, count, pixelsFrom);
}
