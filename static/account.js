// Says on the page what the passkey scripts would only write to the console.
document.addEventListener("allauth.error", (event) => {
  const notice = document.getElementById("passkey-problem");
  if (!notice) return;
  event.preventDefault();
  notice.hidden = true;
  requestAnimationFrame(() => { notice.hidden = false; });
});
