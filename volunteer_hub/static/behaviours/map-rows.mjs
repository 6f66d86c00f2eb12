/* A map and its table point at each other: a click on a shape marks its row, a click on a row its shape. */

/** Rows live in `table[data-map~=<id of the figure>]` (a table may belong to several maps) and carry data-row-key; several may share one.
    `choose(key)` is called when a row is clicked; show(key) marks a row and scrolls it into view. */
export function link(figure, choose) {
  const rows = new Map();
  for (const row of document.querySelectorAll(`table[data-map~="${CSS.escape(figure.id)}"] tr[data-row-key]`)) {
    rows.set(row.dataset.rowKey, [...(rows.get(row.dataset.rowKey) ?? []), row]);
    row.addEventListener("click", (event) => {
      if (event.target.closest("a, button, input, select, label, summary")) return;
      mark(rows.get(row.dataset.rowKey));
      choose(keyOf(row.dataset.rowKey));
    });
  }

  function mark(picked) {
    for (const each of rows.values()) for (const row of each) row.classList.toggle("is-picked", each === picked);
  }

  return {
    show(key) {
      const found = rows.get(String(key));
      if (!found) return;
      mark(found);
      found[0].scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
  };
}

/** Keys such as “001” are text and stay so; 12 is a number in the data as well. */
function keyOf(text) {
  const number = Number(text);
  return String(number) === text ? number : text;
}
