// The drawer of filters: text, tags, category, clusters, dates and features.

import { byId, element, shown } from "atlas/elements";
import { histogram } from "atlas/histogram";
import { treemap } from "atlas/treemap";

const TAGS = 32, LISTED = 60, DAY = 86400000;

const year = (days) => String(new Date(days * DAY).getUTCFullYear());

export class Drawer {
  constructor(filters) {
    this.filters = filters;
    this.box = byId("filters");
    this.feature = filters.map.manifest.features[0]?.name;
    filters.addEventListener("change", () => this.update());
    this.build();
  }

  async build() {
    const { filters } = this, manifest = filters.map.manifest, parts = [];
    const counts = filters.tagCounts().slice(0, TAGS);
    if (counts.length) parts.push(this.section("Tags", treemap(counts, (name) => filters.chosen.tag.has(name), (name) => this.choose("tag", name))));
    for (const [group, title] of [["category", "Category"], ["cluster", "Clusters"]]) {
      const found = filters.groupCounts(group);
      if (found.length > 1) parts.push(this.section(title, this.list(group, found)));
    }
    if (filters.days.some(Number.isFinite)) {
      parts.push(this.section("Date", histogram(filters.days, {
        label: "date", format: year, range: filters.ranges.date, onRange: (range) => filters.setRange("date", range),
      })));
    }
    if (manifest.features.length) parts.push(this.section("Feature", await this.features()));
    this.box.querySelector(".inside").replaceChildren(...parts);
    this.update();
  }

  section(title, ...children) {
    return element("section", {}, element("h2", {}, title), ...children);
  }

  list(group, counts) {
    const box = element("div", { className: "choices" });
    for (const [name, count] of counts.slice(0, LISTED)) {
      box.append(element("button", {
        type: "button", "aria-pressed": String(this.filters.chosen[group].has(name)), onclick: () => this.choose(group, name),
      }, name || "(empty)", element("small", {}, String(count))));
    }
    return box;
  }

  async features() {
    const { filters } = this, manifest = filters.map.manifest, box = element("div");
    const menu = element("select", { "aria-label": "feature", onchange: () => { this.feature = menu.value; this.build(); } });
    for (const each of manifest.features) menu.append(element("option", { value: each.name, selected: each.name === this.feature }, each.name));
    const values = await filters.valuesOf(this.feature), about = manifest.features.find((each) => each.name === this.feature);
    box.append(menu, element("p", { className: "quiet" }, about.description || ""), histogram(values, {
      label: this.feature, format: (value) => `${shown(value)} ${about.unit || ""}`.trim(), range: filters.ranges[this.feature],
      onRange: (range) => filters.setRange(this.feature, range),
    }));
    return box;
  }

  async choose(group, name) {
    await this.filters.toggle(group, name);
    this.build();
  }

  update() {
    const { filters } = this, total = filters.map.count;
    byId("matching").textContent = filters.isActive ? `${filters.count} of ${total} images` : `${total} images`;
    byId("clear").hidden = !filters.isActive;
  }
}
