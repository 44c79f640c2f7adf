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
    const { features, phrases } = filters.map.manifest;
    this.menus = [
      { title: "Similar to a phrase", label: "phrase", names: phrases, said: (name) => name.replace(/^like /, "") },
      { title: "Feature", label: "feature", names: features.map((each) => each.name).filter((name) => !phrases.includes(name)), said: (name) => name },
    ];
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
    for (const menu of this.menus) if (menu.names.length) parts.push(this.section(menu.title, await this.features(menu)));
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

  /** A menu of features, the histogram of the chosen one, and a button that sorts the map by it. */
  async features({ label, names, said }, chosen = names.find((name) => this.filters.ranges[name]) || names[0]) {
    const { filters } = this, box = element("div"), menu = element("select", { "aria-label": label });
    for (const name of names) menu.append(element("option", { value: name, selected: name === chosen }, said(name)));
    menu.onchange = async () => { box.replaceWith(await this.features({ label, names, said }, menu.value)); byId("filters").querySelector(`[aria-label="${label}"]`).focus(); };
    const values = await filters.valuesOf(chosen), about = filters.map.manifest.features.find((each) => each.name === chosen);
    const sort = element("button", { type: "button", title: "All images in rows by it, the highest first", onclick: () => this.sort(chosen) }, "Sort the map");
    box.append(element("div", { className: "sorting" }, menu, sort), element("p", { className: "quiet" }, about.description || ""), histogram(values, {
      label: chosen, format: (value) => `${shown(value)} ${about.unit || ""}`.trim(), range: filters.ranges[chosen],
      onRange: (range) => filters.setRange(chosen, range),
    }));
    return box;
  }

  async sort(name) {
    const { map } = this.filters;
    await map.showLayout(await this.filters.orderBy(name));
    map.fit();
  }

  async choose(group, name) {
    await this.filters.toggle(group, name);
    this.build();
  }

  update() {
    const { filters } = this, total = filters.map.count;
    byId("matching").textContent = filters.isActive ? `${filters.count} of ${total} images` : `${total} images`;
    byId("matching").classList.toggle("few", filters.isActive); // the line has no place for more
    byId("clear").hidden = !filters.isActive;
  }
}
