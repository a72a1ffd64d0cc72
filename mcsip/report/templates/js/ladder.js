// The ladder. Only rows that can be seen are in the document, however long it is.

const OVERSCAN = 400; // pixels above and below what is seen

const ladder = { sheet: null, placed: [], height: 0, drawn: new Map(), whole: false };

/** Lay everything out again for the rows that are shown, and draw. */
function drawLadder() {
  const room = byId("ladder").clientWidth;
  if (!room || !state.subject) return;
  const rows = state.rows;
  ladder.sheet = layLanes(state.subject, rows, room);
  Object.assign(ladder, layRows(rows, ladder.sheet));
  ladder.of = new Map();
  ladder.placed.forEach((shown, at) => shown.row && ladder.of.set(shown.row, at));
  for (const element of ladder.drawn.values()) element.remove();
  ladder.drawn.clear();
  const { width } = ladder.sheet;
  byId("sheet").style.width = `${width}px`;
  byId("rows").style.height = `${ladder.height}px`;
  drawHeads();
  drawVisible();
}

/** Draw the names of systems and nodes, the lines below them, and the borders between systems. */
function drawHeads() {
  const { lanes, pitch } = ladder.sheet;
  const heads = byId("heads");
  const lines = byId("lifelines");
  heads.replaceChildren(el("div", { class: "corner" }, el("span", {}, "step"), el("span", {}, "time")));
  lines.replaceChildren();
  const systems = [...new Set(state.subject.lanes.map((lane) => lane.system).filter(Boolean))];
  let before = null;
  for (const group of groupsOf(lanes)) {
    const hue = group.system ? `system-${systems.indexOf(group.system) % 6}` : "no-system";
    const left = group.lanes[0].x - pitch / 2;
    const right = group.lanes.at(-1).x + pitch / 2;
    if (group.system) {
      heads.append(place(el("div", { class: `system ${hue}` }, el("span", {}, group.system)), left + 4, right - left - 8));
      lines.append(place(el("div", { class: `band ${hue}` }), left + 4, right - left - 8));
      if (before) lines.append(place(el("div", { class: "border", title: "border between two MC systems" }), left - 1, 2));
    }
    for (const lane of group.lanes) {
      const kind = lane.gateway ? "gateway" : lane.core ? "core" : lane.role || "stranger";
      const name = el("div", { class: `lane ${kind} ${hue}`, title: `${lane.node}${lane.role ? ` (${lane.role})` : ""}` },
        icon(lane.role || "unknown"), el("span", {}, lane.label));
      heads.append(place(name, lane.x - pitch / 2 + 4, pitch - 8));
      const width = lane.gateway ? 6 : 2;
      lines.append(place(el("div", { class: `lifeline ${kind} ${hue}` }), lane.x - width / 2, width));
    }
    before = group.system;
  }
}

function place(element, left, width) {
  element.style.left = `${left}px`;
  element.style.width = `${width}px`;
  return element;
}

/** Draw the rows that can be seen, and forget the others. */
function drawVisible() {
  const scroller = byId("ladder");
  const from = ladder.whole ? 0 : scroller.scrollTop - OVERSCAN;
  const to = ladder.whole ? Infinity : scroller.scrollTop + scroller.clientHeight + OVERSCAN;
  const first = firstBelow(from);
  const wanted = new Set();
  for (let at = first; at < ladder.placed.length && ladder.placed[at].top < to; at += 1) wanted.add(at);
  for (const [at, element] of ladder.drawn) {
    if (!wanted.has(at)) {
      element.remove();
      ladder.drawn.delete(at);
    }
  }
  const fresh = document.createDocumentFragment();
  for (const at of wanted) {
    if (ladder.drawn.has(at)) continue;
    const element = drawRow(ladder.placed[at], at);
    ladder.drawn.set(at, element);
    fresh.append(element);
  }
  byId("rows").append(fresh);
}

