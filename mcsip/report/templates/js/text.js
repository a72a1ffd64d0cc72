// Text with marks: a text knows where in its message it stands, so that findings mark it there.

/** Append text to an element; what overlaps one of the marks [start, end] stands in <mark>. */
function paint(parent, text, start, kind, marks) {
  let done = 0;
  for (const [from, to] of marks) {
    const first = Math.max(from - start, done);
    const last = Math.min(to - start, text.length);
    if (first >= last) continue;
    piece(parent, text.slice(done, first), kind);
    const mark = el("mark", {});
    piece(mark, text.slice(first, last), kind);
    parent.append(mark);
    done = last;
  }
  piece(parent, text.slice(done), kind);
}

function piece(parent, text, kind) {
  if (text) parent.append(kind ? el("span", { class: kind }, visible(text)) : visible(text));
}

/** Return text in which control characters can be seen. */
const visible = (text) =>
  text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (c) => String.fromCharCode(c === "\x7f" ? 0x2421 : 0x2400 + c.charCodeAt(0)));

/** Return the lines of a text: where each starts and ends, without its line end. */
function linesOf(text, from = 0, to = text.length) {
  const lines = [];
  let start = from;
  while (start < to) {
    let end = text.indexOf("\n", start);
    if (end < 0 || end >= to) end = to;
    const bare = end > start && text[end - 1] === "\r" && end < to ? end - 1 : end;
    lines.push({ start, end: bare });
    start = end + 1;
  }
  return lines;
}

const touches = (marks, start, end) => marks.some(([from, to]) => from < Math.max(end, start + 1) && to > start);

/** Return the octets of a message, as the trace has them. */
function octetsOf(message) {
  if (!message.octets) return new TextEncoder().encode(message.text);
  return Uint8Array.from(message.text, (c) => c.charCodeAt(0));
}

const MAX_DUMP = 65536;

/** Return octets as a dump of 16 to a line; lines with marked octets stand out. */
function dump(message, marks) {
  const octets = octetsOf(message);
  const places = message.octets ? marks : marks.map((mark) =>
    mark.map((at) => new TextEncoder().encode(message.text.slice(0, at)).length));
  const parent = el("pre", { class: "dump", tabindex: "0", "aria-label": "Octets" });
  let plain = "";
  for (let at = 0; at < Math.min(octets.length, MAX_DUMP); at += 16) {
    const row = octets.subarray(at, at + 16);
    const hex = Array.from(row, (o) => o.toString(16).padStart(2, "0"));
    const text = Array.from(row, (o) => (o > 31 && o < 127 ? String.fromCharCode(o) : "·")).join("");
    const left = hex.slice(0, 8).join(" ").padEnd(23);
    const line = `${at.toString(16).padStart(5, "0")}  ${left}  ${hex.slice(8).join(" ").padEnd(23)}  ${text}\n`;
    if (!touches(places, at, at + row.length)) {
      plain += line;
      continue;
    }
    parent.append(plain, el("mark", {}, line));
    plain = "";
  }
  if (octets.length > MAX_DUMP) plain += `… and ${(octets.length - MAX_DUMP).toLocaleString("en")} more\n`;
  parent.append(plain);
  return parent;
}
