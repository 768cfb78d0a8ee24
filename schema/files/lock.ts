import { createHash } from "node:crypto";
import type { Position } from "../model/desired.ts";
import type { PlatformLock, PlatformPins } from "../model/lock.ts";
import { type Diagnostic, diagnostic, InvalidFile } from "./diagnostics.ts";
import type { LockFile } from "./lock-file.ts";
import { type MergedLock, mergeDocuments } from "./lock-merge.ts";
import { checkPins, pinsByPlatform } from "./lock-pins.ts";
import { type LockTree, readLockTree, type TreeInput } from "./lock-tree.ts";
import { positionAt } from "./source-text.ts";
import { holds, holdsOnSomeHost, type PlatformFacts } from "./when.ts";

export interface LockInput extends TreeInput {
  readonly platform: PlatformFacts;
  /** Whether it is the user's own lock in the configuration folder. */
  readonly own: boolean;
  /**
   * What becomes of pins that contradict the requests: an error, or (for whoever is about to write them anew) left out.
   * Default: `refuse`.
   */
  readonly stalePins?: "refuse" | "drop";
}

/** A lock with what is needed to edit it and to point into it. */
export interface OpenLock {
  readonly lock: PlatformLock;
  /** Paths of the lock and of everything that it includes, as given or as the reader returned them. */
  readonly files: readonly string[];
  /** File that holds this platform's pins; absent where there are none yet. */
  readonly pinsFile?: string;
  /** Pins, by section and name, that only other hosts of this platform ask for: whoever writes pins keeps them. */
  readonly pinsElsewhere: PlatformPins["sections"];
  /** Where a section (`apt`, `sources`, `runtimes`, `env`…) asks for a name, or else where the name is pinned. */
  positionOf(section: string, name: string): Position | undefined;
}

/** omg.lock as it applies to one machine. Throws `lock-invalid` (InvalidFile) with every problem of all its files. */
export function loadLock(input: LockInput): PlatformLock {
  return openLock(input).lock;
}

/** As `loadLock`, with positions. */
export function openLock(input: LockInput): OpenLock {
  const tree = readLockTree(input);
  const { documents, problems: doubled } = pinsByPlatform(tree.files.values());
  const problems = [...tree.problems, ...headProblems(tree.main), ...doubled];
  // Half a lock says nothing about pins.
  if (problems.length > 0) throw new InvalidFile("lock", problems);
  const here = mergeDocuments(
    tree.users.filter(({ conditions }) => conditions.every((when) => holds(when, input.platform))),
  );
  const anyHost = mergeDocuments(
    tree.users.filter(({ conditions }) => conditions.every((when) => holdsOnSomeHost(when, input.platform))),
  );
  const pinned = documents.get(input.platform.platform);
  const checked = pinned && checkPins(pinned, here, anyHost);
  if (checked && checked.problems.length > 0 && input.stalePins !== "drop")
    throw new InvalidFile("lock", checked.problems);
  const lock: PlatformLock = {
    name: tree.main.users[0]?.data.name ?? "",
    path: input.path,
    digest: digestOf(tree),
    platform: input.platform.platform,
    own: input.own,
    packages: here.packages,
    runtimes: here.runtimes,
    ...(here.speaksOfRuntimes ? { speaksOfRuntimes: true } : {}),
    env: here.env,
    aliases: here.aliases,
    ...(here.health.length === 0 ? {} : { health: here.health }),
    pinned: pinned !== undefined,
    pins: checked?.pins.sections ?? {},
    indexes: checked?.pins.indexes ?? {},
  };
  return {
    lock,
    files: [...tree.files.values()].map(({ source }) => source.file),
    ...(pinned === undefined ? {} : { pinsFile: pinned.source.file }),
    pinsElsewhere: checked?.elsewhere ?? {},
    positionOf: (section, name) => requestPosition(here, section, name) ?? pinPosition(pinned, section, name),
  };
}

function headProblems(main: LockFile): Diagnostic[] {
  const [first] = main.users;
  if (first) {
    return (["version", "name"] as const)
      .filter((key) => first.data[key] === undefined)
      .map((key) => {
        const example = key === "version" ? "version: 1" : "name: my-machine";
        return diagnostic(
          first.source,
          first.located.keyOffset([]),
          `\`${key}\` is missing`,
          `begin the file with \`${example}\``,
        );
      });
  }
  if (main.problems.length > 0) return [];
  const message = 'the lock is empty: omg will not take this as "remove everything"';
  const hint = "restore the file, or begin it with `version: 1` and `name: my-machine`";
  return [diagnostic(main.source, 0, message, hint)];
}

/** Over every file's path within the lock and its text, so that nothing read can change unseen. */
function digestOf({ files }: LockTree): string {
  const parts = [...files].map(([path, { source }], index) => [index === 0 ? "" : path, source.text]);
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

type Lookup = {
  readonly source: Parameters<typeof positionAt>[0];
  readonly located: { keyOffset(path: readonly string[]): number };
};

function requestPosition(merged: MergedLock, section: string, name: string): Position | undefined {
  const document = merged.decidedBy.get(section)?.get(name);
  return document && position(document, pathOf(merged, section, name));
}

function pathOf({ packages }: MergedLock, section: string, name: string): readonly string[] {
  if (section === "sources") return ["apt", "sources", name];
  return section in packages ? [section, "packages", name] : [section, name];
}

function pinPosition(
  document: (Lookup & { readonly data: object }) | undefined,
  section: string,
  name: string,
): Position | undefined {
  const pins: unknown = document && Reflect.get(document.data, section);
  if (document === undefined || typeof pins !== "object" || pins === null || !Object.hasOwn(pins, name))
    return undefined;
  return position(document, [section, name]);
}

function position({ source, located }: Lookup, path: readonly string[]): Position {
  return { file: source.file, ...positionAt(source, located.keyOffset(path)) };
}
