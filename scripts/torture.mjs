// npm run torture -- [SUITE…]: the suites of test/torture/ in full, where `npm test` takes a sample.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(ROOT, "test/torture");
const ENDING = ".test.ts";

const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(ENDING)) : [];
const suites = files.map((file) => file.slice(0, -ENDING.length));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.includes(name));

if (unknown.length > 0 || suites.length === 0) {
  console.error(`torture: no suite ${unknown.join(", ")}. There are: ${suites.join(", ") || "none"}`);
  process.exitCode = 1;
} else {
  const paths = (asked.length > 0 ? asked : suites).map((name) => `test/torture/${name}${ENDING}`);
  const { status } = spawnSync(join(ROOT, "node_modules/.bin/vitest"), ["run", ...paths], {
    cwd: ROOT,
    env: { ...process.env, OMG_TORTURE: "all" },
    stdio: "inherit",
  });
  process.exitCode = status ?? 1;
}
