// The confusion matrix: drawn from the predictions, explored by pointer and keyboard; a cell lists its videos.
"use strict";
for (const figure of document.querySelectorAll("figure.matrix")) {
  const { classes, order, videos, label, predicted, streams } = JSON.parse(figure.querySelector("script").textContent);
  const SMALLEST = 3, FEWEST = 12, LISTED = 200; // pixels of a mistake; classes in sight; videos in the list
  const names = ["fused", ...streams];
  const total = classes.length;
  const sums = new Array(total).fill(0);
  label.forEach((c) => { sums[c] += 1; });
  const counts = {};
  for (const name of names) {
    counts[name] = new Map();
    predicted[name].forEach((p, v) => {
      const key = label[v] * total + p;
      counts[name].set(key, (counts[name].get(key) ?? 0) + 1);
    });
  }
  const orders = { "similar classes together": order, "order of the list": classes.map((_, c) => c) };
  const count = (name, key) => counts[name].get(key) ?? 0;
  const state = { matrix: "fused", order: "similar classes together", shade: "videos", first: 0, shown: total, cell: null };

  // A difference is positive where the fusion is better: more right, or fewer mistakes of this kind.
  const value = (key) => {
    if (!state.matrix.startsWith("fused − ")) return count(state.matrix, key);
    const change = count("fused", key) - count(state.matrix.slice(8), key);
    return Math.floor(key / total) === key % total ? change : -change;
  };
  const cells = () => {
    const keys = new Set(state.matrix.startsWith("fused − ")
      ? [...counts.fused.keys(), ...counts[state.matrix.slice(8)].keys()] : counts[state.matrix].keys());
    return [...keys].map((key) => ({ key, row: Math.floor(key / total), column: key % total, value: value(key) }))
      .filter((cell) => cell.value !== 0);
  };

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const canvas = make("canvas", { tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Confusion matrix");
  canvas.setAttribute("aria-describedby", "matrix-help");
  const readout = make("p", { className: "readout", textContent: "Point at a cell, or go to one with the arrow keys." });
  readout.setAttribute("aria-live", "polite");
  const list = make("div", { className: "cell-videos" });
  let current = [], place = [], geometry = {};

  const colours = () => {
    const style = getComputedStyle(figure);
    const parts = (name) => style.getPropertyValue(name).trim().match(/\w\w/g).map((hex) => parseInt(hex, 16));
    return Object.fromEntries(["good", "bad"].map((kind) => [kind, [parts(`--${kind}-few`), parts(`--${kind}-many`)]]));
  };
  const strength = (cell) => {
    const size = Math.abs(cell.value);
    return state.shade === "videos" ? Math.log(size) / Math.log(Math.max(2, geometry.most))
      : Math.log1p(100 * size / Math.max(1, sums[cell.row])) / Math.log(101);
  };
  const isGood = (cell) => (state.matrix.startsWith("fused − ") ? cell.value > 0 : cell.row === cell.column);

  const draw = () => {
    const width = Math.min(figure.clientWidth, 1000);
    const pen = canvas.getContext("2d");
    pen.font = "12px system-ui, sans-serif";
    const margin = Math.round(Math.min(150, width / 4, 8 + Math.max(...classes.map((name) => pen.measureText(name).width))));
    const labelled = (width - margin) / state.shown >= 8;
    const left = labelled ? margin : 1;
    const size = (width - left - 1) / state.shown;
    const ratio = devicePixelRatio || 1;
    geometry = { left, size, most: Math.max(...current.map((cell) => Math.abs(cell.value)), 1) };
    canvas.style.width = canvas.style.height = `${width}px`;
    canvas.width = canvas.height = Math.round(width * ratio);
    pen.scale(ratio, ratio);
    const style = getComputedStyle(figure), palette = colours();
    pen.strokeStyle = style.getPropertyValue("--dim");
    pen.strokeRect(left - 0.5, left - 0.5, width - left, width - left);
    const diagonalFirst = [...current].sort((a, b) => (a.row !== a.column) - (b.row !== b.column));
    for (const cell of diagonalFirst) {
      const x = place[cell.column] - state.first, y = place[cell.row] - state.first;
      if (x < 0 || y < 0 || x >= state.shown || y >= state.shown) continue;
      const side = cell.row === cell.column ? Math.max(size, SMALLEST - 1) : Math.max(size - (size > 6 ? 1 : 0), SMALLEST);
      const [few, many] = palette[isGood(cell) ? "good" : "bad"];
      const t = Math.min(1, strength(cell));
      pen.fillStyle = `rgb(${few.map((part, i) => Math.round(part + t * (many[i] - part))).join(" ")})`;
      pen.fillRect(left + (x + 0.5) * size - side / 2, left + (y + 0.5) * size - side / 2, side, side);
    }
    if (labelled) drawLabels(pen, style, left, size);
    if (state.cell) outline(pen, style, left, size);
  };
  const drawLabels = (pen, style, left, size) => {
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.font = `${Math.max(8, Math.min(12, size - 1))}px system-ui, sans-serif`;
    pen.textBaseline = "middle";
    const fit = (text) => {
      let short = text;
      while (short && pen.measureText(short).width > left - 8) short = short.slice(0, -1);
      return short === text ? text : `${short.slice(0, -1)}…`;
    };
    orders[state.order].slice(state.first, state.first + state.shown).forEach((c, i) => {
      const text = fit(classes[c]), middle = left + (i + 0.5) * size;
      pen.textAlign = "right";
      pen.fillText(text, left - 4, middle);
      pen.save();
      pen.translate(middle, left - 4);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "left";
      pen.fillText(text, 0, 0);
      pen.restore();
    });
  };
  const outline = (pen, style, left, size) => {
    const x = left + (place[state.cell.column] - state.first) * size, y = left + (place[state.cell.row] - state.first) * size;
    const side = Math.max(size + 4, 11);
    pen.strokeStyle = style.getPropertyValue("--link");
    pen.lineWidth = 2;
    pen.strokeRect(x + size / 2 - side / 2, y + size / 2 - side / 2, side, side);
  };

  const show = (cell) => {
    const key = cell.row * total + cell.column;
    const percent = (name) => (100 * count(name, key) / Math.max(1, sums[cell.row])).toFixed(1);
    const counted = names.map((name, i) => `${name} ${count(name, key)}${i ? "" : ` of ${sums[cell.row]} videos`} (${percent(name)} %)`);
    const words = cell.row === cell.column ? " predicted right: " : " predicted as ";
    readout.replaceChildren(make("bdi", { textContent: classes[cell.row] }), words,
      ...(cell.row === cell.column ? [] : [make("bdi", { textContent: classes[cell.column] }), ": "]), counted.join(", "));
  };
  const select = (cell) => {
    state.cell = cell;
    const rank = Math.min(place[cell.row], place[cell.column]), last = Math.max(place[cell.row], place[cell.column]);
    if (last - rank >= state.shown) state.shown = Math.min(total, last - rank + 1);
    if (rank < state.first || last >= state.first + state.shown) {
      state.first = Math.max(0, Math.min(total - state.shown, Math.round((rank + last - state.shown) / 2)));
    }
    show(cell);
    draw();
  };
  const listVideos = () => {
    if (!state.cell) return;
    const { row, column } = state.cell;
    const by = state.matrix.startsWith("fused − ") ? ["fused", state.matrix.slice(8)] : [state.matrix];
    const members = videos.map((_, v) => v).filter((v) => label[v] === row && by.some((name) => predicted[name][v] === column));
    const line = (tag, texts) => make("tr", {}, ...texts.map((text) => make(tag, {}, make("bdi", { textContent: text }))));
    const rows = members.slice(0, LISTED).map((v) => line("td", [videos[v], ...names.map((name) => classes[predicted[name][v]])]));
    const caption = `${members.length} videos of this cell${members.length > LISTED ? `, the first ${LISTED}` : ""}`;
    list.replaceChildren(make("table", {}, make("caption", { textContent: caption }),
      make("thead", {}, line("th", ["video", ...names])), make("tbody", {}, ...rows)));
  };

  const refresh = () => {
    place = [];
    orders[state.order].forEach((c, i) => { place[c] = i; });
    current = cells();
    if (state.cell) show(state.cell);
    draw();
  };
  const zoom = (factor) => {
    const middle = state.cell ? (place[state.cell.row] + place[state.cell.column] + 1) / 2 : state.first + state.shown / 2;
    state.shown = Math.max(Math.min(FEWEST, total), Math.min(total, Math.round(state.shown * factor)));
    state.first = Math.max(0, Math.min(total - state.shown, Math.round(middle - state.shown / 2)));
    if (state.cell) select(state.cell);
    else draw();
  };
  const step = (by, sameRow) => {
    const mistakes = current.filter((cell) => cell.row !== cell.column)
      .sort((a, b) => place[a.row] - place[b.row] || place[a.column] - place[b.column]);
    if (!mistakes.length) return;
    const index = state.cell ? mistakes.findIndex((cell) => cell.key === state.cell.row * total + state.cell.column) : -1;
    let next = index < 0 ? 0 : index + by;
    while (!sameRow && mistakes[next] && mistakes[next].row === mistakes[index]?.row) next += by;
    select(mistakes[Math.max(0, Math.min(mistakes.length - 1, next))]);
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect(), { left, size } = geometry;
    const x = (event.clientX - box.left - left) / size + state.first, y = (event.clientY - box.top - left) / size + state.first;
    const row = orders[state.order][Math.floor(y)], column = orders[state.order][Math.floor(x)];
    // Where a cell is smaller than its mark, the nearest mark is meant.
    const reach = Math.max(0.5, 4 / size);
    const distance = (cell) => Math.max(Math.abs(place[cell.column] + 0.5 - x), Math.abs(place[cell.row] + 0.5 - y));
    const near = current.filter((cell) => distance(cell) <= reach).sort((a, b) => distance(a) - distance(b))[0];
    const inside = x >= state.first && y >= state.first && row !== undefined && column !== undefined;
    return near ?? (inside ? { row, column } : null);
  };
  const keys = {
    ArrowRight: () => step(1, true), ArrowLeft: () => step(-1, true), ArrowDown: () => step(1, false),
    ArrowUp: () => step(-1, false), Enter: listVideos, "+": () => zoom(0.5), "-": () => zoom(2),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  canvas.addEventListener("pointermove", (event) => { const cell = at(event); if (cell) show(cell); });
  canvas.addEventListener("pointerleave", () => { if (state.cell) show(state.cell); });
  canvas.addEventListener("click", (event) => { const cell = at(event); if (cell) { select(cell); listVideos(); } });

  const choice = (title, field, values) => {
    const control = make("select", {}, ...values.map((text) => make("option", { textContent: text, value: text })));
    control.addEventListener("change", () => { state[field] = control.value; list.replaceChildren(); refresh(); });
    return make("label", {}, `${title} `, control);
  };
  const press = (text, action) => {
    const button = make("button", { type: "button", textContent: text });
    button.addEventListener("click", action);
    return button;
  };
  const tools = make("p", { className: "tools" },
    choice("Matrix", "matrix", [...names, ...(streams.length > 1 ? streams.map((name) => `fused − ${name}`) : [])]),
    choice("Order", "order", Object.keys(orders)), choice("Shade", "shade", ["videos", "% of the class"]),
    press("Zoom in", () => zoom(0.5)), press("Zoom out", () => zoom(2)), press("All predictions as CSV", () => save()));
  const save = () => {
    const quoted = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const lines = videos.map((video, v) => [video, classes[label[v]], ...names.map((name) => classes[predicted[name][v]])]);
    const text = [["video", "class", ...names], ...lines].map((line) => line.map(quoted).join(",")).join("\r\n");
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    make("a", { href, download: `predictions-${figure.dataset.run}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  };

  // The number of videos of a mistake in the table leads to its cell.
  const numbers = new Map(classes.map((name, c) => [name, c]));
  for (const row of document.querySelectorAll("#confusion .table tbody tr")) {
    const [right, taken, number] = row.cells;
    const cell = { row: numbers.get(right.textContent), column: numbers.get(taken.textContent) };
    const button = press(number.textContent, () => {
      figure.scrollIntoView({ block: "start" });
      select(cell);
      listVideos();
    });
    button.setAttribute("aria-label", `${number.textContent}: show the videos`);
    number.replaceChildren(button);
  }

  figure.querySelector("img").hidden = true;
  figure.prepend(tools, canvas, readout, list);
  figure.classList.add("live");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  refresh();
  let drawn = figure.clientWidth;
  new ResizeObserver(() => { if (figure.clientWidth !== drawn) { drawn = figure.clientWidth; draw(); } }).observe(figure);
}
