// The beam

// The text of some pieces; a dot where the first of them goes on with a word.
function joined(list) {
  const shown = list.filter((piece) => piece !== "<s>" && piece !== "</s>");
  if (!shown.length) return "";
  const text = shown.join("").replaceAll("▁", " ");
  return begins(shown[0], 1) ? text.trimStart() : `·${text}`;
}

function fate({ score, rank, loops, pruned }) {
  if (pruned) return `pruned at step ${pruned}`;
  if (score === null) return "";
  const mark = rank === 1 ? "★ " : "";
  return `${mark}ended: score ${score.toFixed(2)}, rank ${rank}${loops ? ", a loop" : ""}`;
}

function drawBranch(branch) {
  const look = branch.pruned ? "pruned" : branch.rank === 1 ? "won" : "";
  const item = element("li", look);
  const text = joined(branch.pieces) || (branch.parent === null ? "start" : "end");
  const end = element("span", "fate", fate(branch));
  end.lang = "en";
  const said = element("span", "said", text);
  said.dir = "auto";
  item.append(said, end);
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
