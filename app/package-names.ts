import { OmgError } from "../schema/error.ts";
import type { RequestEdit } from "../schema/files/lock-edit.ts";
import type { PlatformLock } from "../schema/model/lock.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Context, Selection } from "./context.ts";
import { allProviders } from "./providers.ts";
import { chooseProviders, sectionsOf } from "./selection.ts";

/** A package as it was named on the command line. */
export interface Named {
  readonly provider: Provider;
  /** Section of the lock. */
  readonly section: string;
  /** As the provider has it: without the machine's own architecture. */
  readonly name: string;
  /** Other ways to write it in a lock. */
  readonly spellings: readonly string[];
  readonly version?: string;
}

/** Sections of a lock that list packages. */
const SECTIONS: readonly string[] = ["apt", "pacman", "aur"];

/**
 * Reads `NAME`, `NAME=VERSION`, `apt.NAME` and `NAME:ARCH`. A name without a provider is the first one's that this machine has.
 * @throws OmgError `usage`
 */
export async function readNames(
  ctx: Context,
  selection: Selection,
  words: readonly string[],
  lock: PlatformLock,
  options: { readonly versions: boolean; readonly from?: string } = { versions: false },
): Promise<readonly Named[]> {
  const { providers } = await chooseProviders(await allProviders(ctx), selection, undefined);
  const own = providers.filter(({ name }) => SECTIONS.includes(name));
  const { requestProblem } = await import("../schema/files/lock-edit.ts");
  const named = words.map((word) => readName(word, own, lock, options.versions));
  for (const { section, name, version } of named) {
    const parts = { name, ...(version === undefined ? {} : { version }), ...(options.from && { from: options.from }) };
    const problem = requestProblem(section, parts);
    if (problem !== undefined) throw usage(`${problem}.`, "Write NAME, or apt.NAME where it has to be exact.");
  }
  refuseTwice(named);
  return named;
}

export function editOf({ section, name, spellings }: Named, to: RequestEdit["to"]): RequestEdit {
  return { section, name, spellings, to };
}

/** What the lock has under any spelling of the name. */
export function lookUp<T>(entries: Readonly<Record<string, T>> | undefined, { name, spellings }: Named): T | undefined {
  const found = [name, ...spellings].find((each) => entries !== undefined && Object.hasOwn(entries, each));
  return found === undefined ? undefined : entries?.[found];
}

export function addressOf({ provider, name }: Pick<Named, "provider" | "name">): `${string}.${string}` {
  return `${provider.name}.${name}`;
}

function readName(word: string, providers: readonly Provider[], lock: PlatformLock, versions: boolean): Named {
  const equals = word.indexOf("=");
  const [whole, version] = equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  if (version !== undefined && !versions)
    throw usage(`"${word}" has a version, which means nothing here.`, `Write ${whole}.`);
  const prefix = SECTIONS.find((section) => whole.startsWith(`${section}.`));
  const provider = prefix === undefined ? providers[0] : providers.find((each) => sectionsOf(each).includes(prefix));
  if (provider === undefined)
    throw usage(
      prefix === undefined
        ? "Nothing that takes part here has packages to name."
        : `${prefix} is not on this machine, or takes no part in this run.`,
      "Look at --only and --skip, and at what `omg check` says of this machine.",
    );
  const name = prefix === undefined ? whole : whole.slice(prefix.length + 1);
  const native = lock.platform.slice(lock.platform.lastIndexOf("-") + 1);
  const bare = name.endsWith(`:${native}`) ? name.slice(0, -native.length - 1) : name;
  const spellings = bare.includes(":") ? [] : [`${bare}:${native}`];
  const section = prefix ?? sectionFor(provider, bare, lock);
  return { provider, section, name: bare, spellings, ...(version === undefined ? {} : { version }) };
}

/** The one that has the name already, else the provider's own. */
function sectionFor(provider: Provider, name: string, { packages, pins }: PlatformLock): string {
  const has = (section: string) =>
    Object.hasOwn(packages[section]?.packages ?? {}, name) || Object.hasOwn(pins[section] ?? {}, name);
  return sectionsOf(provider).find(has) ?? provider.name;
}

function refuseTwice(named: readonly Named[]): void {
  const names = named.map(addressOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw usage(`${twice} is named twice.`, "Name it once.");
}

export function usage(message: string, hint: string, details: readonly string[] = []): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, state: "Nothing was changed.", hint, details });
}
