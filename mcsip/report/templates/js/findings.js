// Findings: those of the scenario's expectations, and those of the rules, each with its clause.

const FIRST_SHOWN = 50;

/** Return the card of a finding of a rule. */
function faultCard(fault, { jump = true } = {}) {
  const rule = state.subject.rules[fault.rule];
  const row = fault.rows.find(inView) ?? fault.rows[0];
  const place = [fault.node, fault.peer].filter(Boolean).join(" → ");
  return el("article", { class: `fault ${rule.verdict}` },
    jump ? null : el("h3", {}, el("code", {}, rule.id)),
    jump ? null : el("p", { class: "requirement" }, rule.requirement, " ", sourceOf(rule)),
    el("dl", {},
      el("dt", {}, "expected"), el("dd", {}, fault.expected),
      el("dt", {}, "actual"), el("dd", { class: "actual" }, fault.actual)),
    jump && row
      ? el("button", { type: "button", class: "jump", onclick: () => jumpTo(row) }, `#${fault.number} at ${fault.at.toFixed(3)} s, ${place}`)
      : el("p", { class: "place" }, `${place}${fault.line ? `, line ${fault.line}` : ""}`));
}

const sourceOf = (rule) => el("span", { class: "source" },
  el("span", {}, rule.source),
  el("span", { class: `level ${rule.level}` }, rule.level),
  el("span", { class: "grade", title: "how sure the source is" }, `[${rule.grade}]`));

/** Show a row in the ladder, whatever the filters say, and open it. */
function jumpTo(row) {
  showTab("ladder");
  if (row.view) state.cores = row.view === "unfolded";
  if (row.kind === "box") state.boxes = true;
  clearFilters();
  applyFilters();
  activate(state.rows.indexOf(row));
  openRow(row);
  byId("ladder").focus({ preventScroll: true });
}

/** Return everything that was found, as elements. */
function findingsPanel(subject) {
  const parts = [];
  const failed = subject.steps.flatMap((step) =>
    step.findings.filter((finding) => !["pass", "none"].includes(finding.verdict)).map((finding) => ({ step, finding })));
  if (failed.length) parts.push(el("h2", {}, "Expectations of the scenario"), ...failed.map(({ finding }) => findingCard(finding)));
  const broken = subject.rules.map((rule, at) => ({ rule, at })).filter(({ rule }) => rule.broken);
  broken.sort((a, b) => Number(b.rule.verdict === "fail") - Number(a.rule.verdict === "fail"));
  if (broken.length) parts.push(el("h2", {}, "Rules"), ...broken.map(({ rule, at }, position) => ruleCard(subject, rule, at, position < 10)));
  if (!parts.length) parts.push(el("p", { class: "empty" }, subject.rules.length ? "No rule is broken." : "Nothing was found. No rules were checked."));
  return parts;
}

/** Return the card of a rule that is broken, with its findings. */
function ruleCard(subject, rule, at, open) {
  const faults = subject.faults.filter((fault) => fault.rule === at);
  const card = el("details", { class: `rule-card ${rule.verdict}`, open },
    el("summary", {}, badge(rule.verdict), el("code", {}, rule.id), sourceOf(rule), el("span", { class: "count" }, plural(rule.broken, "finding")),
      el("span", { class: "requirement" }, rule.requirement)));
  let shown = 0;
  const more = el("button", { type: "button", class: "more", onclick: () => fill(FIRST_SHOWN * 4) }, "");
  const fill = (count) => {
    card.append(...faults.slice(shown, shown + count).map((fault) => faultCard(fault)));
    shown = Math.min(shown + count, faults.length);
    more.textContent = `show more of ${faults.length.toLocaleString("en")}`;
    if (shown < faults.length) card.append(more);
    else {
      more.remove();
      if (rule.broken > rule.shown) card.append(el("p", { class: "omitted" }, `${plural(rule.broken - rule.shown, "more finding")} left out`));
    }
  };
  const once = () => card.open && shown === 0 && fill(FIRST_SHOWN);
  card.addEventListener("toggle", once);
  once();
  return card;
}

/** Return the card of a finding of the scenario: where, the line with carets, expected, observed. */
function findingCard(finding) {
  const [from, length] = finding.caret;
  const line = finding.source ? el("pre", { class: "source-line" }, finding.source.slice(0, from),
    el("mark", {}, finding.source.slice(from, from + length) || " "), finding.source.slice(from + length)) : null;
  const entries = [["expected", finding.expected], ["observed", finding.diff.length ? "" : finding.actual], ["hint", finding.hint]].filter(([, text]) => text);
  return el("article", { class: `fault ${finding.verdict === "inconc" ? "warn" : "fail"}` },
    el("h3", {}, badge(finding.verdict), ` ${finding.message}`),
    el("p", { class: "place" }, finding.place), line,
    el("dl", {}, ...entries.flatMap(([name, text]) => [el("dt", {}, name), el("dd", { class: name === "observed" ? "actual lines" : "lines" }, text)])),
    finding.diff.length ? diffTable(finding.diff) : null);
}

const SIGNS = { "=": ["both", "observed as expected"], "-": ["gone", "expected, not observed"], "+": ["more", "observed, not in the list"] };

/** Return expected against observed, message by message; an observed one leads to its arrow. */
function diffTable(diff) {
  const rows = diff.map(([sign, sender, receiver, label, number, status]) => {
    const [kind, said] = SIGNS[sign];
    const row = number === null ? null : state.subject.rows.find((each) => each.number === number && each.kind === "arrow" && each.view !== "unfolded");
    const name = row ? el("button", { type: "button", class: "jump", onclick: () => jumpTo(row) }, label) : label;
    return el("tr", { class: kind }, el("td", { class: "sign", title: said }, sign === "=" ? "" : sign === "-" ? "−" : "+"),
      el("td", {}, `${sender} → ${receiver}`), el("td", {}, name), el("td", {}, status === null ? "" : String(status)), el("td", { class: "said" }, sign === "=" ? "" : said));
  });
  return el("div", { class: "scroll" }, el("table", { class: "diff" }, el("caption", {}, "Expected against observed"), el("tbody", {}, ...rows)));
}
