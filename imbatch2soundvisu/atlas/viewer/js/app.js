// Starts the map of the page.

import { file } from "atlas/data";
import { AtlasMap } from "atlas/map";
import { connect } from "atlas/input";
import { Labels } from "atlas/labels";

const byId = (id) => document.getElementById(id);

async function start() {
  const manifest = await file("atlas");
  document.title = manifest.title;
  const frame = byId("frame");
  const map = new AtlasMap({ frame, canvas: byId("canvas"), photos: byId("photos") }, manifest);
  new Labels(map, byId("labels"));
  connect(map, frame, { onClick: (image) => image >= 0 && map.flyToImage(image) });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.themeChanged());
  globalThis.atlas = { map, manifest };
  await map.open(0);
}

start().catch((error) => {
  const line = byId("problem");
  line.textContent = `The map cannot be shown: ${error.message}`;
  line.hidden = false;
});
