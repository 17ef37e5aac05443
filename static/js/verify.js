/* Compares files with recorded fingerprints inside the browser. Nothing is sent but the verification code of a receipt. */
"use strict";

(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const drop = document.getElementById("drop");
  if (!drop || !window.crypto?.subtle) return; // what stands there for browsers without stays
  const input = document.getElementById("file");
  const results = document.getElementById("results");
  const known = new Map();
  for (const row of document.querySelectorAll("#known [data-sha256]")) {
    known.set(row.dataset.sha256, { kind: row.dataset.kind, number: row.dataset.number });
  }
  drop.hidden = false;
  document.getElementById("by-hand").hidden = true;

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /* A receipt carries the address of its page in clear. */
  const tokenOf = (bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    return text.startsWith("%PDF-") ? text.match(/\/DiwanPart \(verify\.url\)[^>]*>>\nstream\n\S*\/v\/([0-9A-HJKMNP-TV-Z]{26})\b/)?.[1] : null;
  };

  const learn = async (token) => {
    const answer = await fetch(`${drop.dataset.url}${token}?format=json`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const receipt = await answer.json();
    for (const edition of receipt.editions) known.set(edition.sha256, { kind: "receipt", number: edition.number });
    for (const file of receipt.files) known.set(file.sha256, { kind: "document", number: file.order });
  };

  const compare = async (file, row) => {
    const bytes = await file.arrayBuffer();
    const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
    if (!known.has(digest)) {
      const token = tokenOf(bytes);
      if (token) await learn(token);
    }
    const found = known.get(digest);
    row.classList.add(found ? "is-received" : "is-refused");
    if (found) return drop.dataset[found.kind].replace("{n}", `\u2066${found.number}\u2069`);
    return known.size ? drop.dataset.different : drop.dataset.unknown;
  };

  const show = async (file) => {
    const row = document.getElementById("result").content.cloneNode(true).firstElementChild;
    row.querySelector("bdi").textContent = file.name;
    const state = row.querySelector(".file-state");
    state.textContent = drop.dataset.busy;
    results.append(row);
    try {
      state.textContent = await compare(file, row);
    } catch {
      row.classList.add("is-refused");
      state.textContent = drop.dataset.failed;
    }
  };

  const take = async (files) => {
    for (const file of files) await show(file); // in order, so that a receipt first makes its documents known
  };

  input.addEventListener("change", () => take([...input.files]));
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
})();
