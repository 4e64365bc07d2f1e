// Hides rows while a word is typed; Enter asks the server, which knows all tasks.
const field = document.getElementById("q"), note = document.getElementById("hidden");
if (note) note.dataset.ready = "";
if (field) field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/);
  let hidden = 0;
  for (const row of document.querySelectorAll("#tasks tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    hidden += row.hidden;
  }
  note.textContent = hidden ? hidden + " rows of this page do not match; Enter looks through all tasks" : "";
});
