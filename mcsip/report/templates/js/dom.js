// Elements. What comes from a trace becomes text and attributes here, never markup.

const byId = (id) => document.getElementById(id);

/** Return a new element; attributes that are null or false are left out, "on…" are listeners. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Return a new element of SVG. */
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return the icon of a role. */
function icon(role) {
  const known = byId(`icon-${role}`) ? role : "unknown";
  return svg("svg", { class: "icon-role" }, svg("use", { href: `#icon-${known}` }));
}

const badge = (verdict) => el("span", { class: `badge ${verdict}` }, verdict);

/** Return seconds as people read them: 12.345 s, 3.2 ms. */
function seconds(value) {
  if (value === 0) return "0 s";
  if (Math.abs(value) < 0.1) return `${(value * 1000).toFixed(Math.abs(value) < 0.01 ? 2 : 1)} ms`;
  return `${value.toFixed(Math.abs(value) < 100 ? 3 : 1)} s`;
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
