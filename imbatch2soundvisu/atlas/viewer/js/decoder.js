// Sheets of thumbnails as pictures, in a worker: decoding and reducing one takes longer than a frame.

/** A sheet and its reductions to a half, a quarter ...: the first as a picture; the others as well, or as pixels. */
async function levelsOf(address, count, asPixels) {
  const sheet = await (await fetch(address)).blob(), colorSpaceConversion = "none";
  const found = [await createImageBitmap(sheet, { colorSpaceConversion })];
  for (let level = 1; level < count; level += 1) {
    const { width, height } = found[level - 1];
    if (width < 2 || height < 2) break;
    const resizeWidth = Math.floor(width / 2), resizeHeight = Math.floor(height / 2);
    found.push(await createImageBitmap(found[level - 1], { resizeWidth, resizeHeight, resizeQuality: "medium", colorSpaceConversion }));
  }
  return asPixels ? [found[0], ...found.slice(1).map(pixelsOf)] : found;
}

/** Pixels of a picture, four bytes each; the picture is closed. */
function pixelsOf(picture) {
  const { width, height } = picture, context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  picture.close();
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
}

const isWorker = typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope;
if (isWorker) {
  addEventListener("message", async ({ data: { number, address, count, asPixels } }) => {
    try {
      const levels = await levelsOf(address, count, asPixels);
      postMessage({ number, levels }, levels.map((level) => level.buffer ?? level));
    } catch (error) {
      postMessage({ number, problem: error.message });
    }
  });
}

const waiting = new Map();
let worker = null, sent = 0;

/** Start the worker; a browser that has none for a page from disk decodes beside the drawing. */
function start() {
  try {
    worker = new Worker(import.meta.resolve("atlas/decoder"), { type: "module" });
  } catch {
    worker = undefined;
    return;
  }
  worker.onmessage = ({ data: { number, levels, problem } }) => {
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    if (problem) reject(new Error(problem)); else resolve(levels);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    worker = undefined;
    for (const { resolve, asked } of waiting.values()) resolve(levelsOf(...asked));
    waiting.clear();
  };
}

/** Return a promise of a sheet and its reductions; `asPixels`: the reductions as Uint32Arrays. */
export function decoded(address, count, asPixels) {
  if (worker === null) start();
  if (!worker) return levelsOf(address, count, asPixels);
  return new Promise((resolve, reject) => {
    sent += 1;
    waiting.set(sent, { resolve, reject, asked: [address, count, asPixels] });
    worker.postMessage({ number: sent, address, count, asPixels });
  });
}
