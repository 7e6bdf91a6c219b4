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
  box.dir = direction(side);
  box.replaceChildren(
    ...list.map((piece, number) => {
      const first = begins(piece, side) ? "piece begins" : "piece";
      const made = element(name, first, readable(piece, side));
      made.dataset.row = number;
      if (isSpecial(piece)) made.dir = "ltr"; // else </s> would be seen as <s/>
      return made;
    })
  );
}

function drawHeat([rows, columns], matrix) {
  const head = at("head");
  const which = head.options.length > 1 ? `, ${head.selectedOptions[0].textContent}` : "";
  at("heat-caption").textContent = `${kinds[kind()]}; layer ${at("layer").value}${which}`;
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

// Every other part is of the text, in whatever direction that is read.
function entitle(id, ...parts) {
  at(id).replaceChildren(
    ...parts.map((part, number) => (number % 2 ? element("bdi", "", part) : part))
  );
}

function drawLooks([rows, columns], shares) {
  const asked = readable(rows.list[here.row], rows.side);
  const order = shares.map((share, column) => [share, column]).sort(([a], [b]) => b - a);
  const best = readable(columns.list[order[0][1]], columns.side);
  entitle("looks-title", "“", asked, "” looks most at “", best, "”");
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
  if (near) entitle("steps-title", "Nearest to “", asked, "” in the embedding (cosine)");
  else entitle("steps-title", "What might have been said in place of “", asked, "”");
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
