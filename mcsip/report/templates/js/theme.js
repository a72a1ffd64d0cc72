// Light or dark: as the system has it, until somebody chooses; the choice is kept where that is allowed.

const THEMES = { auto: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };

function keep(theme) {
  try {
    if (theme !== undefined) localStorage.setItem("mcsip-theme", theme);
    return localStorage.getItem("mcsip-theme");
  } catch {
    return null; // a browser may forbid a file from disk to keep anything
  }
}

function setTheme(theme) {
  const known = Object.hasOwn(THEMES, theme) ? theme : "auto";
  const root = document.documentElement;
  if (known === "auto") delete root.dataset.theme;
  else root.dataset.theme = known;
  const [sign, said] = THEMES[known];
  byId("theme").textContent = sign;
  byId("theme").setAttribute("aria-label", `Colours: ${said}`);
  byId("theme").dataset.chosen = known;
}

function listenToTheme() {
  setTheme(keep() ?? "auto");
  byId("theme").addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(byId("theme").dataset.chosen) + 1) % names.length];
    setTheme(next);
    keep(next);
  });
}
