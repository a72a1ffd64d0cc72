// Where everything of the ladder stands: lanes from left to right, rows from top to bottom.

const MARGIN = 28;
const HEIGHTS = { arrow: 48, missing: 48, clause: 38, line: 17, box: 16 };
const LONGEST_GAP = 220; // of the time scale, in pixels
const LABEL = "600 12.5px system-ui, sans-serif";
const PLAIN = "12.5px system-ui, sans-serif";

const measure = (() => {
  const context = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  return (text, font) => {
    const key = `${font}|${text}`;
    if (!widths.has(key)) {
      context.font = font;
      widths.set(key, context.measureText(text).width);
    }
    return widths.get(key);
  };
})();

/** Return text in lines that are no wider than so many pixels. */
function wrap(text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/).flatMap((w) => (measure(w, PLAIN) > width ? w.match(/.{1,24}/gu) ?? [] : [w]))) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer, PLAIN) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Return the lanes that are drawn, each with the middle of its line, and the width of all. */
function layLanes(subject, rows, room) {
  const used = new Set();
  for (const row of rows) {
    if (row.kind === "box") used.add(row.lane);
    else used.add(row.from).add(row.to);
  }
  const drawn = subject.lanes.map((lane, at) => ({ ...lane, at })).filter((lane) =>
    used.has(lane.at) || (state.cores && lane.core));
  const gutter = room < 600 ? 54 : 92; // for step and time
  const pitch = Math.min(Math.max((room - gutter - MARGIN) / Math.max(drawn.length, 1), 94), 250);
  const place = new Map();
  drawn.forEach((lane, position) => {
    lane.x = Math.round(gutter + pitch * (position + 0.5));
    place.set(lane.at, lane.x);
  });
  return { lanes: drawn, place, pitch, gutter, width: Math.max(Math.round(gutter + pitch * drawn.length + MARGIN), room) };
}

/** Return the lanes in groups of neighbours of one system. */
function groupsOf(lanes) {
  const groups = [];
  for (const lane of lanes) {
    const last = groups.at(-1);
    if (last && last.system === lane.system && lane.system) last.lanes.push(lane);
    else groups.push({ system: lane.system, lanes: [lane] });
  }
  return groups;
}

/** Return rows with their clauses between them, each with its top and height, and the full height. */
function layRows(rows, sheet) {
  const placed = [];
  const scale = state.time ? pixelsPerSecond(rows) : 0;
  let top = 10;
  let clause = "";
  let before = null;
  for (const [position, row] of rows.entries()) {
    if (row.clause && row.clause !== clause) {
      clause = row.clause;
      placed.push({ kind: "clause", clause, top, height: HEIGHTS.clause });
      top += HEIGHTS.clause;
    }
    const gap = before === null || row.at === undefined ? 0 : Math.max(0, row.at - before);
    const space = Math.min(gap * scale, LONGEST_GAP);
    before = row.at ?? before;
    const shown = { row, position, kind: row.kind, top: top + space, gap, space, lines: linesFor(row, sheet) };
    shown.height = heightOf(shown);
    placed.push(shown);
    top = shown.top + shown.height;
  }
  return { placed, height: Math.ceil(top + 24) };
}

/** Return the scale at which the middle one of all gaps between rows is seen well. */
function pixelsPerSecond(rows) {
  const times = rows.filter((row) => row.at !== undefined).map((row) => row.at);
  const gaps = times.slice(1).map((at, i) => at - times[i]).filter((gap) => gap > 1e-6).sort((a, b) => a - b);
  return gaps.length ? 30 / gaps[(gaps.length - 1) >> 1] : 0;
}

/** Return the lines of text of a row: what a box says, why a message was refused. */
function linesFor(row, sheet) {
  if (row.kind === "box") return wrap(row.text, boxRoom(row, sheet));
  if (row.kind === "arrow" && row.status >= 300) {
    const why = row.warning || row.reason;
    return why ? wrap(why, Math.max(260, Math.abs(sheet.place.get(row.to) - sheet.place.get(row.from)) - 24)) : [];
  }
  return [];
}

/** Return the room that a box has: between its line and the farther edge. */
const boxRoom = (row, sheet) => {
  const x = sheet.place.get(row.lane);
  return Math.min(300, Math.max(sheet.width - MARGIN - x, x - sheet.gutter, 120) - 40);
};

function heightOf({ kind, lines }) {
  if (kind === "box") return HEIGHTS.box + HEIGHTS.line * lines.length + 6;
  return HEIGHTS[kind] + HEIGHTS.line * lines.length;
}
