// Keys, and clicks on rows.

const typing = (target) => target.matches("input:not([type=checkbox]), select, textarea");

/** Go to the next or previous row with a finding. */
function toFinding(way) {
  const { rows, subject } = state;
  for (let at = state.active + way; at >= 0 && at < rows.length; at += way) {
    if (rowVerdict(subject, rows[at])) return activate(at);
  }
  return undefined;
}

function toSubject(way) {
  const number = state.number + way;
  if (number >= 0 && number < report.subjects.length) showSubject(number);
}

function toggle(id) {
  const box = byId(id);
  if (!box.disabled) box.click();
}

const page = () => Math.max(1, Math.floor(byId("ladder").clientHeight / 60));

const KEYS = {
  ArrowDown: () => activate(state.active + 1),
  j: () => activate(state.active + 1),
  ArrowUp: () => activate(state.active - 1),
  k: () => activate(state.active - 1),
  PageDown: () => activate(state.active + page()),
  PageUp: () => activate(state.active - page()),
  Home: () => activate(0),
  End: () => activate(state.rows.length - 1),
  Enter: () => state.rows[state.active] && openRow(state.rows[state.active]),
  n: () => toFinding(1),
  p: () => toFinding(-1),
  c: () => toggle("show-cores"),
  t: () => toggle("show-time"),
  "[": () => toSubject(-1),
  "]": () => toSubject(1),
  "?": () => byId("keys").showModal(),
};

/** Keys that mean something of their own to a button, a link, or what scrolls. */
const OF_CONTROLS = new Set(["Enter", "ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"]);

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  if (event.key === "Escape") return onEscape(event);
  if (typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    showTab("ladder");
    byId("search").focus();
    return;
  }
  const inLadder = event.target === byId("ladder") || event.target === document.body;
  if (!Object.hasOwn(KEYS, event.key) || (OF_CONTROLS.has(event.key) && !inLadder)) return;
  if (byId("panel-ladder").hidden && !"[]?".includes(event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
  if (state.open && state.rows[state.active] !== state.open && "jknp ArrowDown ArrowUp".includes(event.key)) {
    openRow(state.rows[state.active]);
  }
}

/** Leave, step by step: the search, the menu, the message. */
function onEscape(event) {
  const search = byId("search");
  if (event.target === search) {
    search.value = "";
    applyFilters();
    byId("ladder").focus();
  } else if (byId("subjects").classList.contains("shown")) closeMenu();
  else if (!byId("details").hidden) closeDetails();
}

/** Move among tabs with the arrow keys (WAI-ARIA tabs pattern). */
function onTabKey(event) {
  const tabs = [...byId("tabs").children];
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!way) return;
  const next = tabs[(tabs.indexOf(event.target) + way + tabs.length) % tabs.length];
  next.click();
  next.focus();
}

function listenToKeys() {
  document.addEventListener("keydown", onKey);
  byId("tabs").addEventListener("keydown", onTabKey);
  byId("rows").addEventListener("click", (event) => {
    const row = event.target.closest(".row[data-at]");
    if (!row) return;
    activate(Number(row.dataset.at), { scroll: false });
    openRow(state.rows[state.active]);
    byId("ladder").focus({ preventScroll: true });
  });
  byId("ladder").addEventListener("focus", () => state.active < 0 && state.rows.length && activate(0, { scroll: false }));
  byId("help").addEventListener("click", KEYS["?"]);
  byId("menu").addEventListener("click", () => {
    const shown = byId("subjects").classList.toggle("shown");
    byId("menu").setAttribute("aria-expanded", String(shown));
  });
}
