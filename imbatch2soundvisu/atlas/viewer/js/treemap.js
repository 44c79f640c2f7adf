// Tags as a treemap: an area for each, as large as its number of images (squarified: Bruls, Huizing and van Wijk 2000).

import { element } from "atlas/elements";

const WIDTH = 270, HEIGHT = 240, LINE = 13, LETTER = 6.4; // pixels: the box, a line, a letter
const LEAST = 8; // letters of a longer name that say something, with the ellipsis

/** Return an element of buttons; labels are cut with an ellipsis. `counts` are [name, count], descending. */
export function treemap(counts, isChosen, onChoose) {
  const box = element("div", { className: "treemap" });
  for (const [[name, count], [x, y, w, h]] of squarified(counts, 0, 0, 100, 100)) {
    const lines = Math.floor(((h / 100) * HEIGHT - 6) / LINE), letters = Math.floor(((w / 100) * WIDTH - 10) / LETTER);
    const words = (name || "(empty)").split(/\s+/), isLong = words.some((word) => word.length > letters);
    const isWide = letters >= (isLong ? Math.min(LEAST, words[0].length + 2) : words[0].length);
    const label = element("span", {}, name || "(empty)"), number = element("small", {}, String(count));
    label.style.webkitLineClamp = Math.max(1, lines - 1);
    label.classList.toggle("long", isLong);
    const button = element("button", {
      type: "button", title: `${name || "(empty)"}: ${count}`, "aria-label": `${name || "(empty)"}, ${count}`,
      "aria-pressed": String(isChosen(name)), onclick: () => onChoose(name),
    }, ...(isWide && lines > 0 ? [label, ...(lines > 1 ? [number] : [])] : []));
    Object.assign(button.style, { left: `${x}%`, top: `${y}%`, width: `${w}%`, height: `${h}%` });
    box.append(button);
  }
  return box;
}

function squarified(counts, x, y, w, h) {
  const total = counts.reduce((sum, each) => sum + each[1], 0), placed = [];
  let rest = counts.map(([name, count]) => [[name, count], (count / total) * w * h]);
  while (rest.length) {
    const side = Math.min(w, h);
    let length = 1;
    while (length < rest.length && worst(rest.slice(0, length + 1), side) <= worst(rest.slice(0, length), side)) length += 1;
    const row = rest.slice(0, length), area = row.reduce((sum, each) => sum + each[1], 0), depth = area / side;
    let along = 0;
    for (const [item, size] of row) {
      const share = size / depth;
      placed.push([item, w >= h ? [x, y + along, depth, share] : [x + along, y, share, depth]]);
      along += share;
    }
    if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
    rest = rest.slice(length);
  }
  return placed;
}

function worst(row, side) {
  const areas = row.map((each) => each[1]), sum = areas.reduce((a, b) => a + b, 0);
  return Math.max((side ** 2 * Math.max(...areas)) / sum ** 2, sum ** 2 / (side ** 2 * Math.min(...areas)));
}
