// The page that describes a form: its fields, drawn on a scan, as the file for digitile read --form.

import { Trouble, ask } from "./api.js";
import { Check } from "./checked.js";
import { get, offer, save } from "./dom.js";
import { fieldRow } from "./field.js";
import { receiveFiles, samplePicture } from "./files.js";
import { open, preview, quarter } from "./pictures.js";
import { Frame, showBoxes } from "./sheet.js";
import { put, say, sayTrouble, speak } from "./words.js";

const FIRST = [0.2, 0.06]; // width and height of the first box to draw by keys, as shares of the sheet's width

let picture = null; // {blob, width, height} as it is shown
let form = null; // {width, height, fields: [{name, box, cells, rule}], anchor, points} as the server drafted it, and as it is now
let chosen = null; // the field that is being edited
let moved = null; // the field whose box is drawn anew
let trouble = null;
let asked = null; // aborts what is being opened

const check = new Check(
  () => ["/form", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(described()) }],
  drawCheck,
);
const frame = new Frame(framed);

/** The form as it is sent. */
function described() {
  const anchor = get("anchor").value;
  const fields = form.fields.map(({ name, box, cells, rule }) => ({ name: name.trim(), box, cells, rule: rule.trim() || null }));
  return { width: form.width, height: form.height, fields, anchor, points: anchor === form.anchor ? form.points : null };
}

/** Open a picture, {sent, shown} as `open` gives it, and find what is printed on it. */
async function take(opening) {
  asked?.abort();
  const { signal } = (asked = new AbortController());
  trouble = null;
  drawState(true);
  try {
    const { sent, shown } = await opening;
    const draft = await ask("/form-draft", { method: "POST", body: sent, signal });
    const fresh = shown ?? (await preview(sent, 1, signal)).shown;
    if (signal.aborted) return;
    place(fresh, draft);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    trouble = error instanceof Trouble ? error : new Trouble("e_shown");
  }
  drawState(false);
}

function place(fresh, draft) {
  picture = fresh;
  form = { ...draft, fields: draft.fields.map((field) => ({ ...field, rule: field.rule ?? "" })) };
  chosen = moved = null;
  URL.revokeObjectURL(get("photo").src);
  get("photo").src = URL.createObjectURL(picture.blob);
  get("sheet").style.setProperty("--ratio", picture.width / picture.height);
  get("sheet").hidden = get("described").hidden = get("turn").hidden = false;
  get("anchor").value = draft.anchor;
  frame.show(form, ...FIRST.map((share) => share * form.width));
  drawFields();
  changed(true);
}

/** The form has changed; `isOther` where it is another one, and need not wait for the next key. */
function changed(isOther = false) {
  drawBoxes();
  drawAnchors();
  if (!form.fields.length) drawCheck();
  else if (isOther) check.now();
  else check.soon();
}

/** A box was drawn: of a field that is moved, or of a new one. Without a box, nothing changes. */
function framed(place) {
  const field = moved;
  moved = null;
  if (!place) return drawBoxes();
  const box = [place.x, place.y, place.width, place.height];
  if (field) {
    field.box = box;
    changed();
  } else add(box);
}

function add(box) {
  const names = form.fields.map(({ name }) => name);
  let number = names.length + 1;
  while (names.includes(`field${number}`)) number += 1;
  form.fields.push({ name: `field${number}`, box, cells: 1, rule: "" });
  drawFields();
  changed();
  edit(form.fields.length - 1);
}

/** Go to a field's name. */
function edit(at) {
  const input = get("fields").children[at].querySelector("input");
  input.focus();
  input.select();
}

function remove(field) {
  const at = form.fields.indexOf(field);
  form.fields.splice(at, 1);
  drawFields();
  changed();
  if (form.fields.length) edit(Math.min(at, form.fields.length - 1));
  else get("frame").focus();
}

function drawFields() {
  const rows = form.fields.map((field, at) =>
    fieldRow(field, at + 1, {
      change: () => changed(),
      choose: () => {
        chosen = field;
        drawBoxes();
      },
      move: () => {
        moved = field;
        const [x, y, width, height] = field.box;
        frame.move({ x, y, width, height });
      },
      remove: () => remove(field),
    }),
  );
  get("fields").replaceChildren(...rows);
}

function drawBoxes() {
  const boxes = form.fields.map((field, at) => {
    const [x, y, width, height] = field.box;
    return {
      box: { x, y, width, height },
      text: field.name,
      style: field === chosen ? "field corrected chosen" : "field sure",
      label: say("field_box", field.name),
      onClick: () => edit(at),
    };
  });
  showBoxes(boxes, form);
}

/** Offer what the form can be found by: what is printed on it, its boxes, or the whole sheet. */
function drawAnchors() {
  const kinds = new Set([form.anchor, ...(form.fields.length > 1 ? ["boxes"] : []), "sheet"]);
  const options = [...kinds].map((kind) => [kind, say(`anchor_${kind}`)]);
  offer(get("anchor"), options, kinds.has(get("anchor").value) ? get("anchor").value : form.anchor);
}

function drawCheck() {
  const wrong = form.fields.length ? check.trouble : null;
  get("wrong").hidden = !wrong;
  put("wrong", wrong ? wrong.detail || sayTrouble(wrong) : "");
  get("download").disabled = !form.fields.length || check.known === null;
  get("forget").disabled = !form.fields.length;
  put("status", form.fields.length ? say("field_count", form.fields.length) : say("no_fields"));
}

function drawState(isBusy) {
  get("busy").hidden = !isBusy;
  get("trouble").hidden = !trouble;
  put("trouble", trouble ? sayTrouble(trouble) : "");
  if (form === null) put("status", isBusy ? say("finding") : say("no_form"));
}

receiveFiles(["choose"], ([file]) => take(open(file)));
get("sample").addEventListener("click", ({ target }) => take(samplePicture(target.dataset.sample).then(open)));
get("turn").addEventListener("click", () => {
  take(quarter(picture).then((shown) => ({ sent: shown.blob, shown })));
});
get("anchor").addEventListener("change", () => changed());
get("download").addEventListener("click", () => save(new Blob([check.known.toml], { type: "application/toml" }), "form.toml"));
get("forget").addEventListener("click", () => {
  form.fields = [];
  drawFields();
  changed();
  get("frame").focus();
});

speak(() => {
  if (form) {
    drawFields();
    drawBoxes();
    drawAnchors();
    drawCheck();
  }
  drawState(!get("busy").hidden);
});
