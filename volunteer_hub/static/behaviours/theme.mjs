/* Light, dark, or as the device says; kept in a cookie so that the server can draw the next page right away. */
const YEAR_S = 365 * 24 * 3600;

export function start(group) {
  group.hidden = false;
  const buttons = [...group.querySelectorAll("[data-theme-choice]")];
  for (const button of buttons)
    button.addEventListener("click", () => {
      choose(button.dataset.themeChoice);
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    });
}

function choose(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${theme ? YEAR_S : 0}; SameSite=Lax${secure}`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.dispatchEvent(new CustomEvent("theme-change"));
}
