// The keys of the page. They work wherever the focus is, except in fields that take text.

import { byId } from "atlas/elements";

const ZOOMS = { "+": 1.4, "=": 1.4, "-": 1 / 1.4, _: 1 / 1.4 };
const OWN = { // keys that an element with the focus keeps for itself
  "input[type=range]": ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"],
  select: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "Enter"],
  "#panel, #panel *, #filters, #filters *": ["ArrowUp", "ArrowDown", "Home", "End"], // they scroll
};

/** Let keys control the page. `close()` closes the innermost thing that is open, and returns whether there was one. */
export function connectKeys(map, { player, onEnter, close }) {
  const commands = commandsOf(map, player, onEnter, close);
  let isByTab = false, handled = "";
  addEventListener("pointerdown", () => { isByTab = false; }, true);
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key === "Tab") isByTab = true;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isText(target) && (key !== "Escape" || target.value)) return; // Escape empties the field first
    if (isText(target)) map.elements.frame.focus();
    if (isKept(key, target, isByTab) || commands(key, target) === false) return;
    handled = key;
    event.preventDefault();
  });
  addEventListener("keyup", (event) => { // a button is pressed when its key is released
    if (event.key === handled && event.key === " ") event.preventDefault();
    handled = "";
  });
}

const isText = (target) => Boolean(target.matches?.("textarea, input:not([type=range], [type=checkbox], [type=button])"));

/** A button keeps Enter, and Space where it got the focus by a key: after a click, Space is that of the page. */
function isKept(key, target, isByTab) {
  if (target.matches?.("button, summary, a, input[type=checkbox]") && (key === "Enter" || (key === " " && isByTab))) return true;
  return Object.entries(OWN).some(([selector, keys]) => keys.includes(key) && target.matches?.(selector));
}

function commandsOf(map, player, onEnter, close) {
  const { camera } = map, step = () => Math.min(camera.width, camera.height) / 6;
  const click = (id) => byId(id).click();
  const showNext = (by) => { const count = map.manifest.layouts.length; map.showLayout((map.wanted + count + by) % count); };
  const pan = (across, down) => { map.release(); camera.panBy(across * step(), down * step()); map.moved(); };
  const commands = {
    ArrowLeft: () => pan(1, 0), ArrowRight: () => pan(-1, 0), ArrowUp: () => pan(0, 1), ArrowDown: () => pan(0, -1),
    0: () => map.fit(), Home: () => map.fit(), Enter: () => onEnter(map.nearestTo(camera.width / 2, camera.height / 2)),
    Escape: close, "/": () => byId("search").focus(), r: () => click("random"), f: () => click("filter"),
    " ": () => (player.path ? click("play") : false), l: () => showNext(1), L: () => showNext(-1), "?": () => byId("help").showModal(),
  };
  return (key) => {
    if (ZOOMS[key]) return map.zoomBy(ZOOMS[key], camera.width / 2, camera.height / 2);
    return Object.hasOwn(commands, key) ? commands[key]() : false;
  };
}
