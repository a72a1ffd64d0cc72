// The subject that is chosen: heading, tabs, and the panels beside the ladder.

const PANELS = {
  ladder: { title: "Ladder", count: () => null },
  findings: {
    title: "Findings",
    count: (subject) => subject.faults.length + subject.steps.flatMap((step) => step.findings)
      .filter((finding) => !["pass", "none"].includes(finding.verdict)).length,
  },
  steps: { title: "Scenario", count: () => null, shown: (subject) => subject.steps.length > 0 },
  rules: { title: "Rules", count: () => null, shown: (subject) => subject.rules.length > 0 },
  run: { title: "Run", count: () => null },
};

/** Show a subject; the filters are those of before where they fit. */
function showSubject(number) {
  state.number = number;
  if (state.open) closeDetails();
  state.subject = subjectAt(number);
  state.rows = []; // those before are of another subject
  state.active = -1;
  const { subject } = state;
  document.querySelectorAll("section.extra").forEach((section) => (section.hidden = true));
  byId("subject").hidden = false;
  byId("subject-title").replaceChildren(...(subject.verdict ? [badge(subject.verdict), " "] : []), subject.title);
  byId("subject-lead").replaceChildren(...[...subject.summary, ...rulesInShort(subject)].map((line) => el("span", {}, line)));
  const reason = byId("subject-reason");
  reason.hidden = !subject.reason;
  reason.textContent = subject.reason;
  drawTabs();
  byId("panel-findings").replaceChildren(...findingsPanel(subject));
  byId("panel-steps").replaceChildren(...stepsPanel(subject));
  byId("panel-rules").replaceChildren(...rulesPanel(subject));
  byId("panel-run").replaceChildren(...runPanel(subject));
  markChosen(`subject-${number}`);
  fillFilters();
  applyFilters();
  byId("ladder").scrollTop = 0;
  drawVisible();
}

const RULE_VERDICTS = ["fail", "warn", "pass", "none"];
const rulesWith = (subject, verdict) => subject.rules.filter((rule) => rule.verdict === verdict).length;

/** Return in one line what came of the rules, where any were checked. */
function rulesInShort(subject) {
  const counts = RULE_VERDICTS.map((verdict) => [rulesWith(subject, verdict), verdict]).filter(([count]) => count);
  return counts.length ? [`rules: ${counts.map(([count, verdict]) => `${count} ${verdict}`).join(", ")}`] : [];
}

/** Show a section that is no subject. */
function showSection(section) {
  byId("subject").hidden = true;
  byId("details").hidden = true;
  byId("frame").classList.remove("with-details");
  document.querySelectorAll("section.extra").forEach((other) => (other.hidden = other !== section));
  markChosen(section.id);
}

/** Return a path that breaks behind its slashes. */
const breakable = (path) => path.split("/").flatMap((part, at) => (at ? ["/", el("wbr"), part] : [part]));

/** Draw the list of subjects and sections. */
function drawList() {
  const list = byId("subjects");
  const sections = [...document.querySelectorAll("section.extra")];
  const [before, after] = [true, false].map((first) => sections.filter(({ id }) => (id === "opening") === first));
  const entry = (id, verdict, title, detail, chosen) => el("button", {
    type: "button", class: "entry", "data-entry": id, "aria-current": "false", onclick() { closeMenu(); chosen(); },
  }, verdict ? badge(verdict) : null, el("span", { class: "entry-title" }, title), detail ? el("span", { class: "entry-file" }, ...breakable(detail)) : null);
  const entries = (parts) => parts.map((section) => entry(section.id, section.dataset.verdict, section.dataset.title, "", () => showSection(section)));
  list.replaceChildren(
    ...entries(before),
    ...report.subjects.map((subject, at) => entry(`subject-${at}`, subject.verdict, subject.title, subject.file, () => showSubject(at))),
    ...entries(after));
  const alone = report.subjects.length + sections.length < 2;
  byId("frame").classList.toggle("alone", alone);
  byId("menu").hidden = alone;
  if (report.verdict) {
    byId("totals").replaceChildren(el("span", { class: `total ${report.verdict}` }, report.verdict));
    return;
  }
  const counts = new Map();
  for (const { verdict } of report.subjects) if (verdict) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  byId("totals").replaceChildren(...[...counts].map(([verdict, count]) => el("span", { class: `total ${verdict}` }, `${count} ${verdict}`)));
}

