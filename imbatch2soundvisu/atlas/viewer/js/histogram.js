// A histogram with two handles that choose a range.

import { element, later } from "atlas/elements";

const BINS = 40;

/** Return an element. `values` are numbers, NaN for none; `format` shows one; `onRange(range or undefined)` is called. */
export function histogram(values, { label, format, range, onRange }) {
  const known = values.filter(Number.isFinite);
  if (!known.length) return element("p", { className: "quiet" }, `no image has a ${label}`);
  let low = Infinity, high = -Infinity;
  for (const value of known) { if (value < low) low = value; if (value > high) high = value; }
  const width = (high - low) / BINS || 1, counts = new Array(BINS).fill(0);
  for (const value of known) counts[Math.min(BINS - 1, Math.floor((value - low) / width))] += 1;
  const most = Math.max(...counts), bars = element("div", { className: "bars", "aria-hidden": "true" });
  for (const count of counts) {
    const bar = element("i");
    bar.style.height = `${count ? Math.max(4, (100 * count) / most) : 0}%`;
    bars.append(bar);
  }
  const at = range || [low, high], text = element("output");
  const handles = [0, 1].map((end) => element("input", {
    type: "range", min: 0, max: 1000, step: 1, value: ((at[end] - low) / (high - low || 1)) * 1000,
    "aria-label": `${label}, ${end ? "highest" : "lowest"}`, oninput: moved,
  }));
  const tell = later(60, (chosen, whole) => onRange(whole ? undefined : chosen));
  function moved(event) {
    let ends = handles.map((handle) => Number(handle.value));
    if (ends[0] > ends[1]) {
      if (event?.target === handles[0]) handles[1].value = ends[0]; else handles[0].value = ends[1];
      ends = handles.map((handle) => Number(handle.value));
    }
    const chosen = ends.map((end) => low + (end / 1000) * (high - low));
    text.textContent = `${format(chosen[0])} – ${format(chosen[1])}`;
    [...bars.children].forEach((bar, i) => bar.classList.toggle("out", (i + 1) * 25 <= ends[0] || i * 25 >= ends[1]));
    if (event) tell(chosen, ends[0] === 0 && ends[1] === 1000);
  }
  moved();
  return element("div", { className: "histogram" }, bars, ...handles, text);
}
