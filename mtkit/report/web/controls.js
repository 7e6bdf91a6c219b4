// Controls

function chooseLayer() {
  const count = kind() ? here.sentence.attention[kind()][0].length : 0;
  const heads = Array.from({ length: count }, (_, n) => [n + 1, `head ${n + 1}`]);
  const mean = count > 1 ? [[MEAN, `mean of ${count} heads`]] : [];
  fill(at("head"), [...mean, ...heads], at("head").value || MEAN);
  draw();
}

function chooseKind() {
  const count = kind() ? here.sentence.attention[kind()].length : 0;
  const usual = kind() === "cross" ? here.sentence.aligning : count;
  fill(at("layer"), Array.from({ length: count }, (_, n) => [n + 1, `layer ${n + 1}`]), usual);
  here.row = 0;
  chooseLayer();
}

function chooseSentence() {
  here.sentence = sentences[at("sentence").value];
  at("source-text").textContent = here.sentence.text;
  at("translation-text").textContent = here.sentence.translation || "(empty)";
  at("note").textContent = here.sentence.note;
  at("note").hidden = !here.sentence.note;
  here.row = 0;
  draw();
  drawBeam();
}

function rowOf(event) {
  const found = event.target.closest("[data-row]");
  return found ? Number(found.dataset.row) : null;
}

function point(event) {
  const row = rowOf(event);
  if (row !== null && row !== here.row) choose(row);
}

// One stop of the Tab key for all words; the arrows go from word to word.
function walk(event) {
  const last = at("rows").children.length - 1;
  const right = getComputedStyle(at("rows")).direction === "rtl" ? -1 : 1;
  const next = {
    ArrowRight: here.row + right, ArrowDown: here.row + 1, ArrowLeft: here.row - right,
    ArrowUp: here.row - 1, Home: 0, End: last,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  choose(Math.min(Math.max(next, 0), last));
  at("rows").children[here.row].focus();
}

function begin() {
  fill(at("sentence"), sentences.map(({ text }, number) => [number, `${number + 1}. ${text}`]), 0);
  const known = Object.keys(here.sentence.attention).map((name) => [name, kinds[name]]);
  fill(at("kind"), known, "cross");
  chooseKind();
  chooseSentence();
  at("sentence").addEventListener("change", chooseSentence);
  at("kind").addEventListener("change", chooseKind);
  at("layer").addEventListener("change", draw);
  at("head").addEventListener("change", draw);
  at("pruned").addEventListener("change", drawBeam);
  for (const id of ["rows", "heat"]) {
    for (const name of ["pointerover", "focusin", "click"]) at(id).addEventListener(name, point);
  }
  at("rows").addEventListener("keydown", walk);
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
  const map = document.querySelector(".map").parentElement;
  map.scrollLeft = (map.scrollWidth - map.clientWidth) / 2;
}

begin();