function markChosen(id) {
  document.querySelectorAll("[data-entry]").forEach((entry) => {
    entry.setAttribute("aria-current", String(entry.dataset.entry === id));
  });
}

function closeMenu() {
  byId("subjects").classList.remove("shown");
  byId("menu").setAttribute("aria-expanded", "false");
}

/** Draw the tabs of the subject. */
function drawTabs() {
  const tabs = Object.entries(PANELS).filter(([, panel]) => !panel.shown || panel.shown(state.subject));
  byId("tabs").replaceChildren(...tabs.map(([name, panel]) => {
    const count = panel.count(state.subject);
    return el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => showTab(name) },
      panel.title, count ? el("span", { class: "count" }, count.toLocaleString("en")) : null);
  }));
  showTab(byId(`tab-${state.tab}`) ? state.tab : "ladder");
}

/** Show one panel. */
function showTab(name) {
  state.tab = name;
  if (name !== "ladder" && state.open) closeDetails();
  for (const other of Object.keys(PANELS)) {
    byId(`panel-${other}`).hidden = other !== name;
    const tab = byId(`tab-${other}`);
    tab?.setAttribute("aria-selected", String(other === name));
    tab?.setAttribute("tabindex", other === name ? "0" : "-1");
  }
  if (name === "ladder") drawLadder();
}

/** Return the steps of the scenario with what was judged in each. */
function stepsPanel(subject) {
  return [
    subject.description ? el("p", { class: "text" }, subject.description) : null,
    el("ol", { class: "steps" }, ...subject.steps.map((step) => el("li", { class: step.verdict },
      badge(step.verdict), el("span", { class: "verb" }, step.verb), el("span", { class: "step-title" }, step.title), el("span", { class: "place" }, step.place),
      el("ul", {}, ...step.findings.filter((finding) => finding.message !== step.title).map((finding) => el("li", { class: finding.verdict }, finding.message)))))),
  ].filter(Boolean);
}

/** Return the table of all rules that were checked; buttons choose a verdict. */
function rulesPanel(subject) {
  const body = el("tbody", {}, ...subject.rules.map((rule) => el("tr", { class: rule.verdict },
    el("td", {}, badge(rule.verdict)), el("td", {}, el("code", {}, rule.id), " ", sourceOf(rule), el("p", { class: "requirement" }, rule.requirement)),
    el("td", { class: "number" }, rule.looked_at.toLocaleString("en")), el("td", { class: "number" }, rule.broken ? rule.broken.toLocaleString("en") : ""))));
  const choices = RULE_VERDICTS.filter((verdict) => rulesWith(subject, verdict)).map((verdict) => el("button", {
    type: "button", "aria-pressed": "true",
    onclick(event) {
      const pressed = event.currentTarget.getAttribute("aria-pressed") !== "true";
      event.currentTarget.setAttribute("aria-pressed", String(pressed));
      body.querySelectorAll(`tr.${verdict}`).forEach((line) => (line.hidden = !pressed));
    },
  }, `${rulesWith(subject, verdict)} ${verdict}`));
  const heads = ["verdict", "rule", "looked at", "broken"].map((name) => el("th", { scope: "col" }, name));
  return [
    el("div", { class: "hops", role: "group", "aria-label": "Verdicts" }, ...choices),
    el("div", { class: "scroll" }, el("table", { class: "rules" }, el("thead", {}, el("tr", {}, ...heads)), body)),
  ];
}

/** Return the circumstances of the run. */
function runPanel(subject) {
  const facts = [...subject.facts.filter(([, value]) => value), ...Object.entries(report.environment)];
  const nodes = subject.lanes.map((lane) => el("tr", {}, el("td", {}, icon(lane.role || "unknown")), el("td", {}, lane.node), el("td", {}, lane.role || "not known"), el("td", {}, lane.home)));
  return [
    el("dl", { class: "facts-list" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    nodes.length ? el("div", { class: "scroll" }, el("table", { class: "nodes" }, el("thead", {}, el("tr", {}, ...["", "node", "role", "system"].map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...nodes))) : null,
  ].filter(Boolean);
}
