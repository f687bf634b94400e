// Formulas as formulas.py writes them: a number, null where a size is unknown, or a polynomial, a list of terms
// [coefficient, atom, power, ...]. Atoms are names of sizes, or [polynomial, divisor] for a floor quotient.
"use strict";

class Formulas {
  constructor(atoms) {
    this.atoms = atoms;
    this.values = new Map();
    this.known = [];
  }

  // Sets the sizes: a Map from names to BigInt.
  set(values) {
    this.values = values;
    this.known = new Array(this.atoms.length);
  }

  // The value of an atom.
  atom(place) {
    if (this.known[place] === undefined) {
      const atom = this.atoms[place];
      this.known[place] = typeof atom === "string" ? this.values.get(atom) : floor(this.value(atom[0]), BigInt(atom[1]));
    }
    return this.known[place];
  }

  // The value of a formula as a BigInt; null where it is unknown.
  value(formula) {
    if (formula === null) return null;
    if (!Array.isArray(formula)) return BigInt(formula);
    let sum = 0n;
    for (const term of formula) {
      let product = BigInt(term[0]);
      for (let at = 1; at < term.length; at += 2) product *= this.atom(term[at]) ** BigInt(term[at + 1]);
      sum += product;
    }
    return sum;
  }

  // Whether a formula depends on a size.
  depends(formula, name) {
    if (!Array.isArray(formula)) return false;
    return formula.some((term) => term.some((place, at) => at % 2 === 1 && this.atomDepends(place, name)));
  }

  atomDepends(place, name) {
    const atom = this.atoms[place];
    return typeof atom === "string" ? atom === name : this.depends(atom[0], name);
  }

  // Whether an assumption holds; true where it cannot be told.
  holds(relation) {
    const [left, right] = relation.sides.map((side) => this.value(side));
    if (left === null || right === null) return true;
    if (relation.op === "==") return left === right;
    if (relation.op === ">=") return left >= right;
    return right !== 0n && left % right === 0n;
  }
}

function floor(numerator, divisor) {
  const quotient = numerator / divisor;
  return numerator % divisor < 0n ? quotient - 1n : quotient;
}

if (typeof module !== "undefined") module.exports = { Formulas };
