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

// No part of a text: an end, a tag, or what stands for all that the model does not know.
function isSpecial(piece) {
  return /^<.+>$/.test(piece);
}

// Whether a piece begins a word, where those are set apart by spaces.
function begins(piece, side) {
  return piece.startsWith("▁") || !spaced[side] || isSpecial(piece);
}

function readable(piece, side) {
  if (piece === "▁") return "␣";
  return begins(piece, side) ? piece.replace("▁", "") : `·${piece}`;
}

// Which way a text is read: what the browser found in the one that is shown.
function direction(side) {
  return getComputedStyle(at(side ? "translation-text" : "source-text")).direction;
}

function percent(share) {
  const value = (100 * share) / SCALE;
  return value >= 0.95 ? `${value.toFixed(0)}%` : value > 0 ? `${value.toFixed(1)}%` : "<0.1%";
}
