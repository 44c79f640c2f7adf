// The whole map in a corner, with the part that is in view; a click goes there.

export class Minimap {
  constructor(map, canvas) {
    this.map = map; this.canvas = canvas;
    map.overlays.push(() => this.draw());
    map.addEventListener("layout", () => { this.picture = null; });
    const go = (event) => {
      if (event.buttons !== 1) return;
      const box = canvas.getBoundingClientRect(), { left, top, scale } = this.frame();
      this.map.camera.set({ x: left + (event.clientX - box.left) / scale, y: top + (event.clientY - box.top) / scale });
      this.map.emit("view");
      this.map.redraw();
    };
    canvas.addEventListener("pointerdown", go);
    canvas.addEventListener("pointermove", go);
  }

  frame() {
    const { left, top, right, bottom } = this.map.camera.bounds, { clientWidth, clientHeight } = this.canvas;
    const scale = Math.min(clientWidth / (right - left + 2), clientHeight / (bottom - top + 2));
    return {
      scale, left: (left + right) / 2 - clientWidth / scale / 2, top: (top + bottom) / 2 - clientHeight / scale / 2,
    };
  }

  draw() {
    const { canvas, map } = this, { clientWidth, clientHeight } = canvas, { camera } = map;
    if (!clientWidth) return;
    const isAway = camera.seesAll() || camera.scale > 0.5 * Math.min(...camera.free); // it would hide images and say nothing
    canvas.classList.toggle("away", isAway);
    if (isAway) return;
    const ratio = map.ratio, width = Math.round(clientWidth * ratio), height = Math.round(clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) { Object.assign(canvas, { width, height }); this.picture = null; }
    const context = canvas.getContext("2d"), { left, top, scale } = this.frame();
    this.picture ??= this.dots(width, height, ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.putImageData(this.picture, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const [x0, y0] = map.camera.toMap(0, 0), [x1, y1] = map.camera.toMap(map.camera.width, map.camera.height);
    context.strokeStyle = map.accent();
    context.lineWidth = 2;
    context.strokeRect((x0 - left) * scale, (y0 - top) * scale, (x1 - x0) * scale, (y1 - y0) * scale);
  }

  dots(width, height, ratio) {
    const picture = new ImageData(width, height), { points } = this.map.at, { left, top, scale } = this.frame();
    const side = Math.max(1, Math.round(scale * ratio * 0.9)), colours = new Uint32Array(picture.data.buffer);
    for (let i = 0; i < points.length / 2; i += 1) {
      const x = Math.round((points[2 * i] - left) * scale * ratio - side / 2), y = Math.round((points[2 * i + 1] - top) * scale * ratio - side / 2);
      for (let dy = 0; dy < side; dy += 1) {
        for (let dx = 0; dx < side; dx += 1) {
          if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height) colours[(y + dy) * width + x + dx] = 0xc8808080;
        }
      }
    }
    return picture;
  }
}
