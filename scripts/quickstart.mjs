// The tour behind ./quickstart, which has checked Node, built omg, and made this process user 0 (perhaps of a namespace).
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder, removeFolder } from "./quickstart/folder.mjs";
import { makeLab } from "./quickstart/lab.mjs";
import { changesBetween, digestOf, readMachine, WATCHED } from "./quickstart/machine.mjs";
import { watchSignals } from "./quickstart/run.mjs";
import { heading, print, say, style } from "./quickstart/screen.mjs";
import { Stop } from "./quickstart/stop.mjs";
import { showHelpOnly, tour } from "./quickstart/tour.mjs";

const CLONE = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = join(CLONE, ".quickstart");

const [started = "", ...flags] = process.argv.slice(2);
const keep = flags.includes("--keep");

/** Ends with what the tour proved about the machine, whether the tour itself went well or not. */
async function main() {
  const missing = ["/usr/bin/apt-get", "/usr/bin/dpkg", "/var/lib/dpkg/status"].filter((path) => !existsSync(path));
  if (missing.length > 0) return showHelpOnly(CLONE, missing);
  const before = readMachine();
  makeFolder(FOLDER);
  let failure;
  try {
    await tour(await makeLab(CLONE, FOLDER));
  } catch (thrown) {
    failure = thrown;
  }
  const untouched = reportMachine(before, readMachine());
  return failure === undefined ? end(untouched) : endEarly(failure);
}

function reportMachine(before, after) {
  const changes = changesBetween(before, after);
  heading("What this left on your machine");
  if (changes.length === 0) {
    const places = WATCHED.slice(0, 5).join(", ");
    say(
      `Nothing: ${before.size} files below ${places} have the same digest as before, ${digestOf(after).slice(0, 16)}.`,
    );
    return true;
  }
  say(
    "These files of the machine are not as they were. Nothing in the tour writes to them, so look for a package manager that ran at the same time:",
  );
  for (const path of changes.slice(0, 10)) print(`  ${path}`);
  if (changes.length > 10) print(`  and ${changes.length - 10} more`);
  return false;
}

function end(untouched) {
  if (keep) say(`${FOLDER} was kept. To go on in it: ${wayBack()}`);
  else removeFolder(FOLDER);
  say(`The tour took ${seconds()}.`);
  return untouched ? 0 : 1;
}

/** What failed is kept, to be looked at; what the user stopped is not. */
function endEarly(failure) {
  const known = failure instanceof Stop;
  process.stderr.write(`\n${style("bold", "quickstart:")} ${known ? failure.message : failure.stack}\n`);
  for (const line of known ? failure.lines : []) process.stderr.write(`  ${line}\n`);
  const exit = known ? failure.exit : 1;
  if (keep || exit === 1)
    process.stderr.write(`  Everything is still in ${FOLDER}; logs in root/var/log and data/audit there.\n`);
  else removeFolder(FOLDER);
  return exit;
}

/** In a namespace of one user, user 0 is somebody else outside. */
function wayBack() {
  const enter = /^\s*0\s+0\s/.test(readFileSync("/proc/self/uid_map", "utf8")) ? "" : "unshare -r sh, then ";
  return `${enter}. .quickstart/env.sh && cd .quickstart/my-machine`;
}

function seconds() {
  return `${Math.round(Date.now() / 1000 - Number(started))} s`;
}

watchSignals();
try {
  process.exitCode = await main();
} catch (thrown) {
  if (!(thrown instanceof Stop)) throw thrown;
  process.stderr.write(`\nquickstart: ${thrown.message}\n${thrown.lines.map((line) => `  ${line}\n`).join("")}`);
  process.exitCode = thrown.exit;
}
