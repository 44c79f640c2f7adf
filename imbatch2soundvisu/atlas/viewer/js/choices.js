// A list of names with their numbers of images, which can be searched; so all can be reached, however many there are.

import { element } from "atlas/elements";

const MOST = 300; // names that are shown at a time; a word leads to the others
const FEW = 12; // names that need no search

export class Choices {
  /** `counts` are [name, count]; `isChosen(name)` says which are pressed, `onChoose(name)` is called. */
  constructor({ label, counts, isChosen, onChoose }) {
    this.counts = counts; this.isChosen = isChosen; this.onChoose = onChoose;
    this.field = element("input", { type: "search", placeholder: `Search ${counts.length} ${label}`, "aria-label": `Search ${label}`, oninput: () => this.list() });
    this.box = element("div", { className: "choices" });
    this.element = element("div", { className: "searchable" }, ...(counts.length > FEW ? [this.field] : []), this.box);
    this.list();
  }

  list() {
    const wanted = this.field.value.trim().toLowerCase(), found = this.counts.filter(([name]) => name.toLowerCase().includes(wanted));
    this.box.replaceChildren(...found.slice(0, MOST).map(([name, count]) => element("button", {
      type: "button", "aria-pressed": String(this.isChosen(name)), onclick: () => this.onChoose(name),
    }, name || "(empty)", element("small", {}, String(count)))));
    if (!found.length) this.box.append(element("p", { className: "quiet" }, "none has this in its name"));
    if (found.length > MOST) this.box.append(element("p", { className: "quiet" }, `and ${found.length - MOST} more: search for a part of the name`));
  }

  /** Put the list into a place of the page again, as it was, with what is chosen now. */
  placed(put) {
    const top = this.box.scrollTop, hasFocus = document.activeElement === this.field;
    put();
    this.list();
    this.box.scrollTop = top;
    if (hasFocus) this.field.focus();
  }
}
