// The drawer of filters: text, tags, category, clusters, dates and features.

import { Choices } from "atlas/choices";
import { byId, element, shown, shownDay } from "atlas/elements";
import { histogram } from "atlas/histogram";
import { treemap } from "atlas/treemap";

const TAGS = 20; // in the treemap; the list has all

export class Drawer {
  constructor(filters) {
    this.filters = filters;
    this.box = byId("filters");
    const { features, phrases } = filters.map.manifest;
    const useful = features.filter(({ name, low, high }) => name !== "date" && low < high).map((each) => each.name);
    this.menus = [
      { title: "Similar to a phrase", label: "phrase", names: useful.filter((name) => phrases.includes(name)), said: (name) => name.replace(/^like /, "") },
      { title: "Feature", label: "feature", names: useful.filter((name) => !phrases.includes(name)), said: (name) => name },
    ];
    this.lists = {};
    filters.addEventListener("change", () => this.update());
    this.build();
  }

  async build() {
    const { filters } = this, parts = [], counts = filters.tagCounts();
    if (counts.length) {
      const map = treemap(counts.slice(0, TAGS), (name) => filters.chosen.tag.has(name), (name) => this.choose("tag", name));
      parts.push(this.section("Tags", map, ...(counts.length > 1 ? [this.list("tag", "tags", counts)] : [])));
    }
    for (const [group, title] of [["category", "Categories"], ["cluster", "Clusters"]]) {
      const found = filters.groupCounts(group);
      if (found.length > 1) parts.push(this.section(title, this.list(group, title.toLowerCase(), found)));
    }
    const [low, high] = ends(filters.days);
    if (low < high) {
      parts.push(this.section("Date", histogram(filters.days, {
        label: "date", format: (days) => shownDay(days, high - low), range: filters.ranges.date, onRange: (range) => filters.setRange("date", range),
      })));
    }
    for (const menu of this.menus) if (menu.names.length) parts.push(this.section(menu.title, await this.features(menu)));
    let put = () => this.box.querySelector(".inside").replaceChildren(...parts);
    for (const list of Object.values(this.lists)) put = ((inner) => () => list.placed(inner))(put);
    put();
    this.update();
  }

  section(title, ...children) {
    return element("section", {}, element("h2", {}, title), ...children);
  }

  list(group, label, counts) {
    this.lists[group] ??= new Choices({
      label, counts, isChosen: (name) => this.filters.chosen[group].has(name), onChoose: (name) => this.choose(group, name),
    });
    return this.lists[group].element;
  }

  /** A menu of features, the histogram of the chosen one, and a button that sorts the map by it. */
  async features({ label, names, said }, chosen = names.find((name) => this.filters.ranges[name]) || names[0]) {
    const { filters } = this, box = element("div"), menu = element("select", { "aria-label": label });
    for (const name of names) menu.append(element("option", { value: name, selected: name === chosen }, said(name)));
    menu.onchange = async () => { box.replaceWith(await this.features({ label, names, said }, menu.value)); byId("filters").querySelector(`[aria-label="${label}"]`).focus(); };
    const values = await filters.valuesOf(chosen), about = filters.map.manifest.features.find((each) => each.name === chosen);
    const sort = element("button", { type: "button", title: "All images in rows by it, the highest first", onclick: () => this.sort(chosen) }, "Sort the map");
    box.append(element("div", { className: "sorting" }, menu, sort), element("p", { className: "quiet" }, about.description || ""), histogram(values, {
      label: chosen, format: (value) => shown(value, about.unit), range: filters.ranges[chosen],
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
    const key = keyOf(document.activeElement);
    await this.build();
    if (key) [...byId("filters").querySelectorAll("button")].find((each) => keyOf(each) === key)?.focus();
  }

  update() {
    const { filters } = this, total = filters.map.count;
    byId("matching").textContent = filters.isActive ? `${filters.count} of ${total} images` : `${total} images`;
    byId("matching").classList.toggle("few", filters.isActive); // the line has no place for more
    byId("clear").hidden = !filters.isActive;
  }
}

/** What a button of the drawer is known by when the drawer is built again. */
function keyOf(button) {
  const inside = button?.closest("#filters") && button.tagName === "BUTTON";
  return inside ? button.getAttribute("aria-label") || button.textContent : "";
}

/** The least and the greatest of some numbers; those that are none do not count. */
function ends(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
  return [low, high];
}
