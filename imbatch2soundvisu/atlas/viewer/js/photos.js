// The large files of the images that are seen from near, as elements above the map.

import { imagePath } from "atlas/data";
import { load } from "atlas/files";

/** Pixels of an image on the screen from which its file is shown. */
export const FROM = 72;
const MOST = 160; // files at a time
const STILL = 24, ZOOMING = 8, EVERY_MS = 150; // new files with one frame; fewer, and less often, while the scale changes
const SIDE = 256; // pixels of the longer side of an element before it is scaled

export class Photos {
  constructor(layer, changed) {
    this.layer = layer; this.changed = changed;
    this.elements = new Map();
    this.added = -Infinity;
  }

  /** Show the files of some images. `boxOf(image)` returns [left, top, width, height, opacity] on the screen. */
  show(images, pixels, boxOf, now) {
    const wanted = pixels >= FROM ? images.slice(0, MOST) : [], keep = new Set(wanted);
    for (const [image, element] of this.elements) if (!keep.has(image)) this.remove(image, element);
    const isZooming = pixels !== this.pixels;
    let allowed = isZooming ? (now - this.added > EVERY_MS ? ZOOMING : 0) : STILL, left = 0;
    this.pixels = pixels;
    for (const image of wanted) {
      const box = boxOf(image), element = this.elements.get(image) || (allowed > 0 ? this.add(image, box) : null);
      if (!element) { left += 1; continue; }
      if (element.isNew) { allowed -= 1; element.isNew = false; this.added = now; }
      this.place(element, box);
    }
    if (left) this.changed();
  }

  /** Only the transformation changes with the view, so that the page is not laid out again. */
  place(element, [left, top, width, height, opacity]) {
    element.style.transform = `translate(${left}px, ${top}px) scale(${width / element.wide}, ${height / element.high})`;
    element.style.opacity = element.isLoaded ? opacity : 0;
  }

  add(image, [, , width, height]) {
    const element = new Image(), most = Math.max(width, height);
    element.wide = (SIDE * width) / most;
    element.high = (SIDE * height) / most;
    Object.assign(element.style, { width: `${element.wide}px`, height: `${element.high}px`, opacity: 0 });
    Object.assign(element, { alt: "", decoding: "async", draggable: false, isNew: true, isLoaded: false });
    element.onload = () => { element.isLoaded = true; this.changed(); };
    load(element, imagePath(image));
    this.layer.append(element);
    this.elements.set(image, element);
    return element;
  }

  remove(image, element) {
    element.onload = null;
    element.src = "";
    element.remove();
    this.elements.delete(image);
  }
}
