import { join } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import type { BuildChain } from "../../schema/model/artifact.ts";

/** Everything that decides what comes out of a build. */
export interface Inputs {
  readonly base: string;
  readonly commit: string;
  readonly arch: string;
  /** Commits of its git repositories, by the name of the source. */
  readonly sources: Readonly<Record<string, string>>;
}

/** What was built from some inputs. */
export interface BuiltRecord {
  readonly inputs: Inputs;
  readonly sources: BuildChain["sources"];
  /** Hex SHA-256 by name of the package. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What this user's omg accepted and built. A record that cannot be read counts as none: then it is asked, and built, again. */
export interface AurRecords {
  /** The commit of a recipe that was last accepted here. */
  accepted(base: string): string | undefined;
  accept(base: string, commit: string): void;
  built(inputs: Inputs): BuiltRecord | undefined;
  keep(record: BuiltRecord): void;
}

const MAX_BYTES = 1 << 20;

/** Files in `folder`, made when something is first written. */
export function openAurRecords(folder: string): AurRecords {
  const file = (name: string) => join(folder, `${name}.json`);
  const read = (name: string): unknown => {
    try {
      return JSON.parse(readIfPresent(file(name), MAX_BYTES)?.toString("utf8") ?? "null");
    } catch {
      return undefined;
    }
  };
  const write = (name: string, value: unknown) => {
    makeFolder(folder);
    writeAtomic(file(name), `${JSON.stringify(value)}\n`);
  };
  const all = () => new Map(Object.entries((read("accepted") ?? {}) as Readonly<Record<string, unknown>>));
  return {
    accepted: (base) => {
      const commit = all().get(base);
      return typeof commit === "string" ? commit : undefined;
    },
    accept: (base, commit) => write("accepted", Object.fromEntries(all().set(base, commit))),
    built: (inputs) => {
      const found = read(nameOf(inputs)) as Partial<BuiltRecord> | null | undefined;
      const same = found?.inputs !== undefined && digestOf(found.inputs) === digestOf(inputs);
      return same && Array.isArray(found.sources) && typeof found.packages === "object"
        ? (found as BuiltRecord)
        : undefined;
    },
    keep: (record) => write(nameOf(record.inputs), record),
  };
}

function nameOf(inputs: Inputs): string {
  return `built-${digestOf(inputs)}`;
}

/** What stands for a package's bytes while nobody has built them: hex, and no file has it. */
export function placeholder(inputs: Inputs, name: string): string {
  return digestOf({ inputs, name });
}
