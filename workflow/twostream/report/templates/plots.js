// Plots: as soon as a drawing comes near the screen, one that answers to the pointer replaces it.
"use strict";
const isDark = matchMedia("(prefers-color-scheme: dark)");
const draw = async (figure) => {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const drawing = figure.querySelector(".drawing");
  const view = document.createElement("div");
  const theme = isDark.matches ? "dark" : "light";
  // "ast" interprets expressions: the page's policy lets no text become code.
  const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: { theme } };
  spec.width = Math.min(drawing.clientWidth, spec.usermeta.widest);
  spec.autosize = { type: "fit-x", contains: "padding" };
  await vegaEmbed(view, spec, options);
  drawing.replaceChildren(view);
  figure.classList.add("live");
};
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      near.unobserve(target);
      draw(target);
    }
  }
}, { rootMargin: "400px" });
document.querySelectorAll("figure.plot").forEach((figure) => near.observe(figure));
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
