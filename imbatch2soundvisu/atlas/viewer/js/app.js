// Starts the map of the page and connects its parts.

import { file, knowOriginals } from "atlas/data";
import { byId, element, later } from "atlas/elements";
import { AtlasMap } from "atlas/map";
import { connect } from "atlas/input";
import { connectKeys } from "atlas/keys";
import { Labels } from "atlas/labels";
import { Filters } from "atlas/filters";
import { Drawer } from "atlas/drawer";
import { Panel } from "atlas/panel";
import { Selection } from "atlas/selection";
import { Player } from "atlas/player";
import { Overlay } from "atlas/overlay";
import { Matches } from "atlas/matches";
import { Minimap } from "atlas/minimap";
import { keepLink, readLink } from "atlas/links";
import { keepState } from "atlas/widget";

async function start() {
  const manifest = await file("atlas"), given = readLink();
  await knowOriginals(manifest);
  document.title = byId("title").textContent = manifest.title;
  document.body.classList.toggle("embed", new URLSearchParams(location.search).has("embed"));
  const frame = byId("frame");
  const map = new AtlasMap({ frame, canvas: byId("canvas"), photos: byId("photos") }, manifest);
  new Labels(map, byId("labels"));
  const filters = new Filters(map), drawer = new Drawer(filters);
  const panel = new Panel(map, filters, { onTag: (tag) => drawer.choose("tag", tag) });
  const selection = new Selection(map, frame, filters), player = new Player(map, panel);
  new Overlay(map, byId("over"), { player, selection, panel });
  new Minimap(map, byId("minimap"));
  new Matches(map, filters);
  connect(map, frame, {
    isBusy: () => selection.isBusy,
    onClick: (image, event) => {
      if (image < 0) panel.close();
      else if (event.shiftKey) selection.toggle(image);
      else panel.show(image);
    },
  });
  connectKeys(map, {
    player, close: () => closeInnermost({ selection, panel }), onEnter: (image) => (image < 0 ? panel.close() : panel.show(image)),
  });
  map.marked = () => [player.mode === "idle" ? -1 : player.lit, panel.image];
  layoutMenu(map);
  const measure = keepInsets(map);
  for (const event of ["layout", "drawer"]) map.addEventListener(event, measure);
  buttons({ map, filters, drawer, panel, selection, player });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.themeChanged());
  globalThis.atlas = { map, manifest, filters, selection, panel, player };
  byId("matching").textContent = manifest.counted;
  const first = given.order ? await filters.orderBy(given.order) : undefined;
  await map.open(first ?? Math.min(given.layout || 0, manifest.layouts.length - 1), given.view);
  await restore(given, globalThis.atlas);
  measure();
  if (given.view) map.camera.set(given.view);
  map.redraw();
  drawer.build();
  keepLink(globalThis.atlas);
  keepState({ map, filters, selection, drawer });
  globalThis.atlas.isReady = true;
}

/** Keep the whole map clear of the bars of the page, as they are now. */
function keepInsets(map) {
  const frame = byId("frame"), bars = { top: document.querySelector("header"), bottom: byId("player") };
  const measure = () => {
    document.body.style.setProperty("--top", `${bars.top.offsetTop + bars.top.offsetHeight + 8}px`);
    const wide = frame.clientWidth > 640, box = (bar) => (bar.hidden ? 0 : bar.getBoundingClientRect().height + 20);
    map.camera.insets = {
      top: box(bars.top), bottom: wide ? box(bars.bottom) : Math.max(...[bars.bottom, byId("panel"), byId("filters")].map(box)),
      left: wide && !byId("filters").hidden ? byId("filters").offsetWidth + 12 : 0,
      right: wide && !byId("panel").hidden ? byId("panel").offsetWidth + 12 : 0,
    };
  };
  const observer = new ResizeObserver(measure);
  for (const bar of [bars.top, bars.bottom, byId("filters"), byId("panel")]) observer.observe(bar);
  measure();
  return measure;
}

