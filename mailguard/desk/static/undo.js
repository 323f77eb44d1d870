// The seconds in which a decision can still be taken back, counted down beside the button. Whether it is in time the
// server says: the button works without this file, and goes away with it when the time is over.

for (const form of document.querySelectorAll("form.undo[data-seconds]")) {
  const button = form.querySelector("button");
  const left = form.querySelector(".left");
  const over = performance.now() + Number(form.dataset.seconds) * 1000;

  function count() {
    const seconds = Math.ceil((over - performance.now()) / 1000);
    if (seconds > 0) {
      left.textContent = `${form.dataset.left} ${seconds}`;
      return;
    }
    clearInterval(timer);
    button.remove();
    left.textContent = form.dataset.over;
  }

  const timer = setInterval(count, 250);
  count();
}
