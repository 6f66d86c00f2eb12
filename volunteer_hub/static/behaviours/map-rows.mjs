/* A map and its table point at each other: a click on a shape marks its row, a click on a row its shape. */

/** Rows live in `table[data-map=<id of the figure>]` and carry data-row-key.
    `choose(key)` is called when a row is clicked; show(key) marks a row and scrolls it into view. */
export function link(figure, choose) {
  const rows = new Map();
  for (const row of document.querySelectorAll(`table[data-map="${CSS.escape(figure.id)}"] tr[data-row-key]`)) {
    rows.set(row.dataset.rowKey, row);
    row.addEventListener("click", (event) => {
      if (event.target.closest("a, button, input, select, label, summary")) return;
      mark(row);
      choose(keyOf(row.dataset.rowKey));
    });
  }

  function mark(row) {
    for (const each of rows.values()) each.classList.toggle("is-picked", each === row);
  }

  return {
    show(key) {
      const row = rows.get(String(key));
      if (!row) return;
      mark(row);
      row.scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
  };
}

/** Keys such as “001” are text and stay so; 12 is a number in the data as well. */
function keyOf(text) {
  const number = Number(text);
  return String(number) === text ? number : text;
}
