// The large files of the images that are seen from near, as elements above the map.

import { imagePath } from "atlas/data";
import { load } from "atlas/files";

/** Pixels of an image on the screen from which its file is shown. */
export const FROM = 72;
const MOST = 160; // files at a time

export class Photos {
  constructor(layer) {
    this.layer = layer;
    this.elements = new Map();
  }

  /** Show the files of some images. `boxOf(image)` returns [left, top, width, height, opacity] on the screen. */
  show(images, pixels, boxOf) {
    const wanted = pixels >= FROM ? images.slice(0, MOST) : [];
    const keep = new Set(wanted);
    for (const [image, element] of this.elements) {
      if (!keep.has(image)) {
        element.src = "";
        element.remove();
        this.elements.delete(image);
      }
    }
    for (const image of wanted) {
      const [left, top, width, height, opacity] = boxOf(image);
      const element = this.elements.get(image) || this.add(image);
      element.style.transform = `translate(${left}px, ${top}px)`;
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      element.style.opacity = element.complete && element.naturalWidth ? opacity : 0;
    }
  }

  add(image) {
    const element = new Image();
    element.alt = "";
    element.decoding = "async";
    element.draggable = false;
    element.onload = () => { element.style.opacity = 1; };
    load(element, imagePath(image));
    this.layer.append(element);
    this.elements.set(image, element);
    return element;
  }
}
