/* A scanned code opens this page with its text behind the #, which no server and no log sees: put it into the form. */
export function start(form) {
  const text = decodeURIComponent(location.hash.slice(1));
  if (!text) return;
  const field = form.elements.text;
  field.value = [field.value.trim(), text].filter(Boolean).join("\n");
  history.replaceState(null, "", location.pathname);
  form.querySelector("button").focus();
}
