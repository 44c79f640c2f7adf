// The page in a widget of a notebook: selection, layout and filters go to Python and come from there.

import { byId, later } from "atlas/elements";
import { inWidget, widget } from "atlas/files";

const DAY = 86400000, GROUPS = ["tag", "category", "cluster"];

/** Keep the state of the page and that of the widget the same. */
export async function keepState({ map, filters, selection, drawer }) {
  if (!inWidget) return;
  const port = await widget, sent = {};
  const states = { selected: () => [...selection.images].sort((a, b) => a - b), layout: () => (map.manifest.layouts[map.layout].orderedBy ? undefined : map.layout), filters: () => filtersOf(filters) };
  const tell = (name, value, text = JSON.stringify(value)) => {
    if (sent[name] === text) return;
    sent[name] = text;
    port.postMessage({ name, value });
  };
  const tellAll = () => {
    for (const [name, state] of Object.entries(states)) if (state() !== undefined) tell(name, state()); // a layout of the page itself has no number
    tell("shown", filters.isActive && filters.keep ? [...filters.keep.keys()].filter((image) => filters.keep[image]) : null);
  };
  const take = async ({ name, value }) => {
    if (!(name in states) || JSON.stringify(states[name]()) === JSON.stringify(value)) return;
    if (name === "selected") selection.set(value);
    else if (name === "layout") await map.showLayout(value);
    else await setFilters(filters, drawer, value);
  };
  let last = Promise.resolve();
  port.addEventListener("message", ({ data }) => { if (data.name) last = last.then(() => take(data)).then(tellAll); });
  for (const name of ["layout", "selection"]) map.addEventListener(name, later(60, () => last.then(tellAll)));
  filters.addEventListener("change", later(60, () => last.then(tellAll)));
  port.postMessage({ name: "ready" });
}

/** The filters as Python has them: {text, tag, category, cluster, date: ["1901-01-01", ...], <feature>: [low, high]}. */
function filtersOf({ text, chosen, ranges }) {
  const found = text ? { text } : {};
  for (const group of GROUPS) if (chosen[group].size) found[group] = [...chosen[group]].sort();
  for (const name of Object.keys(ranges).sort()) found[name] = name === "date" ? ranges[name].map(dateOf) : ranges[name];
  return found;
}

async function setFilters(filters, drawer, value) {
  filters.clear(false);
  for (const group of GROUPS) filters.chosen[group] = new Set(value[group] || []);
  for (const [name, range] of Object.entries(value)) {
    if (name !== "text" && !GROUPS.includes(name)) filters.ranges[name] = name === "date" ? range.map(dayOf) : range;
  }
  byId("search").value = value.text || "";
  await filters.setText(value.text || "");
  await drawer.build();
}

const dayOf = (text) => {
  const [year, month, day] = text.match(/^(-?\d+)-(\d+)-(\d+)$/).slice(1).map(Number);
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY;
};

function dateOf(days) {
  const date = new Date(days * DAY), two = (number) => String(number).padStart(2, "0");
  return `${String(date.getUTCFullYear()).padStart(4, "0")}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}
