// Tables: sorted by their headings, shown by the page. Without this script they stand whole, as written.
"use strict";
for (const table of document.querySelectorAll("table[data-page]")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const size = Number(table.dataset.page);
  const pages = Math.ceil(rows.length / size);
  const headings = [...table.tHead.rows[0].cells];
  let page = 0;

  const show = () => rows.forEach((row, place) => { row.hidden = Math.floor(place / size) !== page; });

  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = parseFloat(text.replace("\u2212", "-"));
    return headings[column].classList.contains("n") ? (Number.isNaN(number) ? -Infinity : number) : text;
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));

  const sort = (column) => {
    const heading = headings[column];
    // Figures the greatest first, names from A on; again the other way round.
    const first = heading.classList.contains("n") ? "descending" : "ascending";
    const other = { ascending: "descending", descending: "ascending" };
    const way = heading.ariaSort ? other[heading.ariaSort] : first;
    headings.forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", way);
    rows.sort((a, b) => (way === "ascending" ? 1 : -1) * order(value(a, column), value(b, column)));
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
  const told = document.createElement("span");
  told.setAttribute("aria-live", "polite");
  const step = (label, by) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => turn(page + by));
    return button;
  };
  const [back, on] = [step("back", -1), step("on", 1)];
  const turn = (to) => {
    page = to;
    back.disabled = page === 0;
    on.disabled = page >= pages - 1;
    told.textContent = `${page * size + 1} to ${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`;
    show();
  };
  if (pages > 1) {
    pager.className = "pager";
    pager.append(told, back, on);
    table.closest(".table").querySelector(".under").append(pager);
    turn(0);
  }
}
