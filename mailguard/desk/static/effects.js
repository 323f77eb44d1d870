// The decision form: names the addresses that would get the letter, and keeps a recipient and the address on record in
// its place from being chosen together. Without this file the server says so.

for (const form of document.querySelectorAll("form.approve")) {
  const told = form.querySelector("[data-effects] .ticked");
  const boxes = [...form.querySelectorAll("input[data-to]")];
  const everyone = form.querySelector("input[name=everyone]");

  function tell() {
    const chosen = boxes.filter((box) => box.checked || (everyone?.checked && box.name === "recipient"));
    const addresses = [...new Set(chosen.map((box) => box.dataset.to))];
    told.textContent = addresses.length ? `${told.dataset.some} ${addresses.join(", ")}` : told.dataset.none;
    told.hidden = false;
    // What does not happen by this choice needs no words; before there is one, all of it is told.
    for (const line of form.querySelectorAll("[data-when]")) {
      line.hidden = chosen.length > 0 && !chosen.some((box) => box.name === line.dataset.when);
    }
  }

  form.addEventListener("change", ({ target }) => {
    if (target.checked && target.dataset.to) {
      const position = target.dataset.instead ?? target.value;
      for (const box of boxes) {
        const same = (box.dataset.instead ?? box.value) === position;
        if (box !== target && same) box.checked = false;
      }
    }
    tell();
  });
  if (told) tell();
}

// A reason is asked for at once where no usual one is chosen.
for (const form of document.querySelectorAll("form.reject")) {
  const usual = form.querySelector("select[name=template]");
  const own = form.querySelector("textarea[name=reason]");

  function ask() {
    own.required = !usual?.value;
  }

  usual?.addEventListener("change", ask);
  ask();
}
