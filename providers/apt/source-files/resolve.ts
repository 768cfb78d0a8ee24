import { existsSync, statSync } from "node:fs";
import type { Change } from "../../../schema/model/change.ts";
import type { Attributes, Observed } from "../../../schema/model/resource.ts";
import type { Problem, Step, Transaction } from "../../../schema/model/transaction.ts";
import type { AptConfig } from "../machine/config.ts";
import type { SourceEntry } from "../sources/source-entry.ts";
import { SOURCES } from "../sources/upcoming.ts";
import { sameKeys } from "./keys.ts";
import { foreignEntries } from "./observe.ts";
import { listsOf, overlaps } from "./offered.ts";
import { requireSource, sourceFile } from "./source-file.ts";

/** Name in the transaction's payload: the folder that the files go to, with a slash at its end. */
export const FOLDER = "folder";

/** A source, and where it stands, for people. */
interface Placed {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  /** What apt compares, word for word. */
  readonly signedBy: readonly string[];
  readonly trusted: boolean;
  readonly place: string;
}

/**
 * One step for each source, and what apt would not accept together. Errors: OmgError `source-invalid`,
 * `apt-sources-invalid`; system errors pass.
 */
export function resolve(changes: readonly Change[], observed: Observed, config: AptConfig): Transaction {
  for (const { name, after } of changes) if (after !== null) requireSource(name, after);
  if (!isFolder(config.paths.sourceParts)) return refused(changes.map(unsupported));
  const others = [...foreignEntries(config).map(placedEntry), ...ownAfter(changes, observed, config)];
  const problems = changes.flatMap((change) => conflicts(change, others, config));
  if (problems.length > 0) return refused(problems);
  return {
    provider: SOURCES,
    steps: changes.map((change) => stepOf(change, observed)),
    artifacts: [],
    problems,
    notes: [],
    payload: { [FOLDER]: config.paths.sourceParts },
  };
}

/** Where apt is told to read no such folder, there is nowhere to put a source. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function unsupported({ address, name }: Change): Problem {
  return {
    code: "unsupported",
    address,
    message: `There is no folder for the source ${name}: apt's setting Dir::Etc::sourceparts names none that exists.`,
    hint: "Make the folder, usually /etc/apt/sources.list.d, or leave the source out of the lock.",
  };
}

function refused(problems: readonly Problem[]): Transaction {
  return { provider: SOURCES, steps: [], artifacts: [], problems, notes: [] };
}

function placedEntry({ uris, suites, signedBy, trusted, file, line }: SourceEntry): Placed {
  return {
    uris,
    suites,
    signedBy,
    trusted: trusted !== undefined,
    place: `${file}:${line}`,
  };
}

/** omg's own sources as the changes leave them. */
function ownAfter(changes: readonly Change[], observed: Observed, { paths }: AptConfig): readonly Placed[] {
  const own = new Map<string, Attributes | null>();
  for (const { name, attributes } of observed.resources.values())
    if (existsSync(sourceFile(paths.sourceParts, name))) own.set(name, attributes);
  for (const { name, after } of changes) own.set(name, after);
  return [...own].flatMap(([name, attributes]) =>
    attributes === null ? [] : [placedSource(attributes, sourceFile(paths.sourceParts, name))],
  );
}

function placedSource(attributes: Attributes, place: string): Placed {
  return {
    ...listsOf(attributes),
    signedBy: attributes.key === "" ? [] : [String(attributes.key)],
    trusted: false,
    place,
  };
}

/** Where entries disagree about the keys of one address and suite, apt takes those of the first, or refuses to work at all. */
function conflicts(change: Change, others: readonly Placed[], { paths }: AptConfig): readonly Problem[] {
  const { name, address, after } = change;
  if (after === null) return [];
  const wanted = placedSource(after, sourceFile(paths.sourceParts, name));
  return others
    .filter((other) => other.place !== wanted.place && overlaps(wanted, other))
    .filter((other) => other.trusted || other.signedBy.join(" ") !== wanted.signedBy.join(" "))
    .map((other) => ({
      code: "conflict",
      address,
      message: `${other.place} has the same address and suite ${differenceOf(wanted, other)}, and to apt both are one source, which has one set of keys.`,
      hint: "Take that entry out, which omg leaves to you, or ask for the very same in the lock: `omg env capture --print` shows it.",
    }));
}

function differenceOf(wanted: Placed, other: Placed): string {
  if (other.trusted) return "and sets Trusted";
  const [key] = wanted.signedBy;
  if (other.signedBy.length === 0) return "without Signed-By";
  if (key === undefined) return "with Signed-By";
  return sameKeys(key, other.signedBy) ? "with the same keys in other words (Signed-By)" : "with another Signed-By";
}

function stepOf(change: Change, observed: Observed): Step {
  const { address, provider, name, kind, cause, before, after } = change;
  const edited = kind === "reinstall" && observed.resources.get(name)?.reason?.includes("changed by hand") === true;
  return {
    ...{ address, provider, name, kind, cause, before, after },
    undo: edited ? { possible: false, reason: "what was changed by hand is not kept" } : { possible: true },
  };
}
