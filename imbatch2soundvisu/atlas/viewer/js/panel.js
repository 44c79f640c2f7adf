// The panel of one image: title, date, tags, values, pages of its item, most alike images, link.

import { file, imagePath, numbers, pictureOf, textsOf } from "atlas/data";
import { inWidget } from "atlas/files";
import { byId, element, shown } from "atlas/elements";

export class Panel {
  constructor(map, filters, { onTag }) {
    this.map = map; this.filters = filters; this.onTag = onTag;
    this.box = byId("panel");
    this.image = -1;
    byId("panel-close").addEventListener("click", () => this.close());
  }

  close() {
    this.image = -1;
    this.box.hidden = true;
    this.map.emit("image", -1);
  }

  async show(image) {
    this.image = image;
    const manifest = this.map.manifest, texts = await textsOf(manifest, image);
    if (this.image !== image) return;
    const inside = [
      element("a", inWidget ? {} : { href: imagePath(image), target: "_blank", rel: "noopener", title: "Open the image" },
        pictureOf(image, { alt: texts.title })),
      element("h1", {}, texts.title || texts.name),
    ];
    if (texts.title && texts.title !== texts.name) inside.push(element("p", { className: "quiet" }, texts.name));
    if (texts.date) inside.push(element("p", {}, texts.date));
    if (texts.text) inside.push(element("p", {}, texts.text));
    const tags = this.filters.tagsOf(image);
    if (tags.length) inside.push(element("p", { className: "tags" }, ...tags.map((tag) => element("button", { type: "button", onclick: () => this.onTag(tag) }, tag))));
    if (texts.link) inside.push(element("p", {}, element("a", { href: texts.link, target: "_blank", rel: "noopener noreferrer" }, "Open its page")));
    inside.push(await this.pages(image), await this.alike(image), await this.values(image, texts));
    if (this.image !== image) return;
    this.box.querySelector(".inside").replaceChildren(...inside.filter(Boolean));
    this.box.hidden = false;
    byId("status").textContent = texts.title || texts.name;
    this.map.emit("image", image);
  }

  async thumbnails(title, images) {
    const row = element("div", { className: "row" });
    for (const other of images) {
      const texts = await textsOf(this.map.manifest, other);
      row.append(element("button", { type: "button", "aria-label": texts.title || texts.name, onclick: () => { this.map.flyToImage(other, 0.35); this.show(other); } },
        pictureOf(other, { alt: "", loading: "lazy" })));
    }
    return element("section", {}, element("h2", {}, title), row);
  }

  async pages(image) {
    const item = this.map.manifest.items.find((each) => each.includes(image));
    return item ? this.thumbnails("Pages of this item", item) : null;
  }

  async alike(image) {
    const count = this.map.manifest.nearest;
    this.nearest ??= numbers(await file("nearest"), Int32Array);
    const found = [...this.nearest.subarray(image * count, (image + 1) * count)].filter((other) => other >= 0);
    return found.length ? this.thumbnails("Most alike", found) : null;
  }

  async values(image, texts) {
    const table = element("table");
    const add = (name, value) => table.append(element("tr", {}, element("th", {}, name), element("td", {}, value)));
    for (const group of ["category", "cluster"]) if (this.filters.nameOf(group, image)) add(group, this.filters.nameOf(group, image));
    for (const [name, value] of Object.entries(texts.columns)) if (isNews(name, value, texts)) add(name, value);
    for (const { name, unit } of this.map.manifest.features) {
      const value = name === "date" ? NaN : (await this.filters.valuesOf(name))[image]; // the date is that of the metadata
      if (Number.isFinite(value)) add(name, shown(value, unit));
    }
    return element("details", {}, element("summary", {}, "Values"), table);
  }
}

const PLACES = /^(grid_?)?(col|column|row|x|y)$/i; // in a table that was made for a map

/** Whether a column says more of an image than what is shown of it. */
function isNews(name, value, { name: file, title, date, link, text }) {
  const base = file.split("/").pop(), known = [file, base, base.replace(/\.[^.]*$/, ""), title, date, link, text];
  return !PLACES.test(name) && !/^file_?name$/i.test(name) && !known.includes(String(value).trim());
}
