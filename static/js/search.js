// Titles and numbers proposed while one types, as an ARIA combobox. Every box works without it as the plain form it is.
"use strict";

(() => {
  const WAIT = 150; // milliseconds after the last key
  const LEAST = 2; // letters

  const attach = (input, number) => {
    const list = document.createElement("ul");
    list.id = `suggestions-${number}`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.label);
    input.closest(".suggesting").append(list);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": list.id,
    })) {
      input.setAttribute(name, value);
    }

    let waiting;
    let asking;
    let current = -1;

    const close = () => {
      clearTimeout(waiting);
      asking?.abort();
      list.hidden = true;
      list.replaceChildren();
      current = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };

    const mark = (place) => {
      const options = [...list.children];
      options[current]?.setAttribute("aria-selected", "false");
      current = place;
      const option = options[current];
      if (!option) return input.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      return input.setAttribute("aria-activedescendant", option.id);
    };

    const choose = (option) => {
      if (option.dataset.url) {
        close();
        window.location.assign(option.dataset.url);
      } else {
        input.value = option.querySelector(".title").textContent;
        close();
        input.form.requestSubmit();
      }
    };

    const show = (markup) => {
      list.innerHTML = markup; // our own fragment, escaped by the server
      [...list.children].forEach((option, place) => {
        option.id = `${list.id}-${place}`;
      });
      current = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = list.children.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };

    const ask = async () => {
      const typed = input.value.trim();
      asking?.abort();
      asking = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: asking.signal });
        if (answer.ok && document.activeElement === input && input.value.trim() === typed) show(await answer.text());
      } catch (error) {
        if (error.name !== "AbortError" && error.name !== "TypeError") throw error; // left, or the line is down
      }
    };

    input.addEventListener("input", () => {
      clearTimeout(waiting);
      if (input.value.trim().length < LEAST) close();
      else waiting = setTimeout(ask, WAIT);
    });

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const last = list.children.length - 1;
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault(); // the first time it closes the list, the next it empties the box
        close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
        event.preventDefault();
        if (event.key === "ArrowDown") mark(current === last ? -1 : current + 1);
        else mark(current === -1 ? last : current - 1);
      } else if (event.key === "ArrowDown" && input.value.trim().length >= LEAST) {
        event.preventDefault();
        ask();
      } else if (event.key === "Enter" && current >= 0 && !list.hidden) {
        event.preventDefault();
        choose(list.children[current]);
      }
    });

    input.addEventListener("blur", close);
    input.form.addEventListener("submit", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
  };

  document.querySelectorAll("input[data-suggest]").forEach(attach);
})();
