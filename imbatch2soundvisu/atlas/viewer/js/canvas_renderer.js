// All images with a 2-d canvas: small ones pixel by pixel into one buffer, larger ones as parts of the sheets.

import { pairs } from "atlas/places";
import { ON_SHEET, SHEET } from "atlas/sheets";

const BY_PIXEL = 30; // pixels of an image up to which it is drawn pixel by pixel

export class CanvasRenderer {
  constructor(canvas, count, places, halves) {
    this.canvas = canvas; this.count = count; this.places = places; this.halves = halves;
    this.context = canvas.getContext("2d", { alpha: false });
    this.opacities = new Float32Array(count).fill(1);
    this.small = { 16: [], 8: [], 4: [], 2: [] }; // pixels of each sheet of 16 px thumbnails, and reduced to other sides
    this.large = new Map(); // [picture, pixels of its reduction to a half] of sheets of 64 px thumbnails
    this.scratch = new OffscreenCanvas(16, 16).getContext("2d");
    this.slotOf = new Map();
    this.smallSheets = new Set(); // those that are loaded
  }

  get kind() { return "canvas"; }
  get smallLevels() { return { count: 4, pixelsFrom: 0 }; }
  get largeLevels() { return { count: 2, pixelsFrom: 1 }; }

  /** Points before and after a change of layout; everything of an image is held in the order of the map, as it is drawn. */
  setPoints(before, after, at) {
    if (this.at !== at) {
      this.at = at;
      this.sizes = pairs(this.halves, at.order);
      this.placesOf = Uint32Array.from(at.order, (image) => this.places[image]);
      this.setOpacities(this.opacities);
    }
    this.start = pairs(before, at.order);
    this.end = before === after ? this.start : pairs(after, at.order);
  }

  setOpacities(opacities) {
    this.opacities = opacities;
    if (!this.at) return;
    const { order } = this.at;
    this.strengths = new Uint16Array(order.length); // filled in a loop, since it is called for each frame of a change
    for (let k = 0; k < order.length; k += 1) this.strengths[k] = Math.round(256 * opacities[order[k]]);
  }

  setSmall(sheet, levels) {
    this.smallSheets.add(sheet);
    levels.forEach((pixels, level) => { this.small[16 >> level][sheet] = pixels; });
  }

  setLarge(sheet, slot, levels) {
    for (const [other, held] of this.slotOf) if (held === slot) this.drop(other);
    this.slotOf.set(sheet, slot);
    this.large.set(sheet, levels);
  }

  /** Free a sheet of 64 px thumbnails; the memory of pictures is not seen by the garbage collector. */
  drop(sheet) {
    this.slotOf.delete(sheet);
    this.large.get(sheet)?.[0].close();
    this.large.delete(sheet);
  }

  draw(camera, share, paper, ratio) {
    const { context, canvas, start, end } = this, { width, height } = canvas, scale = camera.scale * ratio;
    if (scale <= BY_PIXEL) return this.drawPixels(camera, share, paper, ratio);
    context.globalAlpha = 1;
    context.fillStyle = `rgb(${paper.map((part) => Math.round(part * 255)).join(" ")})`;
    context.fillRect(0, 0, width, height);
    for (const [first, last] of this.ranges(camera)) {
      for (let k = first; k < last; k += 1) {
        const x = (start[2 * k] + (end[2 * k] - start[2 * k]) * share - camera.x) * scale + width / 2;
        const y = (start[2 * k + 1] + (end[2 * k + 1] - start[2 * k + 1]) * share - camera.y) * scale + height / 2;
        const isSeen = x > -scale && x < width + scale && y > -scale && y < height + scale && this.strengths[k] > 0;
        if (isSeen) this.drawOne(k, x, y, this.sizes[2 * k] * scale, this.sizes[2 * k + 1] * scale);
      }
    }
    return undefined;
  }

  /** Parts of the order of the map that may be in view: all while the layout changes. */
  ranges(camera) {
    if (this.start !== this.end) return [[0, this.count]];
    const [left, top] = camera.toMap(0, 0), [right, bottom] = camera.toMap(camera.width, camera.height);
    return this.at.ranges(left - 1, top - 1, right + 1, bottom + 1);
  }

  drawPixels(camera, share, paper, ratio) {
    const { canvas } = this, { width, height } = canvas, scale = camera.scale * ratio;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const side = scale > 20 ? 32 : scale > 10 ? 16 : scale > 5 ? 8 : scale > 2.6 ? 4 : 2, behind = packed(paper);
    this.pixels.fill(behind);
    const to = { width, height, scale, largest: Math.max(scale, 2), share, behind, left: camera.x, top: camera.y };
    for (const [first, last] of this.ranges(camera)) this.paint(first, last, side, to);
    this.context.putImageData(this.image, 0, 0);
  }

