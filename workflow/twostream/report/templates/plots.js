// Plots: as soon as a drawing comes near the screen, one that answers to the pointer stands in for it, as wide as there
// is room, also after the window has changed. Paper gets the first drawing. Each can be saved as SVG, PNG and CSV.
"use strict";
const isDark = matchMedia("(prefers-color-scheme: dark)");
const NARROW = 520;
const LETTER = 7;
const views = new WeakMap();
document.documentElement.classList.add("js");

const lines = (title, letters) => title.split(" ").reduce((done, word) => {
  const last = done[done.length - 1];
  if (last && last.length + word.length < letters) done[done.length - 1] = `${last} ${word}`;
  else done.push(word);
  return done;
}, []);

// What a drawing of another width needs besides: legends in fewer columns, titles in lines, shorter labels.
const fit = (spec, width) => {
  spec.width = width;
  spec.autosize = { type: "fit-x", contains: "padding" };
  if (width < NARROW) spec.config.axis.labelLimit = Math.round(width * 0.3);
  for (const part of [spec, ...(spec.layer ?? [])]) {
    for (const channel of Object.values(part.encoding ?? {})) {
      const names = channel.scale?.domain;
      if (channel.legend && Array.isArray(names)) {
        const longest = Math.max(...names.map((name) => String(name).length));
        channel.legend.columns = Math.max(1, Math.floor((width - 20) / (LETTER * longest + 60)));
        channel.legend.labelLimit = width - 60;
      }
    }
    const x = part.encoding?.x;
    if (typeof x?.title === "string") x.title = lines(x.title, (width - 60) / LETTER);
  }
  return spec;
};

const read = (figure) => JSON.parse(figure.querySelector("script").textContent);

const draw = async (figure) => {
  const drawing = figure.querySelector(".drawing");
  const spec = read(figure);
  const width = Math.min(drawing.clientWidth, spec.usermeta.widest);
  const before = views.get(figure);
  if (!width || before?.width === width) return before;
  const box = document.createElement("div");
  box.className = "view";
  const theme = isDark.matches ? "dark" : "light";
  // "ast" interprets expressions: the page's policy lets no text become code.
  const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: { theme } };
  const { view } = await vegaEmbed(box, fit(spec, width), options);
  before?.view.finalize();
  drawing.querySelector(".view")?.remove();
  drawing.append(box);
  figure.classList.add("live");
  views.set(figure, { view, width });
  return views.get(figure);
};

const pending = new Map();
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const figure = target.closest("figure");
    clearTimeout(pending.get(figure));
    pending.set(figure, setTimeout(() => draw(figure), 120));
  }
});

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      near.unobserve(target);
      draw(target).then(() => resized.observe(target.querySelector(".drawing")));
    }
  }
}, { rootMargin: "400px" });

const save = (url, figure, ending) => {
  const link = document.createElement("a");
  link.href = url;
  link.download = `${figure.dataset.file}.${ending}`;
  link.click();
};

const field = (value) => {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  const harmless = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

// The largest table of the plot: the others are lines and marks that help the eye.
const table = (spec) => {
  const tables = [spec, ...(spec.layer ?? [])].map((part) => part.data?.values ?? []);
  const rows = tables.reduce((largest, each) => (each.length > largest.length ? each : largest));
  const names = [...new Set(rows.flatMap(Object.keys))];
  return [names, ...rows.map((row) => names.map((name) => row[name]))].map((row) => row.map(field).join(",")).join("\r\n");
};

const savers = {
  async SVG(figure) {
    const { view } = await draw(figure);
    save(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(await view.toSVG())}`, figure, "svg");
  },
  async PNG(figure) {
    const { view } = await draw(figure);
    view.background("white");
    save(await view.toImageURL("png", 3), figure, "png");
    view.background("transparent");
  },
  CSV(figure) {
    save(`data:text/csv;charset=utf-8,${encodeURIComponent(table(read(figure)))}`, figure, "csv");
  },
};

for (const figure of document.querySelectorAll("figure.plot")) {
  const row = document.createElement("p");
  row.className = "under save";
  row.append("Save plot as ");
  for (const [name, saver] of Object.entries(savers)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.setAttribute("aria-label", `${name} of the plot ${figure.id.replace("plot-", "")}`);
    button.addEventListener("click", () => saver(figure));
    row.append(button);
  }
  figure.append(row);
  near.observe(figure);
}
