// Runs every check of the tree, two at a time, and reports all that fail: one line each, output only of failures.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const AT_ONCE = 2;

/** `command`: a program of node_modules/.bin or `node`, with its arguments. */
const CHECKS = [
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "--diagnostic-level=warn"] },
  { name: "import table", command: ["depcruise", "--output-type", "err-long", "."] },
  { name: "dead code", command: ["knip"] },
  { name: "schemas up to date", command: ["node", "scripts/schemas.mjs", "--check"] },
];

/** Never rejects: a program that cannot be started is a failure with that as its output. */
function runCheck([program, ...args]) {
  const env = { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}` };
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ ok: false, output: String(error) }));
    child.on("close", (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString().trim() }));
  });
}

async function runAndReport({ name, command }) {
  const started = performance.now();
  const { ok, output } = await runCheck(command);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  if (!ok) console.log(`\n  $ ${command.join(" ")}\n${output.replace(/^/gm, "  ")}\n`);
  return ok;
}

const queue = [...CHECKS];
let failures = 0;
async function worker() {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    if (!(await runAndReport(check))) failures += 1;
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker));

console.log(failures === 0 ? `All ${CHECKS.length} checks hold.` : `${failures} of ${CHECKS.length} checks failed.`);
if (failures > 0) process.exitCode = 1;
