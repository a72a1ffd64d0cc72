// What is known and what is chosen. A subject's data are read when it is first opened.

const report = JSON.parse(byId("report").textContent);
const sources = [...document.querySelectorAll("script.subject")];
const opened = new Map();

/** What is chosen: the subject, the row that has the focus, the row whose message is open. */
const state = {
  number: -1,
  subject: null,
  rows: [], // of the subject, those that the filters let through, with clauses between them
  active: -1,
  open: null,
  cores: false,
  boxes: true,
  time: false,
};

/** Return a subject by number, with what follows from its data. */
function subjectAt(number) {
  if (!opened.has(number)) opened.set(number, prepare(JSON.parse(sources[number].textContent)));
  return opened.get(number);
}

/** Add to a subject's data who points at whom. */
function prepare(subject) {
  for (const list of ["lanes", "rows", "hops", "messages", "faults", "rules", "steps"]) {
    subject[list] ??= [];
  }
  subject.summary ??= [];
  const hopOf = new Map();
  subject.hops.forEach((hop, at) => hop.messages.forEach((message) => hopOf.set(message, at)));
  const rowsOfHop = subject.hops.map(() => []);
  const rowOfNumber = new Map();
  for (const row of subject.rows) {
    row.faults = [];
    (row.hops ?? []).forEach((hop) => rowsOfHop[hop].push(row));
    if (row.kind === "box") rowOfNumber.set(row.number, row);
  }
  subject.faults.forEach((fault, at) => {
    fault.index = at;
    const hop = hopOf.get(fault.message);
    const box = rowOfNumber.get(fault.number);
    fault.rows = hop !== undefined ? rowsOfHop[hop] : box ? [box] : [];
    fault.rows.forEach((row) => row.faults.push(fault));
  });
  return subject;
}

const faultVerdict = (subject, fault) => subject.rules[fault.rule].verdict;

/** Return how bad a row is: "fail", "warn" or "". */
function rowVerdict(subject, row) {
  if (row.kind === "missing" || row.faults.some((f) => faultVerdict(subject, f) === "fail")) return "fail";
  if (row.extra || row.faults.length) return "warn";
  return "";
}

/** Return whether a row is of the view that is chosen: SIP cores folded or not. */
const inView = (row) => !row.view || row.view === (state.cores ? "unfolded" : "folded");

/** Return the messages of a row, in order. */
const messagesOf = (subject, row) =>
  (row.hops ?? []).flatMap((hop) => subject.hops[hop].messages).map((at) => subject.messages[at]);
