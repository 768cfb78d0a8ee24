import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder, writeSoon } from "../../host/files.ts";
import { type Looks, watchLooks } from "../../host/looks.ts";
import { pathsFor } from "../../host/paths.ts";
import { statusPath } from "../published-status.ts";
import { encodeKept, keptPath, keyOf, LASTS_MS, ownScope, type Question } from "./kept.ts";

/**
 * Besides what is published, which changes with each run: this process in memory. That is looked at to learn which C library Node runs with, and the
 * circumstances name that Node.
 */
const NOT_READ_FROM = ["/proc/self/maps"];

/**
 * Has a question answered, and keeps what was answered for `standingAnswer`, where that may do.
 * @param answer gives the exit code, and calls `keep` with its text where that stands for as long as nothing changes
 */
export async function answerAndKeep(
  question: Question,
  answer: (keep: (text: Uint8Array) => void) => Promise<number>,
): Promise<number> {
  const looks = watchLooks();
  let text: Uint8Array | undefined;
  const exit = await answer((stands) => {
    text = stands;
  });
  looks.stop();
  if (exit === 0 && text !== undefined) keep(question, text, looks);
  return exit;
}

function keep(question: Question, text: Uint8Array, looks: Looks): void {
  const { who, about } = question;
  try {
    const status = statusPath(who);
    const folders = [pathsFor(ownScope(who), who).cache, pathsFor("user", who).cache, dirname(status)];
    const stamps = looks.stamps({ folders, except: [status, dirname(status), ...NOT_READ_FROM] });
    if (stamps === undefined) return;
    const published = looks.wrote(status) ? { status: readFileSync(status) } : {};
    const made = Date.now();
    const path = keptPath(question);
    makeFolder(dirname(path), 0o700);
    writeSoon(path, encodeKept({ about, key: keyOf(question), made, ...published, stamps, text }), 0o600);
    removeStale(dirname(path), made);
  } catch {
    // the next run finds out by itself
  }
}

/** Those that are too old to stand whatever happens. */
function removeStale(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs + LASTS_MS < now) rmSync(path);
  }
}
