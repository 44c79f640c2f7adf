// The widget of a map in a notebook: its page in a frame of its own origin, and messages between it and Python.

const NAMES = ["selected", "layout", "filters", "shown"];

function render({ model, el }) {
  const frame = document.createElement("iframe"), view = crypto.randomUUID();
  const { port1: port, port2 } = new MessageChannel();
  frame.title = "map";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox");
  frame.allow = "fullscreen; clipboard-write";
  frame.style.cssText = "width: 100%; border: 0; display: block";
  const resize = () => { frame.style.height = `${model.get("height")}px`; };
  resize();

  // Answers of Python: bytes of files that the page, or this view for the page, has asked for.
  const received = (message, buffers) => {
    if (message.view !== view) return;
    const bytes = buffers.length ? new Uint8Array(buffers[0].buffer, buffers[0].byteOffset, buffers[0].byteLength).slice() : null;
    if (message.id) port.postMessage({ id: message.id, bytes: bytes?.buffer }, bytes ? [bytes.buffer] : []);
    else if (bytes) frame.srcdoc = new TextDecoder().decode(bytes);
    else el.textContent = "The map is not there any more: run the session again.";
  };
  const changed = NAMES.slice(0, 3).map((name) => [`change:_${name}`, () => port.postMessage({ name, value: model.get(`_${name}`) })]);
  port.onmessage = ({ data }) => {
    if (data.path) model.send({ view, id: data.id, path: data.path });
    else if (data.name === "ready") changed.forEach(([, send]) => send());
    else if (NAMES.includes(data.name)) {
      model.set(`_${data.name}`, data.value);
      model.save_changes();
    }
  };
  frame.addEventListener("load", function connect() {
    if (!frame.srcdoc) return; // the empty frame
    frame.removeEventListener("load", connect);
    frame.contentWindow.postMessage("atlas", "*", [port2]); // its origin has no name; it listens to its parent only
  });
  model.on("msg:custom", received);
  model.on("change:height", resize);
  for (const [event, send] of changed) model.on(event, send);
  el.append(frame);
  model.send({ view, id: 0, path: "index.html" });
  return () => {
    model.off("msg:custom", received);
    model.off("change:height", resize);
    for (const [event, send] of changed) model.off(event, send);
    port.close();
  };
}

export default { render };
