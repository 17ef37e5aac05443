// Keys of the desk and names of known senders. Every page works without it.
"use strict";

(() => {
  const typing = (node) => node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll(".desk-table tbody tr")];
  let current = -1;

  const go = (step) => {
    const list = rows();
    if (!list.length) return false;
    current = Math.min(Math.max(current + step, 0), list.length - 1);
    list[current].querySelector(".subject a").focus();
    return true;
  };

  const press = (key) => {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.matches("a, button")) target.click();
    else target.focus();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    const key = event.key.toLowerCase();
    let done = false;
    if (key === "j") done = go(1) || press("j");
    else if (key === "k") done = go(-1) || press("k");
    else if (key === "x" && rows()[current]) {
      rows()[current].querySelector("input[type=checkbox]").click();
      done = true;
    } else if (["n", "l", "/"].includes(key)) done = press(key);
    if (done) event.preventDefault();
  });

  const form = document.querySelector("form[data-senders]");
  const sender = form && form.querySelector("[name=sender]");
  if (sender) {
    let waiting;
    sender.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        if (sender.value.trim().length < 2) return;
        const answer = await fetch(`${form.dataset.senders}?q=${encodeURIComponent(sender.value)}`);
        if (!answer.ok) return;
        const { names } = await answer.json();
        document.getElementById("known-senders").replaceChildren(
          ...names.map((name) => {
            const option = document.createElement("option");
            option.value = name;
            return option;
          }),
        );
      }, 150);
    });
  }
})();
