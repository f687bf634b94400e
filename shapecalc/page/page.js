"use strict";

const models = JSON.parse(document.getElementById("data").textContent);
const chosen = Math.min(models.length, Math.max(1, Number((location.hash.match(/^#(\d+):/) || [])[1] || 1))) - 1;
const data = models[chosen];
const formulas = new Formulas(data.atoms);
const byId = (id) => document.getElementById(id);
const state = { values: new Map(), problems: new Map(), picked: "", box: "", openBoxes: new Set(), openRows: new Set(), search: "" };
const rowsByPath = new Map();

// ---- Text ----

const grouped = (number) => (number === null ? "unknown" : number.toString().replace(/\B(?=(\d{3})+$)/g, ","));

function bytes(number) {
  if (number === null) return "unknown";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  while (unit + 1 < units.length && number >= 1024n ** BigInt(unit + 1)) unit += 1;
  if (unit === 0) return `${number} B`;
  const tenths = (number * 10n) / 1024n ** BigInt(unit);
  return `${tenths / 10n}.${tenths % 10n} ${units[unit]}`;
}

function axis(formula) {
  if (formula === null) return "None";
  if (!state.values.has("batch") && formulas.depends(formula, "batch")) return "None";
  return String(formulas.value(formula));
}

const shape = (axes) => (axes.length === 1 ? `(${axis(axes[0])},)` : `(${axes.map(axis).join(", ")})`);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// ---- Sizes ----

function evaluate() {
  const values = new Map(data.controls.map(([name, value]) => [name, BigInt(value)]));
  for (const [name, value] of state.values) values.set(name, value);
  formulas.set(values);
  state.problems.clear();
}

// The end of a slider at first.
const greatest = (value) => Math.max(16, 4 * value);

function writeControls() {
  const form = byId("sizes");
  data.controls.forEach(([name, value, kind], index) => {
    const field = element("input", { type: "number", min: "1", step: "1", id: `size${index}` });
    if (kind === "batch") field.placeholder = "None";
    const slide = element("input", { type: "range", min: "1", max: String(greatest(value)), "aria-label": `${name}, slide` });
    field.addEventListener("input", () => change(name, field));
    slide.addEventListener("input", () => change(name, slide));
    form.append(element("div", { class: "size" }, element("label", { for: field.id }, name), field, slide));
  });
  form.append(element("p", { id: "refused", class: "error", role: "status" }));
  form.hidden = data.controls.length === 0;
  form.addEventListener("submit", (event) => event.preventDefault());
}

const LARGEST = 10n ** 18n;

// A text as a size; null where it is none.
function readSize(text) {
  const number = Number(text);
  const size = /^[0-9]{1,19}$/.test(text) ? BigInt(text) : Number.isInteger(number) ? BigInt(number) : 0n;
  return size > 0n && size <= LARGEST ? size : null;
}

function change(name, input) {
  const [, written, kind] = data.controls.find(([other]) => other === name);
  const size = readSize(input.value);
  if (size !== null) state.values.set(name, size);
  const isEmpty = input.value === "" && !input.validity.badInput;
  if (isEmpty || (kind !== "batch" && size === BigInt(written))) state.values.delete(name);
  update();
  const isRefused = size === null && !isEmpty;
  if (isRefused) input.setAttribute("aria-invalid", "true");
  const shown = state.values.has(name) ? state.values.get(name) : kind === "batch" ? "an unknown batch" : written;
  byId("refused").textContent = isRefused ? `${name} is a whole number from 1 to 10^18: what is shown is for ${shown}` : "";
  writeLink();
}

function showControls() {
  data.controls.forEach(([name, value, kind], index) => {
    const set = state.values.get(name);
    const field = byId(`size${index}`);
    const text = set === undefined ? (kind === "batch" ? "" : String(value)) : String(set);
    if (document.activeElement !== field) field.value = text;
    field.removeAttribute("aria-invalid");
    const slide = field.nextSibling;
    if (set !== undefined && set > BigInt(slide.max)) slide.max = String(set);
    else if (set === undefined && document.activeElement !== slide) slide.max = String(greatest(value));
    slide.value = String(set === undefined ? value : set);
  });
  byId("refused").textContent = "";
}

// ---- The link keeps the state: #encoder/lstm?units=10 ----

function writeLink() {
  const query = [...state.values].map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join("&");
  const link = (chosen ? `${chosen + 1}:` : "") + state.picked.split("/").map(encodeURIComponent).join("/") + (query ? `?${query}` : "");
  history.replaceState(null, "", link ? `#${link}` : location.pathname + location.search);
}

function readLink() {
  const [path, query = ""] = location.hash.slice(1).replace(/^\d+:/, "").split("?");
  state.values = new Map();
  for (const part of query.split("&").filter(Boolean)) {
    const [name, value] = part.split("=").map(decode);
    const size = readSize(value || "");
    if (size !== null && data.controls.some(([other]) => other === name)) state.values.set(name, size);
  }
  state.picked = rowsByPath.has(decode(path)) ? decode(path) : "";
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// ---- Rows: rounds of a repeat with the same numbers are one, which opens ----

// Each has its path, that of the first round that stands for it in the graph, and what it is part of.
function prepareRows(rows, place, level) {
  const listed = [];
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    let last = at;
    const head = row.name.replace(/\/\d+$/, "");
    if (head !== row.name)
      while (last + 1 < rows.length && rows[last + 1].call === row.call && rows[last + 1].name === `${head}/${Number(row.name.slice(head.length + 1)) + last + 1 - at}`) last += 1;
    const group = [];
    for (let each = at; each <= last; each += 1) group.push(prepareRow(rows[each], place, row.name, level + (last > at ? 1 : 0)));
    if (last > at) {
      const folded = { name: `${row.name} ... ${last - at + 1} rounds`, call: row.call, level, path: `${place.prefix}${row.name}`, rounds: last - at + 1, key: `${place.prefix}${row.name}*`, children: group };
      listed.push(folded);
    } else listed.push(group[0]);
    at = last;
  }
  return listed;
}

function prepareRow(row, place, firstName, level) {
  const path = place.prefix + row.name;
  const first = place.first + firstName;
  const made = { ...row, path, first, around: place.around, key: path, level, rounds: 1, children: [] };
  rowsByPath.set(path, made);
  const inside = { prefix: withinPath(row, path), first: withinPath(row, first), around: made };
  if (row.rows) made.children = prepareRows(row.rows, inside, level + 1);
  return made;
}

const withinPath = (row, path) => `${path}/${row.within || ""}`;

const callOf = (row) => data.calls[row.call];
const own = (row, key) => {
  if (row.shares && key !== "macs" && key !== "memory") return 0n;
  const value = formulas.value(callOf(row)[key]);
  return value === null ? null : value * BigInt(row.rounds);
};

// What is wrong with a layer at the sizes that are set.
function listProblems(row) {
  if (!state.problems.has(row.call)) state.problems.set(row.call, findProblems(row));
  return state.problems.get(row.call);
}

function findProblems(row) {
  const broken = (callOf(row).assumes || []).filter((relation) => !formulas.holds(relation));
  const problems = broken.map((relation) => `At these sizes this does not hold, and the layer's numbers need it: ${relation.text}`);
  const sizes = (callOf(row).weights || []).flatMap(([, , numbers]) => numbers.map((number) => formulas.value(number)));
  if (sizes.some((size) => size !== null && size < 1n)) problems.push("At these sizes an axis of its weights is less than 1");
  const axes = callOf(row).shapes.flat().map((each) => formulas.value(each));
  if (axes.some((size) => size !== null && (size < 0n || size > LARGEST))) problems.push("It gives an axis of less than 0 or more than 10^18");
  return problems;
}

const isBroken = (row) => listProblems(row).length > 0 || row.children.some(isBroken);

const titleOf = (row) => `${row.name} (${callOf(row).type})`;

function matches(row) {
  const wanted = state.search.toLowerCase();
  return !wanted || row.name.toLowerCase().includes(wanted) || callOf(row).type.toLowerCase().includes(wanted);
}

const isShown = (row) => matches(row) || row.children.some(isShown);

function listRows() {
  const shown = [];
  const visit = (rows) => {
    for (const row of rows) {
      if (!isShown(row)) continue;
      shown.push(row);
      if (state.openRows.has(row.key) || (state.search && row.children.some(isShown))) visit(row.children);
    }
  };
  visit(tree);
  return shown;
}

const FOLD = 26; // pixels that the button takes which opens a row

function writeRows() {
  const body = byId("rows");
  const folds = tree.some((row) => row.children.length);
  body.replaceChildren();
  for (const row of listRows()) {
    const fold = row.children.length
      ? element("button", { type: "button", class: "fold", tabindex: "-1", "aria-hidden": "true" }, state.openRows.has(row.key) ? "−" : "+")
      : "";
    const first = element("td", { role: "gridcell", style: `padding-left: ${10 + 16 * row.level + (fold || !folds ? 0 : FOLD)}px` }, fold, element("bdi", {}, titleOf(row)));
    const line = element("tr", { role: "row", tabindex: "0", "aria-level": row.level + 1, "aria-selected": "false" }, first);
    if (row.children.length) line.setAttribute("aria-expanded", String(state.openRows.has(row.key)));
    for (const kind of ["shape", "number", "bar", "number"]) line.append(element("td", { role: "gridcell", class: kind }));
    line.row = row;
    line.addEventListener("click", (event) => {
      if (event.target.classList.contains("fold")) toggleRow(row);
      else pick(row.path);
    });
    line.addEventListener("keydown", (event) => rowKey(event, line, row));
    body.append(line);
  }
  byId("hits").textContent = state.search ? `${[...rowsByPath.values()].filter(matches).length} found` : "";
}

function rowKey(event, line, row) {
  const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (next) {
    if (line[next]) line[next].focus();
  } else if (event.key === "Enter" || event.key === " ") pick(row.path);
  else if (event.key === "ArrowRight" && row.children.length && !state.openRows.has(row.key)) toggleRow(row);
  else if (event.key === "ArrowLeft" && state.openRows.has(row.key)) toggleRow(row);
  else return;
  event.preventDefault();
}

function toggleRow(row) {
  if (!state.openRows.delete(row.key)) state.openRows.add(row.key);
  writeRows();
  update();
  const line = [...byId("rows").children].find((each) => each.row === row);
  if (line) line.focus();
}

// ---- The graph: a block that opens makes room by stretching what is around it ----

const PAD = 14;
const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes = {}, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function compose(key) {
  const scene = data.scenes[key];
  const boxes = scene.boxes.map(([box, x, y, width, height]) => ({ box, left: x, right: x + width, top: y, bottom: y + height, width, head: height }));
  const lines = scene.lines.map((points) => points.slice());
  const pins = scene.pins.map((places) => places.slice());
  let [width, height] = scene.size;
  const stretch = (from, to, extra, read, write) => {
    const move = (place) => place + (place >= to ? extra : place > from ? Math.round(extra / 2) : 0);
    read(move);
    write(extra);
  };
  for (const each of boxes) {
    if (!each.box.opens || !state.openBoxes.has(each.box.key)) continue;
    each.inner = compose(each.box.key);
    const wide = each.inner.width + 2 * PAD - (each.right - each.left);
    if (wide > 0)
      stretch(each.left, each.right, wide, (move) => {
        for (const other of boxes) [other.left, other.right] = [move(other.left), move(other.right)];
        for (const points of lines) for (let at = 0; at < points.length; at += 2) points[at] = move(points[at]);
        for (const places of pins) places.forEach((place, at) => (places[at] = move(place)));
      }, (extra) => (width += extra));
    const high = each.head + each.inner.height + PAD - (each.bottom - each.top);
    if (high > 0)
      stretch(each.bottom - 1, each.bottom, high, (move) => {
        for (const other of boxes) [other.top, other.bottom] = [move(other.top), move(other.bottom)];
        for (const points of lines) for (let at = 1; at < points.length; at += 2) points[at] = move(points[at]);
      }, (extra) => (height += extra));
  }
  for (const each of boxes) {
    if (!each.inner) narrow(each, lines);
    else each.exits = [...new Set(lines.filter(([x, y]) => y === each.bottom && x >= each.left && x <= each.right).map(([x]) => x))];
  }
  return { key, boxes, lines, pins, width, height };
}

// A box that was stretched by another one is as wide again as it was, or as its arrows need.
function narrow(each, lines) {
  let [left, right] = [Infinity, -Infinity];
  for (const points of lines) {
    const end = points.length - 2;
    for (const [x, y, edge] of [[points[0], points[1], each.bottom], [points[end], points[end + 1], each.top]])
      if (y === edge && x >= each.left && x <= each.right) [left, right] = [Math.min(left, x), Math.max(right, x)];
  }
  const middle = left <= right ? (left + right) / 2 : (each.left + each.right) / 2;
  const half = each.width / 2;
  each.left = Math.max(each.left, Math.min(middle - half, left - 8));
  each.right = Math.min(each.right, Math.max(middle + half, right + 8));
}

const TINTS = TINTS_DATA;

function shareOf(row, kind) {
  const value = own(row, kind);
  const whole = kind === "memory" ? state.memory : formulas.value(data.totals[kind]);
  return value === null || whole === null || whole === 0n ? 0 : Number((value * 10000n) / whole) / 10000;
}

// The colours of a box, on a light ground and on a dark one: the style sheet takes those of the ground there is.
function paintOf(box, row, isFrame) {
  let [light, lightLine, dark, darkLine] = TINTS[box.tint] || TINTS.plain;
  const kind = byId("colour").value;
  if (isFrame) light = dark = "var(--panel)";
  else if (kind !== "type" && row) {
    const share = Math.min(1, Math.sqrt(shareOf({ ...row, rounds: box.rounds || 1 }, kind)) * 1.2);
    light = dark = `color-mix(in srgb, var(--bar) ${Math.round(100 * share)}%, var(--page))`;
  }
  return `--light: ${light}; --light-line: ${lightLine}; --dark: ${dark}; --dark-line: ${darkLine}`;
}

function boxTexts(box, row) {
  const texts = [`${box.name}${box.type ? ` (${box.type})` : ""}${box.rounds ? ` × ${box.rounds}` : ""}`];
  if (box.details) texts.push(box.details);
  if (row) {
    callOf(row).shapes.forEach((axes) => texts.push(shape(axes)));
    const params = own({ ...row, rounds: box.rounds || 1 }, "params");
    const words = row.shares ? "shared weights" : params ? `${grouped(params)} params` : "";
    const last = `${texts[texts.length - 1]} · ${words}`;
    if (words && callOf(row).shapes.length === 1 && last.length <= 44) texts[texts.length - 1] = last;
    else if (words) texts.push(words);
  } else if (box.kind === "output") {
    const found = data.outputs.find(([name]) => name === box.name) || data.outputs[0];
    if (found) texts.push(shape(found[1]));
  }
  return texts;
}

// Lines that may be longer than there is room in their boxes, which is seen when they are drawn.
const tight = [];

function squeeze() {
  const long = tight.filter(([line, room]) => line.getComputedTextLength() > room);
  for (const [line, room] of long) {
    line.setAttribute("textLength", room);
    line.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
  tight.length = 0;
}

// `exits` are where arrows leave the frame that is around the scene.
function drawScene(scene, group, exits = []) {
  for (const points of scene.lines) {
    const leaves = scene.key !== "" && points[points.length - 1] === scene.height;
    const way = leaves ? [...points, ...findWayOut(points, scene.pins[1], exits)] : points;
    let path = `M${way[0]} ${way[1]}`;
    for (let at = 2; at < way.length; at += 2) path += `L${way[at]} ${way[at + 1]}`;
    const line = svgElement("path", { class: "edge", d: path });
    if (!leaves) line.setAttribute("marker-end", "url(#tip)");
    group.append(line);
  }
  for (const each of scene.boxes) group.append(drawBox(each));
}

// The way of a line to the edge of the frame, and to the arrow that goes on from there where there is one alone.
function findWayOut(points, pins, exits) {
  const [x, y] = points.slice(-2);
  if (pins.length !== 1 || exits.length !== 1 || exits[0] === x) return [x, y + PAD];
  return [x, y + PAD / 2, exits[0], y + PAD / 2, exits[0], y + PAD];
}

function drawBox(each) {
  const { box, left, right, top, bottom } = each;
  const row = rowsByPath.get(box.path);
  const drawn = svgElement("g", { class: "box", transform: `translate(${left} ${top})` });
  const radius = box.kind === "input" || box.kind === "output" ? 22 : 6;
  drawn.append(svgElement("rect", { width: right - left, height: bottom - top, rx: radius, style: paintOf(box, row, Boolean(each.inner)) }));
  if (each.inner) drawn.append(svgElement("rect", { width: right - left, height: each.head, rx: radius, style: paintOf(box, row, false) }));
  const texts = boxTexts(box, row);
  const step = Math.min(17, (each.head - 8) / texts.length);
  texts.forEach((text, at) => {
    const line = svgElement("text", { x: (right - left) / 2, y: 8 + step * (at + 0.72), class: at === 0 ? "title" : "" }, text);
    if (text.length * 6.3 > right - left - 10) tight.push([line, right - left - 12]);
    drawn.append(line);
  });
  if (row) {
    drawn.setAttribute("tabindex", "0");
    drawn.setAttribute("role", "button");
    drawn.setAttribute("aria-label", texts.join(", "));
    drawn.path = row.path;
    drawn.classList.toggle("picked", row.path === state.box);
    drawn.classList.toggle("broken", isBroken(row));
    drawn.addEventListener("click", (event) => (event.stopPropagation(), pick(row.path)));
    drawn.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") pick(row.path);
      else if (box.opens && (event.key === "ArrowRight" || event.key === "ArrowLeft")) toggleBox(box.key, event.key === "ArrowRight");
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  if (box.opens) {
    const sign = svgElement("text", { class: "open", x: right - left - 12, y: 15, "aria-hidden": "true" }, each.inner ? "−" : "+");
    sign.addEventListener("click", (event) => (event.stopPropagation(), toggleBox(box.key, !each.inner)));
    drawn.append(sign);
    drawn.setAttribute("aria-expanded", String(Boolean(each.inner)));
    drawn.addEventListener("dblclick", (event) => (event.stopPropagation(), toggleBox(box.key, !each.inner)));
  }
  if (each.inner) {
    const aside = Math.round((right - left - each.inner.width) / 2);
    const inside = svgElement("g", { transform: `translate(${aside} ${each.head})` });
    drawScene(each.inner, inside, each.exits.map((x) => x - left - aside));
    drawn.append(inside);
  }
  return drawn;
}

function drawGraph() {
  const scene = compose("");
  const [width, height] = [scene.width + 20, scene.height + 20];
  const picture = svgElement("svg", { viewBox: `-10 -10 ${width} ${height}`, width, height, role: "group", "aria-label": "Graph of the model" });
  const tip = svgElement("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
  tip.append(svgElement("path", { class: "tip", d: "M0 0L8 4L0 8z" }));
  const defs = svgElement("defs");
  defs.append(tip);
  picture.append(defs);
  drawScene(scene, picture);
  byId("canvas").replaceChildren(picture);
  squeeze();
}

function toggleBox(key, open) {
  if (open) state.openBoxes.add(key);
  else state.openBoxes.delete(key);
  drawGraph();
}

// The box that shows a layer, or what it is part of, and the keys of the boxes around it.
function findBox(path) {
  for (let row = rowsByPath.get(path); row; row = row.around) {
    const found = boxOf(row.path) || boxOf(row.first);
    if (found) return found;
  }
  return null;
}

function boxOf(path, key = "", around = []) {
  for (const [box] of data.scenes[key].boxes) {
    if (box.path === path) return [box, around];
    if (box.opens) {
      const found = boxOf(path, box.key, [...around, box.key]);
      if (found) return found;
    }
  }
  return null;
}

// ---- What is selected ----

function pick(path) {
  state.picked = path;
  const found = findBox(path);
  state.box = found ? found[0].path : "";
  if (found) found[1].forEach((key) => state.openBoxes.add(key));
  openRowsTo(tree, path);
  writeRows();
  drawGraph();
  update();
  writeLink();
  const line = [...byId("rows").children].find((each) => each.row.path === path);
  if (line) line.scrollIntoView({ block: "nearest" });
  const drawn = [...byId("canvas").querySelectorAll(".box")].find((each) => each.path === state.box);
  if (drawn) drawn.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function openRowsTo(rows, path) {
  for (const row of rows) {
    if (row.path === path && !row.children.some((child) => child.path === path)) return true;
    if (row.children.length && openRowsTo(row.children, path)) {
      state.openRows.add(row.key);
      return true;
    }
  }
  return false;
}

function productRows(title, products, formula, totalText) {
  const lines = [];
  let sum = 0n;
  products.forEach(([name, factors, numbers], at) => {
    const values = numbers.map((number) => formulas.value(number));
    const total = values.some((value) => value === null) ? null : values.reduce((product, value) => product * value, 1n);
    sum = total === null || sum === null ? null : sum + total;
    lines.push([at === 0 ? title : "", name, factors, values.map((value) => (value === null ? "unknown" : String(value))).join(" × "), grouped(total)]);
  });
  if (products.length > 1) lines.push(["", "total", formula, "", grouped(sum)]);
  if (!products.length) lines.push([title, totalText, "", "", ""]);
  return lines;
}

function writeDetail() {
  const detail = byId("detail");
  detail.replaceChildren();
  const row = rowsByPath.get(state.picked);
  if (!row) {
    detail.append(element("p", { class: "quiet" }, "Select a layer to see how its numbers follow from its sizes."));
    return;
  }
  const call = callOf(row);
  detail.append(element("h2", {}, element("bdi", {}, `${row.path} (${call.type})`)));
  for (const problem of listProblems(row)) detail.append(element("p", { class: "broken-note" }, problem));
  const lines = (call.outputs || []).map(([port, text], at) => [port, "", text, call.shapes[at] ? `= ${shape(call.shapes[at])}` : "", ""]);
  if (call.weights) {
    lines.push(...productRows("params", call.weights, call.weights_formula, "none"));
    lines.push(...productRows("macs", call.products, call.products_formula, "none"));
  } else {
    lines.push(["params", "", "", "", grouped(formulas.value(call.params))], ["macs", "", "", "", grouped(formulas.value(call.macs))]);
  }
  lines.push(["bytes", "weights", "", "", bytes(formulas.value(call.bytes))], ["", "outputs", "", "", bytes(formulas.value(call.memory))]);
  const table = element("table");
  for (const line of lines) table.append(element("tr", {}, ...line.map((text, at) => element("td", { class: at === 4 ? "number" : "" }, text))));
  detail.append(element("div", { class: "derivation", tabindex: "0" }, table));
  if (call.where) detail.append(element("p", {}, `where ${call.where.map(([name, size]) => `${name} = ${axis(size)}`).join(", ")}`));
  for (const note of call.notes || []) detail.append(element("p", { class: "quiet" }, note.map((part, at) => (at % 2 ? axis(part) : part)).join("")));
  const facts = [];
  if (row.inputs) facts.push(`fed by ${row.inputs.join(", ")}`);
  if (row.shares) facts.push(`weights of ${row.shares}`);
  if (row.mask) facts.push(`mask: ${row.mask}`);
  if (call.arguments) facts.push(call.arguments.map(([name, value]) => `${name}: ${value}`).join(", "));
  for (const fact of facts) detail.append(element("p", { class: "quiet" }, element("bdi", {}, fact)));
  const text = row.line && !row.file && data.lines[row.line - 1];
  if (text) detail.append(element("pre", { tabindex: "0" }, `${row.line}  ${text}`));
  else if (row.file) detail.append(element("p", { class: "quiet" }, `${row.file}:${row.line}`));
}

// ---- All that follows the sizes ----

function update() {
  evaluate();
  state.memory = tree.reduce((sum, row) => sum + (own(row, "memory") || 0n), 0n);
  showControls();
  byId("as-written").hidden = !data.findings.length || !state.values.size;
  writeTotals();
  const bar = byId("bars").value;
  for (const line of byId("rows").children) {
    const [, shapes, params, share, macs] = line.children;
    const row = line.row;
    shapes.textContent = callOf(row).shapes.map(shape).join(", ");
    params.textContent = row.shares ? "0 (shared)" : grouped(own(row, "params"));
    macs.textContent = grouped(own(row, "macs"));
    const part = bar === "bytes" ? shareOfBytes(row) : shareOf(row, bar);
    share.replaceChildren(element("span", { class: "share", style: `width: ${Math.max(1, Math.round(90 * part))}px` }), ` ${(100 * part).toFixed(1)}%`);
    line.setAttribute("aria-selected", String(row.path === state.picked && (!state.openRows.has(row.key) || row.rounds === 1)));
    line.classList.toggle("broken", isBroken(row));
  }
  updateBoxes();
  writeDetail();
}

const shareOfBytes = (row) => {
  const whole = formulas.value(data.totals.bytes);
  const value = own(row, "bytes");
  return !whole || value === null ? 0 : Number((value * 10000n) / whole) / 10000;
};

function updateBoxes() {
  drawGraph();
}

function writeTotals() {
  const value = (key) => formulas.value(data.totals[key]);
  const trainable = value("trainable");
  const params = value("params");
  const fixed = params === null || trainable === null ? null : params - trainable;
  const items = [
    ["params", `${grouped(params)} (${bytes(value("bytes"))})`],
    ["not trained", grouped(fixed)],
    ["MACs a sample", grouped(value("macs"))],
    ["activations", bytes(state.memory)],
    ["output", data.outputs.map(([, axes]) => shape(axes)).join(", ")],
  ];
  byId("totals").replaceChildren(...items.map(([label, text]) => element("li", {}, element("span", { class: "quiet" }, `${label} `), element("b", {}, text))));
}

function writeFindings() {
  for (const finding of data.findings) {
    const place = finding.line ? `line ${finding.line}: ` : "";
    const item = element("li", { class: finding.severity }, `${place}${finding.severity} [${finding.code}] ${finding.message}`);
    if (finding.help) item.append(element("div", { class: "quiet" }, `help: ${finding.help}`));
    byId("findings").append(item);
  }
}

const tree = prepareRows(data.rows, { prefix: "", first: "", around: null }, 0);
byId("name").textContent = data.name;
byId("models").hidden = models.length < 2;
models.forEach((model, at) => byId("model").append(element("option", { value: at + 1 }, model.name)));
byId("model").value = String(chosen + 1);
byId("model").addEventListener("change", () => ((location.hash = `#${byId("model").value}:`), location.reload()));
byId("description").textContent = data.description;
writeControls();
writeFindings();
readLink();
evaluate();
byId("search").addEventListener("input", () => ((state.search = byId("search").value.trim()), writeRows(), update()));
byId("colour").addEventListener("change", drawGraph);
byId("bars").addEventListener("change", update);
byId("reset").addEventListener("click", () => (state.values.clear(), update(), writeLink()));
byId("open-all").addEventListener("click", () => (Object.keys(data.scenes).forEach((key) => state.openBoxes.add(key)), drawGraph()));
byId("close-all").addEventListener("click", () => (state.openBoxes.clear(), drawGraph()));
window.addEventListener("hashchange", () => (readLink(), pick(state.picked)));
if (state.picked) pick(state.picked);
else {
  writeRows();
  update();
}
