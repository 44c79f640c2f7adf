// Sheets of thumbnails as pictures, in a worker: decoding and reducing one takes longer than a frame.

/** A sheet and its reductions to a half, a quarter ...: pictures, and from the level `pixelsFrom` on pixels. */
async function levelsOf(address, count, pixelsFrom) {
  const sheet = await (await fetch(address)).blob(), colorSpaceConversion = "none";
  const found = [await createImageBitmap(sheet, { colorSpaceConversion })];
  for (let level = 1; level < count; level += 1) {
    const { width, height } = found[level - 1];
    if (width < 2 || height < 2) break;
    const resizeWidth = Math.floor(width / 2), resizeHeight = Math.floor(height / 2);
    found.push(await createImageBitmap(found[level - 1], { resizeWidth, resizeHeight, resizeQuality: "medium", colorSpaceConversion }));
  }
  return found.map((picture, level) => (level < pixelsFrom ? picture : pixelsOf(picture)));
}

/** Pixels of a picture, four bytes each; the picture is closed. */
function pixelsOf(picture) {
  const { width, height } = picture, context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  picture.close();
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  context.canvas.width = context.canvas.height = 0; // the garbage collector does not see its memory
  return pixels;
}

const isWorker = typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope;
if (isWorker) {
  addEventListener("message", async ({ data: { number, address, count, pixelsFrom } }) => {
    try {
      const levels = await levelsOf(address, count, pixelsFrom);
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

/** Return a promise of a sheet and its reductions, ImageBitmaps and, from the level `pixelsFrom` on, Uint32Arrays. */
export function decoded(address, count, pixelsFrom) {
  if (worker === null) start();
  if (!worker) return levelsOf(address, count, pixelsFrom);
  return new Promise((resolve, reject) => {
    sent += 1;
    waiting.set(sent, { resolve, reject, asked: [address, count, pixelsFrom] });
    worker.postMessage({ number: sent, address, count, pixelsFrom });
  });
}
