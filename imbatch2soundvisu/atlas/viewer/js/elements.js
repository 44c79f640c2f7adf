// Small helpers for elements; texts are always set as text.

/** Make an element: tag, attributes (on... are listeners), children (texts or elements). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && name !== "style") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Text of the value of a feature with its unit, as `FeatureInfo.format` has it. */
export function shown(value, unit = "") {
  if (!Number.isFinite(value)) return "–";
  if (unit === "date") return new Date(value * 1000).toISOString().slice(0, 16).replace("T", " ");
  if (unit === "degrees") return `${Math.round(value)}°`;
  const size = Math.abs(value), text = value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3);
  const number = Number(text) === 0 ? text.replace("-", "") : text;
  return unit && !["share", "ratio", "rank"].includes(unit) ? `${number} ${unit}` : number;
}

/** Text of days since 1970: the year, or the day where it is one of few. */
export function shownDay(days, span = Infinity) {
  const date = new Date(days * 86400000);
  return span > 1000 ? String(date.getUTCFullYear()) : date.toISOString().slice(0, 10);
}

/** Minutes and seconds. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Let the browser save a text as a file. */
export function download(name, text, kind) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Call a function once, some time after the last of several calls. */
export function later(milliseconds, call) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), milliseconds);
  };
}
