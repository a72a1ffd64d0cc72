// The message behind an arrow: every hop of it, requests and answers, with what was found.

/** Open a row: its message, or the inner step. */
function openRow(row) {
  const { subject } = state;
  state.open = row;
  const panel = byId("details");
  const lane = (at) => subject.lanes[at].node;
  const title = row.kind === "box" ? "Inner step" : row.label;
  const facts = row.kind === "box" ? [lane(row.lane)] : [`${lane(row.from)} → ${lane(row.to)}`];
  if (row.clause) facts.push(`${row.clause}${row.step ? `, step ${row.step}` : ""}`);
  if (row.at !== undefined) facts.push(`at ${row.at.toFixed(6)} s`);
  if (row.transport) facts.push(row.transport);
  panel.replaceChildren(
    el("header", {},
      el("div", { class: "grip", "aria-hidden": "true" }),
      el("h2", {}, title, row.detail ? el("span", { class: row.detail === "success" ? "good" : "bad" }, ` ${row.detail}`) : null),
      el("button", { type: "button", class: "icon close", "aria-label": "Close", title: "Close (Esc)", onclick: closeDetails }, "✕"),
      el("p", { class: "facts" }, ...facts.map((fact) => el("span", {}, fact)))),
    el("div", { class: "content" }));
  const content = panel.querySelector(".content");
  if (row.kind === "box") content.append(el("p", { class: "text" }, row.text));
  if (row.kind === "missing") content.append(el("p", { class: "text" },
    `The scenario expects this message in its step ${row.scenario_step}${row.status ? ` with the answer ${row.status}` : ""}. It was not observed.`));
  for (const fault of row.faults) content.append(faultCard(fault, { jump: false }));
  if (row.hops) content.append(hopsOf(row));
  panel.hidden = false;
  byId("frame").classList.add("with-details");
  panel.scrollTop = 0;
  remember();
  requestAnimationFrame(() => state.active >= 0 && activate(state.active)); // the ladder is narrower now
}

/** Close the message; the row keeps the focus. */
function closeDetails() {
  state.open = null;
  byId("details").hidden = true;
  byId("frame").classList.remove("with-details");
  remember();
  if (state.active >= 0) activate(state.active, { scroll: false });
  byId("ladder").focus({ preventScroll: true });
}

/** Return the messages of a row, hop by hop where it has several. */
function hopsOf(row) {
  const { subject } = state;
  const shown = el("div", { class: "exchange" });
  const show = (hop) => shown.replaceChildren(...messagesOfHop(hop));
  const withFault = row.hops.findIndex((hop) =>
    row.faults.some((fault) => subject.hops[hop].messages.includes(fault.message)));
  const first = Math.max(0, withFault);
  show(row.hops[first]);
  if (row.hops.length === 1) return shown;
  const buttons = row.hops.map((hop, at) => el("button", {
    type: "button",
    "aria-pressed": String(at === first),
    onclick(event) {
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
      show(hop);
    },
  }, `${subject.lanes[subject.hops[hop].from].node} → ${subject.lanes[subject.hops[hop].to].node}`));
  return el("div", {}, el("div", { class: "hops", role: "group", "aria-label": "Hops" }, ...buttons), shown);
}

/** Return the messages of one hop; a copy of one that came before is told, not shown again. */
function messagesOfHop(hop) {
  const { subject } = state;
  const before = new Map();
  const elements = [];
  for (const at of subject.hops[hop].messages) {
    const message = subject.messages[at];
    const faults = subject.faults.filter((fault) => fault.message === at);
    if (before.has(message.text) && !faults.length) {
      const original = before.get(message.text);
      elements.push(el("p", { class: "copy" }, `#${message.number} the same again, ${seconds(message.at - original.at)} later`,
        message.fault ? el("b", { class: "bad" }, ` ${message.fault}`) : ""));
      continue;
    }
    before.set(message.text, message);
    elements.push(messageCard(message, faults));
  }
  return elements;
}

/** Return a message that opens: a request or a refusal is open, an answer that says yes is not. */
function messageCard(message, faults) {
  const isAnswer = message.status !== undefined;
  const kind = !isAnswer ? "" : message.status < 300 ? "good" : message.status < 400 ? "odd" : "bad";
  const open = !isAnswer || message.status >= 300 || faults.length > 0;
  const { fields } = readMessage(message.text);
  const card = el("details", { class: "card", open },
    el("summary", {},
      el("span", { class: `title ${kind}` }, message.title),
      message.fault ? el("span", { class: "bad" }, message.fault) : null,
      faults.length ? el("span", { class: "count" }, plural(faults.length, "finding")) : null,
      el("span", { class: "where" }, `${message.from} → ${message.to}`),
      isAnswer && fields.warning ? el("span", { class: "warning" }, fields.warning) : null));
  const fill = () => {
    if (!card.open || card.children.length > 1) return;
    const way = `#${message.number} · ${message.transport} ${message.source} → ${message.target} · sent ${message.at.toFixed(6)} s`;
    const later = message.arrived === undefined ? "" : ` · arrived ${seconds(message.arrived - message.at)} later`;
    card.append(el("p", { class: "way" }, way + later), showMessage(message, faults));
  };
  card.addEventListener("toggle", fill);
  fill();
  return card;
}
