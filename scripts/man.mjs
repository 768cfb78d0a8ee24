#!/usr/bin/env node
// Writes dist/man/: the manual pages, made from the command table.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "dist", "man");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const { outputFiles } = await build({
  entryPoints: [join(root, "cli", "manual.ts")],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
});
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const { manualPages } = await import(`data:text/javascript;base64,${code}`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const pages = Object.entries(manualPages(version));
for (const [name, text] of pages) writeFileSync(join(folder, name), text);
console.log(`wrote dist/man (${pages.length} pages)`);
