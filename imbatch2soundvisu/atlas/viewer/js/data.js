// Data of the map: scripts that call atlasData(name, value), loaded when they are needed.

import { element } from "atlas/elements";
import { load } from "atlas/files";

const waiting = new Map();
const loaded = new Map();

// Files may have been loaded before this module runs: they are in window.atlasFiles then.
function receive(name, value) {
  loaded.set(name, value);
  const entry = waiting.get(name);
  if (entry) entry.resolve(value);
}

globalThis.atlasData = receive;
for (const [name, value] of globalThis.atlasFiles || []) receive(name, value);

/** Return a promise of the value of a data file. */
export function file(name) {
  if (loaded.has(name)) return Promise.resolve(loaded.get(name));
  if (waiting.has(name)) return waiting.get(name).promise;
  const entry = {};
  entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
  waiting.set(name, entry);
  const script = document.createElement("script");
  script.onload = () => {
    script.remove();
    waiting.delete(name);
    if (!loaded.has(name)) entry.reject(new Error(`data/${name}.js has no data`));
  };
  script.onerror = () => {
    script.remove();
    waiting.delete(name);
    entry.reject(new Error(`data/${name}.js cannot be loaded. This page needs the whole folder it was in: copy that, with its folder data.`));
  };
  load(script, `data/${name}.js`);
  document.head.append(script);
  return entry.promise;
}

/** Forget a data file, so that its memory can be freed. */
export function forget(name) {
  loaded.delete(name);
}

/** Numbers of a base64 text as a typed array. */
export function numbers(text, Type) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return new Type(bytes.buffer);
}

const TEXTS_HELD = 6; // files of texts
let held = [];

/** Return a promise of a file of texts; few are held, since many images have long ones. */
export function textFile(chunk) {
  held = [chunk, ...held.filter((each) => each !== chunk)];
  for (const each of held.splice(TEXTS_HELD)) forget(`texts-${each}`);
  return file(`texts-${chunk}`);
}

/** Texts of an image: {name, title, date, link, text, columns}. */
export async function textsOf(manifest, image) {
  const texts = await textFile(Math.floor(image / manifest.chunk));
  const row = image % manifest.chunk;
  const columns = {};
  for (const [name, values] of Object.entries(texts.columns)) if (values[row]) columns[name] = values[row];
  return {
    name: texts.names[row], title: texts.titles[row], date: texts.dates[row], link: texts.links[row],
    text: texts.texts[row], columns,
  };
}

/** An element that shows the large file of an image. */
export function pictureOf(image, attributes) {
  const made = element("img", { decoding: "async", ...attributes });
  load(made, imagePath(image));
  return made;
}

let originals = []; // of images that are shown from where they are

/** Load where the images are, for a page that has no files of them. */
export async function knowOriginals(manifest) {
  if (manifest.linked) originals = await file("originals");
}

/** Path of the large file of an image. */
export function imagePath(image) {
  return originals[image] || `data/images/${Math.floor(image / 1000)}/${image}.jpg`;
}