async function restore(given, { map, filters, selection, panel, player }) {
  given.tags.forEach((name) => filters.chosen.tag.add(name));
  given.categories.forEach((name) => filters.chosen.category.add(name));
  given.clusters.forEach((name) => filters.chosen.cluster.add(name));
  const known = new Set(["date", ...map.manifest.features.map((each) => each.name)]); // the link may be of another map
  for (const [name, range] of Object.entries(given.ranges)) if (known.has(name)) filters.ranges[name] = range;
  byId("search").value = given.text;
  await filters.setText(given.text);
  if (given.selected.length) selection.set(given.selected.filter((image) => image < map.count));
  if (given.image >= 0 && given.image < map.count) await panel.show(given.image);
  if (given.isFiltering) toggle("filters", "filter");
  if (given.path >= 0 && given.path < map.manifest.paths.length) player.choose(given.path, given.seconds);
}

function layoutMenu(map) {
  const menu = byId("layouts");
  const list = () => menu.replaceChildren(...map.manifest.layouts.map((layout, i) => element("option", { value: i }, layout.name)));
  list();
  map.addEventListener("layouts", list);
  menu.addEventListener("change", () => map.showLayout(Number(menu.value)));
  map.addEventListener("layout", () => {
    menu.value = map.layout;
    byId("about").textContent = about(map.manifest.layouts[map.layout], map.at);
  });
}

/** How good a layout is, and what it leaves out, in a sentence. */
function about({ quality, notes }, { sorted, count }) {
  const said = [], left = count - sorted.length;
  if ("grid" in quality) said.push(`neighbours alike: ${quality.grid?.toFixed(2)} of 1, a random grid ${quality.random?.toFixed(2)}`);
  else if ("trustworthiness" in quality) said.push(`near images are alike: ${quality.trustworthiness?.toFixed(2)} of 1`);
  said.push(...notes.filter((note) => /not shown|placed/.test(note)));
  if (left && !said.some((each) => each.includes("not shown"))) said.push(`${left} of ${count} images ${left === 1 ? "is" : "are"} not shown in this layout`);
  return said.join(" · ");
}

function buttons({ map, filters, drawer, panel, selection, player }) {
  const search = byId("search");
  search.addEventListener("input", later(200, () => filters.setText(search.value)));
  byId("clear").addEventListener("click", () => {
    search.value = "";
    filters.clear();
    drawer.build();
  });
  byId("filter").addEventListener("click", () => toggle("filters", "filter"));
  byId("filters-close").addEventListener("click", () => toggle("filters", "filter"));
  byId("whole").addEventListener("click", () => map.fit());
  byId("random").addEventListener("click", () => {
    const shown = [...map.opacities.keys()].filter((i) => map.opacities[i] > 0.5 && !Number.isNaN(map.at.points[2 * i]));
    if (!shown.length) return;
    const image = shown[Math.floor(Math.random() * shown.length)];
    map.flyToImage(image, 0.4, 1600);
    panel.show(image);
  });
  byId("help-open").addEventListener("click", () => byId("help").showModal());
  byId("more").addEventListener("click", () => {
    byId("more").setAttribute("aria-expanded", String(document.querySelector("header").classList.toggle("open")));
  });
}

/** Close the innermost thing that is open: tool, menu, image, filters, selection. */
function closeInnermost({ selection, panel }) {
  const header = document.querySelector("header");
  if (selection.isBusy) selection.use("pan");
  else if (header.classList.contains("open")) byId("more").click();
  else if (!byId("panel").hidden) panel.close();
  else if (!byId("filters").hidden) toggle("filters", "filter");
  else if (selection.images.size) selection.set([]);
  else return false;
  return true;
}

function toggle(id, button) {
  const box = byId(id), { map } = globalThis.atlas, wasFitted = map.camera.isFitted();
  box.hidden = !box.hidden;
  map.emit("drawer");
  if (wasFitted) map.fit(); // the drawer does not cover it
  byId(button).setAttribute("aria-expanded", String(!box.hidden));
}

start().catch((error) => {
  const line = byId("problem");
  line.textContent = `The map cannot be shown: ${error.message}`;
  line.hidden = false;
  console.error(error);
});
