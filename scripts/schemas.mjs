#!/usr/bin/env node
// Writes docs/schemas/ from the schemas that omg itself reads files with, and native/passed_on.h from the command table. `--check` only tells whether
// they are current.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

async function exportsOf(...path) {
  const entry = join(root, ...path);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** Texts by path. */
async function generate() {
  const { jsonSchemas } = await exportsOf("schema", "files", "json-schemas.ts");
  const { passedOnHeader } = await exportsOf("cli", "passed-on-header.ts");
  const schemas = Object.entries(jsonSchemas()).map(([name, text]) => [join("docs", "schemas", name), text]);
  return [...schemas, [join("native", "passed_on.h"), passedOnHeader()]];
}

function isCurrent([name, text]) {
  try {
    return readFileSync(join(root, name), "utf8") === text;
  } catch {
    return false;
  }
}

const stale = (await generate()).filter((schema) => !isCurrent(schema));
if (process.argv.includes("--check")) {
  for (const [name] of stale) console.error(`${name} is not current: run node scripts/schemas.mjs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync(join(root, "docs", "schemas"), { recursive: true });
  for (const [name, text] of stale) writeFileSync(join(root, name), text);
  console.log(stale.length === 0 ? "all is current" : `wrote ${stale.map(([name]) => name).join(", ")}`);
}
