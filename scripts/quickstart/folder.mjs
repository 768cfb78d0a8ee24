// .quickstart/ from its making to its end.
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "./stop.mjs";

const NOTE = "README";
const NOTE_TEXT = "Made by ./quickstart, which also deletes it. Nothing in here is of any use to anything else.\n";

/** Makes the folder anew. What an earlier tour left goes; anything else that stands there is not ours to delete. */
export function makeFolder(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) removeOld(folder);
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, NOTE), NOTE_TEXT);
  writeFileSync(join(folder, ".gitignore"), "*\n");
  writeFileSync(join(folder, "pid"), `${process.pid}\n`);
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function removeOld(folder) {
  if (read(join(folder, NOTE)) !== NOTE_TEXT) {
    throw new Stop(`${folder} is there, and was not made by ./quickstart.`, [
      "Nothing was changed.",
      `Move it away, or delete it: rm -r '${folder}'`,
    ]);
  }
  const other = Number(read(join(folder, "pid")));
  if (other > 0 && isTour(other)) {
    throw new Stop(`another tour is running in this folder (process ${other}).`, ["Wait for its end, or stop it."]);
  }
  try {
    removeFolder(folder);
  } catch (error) {
    throw new Stop(`what an earlier tour left cannot be deleted: ${error.message}`, [
      "It was probably made by root.",
      `Run: sudo rm -r '${folder}'`,
    ]);
  }
}

/** Process ids are given again, so the one that was noted counts only while it still runs a tour. */
function isTour(pid) {
  return pid !== process.pid && (read(`/proc/${pid}/cmdline`) ?? "").includes("scripts/quickstart.mjs");
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