  /** Paint some images pixel by pixel, from thumbnails of so many pixels a side, smaller ones where these are not loaded. */
  paint(first, last, wanted, { width, height, scale, largest, share, behind, left, top }) {
    const { pixels, start, end, sizes, placesOf, strengths, large } = this, small = this.small[Math.min(16, wanted)];
    for (let k = first; k < last; k += 1) {
      const x = (start[2 * k] + (end[2 * k] - start[2 * k]) * share - left) * scale + width / 2, w = sizes[2 * k] * largest;
      const y = (start[2 * k + 1] + (end[2 * k + 1] - start[2 * k + 1]) * share - top) * scale + height / 2, h = sizes[2 * k + 1] * largest;
      const strength = strengths[k];
      if (!(x + w > 0 && x - w < width && y + h > 0 && y - h < height) || strength === 0) continue; // also without a place
      const x0 = Math.round(x - w), y0 = Math.round(y - h), columns = Math.max(1, Math.round(x + w) - x0), rows = Math.max(1, Math.round(y + h) - y0);
      const place = placesOf[k], fine = wanted > 16 ? large.get(place >> 10)?.[1] : undefined, source = fine || small[place >> 14] || GREY;
      const side = fine ? wanted : source === GREY ? 0 : Math.min(16, wanted), cell = fine ? place & 1023 : place & 16383, bits = fine ? 5 : 7;
      const stride = side << bits, base = (cell >> bits) * side * stride + (cell & ((1 << bits) - 1)) * side;
      const across = ((side << 16) / columns) | 0, down = ((side << 16) / rows) | 0; // 16 bits after the point
      const from = Math.max(0, x0), beyond = Math.min(width, x0 + columns), bottom = Math.min(height, y0 + rows);
      for (let row = Math.max(0, y0); row < bottom; row += 1) {
        const line = base + (((row - y0) * down) >> 16) * stride, stop = row * width + beyond;
        for (let at = row * width + from, step = (from - x0) * across; at < stop; at += 1, step += across) {
          const colour = source[line + (step >> 16)];
          pixels[at] = strength < 256 ? mixed(behind, colour, strength) : colour;
        }
      }
    }
  }

  /** Draw an image around a point, from its larger thumbnail where that is loaded. */
  drawOne(k, x, y, w, h) {
    const { context } = this, place = this.placesOf[k], large = this.large.get(Math.floor(place / ON_SHEET[64]));
    const side = large ? 64 : 16, cell = place % ON_SHEET[side], columns = SHEET / side;
    const sheet = large ? large[0] : this.alone(Math.floor(place / ON_SHEET[16]), cell), [left, top] = large ? [cell % columns, Math.floor(cell / columns)] : [0, 0];
    context.globalAlpha = this.strengths[k] / 256;
    if (sheet) context.drawImage(sheet, left * side, top * side, side, side, x - w, y - h, 2 * w, 2 * h);
    else {
      context.fillStyle = "#808080";
      context.fillRect(x - w, y - h, 2 * w, 2 * h);
    }
  }

  /** A thumbnail of 16 px as a picture, for as long as its larger one is not loaded. */
  alone(sheet, cell) {
    const source = this.small[16][sheet], { scratch } = this, picture = scratch.createImageData(16, 16), pixels = new Uint32Array(picture.data.buffer);
    if (!source) return null;
    const from = (cell >> 7) * 16 * SHEET + (cell & 127) * 16;
    for (let row = 0; row < 16; row += 1) pixels.set(source.subarray(from + row * SHEET, from + row * SHEET + 16), 16 * row);
    scratch.putImageData(picture, 0, 0);
    return scratch.canvas;
  }
}

const GREY = new Uint32Array([0xff808080]); // where the sheet of an image is not loaded

/** A colour of shares as a pixel of ImageData. */
function packed([red, green, blue]) {
  const byte = (share) => Math.round(share * 255);
  return ((255 << 24) | (byte(blue) << 16) | (byte(green) << 8) | byte(red)) >>> 0;
}

/** A colour over another, `part` of 256. */
function mixed(behind, colour, part) {
  const rest = 256 - part;
  const even = ((behind & 0xff00ff) * rest + (colour & 0xff00ff) * part) >>> 8;
  const odd = (((behind >>> 8) & 0xff) * rest + ((colour >>> 8) & 0xff) * part) >>> 8;
  return (0xff000000 | (even & 0xff00ff) | ((odd & 0xff) << 8)) >>> 0;
}
