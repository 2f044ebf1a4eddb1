// What the pages do beyond HTML. Everything here is an improvement: each page works without it.
"use strict";

const root = document.documentElement;
const word = (name) => document.body.dataset[name];
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const drawer = () => document.getElementById("drawer");
const modal = () => document.getElementById("modal");

root.classList.add("js");

// ---- Small things: copy, download, toasts, theme -------------------------------------------------------------

function toast(text, bad = false) {
  const note = document.createElement("div");
  note.className = bad ? "note bad" : "note";
  note.append(Object.assign(document.createElement("div"), { textContent: text }));
  showMessage(note);
}

function showMessage(note) {
  const messages = document.getElementById("messages");
  if (!messages) return;
  messages.append(note);
  raiseMessages();
  fade(note);
}

// A modal dialog covers everything but the top layer, so messages live there as a popover.
function raiseMessages() {
  const messages = document.getElementById("messages");
  if (!messages?.showPopover) return;
  messages.popover = "manual";
  if (messages.matches(":popover-open")) messages.hidePopover();
  if (messages.querySelector(".note")) messages.showPopover();
}

function fade(note) {
  if (note.classList.contains("bad")) return; // errors stay until they are dismissed
  const later = () => setTimeout(() => (note.matches(":hover, :focus-within") ? later() : note.remove()), 6000);
  later();
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    if (!copyAsOfOld(button)) return toast(word("failed"), true);
  }
  button.classList.add("copied");
  toast(word("copied"));
  setTimeout(() => button.classList.remove("copied"), 2000);
}

// Over plain http browsers hide the clipboard, except for what is selected.
function copyAsOfOld(button) {
  const field = Object.assign(document.createElement("textarea"), { value: button.dataset.copy, className: "unseen" });
  button.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  button.focus();
  return done;
}

function download(button) {
  const url = URL.createObjectURL(new Blob([button.dataset.content + "\n"], { type: "text/plain" }));
  Object.assign(document.createElement("a"), { href: url, download: button.dataset.download }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function chooseTheme(form, button) {
  const choice = button.value;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  for (const other of all("button", form)) other.setAttribute("aria-pressed", other === button);
  const body = new FormData(form);
  body.set("theme", choice);
  fetch(form.action, { method: "POST", body, redirect: "manual" });
}

// ---- Drawers and questions: pages shown in a <dialog> --------------------------------------------------------

let listUrl = location.href; // the page behind the drawer
let changed = false; // something was posted in the drawer, so the list behind is old

function open(url, dialog, source) {
  return htmx.ajax("GET", url, { source: source ?? dialog, target: dialog, swap: "innerHTML" });
}

function close(dialog) {
  if (dialog.open) dialog.close();
}

function closed(dialog) {
  dialog.replaceChildren();
  if (dialog !== drawer()) return;
  backToList();
  if (changed) refreshList(listUrl);
  changed = false;
}

// A drawer that is done leaves no trace behind: Back leads to where one was before it.
function backToList() {
  if (location.href === listUrl) return;
  if (history.state?.drawer) history.replaceState({}, "", listUrl);
  else history.pushState({}, "", listUrl);
}

// Whatever the server answers is a whole page. One with a [data-sheet] goes into the dialog of that kind,
// any other takes the place of the page itself.
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = event.detail;
  if (detail.xhr.status === 422) Object.assign(detail, { shouldSwap: true, isError: false });
  if (!detail.target.matches?.("dialog") || !detail.shouldSwap) return;
  const page = new DOMParser().parseFromString(detail.serverResponse, "text/html");
  const kind = page.querySelector("[data-sheet]")?.dataset.sheet;
  if (detail.requestConfig.verb !== "get") changed = true;
  if (!kind) {
    Object.assign(detail, { target: document.getElementById("page"), selectOverride: "#page", swapOverride: "outerHTML" });
    listUrl = detail.xhr.responseURL;
    changed = false;
    close(modal());
    close(drawer());
    backToList();
    return;
  }
  Object.assign(detail, { target: kind === "drawer" ? drawer() : modal(), selectOverride: "[data-sheet]" });
  detail.target.dataset.url = detail.xhr.responseURL;
  for (const note of all("#messages > .note", page)) showMessage(document.importNode(note, true));
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.detail.target;
  if (target.id === "list") return keepListUrl(event.detail.xhr.responseURL);
  if (!target.matches?.("dialog")) return;
  if (target === drawer()) {
    close(modal());
    target.classList.toggle("wide", Boolean(target.querySelector(".sheet.wide")));
    if (target.dataset.url !== location.href) history.pushState({ drawer: true }, "", target.dataset.url);
  }
  if (!target.open) target.showModal();
  raiseMessages();
  const first = target.querySelector("[autofocus], [aria-invalid='true'], :is(#sheet-form, .confirm) :is(input:not([type=hidden]), select, textarea):not(:disabled)");
  (first ?? target.querySelector("#sheet-title, #question-title"))?.focus();
});

