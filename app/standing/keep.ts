import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder, writeSoon } from "../../host/files.ts";
import { type Looks, watchLooks } from "../../host/looks.ts";
import { pathsFor } from "../../host/paths.ts";
import { statusPath } from "../published-status.ts";
import { type Kept, keptPath, keyOf, ownScope, type Question } from "./kept.ts";

/**
 * Has a question answered, and keeps what was answered for `standingAnswer`, where that may do.
 * @param answer gives the exit code, and calls `keep` with its text where that stands for as long as nothing changes
 */
export async function answerAndKeep(
  question: Question,
  answer: (keep: (text: string) => void) => Promise<number>,
): Promise<number> {
  const looks = watchLooks();
  let text: string | undefined;
  const exit = await answer((stands) => {
    text = stands;
  });
  looks.stop();
  if (exit === 0 && text !== undefined) keep(question, text, looks);
  return exit;
}

function keep(question: Question, text: string, looks: Looks): void {
  const { who } = question;
  try {
    const status = statusPath(who);
    const folders = [pathsFor(ownScope(who), who).cache, pathsFor("user", who).cache, dirname(status)];
    // What is published changes with each run, and no answer is read from it.
    const stamps = looks.stamps({ folders, except: [status, dirname(status)] });
    if (stamps === undefined) return;
    const published = looks.wrote(status) ? { status: readFileSync(status).toString("base64") } : {};
    const kept: Kept = { key: keyOf(question), made: Date.now(), text, ...published, stamps };
    makeFolder(dirname(keptPath(question)), 0o700);
    writeSoon(keptPath(question), JSON.stringify(kept), 0o600);
  } catch {
    // the next run finds out by itself
  }
}
