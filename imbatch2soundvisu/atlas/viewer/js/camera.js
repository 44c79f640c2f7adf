// What part of the map is seen: centre in images, and pixels for each image; animated towards a goal.

export class Camera {
  constructor() {
    this.x = 0; this.y = 0; this.scale = 20;
    this.width = 1; this.height = 1;
    this.bounds = { left: 0, top: 0, right: 1, bottom: 1 };
    this.goal = null;
    this.insets = { left: 0, top: 0, right: 0, bottom: 0 }; // what is covered by the bars of the page
  }

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toMap(left, top) {
    return [(left - this.width / 2) / this.scale + this.x, (top - this.height / 2) / this.scale + this.y];
  }

  /** Smallest scale: the whole map with a margin, also beside the bars of the page. */
  get least() {
    const { left, top, right, bottom } = this.bounds;
    const all = Math.min(this.width / (right - left + 2), this.height / (bottom - top + 2)) * 0.8;
    return Math.min(all, this.fitted().scale);
  }

  get most() {
    return Math.max(this.width, this.height) * 1.5;
  }

  fitted(margin = 1) {
    const { left, top, right, bottom } = this.bounds, [width, height] = this.free;
    const scale = Math.min(width / (right - left + 2 * margin), height / (bottom - top + 2 * margin), this.most);
    return this.centred({ x: (left + right) / 2, y: (top + bottom) / 2, scale });
  }

  /** Width and height of what the bars of the page leave. */
  get free() {
    const { left, top, right, bottom } = this.insets;
    return [Math.max(80, this.width - left - right), Math.max(80, this.height - top - bottom)];
  }

  /** The view that has a point in the middle of what the bars of the page leave. */
  centred({ x, y, scale: wanted = this.scale }) {
    const { left, top, right, bottom } = this.insets, scale = Math.min(wanted, this.most);
    return { x: x + (right - left) / 2 / scale, y: y + (bottom - top) / 2 / scale, scale };
  }

  /** Whether the view is that of the whole map, neither moved nor zoomed. */
  isFitted() {
    const { x, y, scale } = this.fitted();
    return !this.goal && Math.abs(this.scale / scale - 1) < 1e-3 && Math.hypot(this.x - x, this.y - y) * scale < 1;
  }

  /** Whether the whole map is in view. */
  seesAll() {
    const { left, top, right, bottom } = this.bounds, first = this.toScreen(left, top), last = this.toScreen(right, bottom);
    return first[0] >= -1 && first[1] >= -1 && last[0] <= this.width + 1 && last[1] <= this.height + 1;
  }

  clamped(view) {
    const { left, top, right, bottom } = this.bounds, { insets } = this, scale = Math.min(this.most, Math.max(this.least, view.scale));
    const across = 1 + Math.max(insets.left, insets.right) / 2 / scale, down = 1 + Math.max(insets.top, insets.bottom) / 2 / scale;
    return {
      x: Math.min(right + across, Math.max(left - across, view.x)), y: Math.min(bottom + down, Math.max(top - down, view.y)), scale,
    };
  }

  set(view) {
    this.goal = null;
    Object.assign(this, this.clamped({ x: this.x, y: this.y, scale: this.scale, ...view }));
  }

  /** Move to a view in so many milliseconds; zooms out and in again on long ways (van Wijk and Nuij 2003). */
  flyTo(view, milliseconds, now) {
    const goal = this.clamped({ x: this.x, y: this.y, scale: this.scale, ...view });
    if (milliseconds <= 0) return this.set(goal);
    this.goal = { from: { x: this.x, y: this.y, scale: this.scale }, to: goal, start: now, length: milliseconds };
    return undefined;
  }

  /** Advance an animation; return whether it goes on. */
  step(now) {
    if (!this.goal) return false;
    const { from, to, start, length } = this.goal;
    const share = Math.min(1, (now - start) / length);
    const eased = share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
    Object.assign(this, between(from, to, eased, Math.max(this.width, this.height)));
    if (share >= 1) {
      Object.assign(this, to);
      this.goal = null;
    }
    return true;
  }

  zoomAt(factor, left, top) {
    const [x, y] = this.toMap(left, top);
    const scale = Math.min(this.most, Math.max(this.least, this.scale * factor));
    this.set({ scale, x: x - (left - this.width / 2) / scale, y: y - (top - this.height / 2) / scale });
  }

  panBy(dx, dy) {
    this.set({ x: this.x - dx / this.scale, y: this.y - dy / this.scale });
  }
}

const BEND = 1.3;

function between(from, to, share, pixels) {
  const w0 = pixels / from.scale, w1 = pixels / to.scale;
  const dx = to.x - from.x, dy = to.y - from.y, distance = Math.hypot(dx, dy);
  if (distance < 1e-6 * Math.min(w0, w1) || !Number.isFinite(distance)) {
    const scale = from.scale * (to.scale / from.scale) ** share;
    return { x: from.x + dx * share, y: from.y + dy * share, scale };
  }
  const b = (w, sign) => (w1 ** 2 - w0 ** 2 + sign * BEND ** 4 * distance ** 2) / (2 * w * BEND ** 2 * distance);
  const r0 = Math.log(-b(w0, 1) + Math.sqrt(b(w0, 1) ** 2 + 1));
  const r1 = Math.log(-b(w1, -1) + Math.sqrt(b(w1, -1) ** 2 + 1));
  const way = (r1 - r0) / BEND, s = share * way;
  const u = (w0 / BEND ** 2) * (Math.cosh(r0) * Math.tanh(BEND * s + r0) - Math.sinh(r0));
  const w = (w0 * Math.cosh(r0)) / Math.cosh(BEND * s + r0);
  return { x: from.x + (dx * u) / distance, y: from.y + (dy * u) / distance, scale: pixels / w };
}