document.addEventListener("htmx:responseError", () => toast(word("failed"), true));
document.addEventListener("htmx:sendError", () => toast(word("failed"), true));

addEventListener("popstate", (event) => {
  if (event.state?.drawer) return open(location.href, drawer());
  if (location.href !== listUrl) return location.reload();
  close(modal());
  close(drawer());
});

// ---- Lists: search and filter as you type, picked rows, columns ----------------------------------------------

function refreshList(url) {
  if (!document.getElementById("list")) return location.assign(url);
  return htmx.ajax("GET", url, { source: "#list", target: "#list", select: "#list", swap: "outerHTML" });
}

function keepListUrl(url) {
  if (drawer().open) return;
  listUrl = url;
  history.replaceState({}, "", url);
}

function filterUrl(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value && name !== "sort") url.searchParams.append(name, value);
  const sort = new URL(location.href).searchParams.get("sort");
  if (sort) url.searchParams.set("sort", sort);
  return url.href;
}

// The file comes in the order of the list, which may have been sorted since the page was made.
function sortAsShown(form) {
  const sort = new URL(location.href).searchParams.get("sort");
  form.querySelector("input[name=sort]")?.remove();
  if (sort) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "sort", value: sort }));
}

let typing;
function filterSoon(form, wait) {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const filled = all("[popover] :is(input:not([type=hidden], [type=checkbox], [type=radio]), select)", form).filter((field) => field.value).length;
    const ticked = all("[popover]:not([data-columns]) :checked:not(option)", form).length;
    const count = form.querySelector("[data-filter-count]");
    if (count) Object.assign(count, { hidden: !(filled + ticked), textContent: filled + ticked });
    refreshList(filterUrl(form));
  }, wait);
}

function countPicked() {
  const boxes = all("#list .pick");
  const picked = boxes.filter((box) => box.checked).length;
  for (const bulk of all("[data-bulk]")) {
    bulk.classList.toggle("on", picked > 0);
    bulk.querySelector("[data-picked]").textContent = picked;
  }
  for (const box of all("#list .pick-all")) {
    box.checked = picked > 0 && picked === boxes.length;
    box.indeterminate = picked > 0 && picked < boxes.length;
  }
}

function hiddenColumns(key) {
  try {
    return new Set(JSON.parse(localStorage.getItem(key)) ?? []);
  } catch {
    return new Set();
  }
}

function chooseColumns() {
  for (const menu of all("[data-columns]")) {
    const hidden = hiddenColumns("columns:" + menu.dataset.columns);
    for (const box of all("input[data-column]", menu)) box.checked = !hidden.has(box.dataset.column);
    for (const cell of all("#list :is(th, td)[data-column]")) cell.classList.toggle("column-off", hidden.has(cell.dataset.column));
  }
}

function keepColumns(menu) {
  const hidden = all("input[data-column]", menu).filter((box) => !box.checked).map((box) => box.dataset.column);
  localStorage.setItem("columns:" + menu.dataset.columns, JSON.stringify(hidden));
  chooseColumns();
}

// ---- Chips: several choices -----------------------------------------------------------------------------------

function chips(field) {
  if (field.querySelector(".chips-picked")) return;
  const picked = document.createElement("div");
  picked.className = "chips-picked";
  const options = field.querySelector(".chips-options");
  field.prepend(picked);
  const labels = all("label", options);
  if (labels.length > 8) options.before(chipsSearch(labels));
  const draw = () => {
    const chosen = labels.filter((label) => label.querySelector("input").checked);
    picked.replaceChildren(...(chosen.length ? chosen.map((label) => chip(label, draw)) : [nothing(field.dataset.none)]));
  };
  options.addEventListener("change", draw);
  draw();
}

function chip(label, draw) {
  const name = label.textContent.trim();
  const element = Object.assign(document.createElement("span"), { className: "chip", textContent: name });
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  remove.setAttribute("aria-label", word("remove") + " " + name);
  remove.addEventListener("click", () => {
    const box = label.querySelector("input");
    box.checked = false;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    box.focus();
  });
  element.append(remove);
  return element;
}

