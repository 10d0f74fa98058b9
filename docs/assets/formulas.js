// Draws the formulas of a page with the copy of KaTeX beside this file. Material calls it again for
// each page that it loads without leaving the site.
document$.subscribe(({ body }) => {
  for (const formula of body.querySelectorAll(".arithmatex")) {
    const text = formula.textContent.replace(/^\\[([]|\\[)\]]$/g, "");
    katex.render(text, formula, { displayMode: formula.tagName === "DIV", throwOnError: false });
  }
});
