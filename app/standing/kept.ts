import { join } from "node:path";
import { fnv1a64 } from "../../host/fnv.ts";
import type { Looked } from "../../host/look.ts";
import { pathsFor, type Who } from "../../host/paths.ts";
import type { Scope } from "../../schema/model/resource.ts";

/** Not for good: what follows from the time of day alone, no file tells. */
export const LASTS_MS = 60 * 60 * 1000;

/** What the command line was asked. */
export interface Question {
  readonly who: Who;
  /** The arguments, and the folder that they are given in. */
  readonly about: readonly string[];
  /** Everything else that an answer hangs on, files apart: program, environment, terminal. */
  readonly circumstances: readonly unknown[];
}

/** About an answer that stands for as long as nothing changes that it was read from. In its file, its text follows after the line of this. */
export interface Kept {
  /** Of the question with its circumstances. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** Of the text. */
  readonly bytes: number;
  /** The bytes of the status that was published with it, in base64. */
  readonly status?: string;
  readonly stamps: readonly Looked[];
}

/** Where an answer is kept: one for each folder and arguments. */
export function keptPath({ who, about }: Question): string {
  return join(pathsFor(ownScope(who), who).cache, "standing", `${fnv1a64(JSON.stringify(about))}.json`);
}

/** A hash and not the text: an environment has secrets in it. */
export function keyOf({ about, circumstances }: Question): string {
  return fnv1a64(JSON.stringify([about, circumstances]));
}

export function ownScope(who: Who): Scope {
  return who.uid === 0 ? "system" : "user";
}