function chipsSearch(labels) {
  const wrap = Object.assign(document.createElement("div"), { className: "chips-search" });
  const input = Object.assign(document.createElement("input"), { type: "search", placeholder: word("search") });
  input.setAttribute("aria-label", word("search"));
  input.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = input.value.trim().toLowerCase();
    for (const label of labels) label.hidden = !label.textContent.toLowerCase().includes(wanted);
  });
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  wrap.append(input);
  return wrap;
}

const nothing = (text) => Object.assign(document.createElement("span"), { className: "none", textContent: text });

// ---- Parts of a form that belong to a choice: data-when="field=value field=value" -------------------------------

function fit(form) {
  for (const part of all("[data-when]", form)) {
    part.hidden = !part.dataset.when.split(" ").every((choice) => {
      const [name, value] = choice.split("=");
      return !form.elements[name] || form.elements[name].value === value;
    });
    // What can't be seen isn't sent.
    for (const field of all("input, select, textarea", part)) field.disabled = Boolean(field.closest("[data-when][hidden]"));
  }
}

// ---- Wiring: one listener per kind of event, on the document --------------------------------------------------

const plainClick = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-copy], [data-download], [data-dismiss-note], [data-drawer], [data-modal], [data-back], [data-refresh], [data-theme-form] button, dialog");
  if (!target || !plainClick(event)) return;
  const act = (what) => {
    event.preventDefault();
    event.stopPropagation();
    what();
  };
  if (target.matches("[data-copy]")) act(() => copy(target));
  else if (target.matches("[data-download]")) act(() => download(target));
  else if (target.matches("[data-dismiss-note]")) act(() => target.closest(".note").remove());
  else if (target.matches("[data-theme-form] button")) act(() => chooseTheme(target.form, target));
  else if (target.matches("[data-refresh]")) act(() => refreshList(location.href));
  else if (target.matches("[data-drawer]")) act(() => open(target.href, drawer(), target));
  else if (target.matches("a[data-modal]")) act(() => open(target.href, modal(), target));
  else if (target.matches("button[data-modal]")) act(() => open(target.formAction + "?" + new URLSearchParams(new FormData(target.form)), modal(), target));
  else if (target.matches("[data-back]")) goBack(target, act);
  else if (event.target === target && outside(target, event)) close(target); // the backdrop
}, true);

function goBack(link, act) {
  const dialog = link.closest("dialog");
  if (!dialog) return;
  const leaves = dialog === modal() || new URL(link.href).pathname === new URL(listUrl).pathname;
  if (leaves) act(() => close(dialog));
}

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter] :is(input[type=search], input[type=text])")) filterSoon(event.target.form, 300);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.form?.querySelector("[data-when]")) fit(field.form);
  if (field.matches(".pick-all")) for (const box of all("#list .pick")) box.checked = field.checked;
  if (field.matches(".pick, .pick-all")) countPicked();
  else if (field.matches("[data-columns] input")) keepColumns(field.closest("[data-columns]"));
  else if (field.matches("[data-code-language]")) pickLanguage(field.value);
  else if (field.matches("[data-filter] :is(select, input:not([type=search], [type=text]))")) filterSoon(field.form, 0);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-filter]")) return;
  if (event.submitter?.name === "format") return sortAsShown(form);
  event.preventDefault();
  all("[popover]:popover-open", form).forEach((menu) => menu.hidePopover());
  filterSoon(form, 0);
});

function pickLanguage(language) {
  localStorage.setItem("code-language", language);
  for (const radio of all("[data-code-language]")) radio.checked = radio.value === language;
}

function enhance(within) {
  for (const field of all("[data-chips]", within)) chips(field);
  for (const form of new Set(all("[data-when]", within).map((part) => part.closest("form")))) fit(form);
  const language = localStorage.getItem("code-language");
  if (language) for (const radio of all("[data-code-language]", within)) radio.checked = radio.value === language;
  for (const note of all("#messages > .note", within)) fade(note);
  if (within.querySelector?.("#messages > .note")) raiseMessages();
  chooseColumns();
  countPicked();
}

for (const dialog of [drawer(), modal()]) dialog?.addEventListener("close", () => closed(dialog));
document.addEventListener("htmx:afterSettle", (event) => enhance(event.detail.target.isConnected ? event.detail.target : document));
enhance(document);
