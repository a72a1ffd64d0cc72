// XML as it stands in a message, indented and coloured; well-formed or not, every piece keeps its
// place in the message. White space between tags is left out here: the octets show it.

// Each alternative takes what it began even where its end is missing, so that time stays linear.
const XML_TOKEN =
  /<!\[CDATA\[[^]*?(?:\]\]>|$)|<!--[^]*?(?:-->|$)|<\?[^]*?(?:\?>|$)|<[^<>]*>?|[^<]+/g;
const XML_PART = /(<[/?!]?)([^\s<>/?="']*)|([^\s<>/?="']+)(\s*=\s*)("[^"]*"?|'[^']*'?)|[/?]?>|[^]/g;
const MAX_TOKENS = 20000;

/** Return the tokens of XML between two places of a text, or null when there are too many. */
function xmlTokens(text, from, to) {
  const tokens = [];
  const part = text.slice(from, to);
  for (const match of part.matchAll(XML_TOKEN)) {
    if (tokens.length >= MAX_TOKENS) return null;
    const raw = match[0];
    const kind = !raw.startsWith("<") ? "text"
      : raw.startsWith("<![CDATA[") ? "cdata"
      : /^<[!?]/.test(raw) ? "other"
      : raw.startsWith("</") ? "end"
      : raw.endsWith("/>") ? "empty" : "start";
    if (kind !== "text" || raw.trim()) tokens.push({ kind, raw, at: from + match.index });
  }
  return tokens;
}

/** Return tokens line by line: an element with nothing but text stands on one line. */
function xmlLines(tokens) {
  const lines = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token.kind === "end") depth = Math.max(0, depth - 1);
    const line = { depth, tokens: [token] };
    if (token.kind === "start") {
      const [next, after] = [tokens[i + 1]?.kind, tokens[i + 2]?.kind];
      if (next === "end") line.tokens.push(tokens[(i += 1)]);
      else if ((next === "text" || next === "cdata") && after === "end") {
        line.tokens.push(tokens[i + 1], tokens[i + 2]);
        i += 2;
      } else depth += 1;
    }
    lines.push(line);
  }
  return lines;
}

/** Return an element that shows the XML between two places of a text. */
function showXml(text, from, to, marks) {
  const tokens = xmlTokens(text, from, to);
  if (tokens === null) return showLines(text, from, to, marks);
  const parent = el("div", { class: "code xml" });
  for (const { depth, tokens: those } of xmlLines(tokens)) {
    const start = those[0].at;
    const end = those.at(-1).at + those.at(-1).raw.length;
    const bad = touches(marks, start, end) ? " bad" : "";
    const line = el("div", { class: `line depth-${Math.min(depth, 12)}${bad}` });
    for (const token of those) paintToken(line, token, marks);
    parent.append(line);
  }
  return parent;
}

function paintToken(parent, token, marks) {
  if (token.kind === "text" || token.kind === "cdata" || token.kind === "other") {
    const lead = token.raw.length - token.raw.trimStart().length;
    paint(parent, token.raw.trim(), token.at + lead, token.kind === "other" ? "x-note" : "x-text", marks);
    return;
  }
  for (const match of token.raw.matchAll(XML_PART)) {
    let at = token.at + match.index;
    const [whole, open, name, attribute, equals, value] = match;
    const parts = open !== undefined ? [[open, "x-mark"], [name, "x-name"]]
      : attribute !== undefined ? [[attribute, "x-attr"], [equals, "x-mark"], [value, "x-value"]]
      : [[/\s/.test(whole) ? " " : whole, "x-mark"]];
    for (const [piece, kind] of parts) {
      paint(parent, piece, at, kind, marks);
      at += piece.length;
    }
  }
}

/** Return an element that shows text between two places line by line, as it is. */
function showLines(text, from, to, marks) {
  const parent = el("div", { class: "code" });
  for (const { start, end } of linesOf(text, from, to)) {
    const line = el("div", { class: touches(marks, start, end) ? "line bad" : "line" });
    paint(line, text.slice(start, end), start, "", marks);
    if (start === end) line.append("\u00a0");
    parent.append(line);
  }
  return parent;
}
