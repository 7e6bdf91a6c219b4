// The part of a report that one can ask.  Whatever comes from the data is set as text, never as
// mark-up; the page allows no other script and loads nothing.
"use strict";

const { sentences, kinds, languages, spaced } = JSON.parse(
  document.getElementById("sentences").textContent
);
const MEAN = "mean";
const SCALE = 1000; // shares come in thousandths
const SHOWN = 100; // of them, from which a cell of the heat map has its number
const MOST = 6; // bars
const here = { sentence: sentences[0], row: 0 };
const at = (id) => document.getElementById(id);

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function fill(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, text]) => {
      const option = element("option", "", text);
      option.value = value;
      option.selected = String(value) === String(chosen);
      return option;
    })
  );
}

// Pieces as a person reads them

function isSpecial(piece) {
  return piece === "<s>" || piece === "</s>";
}

// Whether a piece begins a word, where those are set apart by spaces.
function begins(piece, side) {
  return piece.startsWith("▁") || !spaced[side] || isSpecial(piece);
}

function readable(piece, side) {
  if (piece === "▁") return "␣";
  return begins(piece, side) ? piece.replace("▁", "") : `·${piece}`;
}

function percent(share) {
  const value = (100 * share) / SCALE;
  return value >= 0.95 ? `${value.toFixed(0)}%` : value > 0 ? `${value.toFixed(1)}%` : "0%";
}

// Who looks at whom

function kind() {
  return at("kind").value || null; // none in a model without attention
}

// The pieces that look and those that are looked at, with the side of each: 0 source, 1 target.
function pieces() {
  const { source, target } = here.sentence;
  const said = { list: target, side: 1 };
  const read = { list: source, side: 0 };
  if (kind() === "encoder") return [read, read];
  if (kind() === "decoder") return [said, { list: ["<s>", ...target.slice(0, -1)], side: 1 }];
  return [said, read];
}

// The matrix of the chosen layer and head; of all heads, their mean.
function weights() {
  if (!kind()) return null;
  const heads = here.sentence.attention[kind()][at("layer").value - 1];
  if (at("head").value !== MEAN) return heads[at("head").value - 1];
  return heads[0].map((row, r) =>
    row.map((_, c) => heads.reduce((sum, head) => sum + head[r][c], 0) / heads.length)
  );
}

// Drawing

function drawStrip(box, { list, side }, name) {
  box.lang = languages[side];
  box.replaceChildren(
    ...list.map((piece, number) => {
      const first = begins(piece, side) ? "piece begins" : "piece";
      const made = element(name, first, readable(piece, side));
      made.dataset.row = number;
      return made;
    })
  );
}

function drawHeat([rows, columns], matrix) {
  const [caption] = at("heat").getElementsByTagName("caption");
  const head = at("head");
  const which = head.options.length > 1 ? `, ${head.selectedOptions[0].textContent}` : "";
  caption.textContent = `${kinds[kind()]}; layer ${at("layer").value}${which}`;
  const top = element("tr", "");
  top.append(element("td", ""));
  for (const piece of columns.list) {
    const cell = element("th", "", readable(piece, columns.side));
    cell.scope = "col";
    top.append(cell);
  }
  at("heat").tHead.replaceChildren(top);
  at("heat").tHead.lang = languages[columns.side];
  at("heat").tBodies[0].replaceChildren(
    ...rows.list.map((piece, r) => drawHeatRow(piece, rows.side, matrix[r], r))
  );
}

function drawHeatRow(piece, side, shares, number) {
  const row = element("tr", "");
  row.dataset.row = number;
  const name = element("th", "", readable(piece, side));
  name.scope = "row";
  name.lang = languages[side];
  row.append(name);
  for (const share of shares) {
    const cell = element("td", "", share >= SHOWN ? Math.round((100 * share) / SCALE) : "");
    cell.style.setProperty("--share", share / SCALE);
    row.append(cell);
  }
  return row;
}

function bar(text, share, language, shown, chosen = false) {
  const item = element("li", chosen ? "chosen" : "");
  const name = element("span", "bar", text);
  name.lang = language;
  name.style.setProperty("--share", Math.max(0, share));
  item.append(name, element("span", "percent", shown));
  return item;
}

function drawLooks([rows, columns], shares) {
  const asked = readable(rows.list[here.row], rows.side);
  at("looks-title").textContent = `“${asked}” looks at`;
  const order = shares.map((share, column) => [share, column]).sort(([a], [b]) => b - a);
  at("looks").replaceChildren(
    ...order.slice(0, MOST).map(([share, column]) => {
      const text = readable(columns.list[column], columns.side);
      return bar(text, share / SCALE, languages[columns.side], percent(share));
    })
  );
}

