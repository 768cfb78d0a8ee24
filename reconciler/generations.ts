import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readIfPresent, syncFolder, writeAtomic } from "../host/files.ts";
import { listFolder } from "../host/folder.ts";
import { OmgError } from "../schema/error.ts";
import type { Generation } from "../schema/model/base.ts";
import { isRecord, readJson } from "./json-file.ts";

/** Snapshots of one scope, numbered from 0, one file each. */
export interface Generations {
  numbers(): readonly number[];
  /** @throws OmgError `no-such-generation`, `generation-cleaned` */
  read(number: number): Generation;
  write(generation: Generation): void;
  /**
   * Removes a generation: from then on there is no way back to it. Durable when it returns.
   * @param leaving whether what its lock wanted and owned stays readable, as a remnant
   */
  remove(number: number, leaving: boolean): void;
  /** Numbers of the generations of which only that is left. */
  remnants(): readonly number[];
  remnant(number: number): Pick<Generation, "number" | "lock" | "wanted" | "owned">;
  /** Removes a remnant. */
  forget(number: number): void;
  /** The newest one's number; -1 before the first. */
  latest(): number;
}

/** @param mode of the files: a user's settings may be private */
export function openGenerations(folder: string, mode: number): Generations {
  const numbersIn = (pattern: RegExp) =>
    listFolder(folder)
      .flatMap((name) => (pattern.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
  const numbers = () => numbersIn(/^\d+\.json$/);
  const path = (number: number) => join(folder, `${number}.json`);
  const remnantPath = (number: number) => join(folder, `${number}.remnant.json`);
  const read: Generations["read"] = (number) =>
    readJson<Generation>(readIfPresent(path(number)), path(number), (made) => isGeneration(number, made)) ??
    missing(number, numbers());
  return {
    numbers,
    latest: () => numbers().at(-1) ?? -1,
    read,
    write: (generation) => {
      makeFolder(folder, mode === 0o600 ? 0o700 : 0o755);
      writeAtomic(path(generation.number), `${JSON.stringify(generation)}\n`, mode);
    },
    remove: (number, leaving) => {
      if (leaving) writeAtomic(remnantPath(number), `${JSON.stringify(remnantOf(read(number)))}\n`, mode);
      rmSync(path(number), { force: true });
      syncFolder(folder);
    },
    remnants: () => numbersIn(/^(\d+)\.remnant\.json$/),
    remnant: (number) =>
      readJson<Generation>(readIfPresent(remnantPath(number)), remnantPath(number), (made) =>
        isGeneration(number, made),
      ) ?? missing(number, numbers()),
    forget: (number) => rmSync(remnantPath(number), { force: true }),
  };
}

function remnantOf(made: Generation): Generation {
  return { ...made, installed: {}, artifacts: {} };
}

function isGeneration(number: number, made: { readonly [K in keyof Generation]?: unknown }): boolean {
  const records = [made.lock, made.owned, made.installed, made.artifacts];
  return made.number === number && Array.isArray(made.wanted) && records.every(isRecord);
}

/** They are numbered without gaps, so one that is missing below the newest was there once. */
function missing(number: number, numbers: readonly number[]): never {
  if (number >= 0 && number < (numbers.at(-1) ?? -1))
    throw new OmgError({
      code: "generation-cleaned",
      exit: "error",
      message: `Generation ${number} is not kept any more: it was cleaned away.`,
      state: "Nothing was changed.",
      hint: `Kept are ${numbers.join(", ")}: \`omg history\` shows them.`,
    });
  throw new OmgError({
    code: "no-such-generation",
    exit: "error",
    message: `There is no generation ${number}.`,
    state: "Nothing was changed.",
    hint:
      numbers.length === 0
        ? "The first apply makes the first one."
        : `There are ${numbers.join(", ")}: \`omg history\` shows them.`,
  });
}
