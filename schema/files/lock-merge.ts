import type { EnvValue, PackageRequest, PackageSection } from "../model/lock.ts";
import { dictionary } from "./dictionary.ts";
import type { LockDocument } from "./lock-document.ts";
import { PACKAGE_SECTIONS, type UserDocument } from "./lock-schema.ts";
import { sourceRequest } from "./lock-sources.ts";

/** What is wanted, after all documents that apply were laid over one another. */
export interface MergedLock {
  readonly packages: Record<string, PackageSection>;
  readonly runtimes: Record<string, string>;
  readonly speaksOfRuntimes: boolean;
  readonly env: Record<string, EnvValue>;
  readonly aliases: Record<string, string>;
  /** Of all documents, each once. */
  readonly health: readonly string[];
  /** Sections to names to the document that has the last word on them. */
  readonly decidedBy: ReadonlyMap<string, ReadonlyMap<string, LockDocument<UserDocument>>>;
}

type Section = NonNullable<UserDocument[(typeof PACKAGE_SECTIONS)[number]]>;
type Request = NonNullable<Section["packages"]>[string];

/** Lays documents over one another, weakest first: maps are joined by key, everything else is replaced. */
export function mergeDocuments(documents: readonly LockDocument<UserDocument>[]): MergedLock {
  const decidedBy = new Map<string, Map<string, LockDocument<UserDocument>>>();
  const packages = dictionary<PackageSection>();
  const runtimes = dictionary<string>();
  const env = dictionary<EnvValue>();
  const aliases = dictionary<string>();
  for (const document of documents) {
    const { data } = document;
    const decide = (section: string, names: object) => record(decidedBy, section, names, document);
    for (const section of PACKAGE_SECTIONS) {
      const written = data[section];
      if (written === undefined) continue;
      packages[section] = joined(packages[section], written);
      decide(section, written.packages ?? {});
      if ("sources" in written) decide("sources", written.sources ?? {});
    }
    Object.assign(runtimes, data.runtimes);
    Object.assign(env, data.env);
    Object.assign(aliases, data.aliases);
    for (const section of ["runtimes", "env", "aliases"] as const) decide(section, data[section] ?? {});
  }
  const speaksOfRuntimes = documents.some(({ data }) => data.runtimes !== undefined);
  const health = [...new Set(documents.flatMap(({ data }) => data.health ?? []))];
  return { packages, runtimes, speaksOfRuntimes, env, aliases, health, decidedBy };
}

function record<T>(to: Map<string, Map<string, T>>, section: string, names: object, document: T): void {
  const decided = to.get(section) ?? new Map<string, T>();
  for (const name of Object.keys(names)) decided.set(name, document);
  to.set(section, decided);
}

/** What not every section can have. */
const NOTHING_ELSE = { sources: undefined, unmanaged: undefined, foreign: undefined, ignore: undefined };

function joined(previous: PackageSection | undefined, written: Section): PackageSection {
  const {
    packages: requests = {},
    sources: asked,
    unmanaged,
    foreign,
    ignore,
    ...rest
  } = { ...NOTHING_ELSE, ...written };
  const before = previous ?? { mode: "report", foreign: "report", ignore: [], packages: {} };
  const packages = dictionary(Object.entries(before.packages));
  for (const [name, request] of Object.entries(requests)) packages[name] = packageRequest(request);
  const sources = dictionary(Object.entries(before.sources ?? {}));
  for (const [name, source] of Object.entries(asked ?? {})) sources[name] = sourceRequest(source);
  return {
    ...before,
    ...rest,
    mode: unmanaged ?? before.mode,
    foreign: foreign ?? before.foreign,
    ignore: ignore ?? before.ignore,
    ...(asked === undefined && before.sources === undefined ? {} : { sources }),
    packages,
  };
}

/** One request with every shorthand resolved. */
function packageRequest(request: Request): PackageRequest {
  if (typeof request !== "string") return { presence: "present", version: "*", ...request };
  if (request === "absent" || request === "purged") return { presence: request, version: "*" };
  return { presence: "present", version: request };
}
