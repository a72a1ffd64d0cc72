// One SIP message: start line, header fields, body in one part or several, octets on demand.

const FIELD = /^([^\s:]+)(\s*:\s*)/;

/** Return the places of a message: its head line by line, its fields' values, its body. */
function readMessage(text) {
  const match = /\r?\n\r?\n/.exec(text);
  const end = match ? match.index : text.length;
  const body = match ? match.index + match[0].length : text.length;
  const fields = {};
  const lines = linesOf(text, 0, end);
  for (const { start, end: last } of lines.slice(1)) {
    const name = FIELD.exec(text.slice(start, last));
    if (name) fields[name[1].toLowerCase()] ??= text.slice(start + name[0].length, last);
  }
  return { lines, fields, body };
}

/** Return the marks [start, end] that findings make in a message; a finding names a line or octets. */
function marksOf(text, faults) {
  const lines = linesOf(text);
  const marks = [];
  for (const fault of faults) {
    if (fault.span) marks.push([...fault.span]);
    else if (fault.line && lines[fault.line - 1]) marks.push([lines[fault.line - 1].start, lines[fault.line - 1].end]);
  }
  marks.sort((a, b) => a[0] - b[0]);
  return marks;
}

/** Return an element that shows a message. */
function showMessage(message, faults) {
  const { text } = message;
  const marks = marksOf(text, faults);
  const { lines, fields, body } = readMessage(text);
  const head = el("div", { class: "code head" });
  lines.forEach(({ start, end }, at) => {
    const line = el("div", { class: touches(marks, start, end) ? "line bad" : "line" });
    const name = at > 0 && FIELD.exec(text.slice(start, end));
    if (at === 0) paint(line, text.slice(start, end), start, "start-line", marks);
    else if (name) {
      paint(line, name[1], start, "field", marks);
      paint(line, name[2], start + name[1].length, "colon", marks);
      paint(line, text.slice(start + name[0].length, end), start + name[0].length, "", marks);
    } else paint(line, text.slice(start, end), start, "", marks);
    head.append(line);
  });
  const shown = el("div", { class: "message" }, head);
  if (body < text.length) {
    shown.append(showBody(text, body, text.length, fields["content-type"] ?? fields.c ?? "", marks, 0));
  }
  const size = octetsOf(message).length;
  const raw = el("details", { class: "raw" }, el("summary", {}, `Octets (${size.toLocaleString("en")})`));
  raw.addEventListener("toggle", () => {
    if (raw.open && raw.children.length === 1) raw.append(dump(message, marks));
  });
  shown.append(raw);
  return shown;
}

const MAX_PRETTY = 200000;

/** Return an element that shows a body by its media type. */
function showBody(text, from, to, type, marks, depth) {
  const media = type.split(";")[0].trim().toLowerCase();
  const parts = media.startsWith("multipart/") && depth < 3 ? partsOf(text, from, to, type) : [];
  const parent = el("div", { class: "body" }, el("div", { class: "media-type" }, media || "body"));
  if (parts.length) {
    for (const part of parts) {
      const header = showLines(text, part.start, part.head, marks);
      header.classList.add("part-head");
      parent.append(el("div", { class: "part" }, header, showBody(text, part.body, part.end, part.type, marks, depth + 1)));
    }
    return parent;
  }
  const isXml = /[/+]xml$/.test(media) || /^\s*<[?a-z]/i.test(text.slice(from, from + 200));
  const small = to - from <= MAX_PRETTY;
  parent.append(isXml && small ? showXml(text, from, to, marks) : showLines(text, from, Math.min(to, from + MAX_PRETTY), marks));
  return parent;
}

/** Return the parts of a multipart body (RFC 2046 5.1): where head, body and end of each stand. */
function partsOf(text, from, to, type) {
  const found = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (!found) return [];
  const fence = `--${found[1] ?? found[2]}`;
  const parts = [];
  let start = text.indexOf(fence, from);
  while (start >= 0 && start < to && !text.startsWith("--", start + fence.length)) {
    const begin = text.indexOf("\n", start) + 1;
    const next = text.indexOf(`\n${fence}`, begin - 1);
    if (begin === 0 || next < 0 || next >= to) break;
    const end = Math.max(begin, text[next - 1] === "\r" ? next - 1 : next);
    const gap = /\r?\n\r?\n/.exec(text.slice(begin, end));
    const head = gap ? begin + gap.index : begin;
    const line = /^content-type\s*:\s*(.*)$/im.exec(text.slice(begin, head));
    parts.push({ start: begin, head, body: gap ? head + gap[0].length : begin, end, type: line ? line[1].trim() : "" });
    start = next + 1;
  }
  return parts;
}
