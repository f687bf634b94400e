// Parses flowcharts with Mermaid's own parser: node parse_mermaid.mjs FOLDER FILE...
// FOLDER is where `npm install mermaid jsdom` was run.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const home = process.argv[2];
const require = createRequire(home + "/x.js");
const { JSDOM } = require("jsdom");
const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window; globalThis.document = dom.window.document;
const { default: mermaid } = await import(pathToFileURL(require.resolve("mermaid/dist/mermaid.core.mjs")));
mermaid.initialize({ startOnLoad: false });
let failed = 0;
for (const file of process.argv.slice(3)) {
  try { await mermaid.parse(readFileSync(file, "utf8")); console.log("ok", file); }
  catch (error) { failed = 1; console.log("bad", file, String(error).slice(0, 300)); }
}
process.exit(failed);