/** Return the first row whose end is below a place. */
function firstBelow(y) {
  let low = 0;
  let high = ladder.placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { top, height } = ladder.placed[middle];
    if (top + height < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the element of a row. */
function drawRow(shown, at) {
  const { row, kind, top, height } = shown;
  if (kind === "clause") {
    const element = el("div", { class: "row clause", role: "presentation" }, el("span", {}, shown.clause));
    element.style.top = `${top}px`;
    element.style.height = `${height}px`;
    return element;
  }
  const verdict = rowVerdict(state.subject, row);
  const position = shown.position;
  const element = el("div", {
    class: ["row", kind, verdict, row.mc ? "mc" : "", row.stray ? "stray" : "", row.lost ? "lost" : "",
      row.extra ? "unlisted" : "", row === state.open ? "open" : ""].filter(Boolean).join(" "),
    id: `row-${at}`,
    role: "option",
    "aria-selected": String(position === state.active),
    "aria-posinset": String(position + 1),
    "aria-setsize": String(state.rows.length),
    "aria-label": describe(row),
    "data-at": String(position),
  });
  element.style.top = `${top}px`;
  element.style.height = `${height}px`;
  element.append(gutter(row, shown));
  if (shown.space > 40) element.firstChild.append(gapMark(shown));
  element.append(...(kind === "box" ? drawBox(shown) : drawArrow(shown)));
  return element;
}

/** Return what stands left of the lanes: step, time, mark of a finding. */
function gutter(row, { space, gap }) {
  const time = row.at === undefined ? "" : row.at.toFixed(3);
  const flag = rowVerdict(state.subject, row);
  return el("div", { class: "gutter" },
    el("span", { class: "flag" }, flag === "fail" ? "✕" : flag === "warn" ? "!" : ""),
    el("span", { class: "step" }, row.step ?? ""),
    el("span", { class: "time", title: space ? `${seconds(gap)} later` : null }, time));
}

function gapMark({ space, gap }) {
  const mark = el("div", { class: space >= LONGEST_GAP ? "gap cut" : "gap" }, el("span", {}, `+ ${seconds(gap)}`));
  mark.style.height = `${space - 8}px`;
  mark.style.top = `${4 - space}px`;
  return mark;
}

/** Return the parts of an arrow: shaft, label, status, and why it was refused. */
function drawArrow({ row, lines, height }) {
  const { place: at, width } = ladder.sheet;
  const [from, to] = [at.get(row.from), at.get(row.to)];
  const y = 32;
  const self = from === to;
  const way = to > from ? 1 : -1;
  const shaft = svg("svg", { class: "shaft", width, height, "aria-hidden": "true" });
  const end = row.lost ? (from + to) / 2 : to - way * 4;
  if (self) {
    shaft.append(svg("path", { d: `M${from} ${y - 8}h34v14h-30`, class: "stroke" }), head(from + 4, y + 6, -1));
  } else {
    shaft.append(svg("line", { x1: from, y1: y, x2: end, y2: y, class: "stroke" }));
    shaft.append(svg("circle", { cx: from, cy: y, r: 3, class: "dot" }));
    for (const core of row.via ?? []) {
      if (at.has(core) && (at.get(core) - from) * (at.get(core) - to) < 0) {
        shaft.append(svg("circle", { cx: at.get(core), cy: y, r: 4.5, class: "via" }));
      }
    }
    shaft.append(row.lost ? svg("path", { d: `M${end - 5} ${y - 5}l10 10m0-10l-10 10`, class: "cross" }) : head(end + way * 2, y, way));
  }
  const parts = [shaft, labelOf(row, from, to)];
  const status = statusOf(row);
  if (status) {
    status.style.left = `${self ? from + 42 : from + way * 9}px`;
    if (!self && way < 0) status.classList.add("leftward");
    status.style.top = `${y}px`;
    parts.push(status);
  }
  if (lines.length) {
    const why = el("div", { class: "why" }, ...lines.map((line) => el("div", {}, line)));
    why.style.left = `${labelLeft(from, to, Math.max(...lines.map((line) => measure(line, PLAIN))))}px`;
    why.style.top = `${y + 10}px`;
    parts.push(why);
  }
  return parts;
}

const head = (x, y, way) => svg("path", { d: `M${x} ${y}l${-10 * way} -5v10z`, class: "point" });

/** Return where text of an arrow begins, so that it stays on the sheet. */
function labelLeft(from, to, width) {
  const left = Math.min(from, to) + 10;
  return Math.max(ladder.sheet.gutter, Math.min(left, ladder.sheet.width - 12 - width));
}

function labelOf(row, from, to) {
  const parts = [el("span", { class: "name" }, row.label)];
  if (row.detail) parts.push(el("span", { class: row.detail === "success" ? "good" : "bad" }, row.detail));
  if (row.again) parts.push(el("span", { class: "again", title: plural(row.again, "retransmission") }, `×${row.again + 1}`));
  if (row.kind === "missing") parts.push(el("span", { class: "bad" }, row.status ? `expected with ${row.status}, not observed` : "expected, not observed"));
  if (row.extra) parts.push(el("span", { class: "odd" }, "not in the list expected"));
  if (row.faults.length) parts.push(el("span", { class: "count" }, plural(row.faults.length, "finding")));
  const label = el("div", { class: "label" }, ...parts);
  const width = parts.reduce((sum, part) => sum + measure(part.textContent, LABEL) + 10, 0);
  label.style.left = `${labelLeft(from, to, width)}px`;
  return label;
}

/** Return the status of the answer as a pill, or null. */
function statusOf(row) {
  if (row.kind === "missing" || row.stray || row.label === "ACK") return null;
  if (row.status === undefined) {
    const text = row.lost ? "lost" : row.provisional ? String(row.provisional) : "no answer";
    return el("span", { class: `status ${row.lost ? "bad" : "odd"}` }, text);
  }
  const kind = row.status < 300 ? "good" : row.status < 400 ? "odd" : "bad";
  return el("span", { class: `status ${kind}`, title: row.reason ?? null }, String(row.status));
}

/** Return the parts of an inner step: a mark on the line, and a box beside it. */
function drawBox({ row, lines }) {
  const x = ladder.sheet.place.get(row.lane);
  const width = Math.max(...lines.map((line) => measure(line, PLAIN))) + 22;
  const right = x + 14 + width <= ladder.sheet.width - 8;
  const box = el("div", { class: "note" }, ...lines.map((line) => el("div", {}, line)));
  box.style.left = `${right ? x + 14 : Math.max(ladder.sheet.gutter, x - 14 - width)}px`;
  box.style.width = `${width}px`;
  const mark = el("span", { class: "diamond" });
  mark.style.left = `${x}px`;
  return [mark, box];
}

/** Return a row in words, for who cannot see it. */
function describe(row) {
  const { lanes } = state.subject;
  const findings = row.faults.length ? `, ${plural(row.faults.length, "finding")}` : "";
  if (row.kind === "box") return `${row.step ? `step ${row.step}: ` : ""}${lanes[row.lane].node}: ${row.text}${findings}`;
  const ends = `${lanes[row.from].node} to ${lanes[row.to].node}: ${row.label}`;
  if (row.kind === "missing") return `expected and not observed: ${ends}`;
  const answer = row.status ? `, answered ${row.status}` : row.lost ? ", lost" : "";
  return `${row.step ? `step ${row.step}: ` : ""}${ends}${row.detail ? ` ${row.detail}` : ""}${answer}${findings}`;
}

/** Scroll sideways until the ends of a row can be seen, or where it begins if both do not fit. */
function bringAcross(row) {
  const scroller = byId("ladder");
  const { place: at, pitch, gutter } = ladder.sheet;
  const ends = (row.kind === "box" ? [row.lane] : [row.from, row.to]).map((lane) => at.get(lane));
  const left = Math.min(...ends) - pitch / 2 - gutter;
  const right = Math.max(...ends) + pitch / 2 - scroller.clientWidth;
  if (scroller.scrollLeft > left || right - left > scroller.clientWidth) scroller.scrollLeft = left;
  else if (scroller.scrollLeft < right) scroller.scrollLeft = right;
}

/** Give a row the focus, and bring it into sight. */
function activate(position, { scroll = true } = {}) {
  if (!state.rows.length) return;
  state.active = Math.min(Math.max(position, 0), state.rows.length - 1);
  const at = ladder.of.get(state.rows[state.active]);
  const { top, height } = ladder.placed[at];
  const scroller = byId("ladder");
  const heads = byId("heads").offsetHeight;
  if (scroll) {
    const room = scroller.clientHeight - heads;
    if (top < scroller.scrollTop + 8) scroller.scrollTop = Math.max(0, top - 60);
    else if (top + height > scroller.scrollTop + room) scroller.scrollTop = top + height - room + 24;
  }
  if (scroll) bringAcross(state.rows[state.active]);
  drawVisible();
  for (const [index, element] of ladder.drawn) {
    element.setAttribute("aria-selected", String(index === at));
    element.classList.toggle("open", state.open !== null && ladder.placed[index].row === state.open);
  }
  scroller.setAttribute("aria-activedescendant", `row-${at}`);
}