// What might have been said in place of a target's piece; of a source's piece, its neighbours.
function drawSteps([rows]) {
  const asked = readable(rows.list[here.row], rows.side);
  const near = rows.side === 0;
  at("steps-title").textContent = near
    ? `Nearest to “${asked}” in the embedding (cosine)`
    : `What might have been said in place of “${asked}”`;
  const found = near
    ? here.sentence.near[here.row].map(([piece, cosine]) =>
        bar(piece.replace("▁", ""), cosine, "", cosine.toFixed(2)))
    : here.sentence.steps[here.row].map(([piece, share, chosen]) =>
        bar(readable(piece, 1) + (chosen ? " ★" : ""), share / SCALE, languages[1],
            percent(share), chosen));
  at("steps").replaceChildren(...(found.length ? found : [element("li", "faint", "none")]));
}

// Show the row that is pointed at, everywhere.
function choose(row) {
  here.row = row;
  const sides = pieces();
  const matrix = weights();
  for (const button of at("rows").children) {
    const current = Number(button.dataset.row) === row;
    button.setAttribute("aria-pressed", current);
    button.tabIndex = current ? 0 : -1;
  }
  if (matrix) {
    for (const piece of at("columns").children) {
      piece.style.setProperty("--share", (matrix[row][piece.dataset.row] ?? 0) / SCALE);
    }
    for (const line of at("heat").tBodies[0].rows) {
      line.classList.toggle("current", Number(line.dataset.row) === row);
    }
    drawLooks(sides, matrix[row]);
  }
  drawSteps(sides);
}

function draw() {
  const sides = pieces();
  const matrix = weights();
  const [rows, columns] = sides;
  at("rows-label").textContent = rows.side ? "What is said" : "What is read";
  drawStrip(at("rows"), rows, "button");
  for (const button of at("rows").children) button.type = "button";
  for (const id of ["columns", "columns-label", "looks-panel", "map-panel"]) {
    at(id).hidden = !matrix;
  }
  if (matrix) {
    at("columns-label").textContent = columns.side ? "What was said before" : "What it looks at";
    drawStrip(at("columns"), columns, "span");
    drawHeat(sides, matrix);
  }
  choose(Math.min(here.row, rows.list.length - 1));
}

// The beam

// The text of some pieces; a dot where the first of them goes on with a word.
function joined(list) {
  const shown = list.filter((piece) => !isSpecial(piece));
  const text = shown.join("").replaceAll("▁", " ");
  return shown.length && begins(shown[0], 1) ? text.trimStart() : shown.length ? `·${text}` : "";
}

function fate({ score, rank, loops, pruned }) {
  if (pruned) return `pruned at step ${pruned}`;
  if (score === null) return "";
  return `${rank === 1 ? "★ " : ""}ended: score ${score.toFixed(2)}, rank ${rank}${loops ? ", a loop" : ""}`;
}

function drawBranch(branch) {
  const look = branch.pruned ? "pruned" : branch.rank === 1 ? "won" : "";
  const item = element("li", look);
  const text = joined(branch.pieces) || (branch.parent === null ? "start" : "end");
  const end = element("span", "fate", fate(branch));
  end.lang = "en";
  item.append(element("span", "said", text), end);
  item.title = `log-probability ${branch.logProbability.toFixed(2)}`;
  return item;
}

// A branch and, in the same list, the best way on from it; the others are lists inside of it.
function drawWay(number, children, list) {
  const { beam } = here.sentence;
  for (let next = number; next !== undefined; ) {
    const item = drawBranch(beam[next]);
    const [best, ...others] = children.get(next) ?? [];
    for (const other of others) {
      const inner = element("ul", "");
      drawWay(other, children, inner);
      item.append(inner);
    }
    list.append(item);
    next = best;
  }
}

function drawBeam() {
  const { beam, beamSize } = here.sentence;
  const children = new Map();
  beam.forEach((branch, number) => {
    if (branch.parent === null || (branch.pruned && !at("pruned").checked)) return;
    children.set(branch.parent, [...(children.get(branch.parent) ?? []), number]);
  });
  const list = element("ul", "");
  drawWay(0, children, list);
  at("beam-size").textContent = beamSize;
  at("beam").replaceChildren(list);
}

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
  const next = {
    ArrowRight: here.row + 1, ArrowDown: here.row + 1, ArrowLeft: here.row - 1,
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
}

begin();
