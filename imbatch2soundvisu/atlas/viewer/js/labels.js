// Names of columns and clusters above the map; larger ones first, none over another.

const MOST = 80;

export class Labels {
  constructor(map, layer) {
    this.map = map; this.layer = layer; this.elements = [];
    map.overlays.push(() => this.draw());
  }

  draw() {
    const all = this.map.manifest.layouts[this.map.layout]?.labels || [];
    if (all !== this.labels) {
      this.labels = all;
      this.byCount = [...all].sort((a, b) => b[3] - a[3]);
      for (const element of this.elements) element.remove();
      this.elements = [];
    }
    this.layer.style.opacity = this.map.change ? 0 : 1;
    const shown = this.chosen();
    while (this.elements.length < shown.length) {
      const element = document.createElement("span");
      this.layer.append(element);
      this.elements.push(element);
    }
    this.elements.forEach((element, i) => {
      element.hidden = i >= shown.length;
      if (element.hidden) return;
      const [text, x, y] = shown[i];
      if (element.textContent !== text) element.textContent = text;
      element.style.transform = `translate(${x}px, ${y}px) translate(-50%, -100%)`;
    });
  }

  chosen() {
    const boxes = [], { width, height } = this.map.camera;
    const found = [];
    for (const [text, x, y] of this.byCount || []) {
      const [at, top] = this.map.camera.toScreen(x, y), w = 8 + 8 * Math.min(40, text.length), h = 24;
      if (at < -w || at > width + w || top < -h || top > height + h) continue;
      const isSeen = at >= 0 && at <= width, left = isSeen && w < width ? Math.min(width - w / 2, Math.max(w / 2, at)) : at; // whole
      const box = [left - w / 2, top - h, left + w / 2, top];
      if (boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      boxes.push(box);
      found.push([text, left, top]);
      if (found.length >= MOST) break;
    }
    return found;
  }
}
