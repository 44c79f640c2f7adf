// Where images are: points of a layout, and which of them are in a rectangle.

export class Places {
  constructor(points) {
    this.points = points;
    this.count = points.length / 2;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < this.count; i += 1) {
      const x = points[2 * i], y = points[2 * i + 1];
      if (Number.isNaN(x)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    this.bounds = left <= right ? { left, top, right, bottom } : { left: 0, top: 0, right: 1, bottom: 1 };
    this.index();
  }

  /** Images by square buckets of the map. */
  index() {
    const { left, top, right, bottom } = this.bounds;
    this.side = Math.max(1, Math.sqrt(((right - left + 1) * (bottom - top + 1)) / Math.max(1, this.count / 8)));
    this.columns = Math.floor((right - left) / this.side) + 1;
    this.rows = Math.floor((bottom - top) / this.side) + 1;
    const sizes = new Uint32Array(this.columns * this.rows + 1);
    const bucket = new Int32Array(this.count).fill(-1);
    for (let i = 0; i < this.count; i += 1) {
      if (Number.isNaN(this.points[2 * i])) continue;
      bucket[i] = this.bucketAt(this.points[2 * i], this.points[2 * i + 1]);
      sizes[bucket[i] + 1] += 1;
    }
    for (let i = 1; i < sizes.length; i += 1) sizes[i] += sizes[i - 1];
    this.starts = sizes;
    const next = Uint32Array.from(sizes);
    this.sorted = new Uint32Array(sizes[sizes.length - 1]);
    this.order = new Uint32Array(this.count); // all images, those without a place last
    let last = this.sorted.length;
    for (let i = 0; i < this.count; i += 1) {
      if (bucket[i] >= 0) this.sorted[next[bucket[i]]++] = i;
      else this.order[last++] = i;
    }
    this.order.set(this.sorted);
  }

  /** Parts of `order` with all images whose points are in a rectangle, and some around it: [first, end] of each. */
  ranges(left, top, right, bottom) {
    const first = this.bucketAt(left, top), last = this.bucketAt(right, bottom), found = [];
    const columns = [first % this.columns, last % this.columns];
    for (let row = Math.floor(first / this.columns); row <= Math.floor(last / this.columns); row += 1) {
      const begin = this.starts[row * this.columns + columns[0]], end = this.starts[row * this.columns + columns[1] + 1];
      if (end === begin) continue;
      if (found.length && found.at(-1)[1] === begin) found.at(-1)[1] = end;
      else found.push([begin, end]);
    }
    return found;
  }

  bucketAt(x, y) {
    const column = Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.bounds.left) / this.side)));
    const row = Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.bounds.top) / this.side)));
    return row * this.columns + column;
  }

  /** Images whose points are in a rectangle, at most so many. */
  within(left, top, right, bottom, most = Infinity) {
    const found = [];
    const first = this.bucketAt(left, top), last = this.bucketAt(right, bottom);
    const columns = [first % this.columns, last % this.columns];
    for (let row = Math.floor(first / this.columns); row <= Math.floor(last / this.columns); row += 1) {
      for (let column = columns[0]; column <= columns[1]; column += 1) {
        const at = row * this.columns + column;
        for (let k = this.starts[at]; k < this.starts[at + 1]; k += 1) {
          const image = this.sorted[k], x = this.points[2 * image], y = this.points[2 * image + 1];
          if (x >= left && x <= right && y >= top && y <= bottom) {
            found.push(image);
            if (found.length >= most) return found;
          }
        }
      }
    }
    return found;
  }
}

/** Pairs of numbers of images, in another order. */
export function pairs(values, order) {
  const found = new Float32Array(2 * order.length);
  for (let i = 0; i < order.length; i += 1) {
    found[2 * i] = values[2 * order[i]];
    found[2 * i + 1] = values[2 * order[i] + 1];
  }
  return found;
}
