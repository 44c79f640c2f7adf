(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const counted = (count, one) => `${count.toLocaleString("en")} ${count === 1 ? one : `${one}s`}`;
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function unpacked(numbers) {
    const text = atob(numbers.data), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    const view = new DataView(bytes.buffer), size = numbers.type === "int16" ? 2 : 4;
    const read = size === 2 ? (at) => view.getInt16(at, true) : (at) => view.getInt32(at, true);
    return Int32Array.from({ length: bytes.length / size }, (_, i) => read(i * size));
  }

  // Which cell is where.
  class Cells {
    constructor(cells, shape) {
      this.shape = shape;
      if (cells.x) { this.x = cells.x; this.y = cells.y; this.columns = cells.x.length - 1; return; }
      this.boxes = unpacked(cells.boxes);
      this.count = this.boxes.length / 4;
      this.index();
    }

    box(cell) {
      if (this.x) {
        const column = cell % this.columns, row = Math.floor(cell / this.columns);
        return [this.x[column], this.y[row], this.x[column + 1] - this.x[column], this.y[row + 1] - this.y[row]];
      }
      return [0, 1, 2, 3].map((part) => this.boxes[part * this.count + cell]);
    }

    // Cells by squares of the page, as large as the largest cell.
    index() {
      this.side = 1;
      for (let i = 2 * this.count; i < 4 * this.count; i += 1) this.side = Math.max(this.side, this.boxes[i]);
      this.squares = new Map();
      for (let cell = 0; cell < this.count; cell += 1) {
        const [x, y, width, height] = this.box(cell);
        for (let row = this.square(y); row <= this.square(y + height - 1); row += 1) {
          for (let column = this.square(x); column <= this.square(x + width - 1); column += 1) {
            const key = `${column},${row}`;
            if (!this.squares.has(key)) this.squares.set(key, []);
            this.squares.get(key).push(cell);
          }
        }
      }
    }

    square(position) { return Math.floor(position / this.side); }

    at(x, y) {
      if (this.x) {
        const column = Cells.before(this.x, x), row = Cells.before(this.y, y);
        return column < 0 || row < 0 ? -1 : row * this.columns + column;
      }
      let best = -1, nearest = Infinity;
      for (const cell of this.squares.get(`${this.square(x)},${this.square(y)}`) ?? []) {
        const [left, top, width, height] = this.box(cell);
        if (x < left || y < top || x >= left + width || y >= top + height) continue;
        const distance = ((x - left) / width - 0.5) ** 2 + ((y - top) / height - 0.5) ** 2;
        if (distance < nearest) { best = cell; nearest = distance; }
      }
      return best;
    }

    static before(edges, value) {
      if (value < edges[0] || value >= edges[edges.length - 1]) return -1;
      let low = 0, high = edges.length - 2;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (edges[middle] <= value) low = middle; else high = middle - 1;
      }
      return low;
    }

    trace(context, cell, place) {
      const [left, top, width, height] = this.box(cell);
      const corners = this.shape === "hexagon"
        ? [[0.5, 0], [1, 0.25], [1, 0.75], [0.5, 1], [0, 0.75], [0, 0.25]]
        : [[0, 0], [1, 0], [1, 1], [0, 1]];
      corners.forEach(([across, down], i) => {
        const [x, y] = place(left + across * width, top + down * height);
        if (i) context.lineTo(x, y); else context.moveTo(x, y);
      });
      context.closePath();
    }
  }

  // The tiles of the pyramid, loaded when they are visible.
  class Pyramid {
    constructor(onload) {
      this.onload = onload;
      this.top = data.levels - 1;
      this.images = new Map();
      this.most = 400;
    }

    get(level, column, row, load) {
      const key = `${level}/${column}_${row}`;
      let found = this.images.get(key);
      if (found) {
        this.images.delete(key);
        this.images.set(key, found);
      } else if (load) {
        found = new Image();
        found.decoding = "async";
        found.onload = () => { found.ready = true; this.onload(); };
        found.src = `mosaic_files/${key}.jpg`;
        this.images.set(key, found);
      }
      return found && found.ready ? found : null;
    }

    prune() {
      for (const [key, image] of this.images) {
        if (this.images.size <= this.most) return;
        if (!image.ready) { image.onload = null; image.src = ""; }
        this.images.delete(key);
      }
    }

    draw(context, view) {
      const level = clamp(Math.ceil(this.top + Math.log2(view.scale * view.ratio) - 0.25), 0, this.top);
      const step = data.tile * 2 ** (this.top - level);
      const [left, top, right, bottom] = view.visible();
      for (let row = Math.floor(top / step); row * step < bottom; row += 1) {
        for (let column = Math.floor(left / step); column * step < right; column += 1) {
          this.drawTile(context, view, level, column, row);
        }
      }
      this.prune();
    }

    // A tile, or until it is loaded the part of a smaller level that shows the same.
    drawTile(context, view, level, column, row) {
      const size = data.tile, step = size * 2 ** (this.top - level);
      const x0 = column * step, y0 = row * step;
      const x1 = Math.min(x0 + step, data.size[0]), y1 = Math.min(y0 + step, data.size[1]);
      for (let up = 0; up <= level; up += 1) {
        const across = column >> up, down = row >> up;
        const image = this.get(level - up, across, down, up === 0 || level - up <= 8);
        if (!image) continue;
        const unit = 2 ** (this.top - level + up);
        const startX = across * size - (across ? data.overlap : 0), startY = down * size - (down ? data.overlap : 0);
        const sx = x0 / unit - startX, sy = y0 / unit - startY;
        const sw = Math.min((x1 - x0) / unit, image.naturalWidth - sx), sh = Math.min((y1 - y0) / unit, image.naturalHeight - sy);
        const [dx0, dy0] = view.pixel(x0, y0).map(Math.round), [dx1, dy1] = view.pixel(x1, y1).map(Math.round);
        if (sw > 0 && sh > 0) context.drawImage(image, sx, sy, sw, sh, dx0, dy0, dx1 - dx0, dy1 - dy0);
        return;
      }
    }
  }

  // Which part of the mosaic is shown: `scale` is in CSS pixels for each pixel of the mosaic.
  class View {
    constructor(canvas) { this.canvas = canvas; this.x = 0; this.y = 0; this.scale = 1; this.resize(); }

    resize() {
      this.ratio = window.devicePixelRatio || 1;
      this.width = this.canvas.clientWidth;
      this.height = this.canvas.clientHeight;
      this.canvas.width = Math.max(1, Math.round(this.width * this.ratio));
      this.canvas.height = Math.max(1, Math.round(this.height * this.ratio));
    }

    get least() { return Math.min(this.width / data.size[0], this.height / data.size[1]); }
    get most() { return Math.max(2, 4 * this.least); }

    whole() {
      const scale = this.least * (this.width > 600 ? 0.96 : 1);
      return { scale, x: data.size[0] / 2 - this.width / scale / 2, y: data.size[1] / 2 - this.height / scale / 2 };
    }

    visible() {
      return [
        Math.max(0, this.x), Math.max(0, this.y),
        Math.min(data.size[0], this.x + this.width / this.scale), Math.min(data.size[1], this.y + this.height / this.scale),
      ];
    }

    pixel(x, y) { return [(x - this.x) * this.scale * this.ratio, (y - this.y) * this.scale * this.ratio]; }
    point(left, top) { return [this.x + left / this.scale, this.y + top / this.scale]; }

    zoomed(factor, left = this.width / 2, top = this.height / 2) {
      const [x, y] = this.point(left, top);
      const scale = clamp(this.scale * factor, this.least * 0.8, this.most);
      return this.kept({ scale, x: x - left / scale, y: y - top / scale });
    }

    moved(left, top) { return this.kept({ scale: this.scale, x: this.x + left / this.scale, y: this.y + top / this.scale }); }

    // The middle of the screen stays on the mosaic; what is smaller than the screen stays in its middle.
    kept(place) {
      const along = (start, length, whole) => {
        const shown = length / place.scale;
        return shown >= whole ? (whole - shown) / 2 : clamp(start, -shown / 2, whole - shown / 2);
      };
      return { scale: place.scale, x: along(place.x, this.width, data.size[0]), y: along(place.y, this.height, data.size[1]) };
    }
  }

  class Viewer {
    constructor() {
      this.canvas = element("mosaic");
      this.context = this.canvas.getContext("2d");
      this.cells = new Cells(data.cells, data.shape);
      this.photoOf = unpacked(data.photo);
      this.uses = new Int32Array(data.photos.length);
      for (const photo of this.photoOf) this.uses[photo] += 1;
      this.view = new View(this.canvas);
      this.pyramid = new Pyramid(() => this.redraw());
      this.pointers = new Map();
      this.hovered = -1;
      this.pinned = -1;
      this.marked = null;
      this.attach();
      this.go(this.view.whole(), false);
    }

    attach() {
      new ResizeObserver(() => this.resized()).observe(this.canvas);
      this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.canvas.addEventListener("pointerdown", (event) => this.down(event));
      this.canvas.addEventListener("pointermove", (event) => this.move(event));
      for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, (event) => this.up(event));
      this.canvas.addEventListener("pointerleave", () => { if (!this.pointers.size) this.hover(-1); });
      this.canvas.addEventListener("dblclick", (event) => this.go(this.view.zoomed(2.5, ...this.spot(event))));
      document.addEventListener("keydown", (event) => this.key(event));
      element("in").addEventListener("click", () => this.go(this.view.zoomed(2)));
      element("out").addEventListener("click", () => this.go(this.view.zoomed(0.5)));
      element("whole").addEventListener("click", () => this.go(this.view.whole()));
      element("close").addEventListener("click", () => this.unpin());
      element("uses").addEventListener("click", () => this.toggleUses());
      element("find").addEventListener("input", (event) => this.find(event.target.value));
    }

    resized() {
      const atWhole = Math.abs(this.view.scale / this.view.whole().scale - 1) < 1e-6;
      const middle = this.view.point(this.view.width / 2, this.view.height / 2);
      this.view.resize();
      const { scale, width, height } = this.view;
      this.go(atWhole ? this.view.whole()
        : this.view.kept({ scale, x: middle[0] - width / scale / 2, y: middle[1] - height / scale / 2 }), false);
    }

    go(place, smooth = true) {
      cancelAnimationFrame(this.moving);
      if (!smooth || still.matches) { Object.assign(this.view, place); this.redraw(); return; }
      const from = { scale: this.view.scale, x: this.view.x, y: this.view.y };
      const middle = (each) => [each.x + this.view.width / each.scale / 2, each.y + this.view.height / each.scale / 2];
      const [start, end, began] = [middle(from), middle(place), performance.now()];
      const step = (now) => {
        const share = clamp((now - began) / 220, 0, 1), eased = 1 - (1 - share) ** 3;
        const scale = from.scale * (place.scale / from.scale) ** eased;
        // The same fixed point all the way: the middle moves as the size of the view does.
        const along = Math.abs(place.scale - from.scale) < 1e-9 ? eased
          : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / place.scale);
        const [x, y] = [0, 1].map((axis) => start[axis] + (end[axis] - start[axis]) * along);
        Object.assign(this.view, { scale, x: x - this.view.width / scale / 2, y: y - this.view.height / scale / 2 });
        this.redraw();
        if (share < 1) this.moving = requestAnimationFrame(step);
      };
      this.moving = requestAnimationFrame(step);
    }

    redraw() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
    }

    draw() {
      const { context, view } = this;
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      context.imageSmoothingQuality = "high";
      this.pyramid.draw(context, view);
      if (this.marked) this.drawMarked();
      for (const cell of [this.pinned, this.pinned < 0 ? this.hovered : -1]) if (cell >= 0) this.outline(cell);
    }

    // What is not marked is darkened: a dark layer with holes. Many holes one by one are faster than one path of all.
    drawMarked() {
      const { context, view } = this, place = (x, y) => view.pixel(x, y), [left, top, right, bottom] = view.visible();
      const shown = this.marked.filter((cell) => {
        const [x, y, width, height] = this.cells.box(cell);
        return x < right && y < bottom && x + width > left && y + height > top;
      });
      this.layer ??= document.createElement("canvas");
      this.layer.width = this.canvas.width;
      this.layer.height = this.canvas.height;
      const holes = this.layer.getContext("2d"), [x0, y0] = view.pixel(0, 0), [x1, y1] = view.pixel(...data.size);
      holes.fillStyle = "rgb(0 0 0 / 0.66)";
      holes.fillRect(x0, y0, x1 - x0, y1 - y0);
      holes.globalCompositeOperation = "destination-out";
      holes.fillStyle = "#000";
      for (const cell of shown) {
        if (this.cells.shape === "hexagon") {
          holes.beginPath();
          this.cells.trace(holes, cell, place);
          holes.fill();
        } else {
          const [x, y, width, height] = this.cells.box(cell), [across, down] = view.pixel(x, y).map(Math.round);
          const [endX, endY] = view.pixel(x + width, y + height).map(Math.round);
          holes.fillRect(across, down, endX - across, endY - down);
        }
      }
      context.drawImage(this.layer, 0, 0);
      if (shown.length && shown.length <= 500) this.outlineMarked(shown, place);
    }

    outlineMarked(shown, place) {
      const { context, view } = this, [x0, y0] = view.pixel(0, 0), [x1, y1] = view.pixel(...data.size);
      context.save();
      context.beginPath();
      context.rect(x0, y0, x1 - x0, y1 - y0);
      context.clip(); // cells at the edges reach beyond the mosaic
      context.beginPath();
      for (const cell of shown) this.cells.trace(context, cell, place);
      context.strokeStyle = "#fff";
      context.lineWidth = Math.max(1, view.ratio);
      context.stroke();
      context.restore();
    }

    outline(cell) {
      const { context, view } = this;
      context.save();
      context.beginPath();
      this.cells.trace(context, cell, (x, y) => view.pixel(x, y));
      context.lineJoin = "round";
      for (const [colour, width] of [["rgb(0 0 0 / 0.75)", 5], ["#fff", 2.5]]) {
        context.strokeStyle = colour;
        context.lineWidth = width * view.ratio;
        context.stroke();
      }
      context.restore();
    }

    spot(event) {
      const box = this.canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    }

    cellAt(left, top) {
      const [x, y] = this.view.point(left, top);
      return x < 0 || y < 0 || x >= data.size[0] || y >= data.size[1] ? -1 : this.cells.at(x, y);
    }

    wheel(event) {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 400 : 1;
      const factor = Math.exp(-clamp(event.deltaY * unit, -240, 240) * (event.ctrlKey ? 0.01 : 0.0022));
      this.go(this.view.zoomed(factor, ...this.spot(event)), false);
      if (event.pointerType !== "touch") this.hover(this.cellAt(...this.spot(event)), this.spot(event));
    }

    down(event) {
      if (event.button) return;
      cancelAnimationFrame(this.moving);
      this.canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, this.spot(event));
      if (this.pointers.size === 1) { this.pressed = this.spot(event); this.dragged = false; } else this.dragged = true;
    }

    move(event) {
      const now = this.spot(event), before = this.pointers.get(event.pointerId);
      if (!before) {
        if (event.pointerType === "mouse") this.hover(this.cellAt(...now), now);
        return;
      }
      if (!this.dragged && Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) < 6) return;
      this.dragged = true;
      this.canvas.classList.add("dragging");
      this.hover(-1);
      const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, spot]) => spot);
      this.pointers.set(event.pointerId, now);
      if (others.length) this.pinch(others[0], before, now);
      else this.go(this.view.moved(before[0] - now[0], before[1] - now[1]), false);
    }

    pinch(other, before, now) {
      const apart = (spot) => Math.max(1, Math.hypot(spot[0] - other[0], spot[1] - other[1]));
      const middle = (spot) => [(spot[0] + other[0]) / 2, (spot[1] + other[1]) / 2];
      const [from, to] = [middle(before), middle(now)];
      Object.assign(this.view, this.view.moved(from[0] - to[0], from[1] - to[1]));
      this.go(this.view.zoomed(apart(now) / apart(before), ...to), false);
    }

    up(event) {
      const known = this.pointers.delete(event.pointerId);
      if (this.pointers.size) return;
      this.canvas.classList.remove("dragging");
      if (known && !this.dragged && event.type === "pointerup") this.pin(this.cellAt(...this.spot(event)), this.spot(event));
    }

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") { this.escape(); return; }
      if (event.target.closest?.("input") || (event.key === "Enter" && event.target.closest?.("button"))) return;
      const step = 0.15 * Math.min(this.view.width, this.view.height);
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      const middle = [this.view.width / 2, this.view.height / 2];
      if (moves[event.key]) this.go(this.view.moved(...moves[event.key]), false);
      else if (event.key === "+" || event.key === "=") this.go(this.view.zoomed(1.6));
      else if (event.key === "-") this.go(this.view.zoomed(1 / 1.6));
      else if (event.key === "0" || event.key === "Home") this.go(this.view.whole());
      else if (event.key === "Enter") this.pin(this.cellAt(...middle), middle);
      else return;
      event.preventDefault();
    }

    escape() {
      if (this.pinned >= 0) this.unpin();
      else if (this.marked) { element("find").value = ""; this.mark(null); }
      this.hover(-1);
    }

    hover(cell, spot) {
      if (cell === this.hovered) return;
      this.hovered = cell;
      if (this.pinned < 0) this.show(cell, spot);
      this.redraw();
    }

    pin(cell, spot) {
      if (cell < 0 || cell === this.pinned) { this.unpin(); return; }
      this.pinned = cell;
      this.show(cell, spot);
      this.uncover(cell);
      this.redraw();
    }

    // Where the card is as wide as the screen, the tile comes out from under it.
    uncover(cell) {
      const card = element("card").getBoundingClientRect(), stage = this.canvas.getBoundingClientRect();
      const [, y, , height] = this.cells.box(cell), free = card.top - stage.top;
      const bottom = (y + height - this.view.y) * this.view.scale;
      if (card.width < stage.width || bottom < free) return;
      const middle = (y + height / 2 - this.view.y) * this.view.scale;
      this.go({ scale: this.view.scale, x: this.view.x, y: this.view.y + (middle - free / 2) / this.view.scale });
    }

    unpin() {
      this.pinned = -1;
      if (element("uses").getAttribute("aria-pressed") === "true") this.toggleUses();
      this.show(-1);
      this.redraw();
    }

    // The card is on the side away from the tile.
    show(cell, spot) {
      const card = element("card");
      card.hidden = cell < 0;
      card.classList.toggle("pinned", this.pinned >= 0);
      if (cell < 0) return;
      if (spot) card.classList.toggle("left", spot[0] > this.view.width * 0.55);
      const photo = this.photoOf[cell], [name, width, height, date] = data.photos[photo];
      element("frame").style.aspectRatio = width && height ? String(clamp(width / height, 1, 2.2)) : "";
      element("photo").src = `photos/${photo}.jpg`;
      element("photo").alt = name;
      element("name").textContent = name;
      element("facts").textContent = [width ? `${width} × ${height} px` : "", date].filter(Boolean).join(" · ");
      const count = this.uses[photo];
      element("uses").textContent = count === 1 ? "Used once" : this.pinned < 0 ? `Used ${counted(count, "time")}` : `Show all ${counted(count, "use")}`;
      if (element("uses").getAttribute("aria-pressed") === "true") this.mark((each) => each === photo);
    }

    toggleUses() {
      const button = element("uses"), on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      const photo = this.photoOf[this.pinned];
      if (on && this.pinned >= 0) this.mark((each) => each === photo);
      else this.find(element("find").value);
    }

    find(text) {
      const wanted = text.trim().toLowerCase(), found = new Set();
      data.photos.forEach(([name], photo) => { if (wanted && name.toLowerCase().includes(wanted)) found.add(photo); });
      this.mark(found.size ? (photo) => found.has(photo) : null);
      const note = element("found");
      note.hidden = !wanted;
      const tiles = this.marked ? this.marked.length : 0;
      note.textContent = found.size ? `${counted(found.size, "photo")} on ${counted(tiles, "tile")}` : "No photo has this name";
    }

    mark(chosen) {
      this.marked = null;
      if (chosen) {
        this.marked = [];
        this.photoOf.forEach((photo, cell) => { if (chosen(photo)) this.marked.push(cell); });
      } else element("found").hidden = true;
      this.redraw();
    }
  }

  window.viewer = new Viewer();
})();
