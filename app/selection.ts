import { OmgError } from "../schema/error.ts";
import type { PlatformLock } from "../schema/model/lock.ts";
import type { Provider } from "../schema/model/provider.ts";
import { MISE, RUNTIMES } from "../schema/runtimes/names.ts";
import type { Selection } from "./context.ts";

/** Names that stand for several providers. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  runtimes: [...RUNTIMES, MISE],
  apt: ["sources", "apt"],
};

/** The providers that take part, and what to tell the user about the rest. */
export interface Chosen {
  readonly providers: readonly Provider[];
  readonly notes: readonly string[];
}

/**
 * Applies `--only` and `--skip`, and leaves out what this host lacks and what the lock has no use for. `runtimes` stands for all of
 * them, `apt` for its sources, too.
 * @throws OmgError `usage`; `not-supported-yet` when nothing is left
 */
export async function chooseProviders(
  all: readonly Provider[],
  selection: Selection,
  lock: PlatformLock | undefined,
): Promise<Chosen> {
  const names = [...all.map((provider) => provider.name), "runtimes"];
  for (const name of [...(selection.only ?? []), ...(selection.skip ?? [])]) refuseUnknown(name, names, all);
  const only = expanded(selection.only);
  const skip = expanded(selection.skip);
  const takes = (name: string) => (only === undefined || only.includes(name)) && skip?.includes(name) !== true;
  const providers: Provider[] = [];
  const notes: string[] = [];
  for (const provider of all.filter((candidate) => takes(candidate.name))) {
    const unasked = provider.onDemand === true && only === undefined && lock !== undefined;
    if (unasked && provider.desired(lock).silent === true) continue;
    const detection = await provider.detect();
    if (detection.available) providers.push(provider);
    else
      for (const section of sectionsOf(provider).filter((each) => mentions(lock, each)))
        notes.push(`${section}: not on this machine (${detection.reason}); its part of the lock was left out.`);
  }
  if (providers.length === 0 && (only ?? skip) !== undefined) throw nothingChosen(all);
  return { providers, notes };
}

function expanded(names: readonly string[] | undefined): readonly string[] | undefined {
  return names?.flatMap((name) => GROUPS[name] ?? [name]);
}

/** Nothing to look at must never read as nothing to do. */
function nothingChosen(all: readonly Provider[]): OmgError {
  return new OmgError({
    code: "not-supported-yet",
    exit: "invalid",
    message: "Of what --only and --skip leave, this version of omg manages nothing on this machine.",
    state: "Nothing was looked at, and nothing was changed.",
    hint: `It knows ${all.map((provider) => provider.name).join(" and ")}.`,
  });
}

function mentions(lock: PlatformLock | undefined, name: string): boolean {
  return Object.keys(lock?.packages[name]?.packages ?? {}).length > 0 || lock?.runtimes[name] !== undefined;
}

export function sectionsOf({ name, sections = [name] }: Pick<Provider, "name" | "sections">): readonly string[] {
  return sections;
}

function refuseUnknown(name: string, names: readonly string[], all: readonly Provider[]): void {
  if (names.includes(name)) return;
  const behind = all.find((provider) => sectionsOf(provider).includes(name));
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `There is no provider "${name}".`,
    state: "Nothing was changed.",
    hint: behind === undefined ? `There are ${names.join(", ")}.` : `${name} is part of ${behind.name}: name that.`,
  });
}
