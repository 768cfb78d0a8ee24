import { rmSync } from "node:fs";
import { failpoint } from "../../host/failpoint.ts";
import { note } from "../note.ts";
import type { World } from "../world.ts";
import type { Memory, ScopeSurvey } from "./survey.ts";

/**
 * Removes what a survey found, as the scope's only writer. The log says so first; a generation goes before the objects that it
 * alone needs, so that whenever this is cut off, every generation that is there still has what it needs.
 */
export function removeSurveyed(who: Pick<World, "actor" | "host">, memory: Memory, found: ScopeSurvey): void {
  const { scope, generations, store } = memory;
  const { going, leaving, remnants } = found.generations;
  const counts = { objects: found.objects.length, evidence: found.evidence.length };
  if (going.length + counts.evidence > 0) note(who, memory, "cleaned", scope, { generations: going, ...counts });
  failpoint("clean.after-note");
  for (const number of remnants) generations.forget(number);
  for (const number of going) {
    generations.remove(number, leaving.includes(number));
    failpoint("clean.after-generation");
  }
  for (const { sha256 } of found.objects) {
    store.remove(sha256);
    failpoint("clean.after-object");
  }
  for (const { digest } of found.evidence) memory.evidence.remove(digest);
  for (const { path } of found.unfinished) rmSync(path, { force: true });
}
