// Start: what the address names, else the part that opens the report, else the first subject that
// did not pass, else the first.

/** Keep what is open in the address, so that it can be passed on. */
function remember() {
  const place = state.open ? `#${state.number + 1}/${state.open.number}` : `#${state.number + 1}`;
  history.replaceState(null, "", place);
}

function openPlace() {
  const place = /^#(\d+)(?:\/(\d+))?$/.exec(location.hash);
  const named = place ? Number(place[1]) - 1 : -1;
  const bad = report.subjects.findIndex(({ verdict }) => ["fail", "error"].includes(verdict));
  const first = named in report.subjects ? named : Math.max(0, bad);
  showSubject(first);
  const opening = byId("opening");
  if (opening && !place) return showSection(opening);
  if (!place || named !== first || !place[2]) return;
  const row = state.subject.rows.find((each) => each.number === Number(place[2]));
  if (row) jumpTo(row);
}

function start() {
  listenToTheme();
  listenToFilters();
  listenToKeys();
  drawList();
  let asked = false;
  byId("ladder").addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      drawVisible();
    });
  });
  new ResizeObserver(() => {
    if (ladder.sheet && byId("ladder").clientWidth !== ladder.room) {
      ladder.room = byId("ladder").clientWidth;
      drawLadder();
      if (state.open && state.active >= 0) activate(state.active);
    }
  }).observe(byId("ladder"));
  window.addEventListener("beforeprint", () => {
    ladder.whole = true;
    drawVisible();
  });
  window.addEventListener("afterprint", () => {
    ladder.whole = false;
    drawVisible();
  });
  if (report.subjects.length) openPlace();
  else {
    byId("subject").hidden = true;
    const section = document.querySelector("section.extra");
    if (section) showSection(section);
  }
}

start();
