/* What scripts add to the deposit: answers saved while one writes, characters counted, files sent one by one with
   progress. Without any of it the pages are plain forms. All words stand in the page, in its language. */

(() => {
  "use strict";

  const form = document.getElementById("step-form");
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  const summary = one("[autofocus]");
  if (summary) summary.focus();
  if (!form) return;

  /* One deposit, one click: the second would only lead to the same receipt, yet nobody need wonder. */
  if (form.hasAttribute("data-once")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    });
    window.addEventListener("pageshow", () => delete form.dataset.sent);
  }

  /* --- answers are saved while one writes -------------------------------------------------------------------------- */

  if (form.hasAttribute("data-autosave")) {
    let timer = null;
    const save = () => {
      timer = null;
      const answers = new FormData(form);
      answers.set("intent", "save");
      return fetch(window.location.href, { method: "POST", body: answers, headers: { Accept: "application/json" }, keepalive: true })
        .then((response) => (response.ok ? response.json() : null))
        .then((kept) => { if (kept) one("[data-saved]").textContent = kept.saved; })
        .catch(() => {}); /* without a connection the form itself still holds everything */
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1500); });
    form.addEventListener("submit", () => { clearTimeout(timer); timer = null; });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && timer) { clearTimeout(timer); save(); }
    });
  }

  /* --- characters are counted -------------------------------------------------------------------------------------- */

  const counter = document.getElementById("counter");
  all("[data-limit]", form).forEach((control) => {
    const line = counter.content.firstElementChild.cloneNode(true);
    const words = one("[data-count]", line);
    const limit = Number(control.dataset.limit);
    const count = () => {
      const used = Array.from(control.value.trim()).length;
      words.textContent = words.dataset.count.replace("COUNT", isolated(used)).replace("LIMIT", isolated(limit));
      line.classList.toggle("is-over", used > limit);
    };
    control.after(line);
    control.addEventListener("input", count);
    count();
  });

  function isolated(value) { return `\u2066${value}\u2069`; }

  /* --- files ------------------------------------------------------------------------------------------------------- */

  const list = one("[data-files]");
  const input = document.getElementById("add");
  if (!list || !input) return;

  const waiting = [];
  let running = 0; /* one after the other: the order of the list is the order chosen */
  const template = document.getElementById("file-template");
  const words = Object.fromEntries(all("[data-word]").map((line) => [line.dataset.word, line.textContent]));
  const news = one("[data-progress-news]");
  const errors = one("[data-error-news]");
  const percent = (value) => isolated(`${value}%`);

  all("[data-without-script]").forEach((button) => { button.hidden = true; });
  input.addEventListener("change", () => { add(input.files); input.value = ""; });

  const zone = one("[data-drop]");
  ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  }));
  ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, () => zone.classList.remove("is-over")));
  zone.addEventListener("drop", (event) => { event.preventDefault(); add(event.dataTransfer.files); });

  window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });

  /* Whoever continues while files are on their way waits for them. */
  form.addEventListener("submit", (event) => {
    if (!running && !waiting.length) return;
    if (event.submitter && event.submitter.value.startsWith("remove")) return;
    event.preventDefault();
    errors.textContent = words.leave;
  });

  function add(files) {
    Array.from(files).forEach((file) => {
      const row = template.content.firstElementChild.cloneNode(true);
      all("[data-name]", row).forEach((place) => { place.textContent = place.tagName === "BDI" ? file.name : ` ${file.name}`; });
      one("progress", row).setAttribute("aria-label", file.name);
      const job = { file, row, transport: null, told: 0 };
      one("[data-cancel]", row).addEventListener("click", () => cancel(job));
      one("[data-again]", row).addEventListener("click", () => queue(job));
      list.append(row);
      queue(job);
    });
    one("[data-no-files]").hidden = list.children.length > 0;
  }

  function queue(job) {
    show(job, "waiting", words.waiting);
    one("[data-again]", job.row).hidden = true;
    waiting.push(job);
    next();
  }

  function next() {
    while (!running && waiting.length) {
      const job = waiting.shift();
      running += 1;
      send(job).then((answer) => received(job, answer), (reason) => failed(job, reason)).finally(() => { running -= 1; next(); });
    }
  }

  /* The one place that knows how bytes travel: a resumable upload takes the place of this function, with the same
     promise of the server's answer. Rejected with "cancelled", "stopped" (the line) or "failed" (the server). */
  function send(job) {
    return new Promise((resolve, reject) => {
      const body = new FormData();
      body.append("intent", "upload");
      body.append("file", job.file);
      const request = new XMLHttpRequest();
      job.transport = request;
      request.open("POST", window.location.pathname);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(job, event.loaded / event.total); });
      request.upload.addEventListener("load", () => show(job, "checking", words.checking));
      request.addEventListener("load", () => (request.status === 200 && request.response ? resolve(request.response) : reject("failed")));
      request.addEventListener("error", () => reject("stopped"));
      request.addEventListener("abort", () => reject("cancelled"));
      request.send(body);
    });
  }

  function progress(job, share) {
    const value = Math.floor(share * 100);
    const bar = one("progress", job.row);
    bar.hidden = false;
    bar.value = value;
    show(job, "sending", words.sending.replace("PERCENT", percent(value)));
    const quarter = Math.floor(value / 25) * 25;
    if (quarter > job.told && quarter < 100) {
      job.told = quarter;
      news.textContent = words.news.replace("NAME", job.file.name).replace("PERCENT", percent(quarter));
    }
  }

  function received(job, answer) {
    const holder = document.createElement("template");
    holder.innerHTML = answer.files[0].html.trim(); /* our own server's fragment, escaped by its templates */
    const row = holder.content.querySelector("li");
    job.row.replaceWith(row);
    one("[data-room]").innerHTML = answer.room;
    if (answer.files[0].is_refused) {
      errors.textContent = answer.files[0].sentence;
      row.focus();
    } else {
      news.textContent = words.received.replace("NAME", job.file.name);
    }
  }

  function failed(job, reason) {
    if (reason === "cancelled") return;
    show(job, "paused", reason === "stopped" ? words.stopped : words.failed);
    one("[data-again]", job.row).hidden = false;
    errors.textContent = `${job.file.name}: ${reason === "stopped" ? words.stopped : words.failed}`;
  }

  function cancel(job) {
    const place = waiting.indexOf(job);
    if (place >= 0) waiting.splice(place, 1);
    else if (job.transport) job.transport.abort();
    job.row.remove();
    one("[data-no-files]").hidden = list.children.length > 0;
    input.focus();
  }

  function show(job, state, sentence) {
    job.row.className = `file-row is-${state}`;
    one("[data-state]", job.row).textContent = sentence;
  }
})();
