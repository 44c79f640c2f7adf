// Files beside the page. In the widget of a notebook there are none: the widget hands them over.

const KINDS = { js: "text/javascript", jpg: "image/jpeg", m4a: "audio/mp4" };

/** Whether a widget shows this page, as the text of a frame; no other site can make it one. */
export const inWidget = location.href.split("#")[0] === "about:srcdoc" && parent !== window;

const asked = new Map();

/** The port to the widget. It comes once, from the page around this one. */
export const widget = new Promise((done) => {
  if (!inWidget) return;
  addEventListener("message", function first(event) {
    if (event.source !== parent || event.data !== "atlas" || event.ports.length !== 1) return;
    removeEventListener("message", first);
    const [port] = event.ports;
    port.addEventListener("message", ({ data }) => {
      asked.get(data.id)?.(data.bytes);
      asked.delete(data.id);
    });
    port.start();
    done(port);
  });
});

/** Return a promise of the address of a file beside the page. */
export async function addressOf(path) {
  if (!inWidget) return path;
  const port = await widget, id = asked.size ? Math.max(...asked.keys()) + 1 : 1;
  const bytes = await new Promise((done) => {
    asked.set(id, done);
    port.postMessage({ id, path });
  });
  if (!bytes) throw new Error(`${path} cannot be read`);
  return URL.createObjectURL(new Blob([bytes], { type: KINDS[path.split(".").pop()] }));
}

/** Let an element load a file beside the page. */
export async function load(element, path) {
  if (!inWidget) {
    element.src = path;
    return;
  }
  try {
    const address = element.src = await addressOf(path);
    for (const name of ["load", "error"]) element.addEventListener(name, () => URL.revokeObjectURL(address), { once: true });
  } catch {
    element.dispatchEvent(new Event("error"));
  }
}
