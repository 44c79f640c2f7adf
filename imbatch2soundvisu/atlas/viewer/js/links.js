// All state in the address: layout, view, filters, selection, image and path.

import { later } from "atlas/elements";
import { inWidget } from "atlas/files";

const SEPARATOR = ",";

/** State that the address says. */
export function readLink() {
  const given = new URLSearchParams(location.hash.slice(1)), state = { ranges: {}, tags: given.getAll("tag") };
  const number = (name) => (given.has(name) ? Number(given.get(name)) : undefined);
  const whole = (name) => (Number.isInteger(number(name)) && number(name) >= 0 ? number(name) : undefined);
  state.layout = whole("layout");
  if (["x", "y", "z"].every((name) => Number.isFinite(number(name)))) state.view = { x: number("x"), y: number("y"), scale: number("z") };
  state.order = given.get("order") || "";
  state.text = given.get("q") || "";
  state.categories = given.getAll("category");
  state.clusters = given.getAll("cluster");
  for (const each of given.getAll("range")) {
    const parts = each.split(":"), [low, high] = parts.splice(-2), name = parts.join(":");
    if (Number.isFinite(Number(low)) && Number.isFinite(Number(high))) state.ranges[name] = [Number(low), Number(high)];
  }
  state.selected = (given.get("select") || "").split(SEPARATOR).filter(Boolean).map(Number).filter((image) => Number.isInteger(image) && image >= 0);
  state.image = whole("image");
  state.path = whole("path");
  state.seconds = number("t") || 0;
  state.isFiltering = given.has("filters");
  return state;
}

/** Write the state into the address some time after each change; a widget has none. */
export function keepLink({ map, filters, selection, panel, player }) {
  if (inWidget) return;
  const write = later(250, () => {
    const said = new URLSearchParams(), round = (value) => String(Math.round(value * 1e5) / 1e5);
    const { orderedBy } = map.manifest.layouts[map.layout];
    if (orderedBy) said.set("order", orderedBy);
    else said.set("layout", map.layout);
    said.set("x", round(map.camera.x)); said.set("y", round(map.camera.y)); said.set("z", round(map.camera.scale));
    if (filters.text) said.set("q", filters.text);
    for (const [group, set] of Object.entries(filters.chosen)) for (const name of set) said.append(group, name);
    for (const [name, [low, high]] of Object.entries(filters.ranges)) said.append("range", `${name}:${round(low)}:${round(high)}`);
    if (selection.images.size && selection.images.size <= 2000) said.set("select", [...selection.images].join(SEPARATOR));
    if (panel.image >= 0) said.set("image", panel.image);
    if (!document.getElementById("filters").hidden) said.set("filters", "1");
    if (player.path) { said.set("path", player.number); said.set("t", round(player.time)); }
    try {
      history.replaceState(null, "", `#${said}`);
    } catch {
      location.replace(`#${said}`);
    }
  });
  for (const name of ["view", "layout", "selection", "image", "path", "drawer"]) map.addEventListener(name, write);
  filters.addEventListener("change", write);
  return write;
}
