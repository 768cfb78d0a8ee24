import { join } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { Generation } from "../schema/model/base.ts";
import { listFolder } from "./folder.ts";
import { isRecord, readJson } from "./json-file.ts";

/** Snapshots of one scope, numbered from 0, one file each. */
export interface Generations {
  numbers(): readonly number[];
  /** @throws OmgError `no-such-generation` */
  read(number: number): Generation;
  write(generation: Generation): void;
  /** The newest one's number; -1 before the first. */
  latest(): number;
}

/** @param mode of the files: a user's settings may be private */
export function openGenerations(folder: string, mode: number): Generations {
  const numbers = () =>
    listFolder(folder)
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
  const path = (number: number) => join(folder, `${number}.json`);
  return {
    numbers,
    latest: () => numbers().at(-1) ?? -1,
    read: (number) =>
      readJson<Generation>(readIfPresent(path(number)), path(number), (made) => isGeneration(number, made)) ??
      missing(number, numbers()),
    write: (generation) => {
      makeFolder(folder, mode === 0o600 ? 0o700 : 0o755);
      writeAtomic(path(generation.number), `${JSON.stringify(generation)}\n`, mode);
    },
  };
}

function isGeneration(number: number, made: { readonly [K in keyof Generation]?: unknown }): boolean {
  const records = [made.lock, made.owned, made.installed, made.artifacts];
  return made.number === number && Array.isArray(made.wanted) && records.every(isRecord);
}

function missing(number: number, numbers: readonly number[]): never {
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
