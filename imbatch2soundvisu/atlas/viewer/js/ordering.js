// Layouts that the page makes itself: all images in rows by a value, the highest first.

import { shown } from "atlas/elements";

/** Return a layout for a manifest and its points; images without a value come last. */
export function orderedBy(name, values, unit = "") {
  const known = (image) => Number.isFinite(values[image]), images = [...values.keys()], rank = (image) => (known(image) ? values[image] : -Infinity);
  images.sort((a, b) => rank(b) - rank(a) || a - b);
  const columns = Math.max(1, Math.ceil(Math.sqrt(1.5 * images.length))), points = new Float32Array(2 * images.length);
  images.forEach((image, at) => {
    points[2 * image] = at % columns;
    points[2 * image + 1] = Math.floor(at / columns);
  });
  const count = images.filter(known).length, labels = [];
  for (const [word, at] of count ? [["highest", 0], ["lowest", count - 1]] : []) {
    const image = images[at];
    labels.push([`${word}: ${shown(values[image], unit)}`, points[2 * image], points[2 * image + 1] - 0.5, 1]);
  }
  return { layout: { name: `by ${name}`, labels, quality: {}, notes: [], spaced: true, orderedBy: name }, points };
}
