/* Narrows a list that is already on the page. On the input: data-filter="#list"; the items are the
   children of that element (rows of a table's body). Elements with data-filter-empty show when nothing is left.
   An item with forms in it says in data-filter-text what it is found by. */
export function start(input) {
  const list = document.querySelector(input.dataset.filter);
  const target = list?.tBodies?.[0] || list;
  if (!target) return;
  const empty = document.querySelector(input.dataset.filterEmpty || null);
  const items = [...target.children].map((element) => [element, plain(element.dataset.filterText ?? element.textContent)]);
  const apply = () => {
    const words = plain(input.value).split(" ");
    let left = 0;
    for (const [element, text] of items) {
      element.hidden = !words.every((word) => text.includes(word));
      if (!element.hidden) left += 1;
    }
    if (empty) empty.hidden = left > 0;
  };
  input.addEventListener("input", apply);
  if (input.value) apply();
}

/** Lower case, without accents, single spaces: how people type and how names are written meet. */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
}
