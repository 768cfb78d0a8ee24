import type { Pin } from "../../../schema/model/desired.ts";
import type { InstalledPackage } from "../machine/status.ts";
import type { Attempt, Settled } from "./update.ts";

/**
 * Pins of dependencies that the machine has in another version: it did not follow the lock yet, or the lock has turned back
 * since. Only those stay that what is asked for can live with; without this, nobody would look at them, for what is asked for
 * is there already. `solve`: one run of the solver, with the named dependencies held to their pins.
 */
export async function withoutContrary(
  settled: Settled,
  installed: ReadonlyMap<string, InstalledPackage>,
  solve: (settled: Settled, force: ReadonlySet<string>) => Promise<Attempt>,
): Promise<{ readonly settled: Settled; readonly attempt: Attempt }> {
  const behind = [...settled.known].filter(([name, pin]) => isBehind(pin, installed.get(name))).map(([name]) => name);
  const first = await solve(settled, new Set());
  if (behind.length === 0 || !first.solved) return { settled, attempt: first };
  const goals = goalsOf(settled, first);
  let good: Attempt = first;
  const works = async (names: readonly string[]) => {
    const attempt = await solve(settled, new Set(names));
    if (!attempt.solved || goalsOf(settled, attempt) !== goals) return false;
    good = attempt;
    return true;
  };
  const kept = new Set(await mostOf(behind, [], works));
  if (kept.size === behind.length) return { settled, attempt: good };
  const known = new Map([...settled.known].filter(([name]) => kept.has(name) || !behind.includes(name)));
  return { settled: { ...settled, known }, attempt: await solve({ ...settled, known }, kept) };
}

function isBehind(pin: Pin, found: InstalledPackage | undefined): boolean {
  return found?.state === "installed" && found.version !== pin.version;
}

/** The versions that what is asked for comes to. */
function goalsOf({ asked }: Settled, attempt: Attempt & { readonly solved: true }): string {
  const moved = new Map(attempt.moves.map(({ name, to }) => [name, to]));
  return [...asked].map(([name, { version }]) => `${name} ${moved.get(name) ?? version}`).join("\n");
}

/** What fails together is tried in halves. */
async function mostOf(
  names: readonly string[],
  kept: readonly string[],
  works: (names: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  if (names.length === 0 || (await works([...kept, ...names]))) return [...kept, ...names];
  if (names.length === 1) return kept;
  const middle = Math.ceil(names.length / 2);
  const half = await mostOf(names.slice(0, middle), kept, works);
  return mostOf(names.slice(middle), half, works);
}
