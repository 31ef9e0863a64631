// Tables: sorted by a click on a heading, and filtered by a box. Without this script the whole table stands there.
"use strict";
const FILTERED_FROM = 12; // rows: a shorter table is read at a glance

for (const table of document.querySelectorAll(".table table")) {
  const box = table.closest(".wide");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];

  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = parseFloat(text.replace("\u2212", "-").replaceAll(",", ""));
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
    box.scrollTop = 0;
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(column));
    heading.append(button);
  });

  if (rows.length >= FILTERED_FROM) {
    const [tools, label, input, count] = ["p", "label", "input", "span"].map((name) => document.createElement(name));
    tools.className = "tools";
    input.type = "search";
    count.setAttribute("aria-live", "polite");
    count.textContent = `${rows.length} rows`;
    label.append("Filter ", input);
    tools.append(label, count);
    box.before(tools);
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      rows.forEach((row) => { row.hidden = !words.every((word) => texts.get(row).includes(word)); });
      const left = rows.filter((row) => !row.hidden).length;
      count.textContent = left === rows.length ? `${left} rows` : `${left} of ${rows.length} rows`;
    });
  }

  // A box is a stop of the Tab key only while there is something to scroll in it.
  new ResizeObserver(() => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }).observe(table);
}
