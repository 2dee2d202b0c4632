// Sends chosen files in pieces before the form, so that size and a dropped line do not matter.
const form = document.getElementById("import-form");
const input = form.querySelector("input[type=file]");
const list = document.getElementById("upload-list");
const button = document.getElementById("import-start");
const PIECE_BYTES = 8 * 1024 * 1024;
const ATTEMPTS = 5;
const WAIT_MS = 1000;

const token = () => form.querySelector("[name=csrfmiddlewaretoken]").value;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function ask(address, options = {}) {
  const headers = { "X-CSRFToken": token(), Accept: "application/json", ...options.headers };
  const answer = await fetch(address, { ...options, headers });
  const body = await answer.json().catch(() => ({}));
  return { status: answer.status, ok: answer.ok, body };
}

function row(file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "truncate";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.value = 0;
  const note = document.createElement("span");
  note.className = "small secondary num";
  item.append(name, bar, note);
  list.append(item);
  return (done) => {
    bar.value = done;
    note.textContent = `${Math.floor((100 * done) / Math.max(1, file.size))} %`;
  };
}

// One piece, tried again after a dropped line; where the server has another size, it says which.
async function sendPiece(address, file, offset) {
  const body = file.slice(offset, offset + PIECE_BYTES);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await ask(address, { method: "PUT", body, headers: { "Upload-Offset": String(offset) } });
      if (answer.ok) return sizeIn(answer);
      if (answer.status === 409) return sizeIn(await ask(address));
      if (answer.status < 500) throw new Refused(answer.body.message || "The server refused the file.");
    } catch (error) {
      if (error instanceof Refused || attempt >= ATTEMPTS) throw error;
    }
    if (attempt >= ATTEMPTS) throw new Error("The server does not answer.");
    await pause(WAIT_MS * attempt);
  }
}

class Refused extends Error {}

// Anything but a size, such as the login page after a session has ended, is no progress.
function sizeIn(answer) {
  if (Number.isInteger(answer.body.size)) return answer.body.size;
  throw new Refused(answer.body.message || "The server did not take the file; reload the page and try again.");
}

async function sendFile(upload, file) {
  const address = `${form.dataset.uploads}${upload}/${encodeURIComponent(file.name)}/`;
  const show = row(file);
  let offset = await sendPiece(address, file, 0);
  while (offset < file.size) {
    show(offset);
    offset = await sendPiece(address, file, offset);
  }
  show(file.size);
}

function toast(message) {
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { level: "error", message } }));
}

function check(files) {
  const twin = files.find((file, n) => files.findIndex((other) => other.name === file.name) < n);
  if (twin) throw new Refused(`Two files are named ${twin.name}; send them one after the other.`);
  const largest = Number(form.dataset.maxBytes);
  const large = files.find((file) => file.size > largest);
  if (large) throw new Refused(`${large.name} is too large; copy it to the inbox folder instead.`);
}

async function sendAll(files) {
  check(files);
  const answer = await ask(form.dataset.uploads, { method: "POST" });
  if (!answer.ok) throw new Refused(answer.body.message || "The server takes no upload now.");
  for (const file of files) await sendFile(answer.body.upload, file);
  form.querySelector("[name=upload]").value = answer.body.upload;
  input.value = "";
}

form.addEventListener("submit", async (event) => {
  const files = [...input.files];
  if (!files.length) return;
  event.preventDefault();
  button.disabled = true;
  list.replaceChildren();
  try {
    await sendAll(files);
    form.submit();
  } catch (error) {
    toast(error.message);
    button.disabled = false;
  }
});
