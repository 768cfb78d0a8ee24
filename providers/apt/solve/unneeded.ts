import { relationNames } from "../machine/relation-names.ts";
import type { InstalledPackage } from "../machine/status.ts";
import { bareName } from "../names.ts";
import type { BuildFinder } from "../offers/market.ts";
import { culprits } from "./because.ts";
import { type Choice, needsSolver } from "./choose.ts";
import type { SolverAnswer } from "./simulate.ts";
import type { Move } from "./solver-output.ts";

export interface UnneededContext {
  /** One run of the solver for these choices. */
  readonly solve: (choices: readonly Choice[]) => Promise<SolverAnswer>;
  readonly installed: () => ReadonlyMap<string, InstalledPackage>;
  readonly build: BuildFinder;
}

export interface Kept {
  readonly choices: readonly Choice[];
  readonly answer: SolverAnswer;
  readonly notes: readonly string[];
}

/**
 * Removals that are only meant for what nothing else needs are tried with the real solver: where one of them would make it
 * remove, replace or change anything more than it does without them, the package stays, and a note says so. Where the solver
 * has no answer and none of them is why, that is the answer: nothing is concluded from it.
 */
export async function keepNeeded(all: readonly Choice[], context: UnneededContext): Promise<Kept> {
  const firm = all.filter(({ change }) => change.onlyIfUnneeded !== true);
  const leaving = all.filter(({ change }) => change.onlyIfUnneeded === true);
  const wished = leaving.length === 0 ? new Set() : recommended(leaving, all, context.installed());
  let loose = leaving.filter(({ change }) => !wished.has(change.name));
  let answer = await context.solve([...firm, ...loose]);
  if (loose.length === 0 || isAsked(answer, all)) return { choices: [...firm, ...loose], answer, notes: [] };
  const without = await context.solve(firm);
  if (!without.solved) return { choices: firm, answer: without, notes: [] };
  const notes: string[] = [];
  while (loose.length > 0) {
    const extra = answer.solved ? extraMoves(answer.moves, without.moves, loose) : undefined;
    if (extra?.length === 0) break;
    const dropped = new Set(extra === undefined ? await refused(loose, firm, context) : blamed(loose, extra, context));
    if (dropped.size === 0) break;
    notes.push(
      ...[...dropped].map((name) => `${name} left the lock, and stays because something else on this machine needs it`),
    );
    loose = loose.filter(({ change }) => !dropped.has(change.name));
    answer = loose.length === 0 ? without : await context.solve([...firm, ...loose]);
  }
  return { choices: [...firm, ...loose], answer, notes };
}

/**
 * Those that the solver cannot remove together with what was asked for, which it can do without. None where nothing was
 * asked of it: then it finds fault with the machine itself, whatever is removed.
 */
async function refused(
  loose: readonly Choice[],
  firm: readonly Choice[],
  { solve }: UnneededContext,
): Promise<readonly string[]> {
  if (!firm.some(needsSolver)) return [];
  const found: string[] = [];
  for (const one of loose) if (!(await solve([...firm, one])).solved) found.push(one.change.name);
  return found;
}

/**
 * Dependencies that something which stays recommends: apt's own `autoremove` keeps them as well (apt.conf(5),
 * `APT::AutoRemove::RecommendsImportant`). What was asked for by name goes all the same. By names alone. Pure.
 */
function recommended(
  leaving: readonly Choice[],
  all: readonly Choice[],
  installed: ReadonlyMap<string, InstalledPackage>,
): ReadonlySet<string> {
  const goes = new Set(namesOf(all.filter(({ change }) => change.after === null)));
  const stays = [...installed].filter(([name, { state }]) => state === "installed" && !goes.has(name));
  const wished = new Set(stays.flatMap(([, { recommends }]) => relationNames(recommends)));
  const auto = leaving.filter(({ change }) => change.before?.auto === true);
  return new Set(namesOf(auto).filter((name) => wished.has(bareName(name))));
}

/** Whether the solver touches nothing but what it was asked about. */
function isAsked(answer: SolverAnswer, choices: readonly Choice[]): boolean {
  const names = new Set(namesOf(choices));
  return answer.solved && answer.moves.every((move) => names.has(move.name));
}

function extraMoves(moves: readonly Move[], baseline: readonly Move[], loose: readonly Choice[]): readonly Move[] {
  const known = new Set(baseline.map(({ name, to }) => `${name} ${to}`));
  const names = new Set(namesOf(loose));
  return moves.filter(({ name, to }) => !known.has(`${name} ${to}`) && !(to === undefined && names.has(name)));
}

/** Those that explain an extra move; all of them where none does. */
function blamed(
  loose: readonly Choice[],
  extra: readonly Move[],
  { installed, build }: UnneededContext,
): readonly string[] {
  const names = namesOf(loose);
  const found = extra.flatMap((move) => {
    const coming = move.to === undefined ? undefined : build(move.name, move.to, move.arch);
    return culprits(names, move, coming, installed());
  });
  return found.length > 0 ? found : names;
}

function namesOf(choices: readonly Choice[]): readonly string[] {
  return choices.map(({ change }) => change.name);
}
