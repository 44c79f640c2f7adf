// Which images are shown: by tag, category, cluster, date, feature and text. What does not match fades.

import { file, numbers, textFile } from "atlas/data";

const FADED = 0.1;

export class Filters extends EventTarget {
  constructor(map) {
    super();
    this.map = map;
    const manifest = map.manifest;
    this.groups = {};
    if (manifest.categories) this.groups.category = { names: manifest.categories.names, codes: numbers(manifest.categories.codes, Int32Array) };
    if (manifest.clusters) this.groups.cluster = { names: manifest.clusters.names, codes: numbers(manifest.clusters.codes, Int32Array) };
    if (manifest.tags) {
      this.tags = {
        names: manifest.tags.names, starts: numbers(manifest.tags.starts, Uint32Array), codes: numbers(manifest.tags.codes, Uint32Array),
      };
    }
    this.days = numbers(manifest.dates, Float32Array);
    this.features = {};
    this.plain = []; // texts as they are searched, one list for each file
    this.clear(false);
  }

  clear(emit = true) {
    this.chosen = { tag: new Set(), category: new Set(), cluster: new Set() };
    this.ranges = {};
    this.text = "";
    this.found = null;
    if (emit) this.apply();
  }

  get isActive() {
    return Boolean(this.text || Object.keys(this.ranges).length || Object.values(this.chosen).some((set) => set.size));
  }

  tagsOf(image) {
    if (!this.tags) return [];
    const { names, starts, codes } = this.tags;
    return Array.from(codes.subarray(starts[image], starts[image + 1]), (code) => names[code]);
  }

  nameOf(group, image) {
    const { names, codes } = this.groups[group] || { names: [], codes: [] };
    return codes[image] >= 0 ? names[codes[image]] || "" : "";
  }

  toggle(group, name) {
    const set = this.chosen[group];
    if (!set.delete(name)) set.add(name);
    return this.apply();
  }

  /** Keep images whose value is in a range; undefined removes the range. "date" counts days. */
  async setRange(name, range) {
    if (range) this.ranges[name] = range;
    else delete this.ranges[name];
    await this.apply();
  }

  async setText(text) {
    this.text = text.trim();
    const asked = this.text, found = asked ? await this.search(asked) : null;
    if (asked !== this.text) return; // another search has begun
    this.found = found;
    await this.apply();
  }

  /** Which images have all words of a query in their texts; the page goes on drawing in between. */
  async search(query) {
    const { manifest } = this.map, words = plain(query).split(/\s+/).filter(Boolean), found = new Uint8Array(manifest.count);
    for (let chunk = 0; chunk * manifest.chunk < manifest.count && query === this.text; chunk += 1) {
      const texts = (this.plain[chunk] ??= plainTexts(await textFile(chunk)));
      texts.forEach((text, row) => {
        if (words.every((word) => text.includes(word))) found[chunk * manifest.chunk + row] = 1;
      });
      if (manifest.count > manifest.chunk) await new Promise((done) => setTimeout(done));
    }
    return found;
  }

  async valuesOf(name) {
    if (name === "date") return this.days;
    if (!this.features[name]) this.features[name] = numbers((await file("features"))[name], Float32Array);
    return this.features[name];
  }

  /** Return the number of the layout with all images by a feature; undefined for an unknown one. */
  async orderBy(name) {
    const about = this.map.manifest.features.find((each) => each.name === name);
    return about ? this.map.orderBy(name, await this.valuesOf(name), about.unit) : undefined;
  }

  async apply() {
    const count = this.map.count, keep = new Uint8Array(count).fill(1), turn = (this.turn = (this.turn || 0) + 1);
    for (const group of ["category", "cluster"]) this.keepGroup(group, keep);
    if (this.tags && this.chosen.tag.size) this.keepTags(keep);
    for (const [name, [low, high]] of Object.entries(this.ranges)) {
      const values = await this.valuesOf(name);
      for (let i = 0; i < count; i += 1) if (!(values[i] >= low && values[i] <= high)) keep[i] = 0;
    }
    if (turn !== this.turn) return; // the filters have changed since
    if (this.found) for (let i = 0; i < count; i += 1) if (!this.found[i]) keep[i] = 0;
    this.keep = keep;
    const opacities = new Float32Array(count);
    this.count = 0;
    for (let i = 0; i < count; i += 1) {
      this.count += keep[i];
      opacities[i] = keep[i] ? 1 : FADED;
    }
    this.map.setOpacities(opacities);
    this.dispatchEvent(new Event("change"));
  }

  keepGroup(group, keep) {
    const chosen = this.chosen[group], found = this.groups[group];
    if (!found || !chosen.size) return;
    const wanted = found.names.map((name) => chosen.has(name));
    for (let i = 0; i < keep.length; i += 1) if (found.codes[i] < 0 || !wanted[found.codes[i]]) keep[i] = 0;
  }

  /** Images that have all chosen tags. */
  keepTags(keep) {
    const { names, starts, codes } = this.tags, wanted = names.map((name) => this.chosen.tag.has(name));
    for (let i = 0; i < keep.length; i += 1) {
      let has = 0;
      for (let k = starts[i]; k < starts[i + 1]; k += 1) if (wanted[codes[k]]) has += 1;
      if (has < this.chosen.tag.size) keep[i] = 0;
    }
  }

  /** Number of images of each tag, the most frequent first: [name, count]. */
  tagCounts() {
    if (!this.tags) return [];
    const counts = new Uint32Array(this.tags.names.length);
    for (const code of this.tags.codes) counts[code] += 1;
    return this.tags.names.map((name, i) => [name, counts[i]]).sort((a, b) => b[1] - a[1]);
  }

  groupCounts(group) {
    const found = this.groups[group];
    if (!found) return [];
    const counts = new Uint32Array(found.names.length);
    for (const code of found.codes) if (code >= 0) counts[code] += 1;
    return found.names.map((name, i) => [name, counts[i]]);
  }
}

function plainTexts(texts) {
  const columns = Object.values(texts.columns);
  return texts.names.map((name, row) => plain(
    [name, texts.titles[row], texts.dates[row], texts.texts[row], texts.tags[row], ...columns.map((values) => values[row])].join("\n"),
  ));
}

function plain(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
