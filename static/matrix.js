// The matrix of a permission group: ticks of whole rows and columns, read-only, search, arrow keys. And on the
// Modules page: a sub-module follows its module. Everything works without it.
"use strict";
{
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const ticks = (within) => every("input[name=scopes]:not(:disabled)", within).filter((tick) => !tick.closest("[hidden]"));
  const READS = ["view", "report"];

  function summarise(box, members) {
    const ticked = members.filter((tick) => tick.checked).length;
    box.disabled = members.length === 0;
    box.checked = members.length > 0 && ticked === members.length;
    box.indeterminate = ticked > 0 && ticked < members.length;
  }

  const ofRow = (box) => ticks(box.closest("[data-matrix-row]"));
  const ofColumn = (box) => ticks(box.closest("[data-matrix]")).filter((tick) => tick.dataset.action === box.dataset.tickColumn);
  const members = (box) => (box.matches("[data-tick-row]") ? ofRow(box) : ofColumn(box));

  function show(matrix) {
    for (const box of every("[data-tick-row], [data-tick-column]", matrix)) summarise(box, members(box));
  }

  // A read-only group can't change anything: what it can't have is not offered.
  function limit(matrix) {
    const readOnly = matrix.querySelector("input[name=is_read_only]")?.checked;
    if (readOnly === undefined) return;
    for (const tick of every("[data-matrix-row]:not(.off) input[name=scopes]", matrix)) {
      if (READS.includes(tick.dataset.action)) continue;
      tick.disabled = readOnly;
      if (readOnly) tick.checked = false;
    }
  }

  function find(input) {
    const wanted = input.value.trim().toLowerCase();
    const matrix = input.closest("[data-matrix]");
    for (const row of every("[data-matrix-row]", matrix)) row.hidden = !row.querySelector("th").textContent.toLowerCase().includes(wanted);
    for (const part of every("tbody", matrix)) part.hidden = !part.querySelector("[data-matrix-row]:not([hidden])");
    show(matrix);
  }

  // Arrow keys walk over the ticks as over the cells of a sheet.
  function walk(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const cell = event.target.closest?.("[data-matrix] :is(td, th)");
    if (!step || !cell || event.target.type !== "checkbox") return;
    event.preventDefault();
    const rows = every("tr", cell.closest("table")).filter((row) => !row.closest("[hidden]"));
    let [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex];
    for (;;) {
      row += step[0];
      column += step[1];
      const next = rows[row]?.cells[column];
      if (!rows[row] || column < 0 || column > 5) return;
      const box = next?.querySelector("input:not(:disabled)");
      if (box) return box.focus();
    }
  }

  function follow(form) {
    for (const part of every("[data-part-of]", form)) {
      const whole = form.querySelector(`[value="${part.dataset.partOf}"]`);
      if (whole.disabled) continue;
      part.disabled = !whole.checked;
      if (part.disabled) part.checked = false;
    }
  }

  function begin(within) {
    for (const matrix of every("[data-matrix]", within)) limit(matrix), show(matrix);
    for (const form of every("[data-modules]", within)) follow(form);
  }

  // Before htmx hears of the change, so that the preview is about what is ticked now.
  document.addEventListener("change", (event) => {
    const matrix = event.target.closest("[data-matrix]");
    if (event.target.matches("[data-tick-row], [data-tick-column]")) for (const tick of members(event.target)) tick.checked = event.target.checked;
    if (event.target.matches("[data-matrix] input[name=is_read_only]")) limit(matrix);
    if (matrix) show(matrix);
    if (event.target.matches("[data-modules] input")) follow(event.target.form);
  }, true);
  document.addEventListener("input", (event) => event.target.matches("[data-matrix-search]") && find(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("[data-matrix-search]") && event.key === "Enter") event.preventDefault();
    else walk(event);
  });
  document.addEventListener("htmx:afterSwap", (event) => begin(event.detail.target.isConnected ? event.detail.target : document));
  begin(document);
}
