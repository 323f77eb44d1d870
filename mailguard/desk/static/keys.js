// Keys of the desk. Whatever carries data-key="a" (or a sequence, "g q") answers to it; `?` lists what a page has.
// A letter alone changes nothing: it leads to a page, opens, ticks, or puts the focus on the button that Enter presses.
"use strict";
(() => {
  const html = document.documentElement;
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const on = html.dataset.keys !== "off";
  const PAUSE = 1500; // milliseconds between the keys of a sequence
  let typed = "";
  let since = 0;

  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) || element.closest("[popover]");
  const keyed = () => [...document.querySelectorAll("[data-key]")].filter((one) => !one.disabled && visible(one));
  const nameOf = (one) => {
    const label = one.labels && one.labels.length ? one.labels[0].innerText : one.innerText;
    return (one.dataset.keyName || one.getAttribute("aria-label") || label).trim().replace(/\s+/g, " ");
  };

  const isTyping = (element) =>
    element.isContentEditable ||
    element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

  const act = (element) => {
    if (element.matches("input[type=checkbox], summary, a, [data-key-press]")) {
      element.focus();
      element.click();
      return;
    }
    const folded = element.closest("details:not([open])");
    if (folded && !element.matches("summary")) folded.open = true;
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  };

  // Lists (`data-items`): the items' first links are walked with j and k.
  const items = () => [...document.querySelectorAll("[data-items] > *")].filter(visible);
  const step = (by) => {
    const all = items();
    const here = all.findIndex((item) => item.contains(document.activeElement));
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))];
    if (!next) return false;
    (next.querySelector("a[href]") || next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const tick = () => {
    const item = document.activeElement.closest("[data-items] > *");
    const box = item && item.querySelector("input[type=checkbox]");
    if (box) box.click();
    return Boolean(box);
  };

  const show = () => {
    const list = dialog.querySelector("[data-keys-here]");
    list.replaceChildren();
    for (const one of keyed().filter((each) => !dialog.contains(each))) {
      const row = list.appendChild(document.createElement("div"));
      const term = row.appendChild(document.createElement("dt"));
      one.dataset.key.split(" ").forEach((key) => (term.appendChild(document.createElement("kbd")).textContent = key));
      row.appendChild(document.createElement("dd")).textContent = nameOf(one);
    }
    dialog.showModal();
  };

  const press = (key) => {
    const now = Date.now();
    typed = typed && now - since < PAUSE ? `${typed} ${key}` : key;
    since = now;
    const all = keyed();
    const found = all.find((one) => one.dataset.key === typed);
    if (found) {
      typed = "";
      act(found);
      return true;
    }
    if (all.some((one) => one.dataset.key.startsWith(`${typed} `))) return true;
    typed = "";
    if (key === "j") return step(1);
    if (key === "k") return step(-1);
    if (key === "x") return tick();
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (event.key === "Escape" && isTyping(event.target) && !dialog.open) {
      event.target.blur();
      return;
    }
    if (!on || dialog.open || event.key.length !== 1 || event.key === " " || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });

  const opener = document.querySelector("[data-keys-open]");
  if (opener) {
    opener.hidden = false;
    opener.addEventListener("click", show);
  }
  if (!on) return;
  html.dataset.keys = "on";
  for (const one of document.querySelectorAll("[data-key]")) {
    one.setAttribute("aria-keyshortcuts", one.dataset.key);
    if (!one.title) one.title = `${nameOf(one)} (${one.dataset.key})`;
  }
})();
