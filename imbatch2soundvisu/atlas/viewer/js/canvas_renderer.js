// All images with a 2-d canvas: small ones pixel by pixel into one buffer, larger ones as parts of the sheets.

import { ON_SHEET, SHEET } from "atlas/sheets";

const BY_PIXEL = 14; // pixels of an image up to which it is drawn pixel by pixel

export class CanvasRenderer {
  constructor(canvas, count, places, halves) {
    this.canvas = canvas; this.count = count; this.places = places; this.halves = halves;
    this.context = canvas.getContext("2d", { alpha: false });
    this.opacities = new Float32Array(count).fill(1);
    this.sheets = { 16: new Map(), 64: new Map() };
    this.reduced = []; // of each sheet of 16 px thumbnails: [side, pixels] with sides 8, 4 and 2
    this.slotOf = new Map();
    this.smallSheets = new Set(); // those that are loaded
  }

  get kind() { return "canvas"; }

  setPoints(before, after, at) { this.before = before; this.after = after; this.at = at; }

  setOpacities(opacities) { this.opacities = opacities; }

  setSmall(sheet, levels) {
    this.sheets[16].set(sheet, levels[0]);
    this.smallSheets.add(sheet);
    this.reduced[sheet] = levels.slice(1).map((pixels, i) => [8 >> i, pixels]);
  }

  setLarge(sheet, slot, levels) {
    for (const [other, held] of this.slotOf) if (held === slot) this.drop(other);
    this.slotOf.set(sheet, slot);
    this.sheets[64].set(sheet, levels[0]);
  }

  /** Free a sheet of 64 px thumbnails; the memory of pictures is not seen by the garbage collector. */
  drop(sheet) {
    this.slotOf.delete(sheet);
    this.sheets[64].get(sheet)?.close();
    this.sheets[64].delete(sheet);
  }

  draw(camera, share, paper, ratio) {
    const { context, canvas } = this, scale = camera.scale * ratio;
    if (scale <= BY_PIXEL) return this.drawPixels(camera, share, paper, ratio);
    context.globalAlpha = 1;
    context.fillStyle = `rgb(${paper.map((part) => Math.round(part * 255)).join(" ")})`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    return this.each(camera, share, ratio, (i, x, y) => {
      const w = this.halves[2 * i] * scale, h = this.halves[2 * i + 1] * scale;
      this.drawOne(i, x - w, y - h, 2 * w, 2 * h);
    });
  }

  /** Call `use(image, x, y)` with the middle of each image in view, in pixels. */
  each(camera, share, ratio, use) {
    const { before, after, opacities } = this, scale = camera.scale * ratio, { order } = this.at;
    const { width, height } = this.canvas, margin = Math.max(scale, 2);
    const [left, top] = camera.toMap(0, 0), [right, bottom] = camera.toMap(camera.width, camera.height);
    const ranges = before === after ? this.at.ranges(left - 1, top - 1, right + 1, bottom + 1) : [[0, order.length]];
    for (const [first, end] of ranges) {
      for (let k = first; k < end; k += 1) {
        const i = order[k], x0 = before[2 * i], y0 = before[2 * i + 1];
        const x = (x0 + (after[2 * i] - x0) * share - camera.x) * scale + width / 2;
        const y = (y0 + (after[2 * i + 1] - y0) * share - camera.y) * scale + height / 2;
        if (x > -margin && x < width + margin && y > -margin && y < height + margin && opacities[i] > 0) use(i, x, y);
      }
    }
  }

  drawPixels(camera, share, paper, ratio) {
    const { canvas, halves, places, opacities } = this, { width, height } = canvas, scale = Math.max(camera.scale * ratio, 2);
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const { pixels } = this, behind = packed(paper), level = scale > 5 ? 0 : scale > 2.6 ? 1 : 2;
    pixels.fill(behind);
    this.each(camera, share, ratio, (i, x, y) => {
      const w = halves[2 * i] * scale, h = halves[2 * i + 1] * scale;
      const x0 = Math.round(x - w), x1 = Math.max(x0 + 1, Math.round(x + w)), y0 = Math.round(y - h), y1 = Math.max(y0 + 1, Math.round(y + h));
      const found = this.reduced[Math.floor(places[i] / ON_SHEET[16])]?.[level], cell = places[i] % ON_SHEET[16], opacity = opacities[i];
      const side = found ? found[0] : 1, stride = 128 * side, base = found ? (cell >> 7) * side * stride + (cell & 127) * side : 0;
      const right = Math.min(width, x1), bottom = Math.min(height, y1);
      for (let row = Math.max(0, y0); row < bottom; row += 1) {
        const from = base + Math.floor(((row - y0) * side) / (y1 - y0)) * stride;
        for (let column = Math.max(0, x0); column < right; column += 1) {
          const colour = found ? found[1][from + Math.floor(((column - x0) * side) / (x1 - x0))] : GREY;
          pixels[row * width + column] = opacity < 1 ? mixed(behind, colour, opacity) : colour;
        }
      }
    });
    this.context.putImageData(this.image, 0, 0);
  }

  drawOne(i, left, top, width, height) {
    const context = this.context, side = width > 24 && this.sheets[64].has(Math.floor(this.places[i] / ON_SHEET[64])) ? 64 : 16;
    const sheet = this.sheets[side].get(Math.floor(this.places[i] / ON_SHEET[side])), columns = SHEET / side;
    const cell = this.places[i] % ON_SHEET[side];
    context.globalAlpha = this.opacities[i];
    if (!sheet) {
      context.fillStyle = "#808080";
      context.fillRect(left, top, width, height);
    } else {
      context.drawImage(sheet, (cell % columns) * side, Math.floor(cell / columns) * side, side, side, left, top, width, height);
    }
  }
}

const GREY = 0xff808080;

/** A colour of shares as a pixel of ImageData. */
function packed([red, green, blue]) {
  const byte = (share) => Math.round(share * 255);
  return ((255 << 24) | (byte(blue) << 16) | (byte(green) << 8) | byte(red)) >>> 0;
}

function mixed(behind, colour, share) {
  const part = Math.round(share * 256), rest = 256 - part;
  const even = ((behind & 0xff00ff) * rest + (colour & 0xff00ff) * part) >>> 8;
  const odd = (((behind >>> 8) & 0xff) * rest + ((colour >>> 8) & 0xff) * part) >>> 8;
  return (0xff000000 | (even & 0xff00ff) | ((odd & 0xff) << 8)) >>> 0;
}
