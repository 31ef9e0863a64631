// Tables: sorted by a click on a heading, and shown page by page. Without this script the whole table stands there.
"use strict";
for (const table of document.querySelectorAll("table[data-page]")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const size = Number(table.dataset.page);
  const pages = Math.ceil(rows.length / size);
  const headings = [...table.tHead.rows[0].cells];
  let page = 0;

  const show = () => rows.forEach((row, index) => { row.hidden = Math.floor(index / size) !== page; });

  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = parseFloat(text.replace("\u2212", "-"));
    return headings[column].classList.contains("n") ? (Number.isNaN(number) ? -Infinity : number) : text;
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));

  const sort = (column) => {
    const heading = headings[column];
    // The first click puts the greatest number or the letter A first; the next one reverses the order.
    const first = heading.classList.contains("n") ? "descending" : "ascending";
    const other = { ascending: "descending", descending: "ascending" };
    const direction = heading.ariaSort ? other[heading.ariaSort] : first;
    headings.forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", direction);
    rows.sort((a, b) => (direction === "ascending" ? 1 : -1) * order(value(a, column), value(b, column)));
    body.append(...rows);
    turn(0);
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(column));
    heading.append(button);
  });

  const pager = document.createElement("span");
  const position = document.createElement("span");
  position.setAttribute("aria-live", "polite");
  const step = (label, by) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => turn(page + by));
    return button;
  };
  const [previous, next] = [step("previous", -1), step("next", 1)];
  const turn = (to) => {
    page = to;
    previous.disabled = page === 0;
    next.disabled = page >= pages - 1;
    position.textContent = `${page * size + 1} to ${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`;
    show();
  };
  if (pages > 1) {
    pager.className = "pager";
    pager.append(position, previous, next);
    table.closest(".table").querySelector(".under").append(pager);
    turn(0);
  }
}
