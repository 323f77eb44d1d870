// The open queue keeps up: a bar says that new cases have come, and each row who is at it. Nothing moves by itself.
// All words come from the server; without this file the page works, and is reloaded by hand.

(() => {
  "use strict";

  const bar = document.getElementById("news");
  const rows = new Map([...document.querySelectorAll("[data-case]")].map((row) => [row.dataset.case, row]));
  const ASK_EVERY = 20_000; // milliseconds, where there is no stream
  let stream = null;
  let timer = 0;
  let asking = false;
  let again = false;

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(`${bar.dataset.news}&ids=${[...rows.keys()].join()}`, { redirect: "error" });
      if (answer.ok) show(await answer.json());
    } catch {
      // The login has ended, or the guard starts anew: the next click says so.
    } finally {
      asking = false;
      if (again) {
        again = false;
        ask();
      }
    }
  }

  function show(news) {
    bar.hidden = !news.new;
    if (news.new) bar.firstElementChild.textContent = news.text;
    for (const [id, row] of rows) {
      const now = news.rows[id];
      if (!now) continue;
      const at = row.querySelector(".at-it") ?? mark(row);
      const decided = now.state !== (row.dataset.state ?? "held");
      at.textContent = decided ? now.named : now.at;
      at.hidden = !at.textContent;
      at.classList.toggle("mine", now.mine && !decided);
      row.classList.toggle("gone", decided);
      const box = row.querySelector("[name=case]");
      if (box && decided) {
        box.checked = false;
        box.disabled = true;
      }
    }
    count();
  }

  // A row at which nobody is comes without it.
  function mark(row) {
    const at = document.createElement("span");
    at.className = "at-it";
    row.querySelector(".id").before(at);
    return at;
  }

  function listen() {
    stream = new EventSource(bar.dataset.events);
    stream.addEventListener("news", ask);
    // What came while the line was down is asked for as soon as it is up again.
    stream.addEventListener("open", () => {
      clearInterval(timer);
      ask();
    });
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      clearInterval(timer);
      timer = setInterval(ask, ASK_EVERY + Math.random() * 5_000);
    });
  }

  function rest() {
    stream?.close();
    clearInterval(timer);
  }

  // A page that nobody sees holds no line open.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  if (!document.hidden) listen();

  // Ticks: how many, and all of them at once.
  const button = document.querySelector(".bulk-bar button");
  const words = button?.textContent;
  const boxes = [...document.querySelectorAll("#queue [name=case]")];

  function count() {
    if (!button) return;
    const number = boxes.filter((box) => box.checked).length;
    button.disabled = !number;
    button.textContent = number ? `${words} (${number})` : words;
  }

  document.getElementById("queue")?.addEventListener("change", count);
  const all = document.querySelector(".bulk-bar .all");
  if (all) all.hidden = false;
  all?.addEventListener("change", (event) => {
    for (const box of boxes) box.checked = event.target.checked && !box.disabled;
    count();
  });
  count();
})();
