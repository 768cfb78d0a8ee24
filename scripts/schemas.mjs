#!/usr/bin/env node
// Writes docs/schemas/ from the schemas that omg itself reads files with. `--check` only tells whether it is current.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs", "schemas");

async function generate() {
  const entry = join(root, "schema", "files", "json-schemas.ts");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  const { jsonSchemas } = await import(`data:text/javascript;base64,${code}`);
  return Object.entries(jsonSchemas());
}

function isCurrent([name, text]) {
  try {
    return readFileSync(join(folder, name), "utf8") === text;
  } catch {
    return false;
  }
}

const stale = (await generate()).filter((schema) => !isCurrent(schema));
if (process.argv.includes("--check")) {
  for (const [name] of stale) console.error(`docs/schemas/${name} is not current: run node scripts/schemas.mjs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of stale) writeFileSync(join(folder, name), text);
  console.log(stale.length === 0 ? "docs/schemas is current" : `wrote ${stale.map(([name]) => name).join(", ")}`);
}
