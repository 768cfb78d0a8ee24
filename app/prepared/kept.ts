import { join } from "node:path";
import type { Looked } from "../../host/look.ts";
import { pathsFor } from "../../host/paths.ts";
import type { ExplicitResult, OrphansResult, OutdatedResult } from "../answers.ts";
import type { Context } from "../context.ts";

/** Of the book of everything that the sources offer, where no shelf has it: what it was made from. A record is what `omg info` says, as JSON. */
export interface AboutMarket {
  readonly key: string;
  /** What is needed to read shelves, by provider. */
  readonly shelves: Readonly<Record<string, unknown>>;
  /** Names that have no record in it although a source has them: those that were in the other book at the time. */
  readonly absent: readonly string[];
}

/** Of the book of what this machine has: its answers, and what they were read from. The records are those of `omg info`. */
export interface AboutMachine {
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** Of the market's book that it goes with. */
  readonly market: string;
  /** Of the bundle that made it. */
  readonly build: string;
  /** Digest of the variables that said where omg's things lie (schema/wire/surroundings.ts). */
  readonly surroundings: string;
  readonly catalogs: readonly { readonly provider: string; readonly key: string }[];
  /** Versions by name, for each of these providers. */
  readonly installed: readonly Readonly<Record<string, string>>[];
  /** Absent where it is an error: the command itself says which. */
  readonly explicit?: ExplicitResult;
  /** Without the versions of runtimes, which are whose omgd it is. */
  readonly explicitForOthers?: ExplicitResult;
  readonly orphans?: OrphansResult;
  readonly outdated?: OutdatedResult;
  /** Commands that it answers everybody who has nothing of their own that these hang on (schema/wire/own.ts). */
  readonly everybodys: readonly string[];
  /** Something that a person should be told on the way to these answers: the commands themselves do that. */
  readonly warned: boolean;
  /** All of it stands while these do. */
  readonly files: readonly Looked[];
}

export interface PreparedPlaces {
  /** Of the indexes that are searched. */
  readonly cache: string;
  readonly market: string;
  readonly machine: string;
}

/** Where whoever runs omg keeps prepared answers. */
export function preparedPlaces(ctx: Context): PreparedPlaces {
  const { cache } = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  return { cache, market: join(cache, "prepared", "market"), machine: join(cache, "prepared", "machine") };
}
