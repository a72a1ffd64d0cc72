// Which rows are shown.

/** Fill the choices of nodes and messages with those of the subject. */
function fillFilters() {
  const { subject } = state;
  const labels = [...new Set(subject.rows.filter((row) => row.label).map((row) => row.label))].sort();
  choices(byId("filter-node"), "all nodes", subject.lanes.map((lane, at) => [String(at), lane.node]));
  choices(byId("filter-label"), "all messages", labels.map((label) => [label, label]));
  byId("show-cores").disabled = !subject.lanes.some((lane) => lane.core);
}

function choices(select, all, options) {
  select.replaceChildren(el("option", { value: "" }, all), ...options.map(([value, text]) => el("option", { value }, text)));
}

/** Let everything through again. */
function clearFilters() {
  byId("search").value = "";
  byId("filter-node").value = "";
  byId("filter-label").value = "";
  byId("filter-findings").checked = false;
}

/** Take the filters as they stand, and draw what they let through; the active row stays if it can. */
function applyFilters() {
  const { subject } = state;
  const before = state.rows[state.active];
  const node = byId("filter-node").value;
  const label = byId("filter-label").value;
  const only = byId("filter-findings").checked;
  const words = byId("search").value.trim().toLowerCase();
  byId("show-cores").checked = state.cores;
  byId("show-boxes").checked = state.boxes;
  byId("show-time").checked = state.time;
  const passes = (row) =>
    inView(row) &&
    (state.boxes || row.kind !== "box") &&
    (!label || row.label === label) &&
    (!only || rowVerdict(subject, row) !== "") &&
    (!node || isAt(row, Number(node))) &&
    (!words || holds(subject, row, words));
  state.rows = subject.rows.filter(passes);
  state.active = before ? state.rows.indexOf(before) : -1;
  const total = subject.rows.filter((row) => inView(row) && (state.boxes || row.kind !== "box")).length;
  byId("shown").value = state.rows.length === total ? plural(total, "row") : `${state.rows.length.toLocaleString("en")} of ${plural(total, "row")}`;
  const empty = byId("empty");
  empty.hidden = state.rows.length > 0;
  empty.textContent = subject.rows.length ? "No row passes the filters." : "No messages went over the wire.";
  byId("ladder").hidden = !state.rows.length;
  drawLadder();
}

const isAt = (row, lane) => row.lane === lane || row.from === lane || row.to === lane || (row.via ?? []).includes(lane);

/** Return whether a row holds a text: in what is drawn of it, or in one of its messages. */
function holds(subject, row, words) {
  row.words ??= `${describe(row)}\n${row.clause ?? ""}\n${row.warning ?? ""}`.toLowerCase();
  return row.words.includes(words) || messagesOf(subject, row).some((message) => (message.lower ??= message.text.toLowerCase()).includes(words));
}

function listenToFilters() {
  let waiting = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(applyFilters, 120);
  });
  for (const id of ["filter-node", "filter-label", "filter-findings"]) byId(id).addEventListener("change", applyFilters);
  for (const [id, name] of [["show-cores", "cores"], ["show-boxes", "boxes"], ["show-time", "time"]]) {
    byId(id).addEventListener("change", (event) => {
      state[name] = event.target.checked;
      applyFilters();
      if (state.active >= 0) activate(state.active);
    });
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
}
