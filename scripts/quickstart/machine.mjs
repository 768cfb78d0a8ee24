// What the tour must leave alone: everything that dpkg and apt keep about this machine, compared by content.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** The database of dpkg, the configuration and marks of apt, the logs of both, and omg's own system folders. */
export const WATCHED = [
  "/var/lib/dpkg",
  "/etc/apt",
  "/var/lib/apt/extended_states",
  "/var/log/apt",
  "/var/log/dpkg.log",
  "/etc/omg",
  "/var/lib/omg/state",
];

/** Path to what stands there: a digest of the content, or size and time where this user may not read it. */
export function readMachine() {
  const found = new Map();
  for (const path of WATCHED) note(path, found);
  return found;
}

/** One hexadecimal digest over everything. */
export function digestOf(machine) {
  const lines = [...machine].sort(([a], [b]) => (a < b ? -1 : 1)).map((entry) => entry.join("\0"));
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** Paths that are not as they were. */
export function changesBetween(before, after) {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

function note(path, found) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  found.set(path, `${stat.mode} ${stat.uid} ${stat.gid} ${contentOf(path, stat)}`);
  if (stat.isDirectory()) for (const name of namesIn(path)) note(join(path, name), found);
}

function contentOf(path, stat) {
  if (stat.isSymbolicLink()) return readlinkSync(path);
  if (!stat.isFile()) return "";
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch (error) {
    if (error.code !== "EACCES") throw error;
    return `unreadable ${stat.size} ${stat.mtimeMs} ${stat.ino}`;
  }
}

/** Of a folder that this user may not read, its own time tells about names that come and go: they cannot. */
function namesIn(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error.code !== "EACCES") throw error;
    return [];
  }
}
