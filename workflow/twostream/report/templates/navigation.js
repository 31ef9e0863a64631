// Headings get a link to themselves, the list of sections says where the reader is, and texts are copied at a click.
"use strict";
const sections = [...document.querySelectorAll("main section[id]")];
for (const section of sections) {
  const heading = section.querySelector("h2");
  if (!heading) continue;
  const link = document.createElement("a");
  link.className = "here";
  link.href = `#${section.id}`;
  link.textContent = "#";
  link.setAttribute("aria-label", `Link to: ${heading.textContent}`);
  heading.append(" ", link);
}

const entries = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const showWhere = () => {
  const line = innerHeight / 3;
  const current = sections.filter((section) => section.getBoundingClientRect().top <= line).pop() ?? sections[0];
  entries.forEach((link, id) => {
    if (id === current?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
};
addEventListener("scroll", showWhere, { passive: true });
showWhere();

for (const block of document.querySelectorAll(".copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${block.dataset.what}`);
  button.addEventListener("click", async () => {
    const text = block.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page that was opened from disk may not be allowed to use the clipboard by itself.
      getSelection().selectAllChildren(block.querySelector("pre"));
      document.execCommand("copy");
    }
    button.textContent = "Copied";
  });
  block.querySelector(".under").append(button);
}
