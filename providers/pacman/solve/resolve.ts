import { existsSync } from "node:fs";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { ResolveOptions } from "../../../schema/model/provider.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { Problem, Step, Transaction } from "../../../schema/model/transaction.ts";
import { payloadOf } from "../act/payload.ts";
import { withNewKeys } from "../keyring.ts";
import { ignoredAmong, type PacmanState } from "../machine/observe.ts";
import { protectedReason, protectionOf } from "../machine/protection.ts";
import { updatesOf } from "../machine/updates.ts";
import type { Market } from "../sync/market.ts";
import { reasons } from "./because.ts";
import { type Choice, choose, type FindBuilt } from "./choose.ts";
import { brokenProblems, moveProblems, stepProblems, unsolved } from "./problems.ts";
import { providerChoices } from "./provider-choices.ts";
import { withShadow } from "./shadow.ts";
import { type Answer, type Move, solve } from "./solve.ts";
import { type Planned, plannedAlone, plannedMove } from "./steps.ts";

export interface Resolution {
  readonly state: PacmanState;
  readonly market: Market;
  readonly observed: Observed;
  readonly options: ResolveOptions;
  /** Folder for files of one run of the solver. */
  readonly scratch: string;
  readonly built?: FindBuilt;
}

type Solved = Extract<Answer, { readonly solved: true }>;

/**
 * pacman's exact answer to a list of changes. Every name and version is looked up first, so that pacman sees only what exists;
 * then it does everything once on a copy of its database; and what it did is held against what was asked for.
 */
export async function resolveChanges(changes: readonly Change[], resolution: Resolution): Promise<Transaction> {
  const chosen = await Promise.all(changes.map((change) => choose(change, resolution.market, resolution.built)));
  const problems = chosen.flatMap((each) => ("problem" in each ? [each.problem] : []));
  if (problems.length > 0) return refused(problems);
  const choices = chosen.flatMap((each) => ("choice" in each ? [each.choice] : []));
  const acting = choices.filter(needsSolver);
  const answer = await answerFor(acting, resolution);
  if (!answer.solved) return refused(unsolved(acting, answer.explanation));
  const contradictions = moveProblems(acting, answer.moves);
  if (contradictions.length > 0) return refused(contradictions, answer.notes);
  const moved = await plannedMoves(answer, acting, resolution);
  const alone = choices.filter((choice) => !needsSolver(choice)).map(plannedAlone);
  return transactionOf([...moved, ...alone], answer, resolution);
}

function needsSolver({ change, artifact }: Choice): boolean {
  return artifact !== undefined || change.after === null;
}

function refused(problems: readonly Problem[], notes: readonly string[] = []): Transaction {
  return { provider: "pacman", steps: [], artifacts: [], problems, notes };
}

async function answerFor(acting: readonly Choice[], { state, market, scratch }: Resolution): Promise<Answer> {
  const { config, local } = state;
  const install = acting.flatMap(({ artifact }) => artifact ?? []);
  const leaving = acting.filter(({ change }) => change.after === null);
  const named = (loose: boolean) =>
    leaving.filter(({ change }) => (change.onlyIfUnneeded === true) === loose).map(({ change }) => change.name);
  if (acting.length === 0) return { solved: true, moves: [], incoming: [], after: local.packages, notes: [] };
  const asked = install.map(({ name, version, control = "" }) => ({ name, version, text: control }));
  const input = { config, local, sources: market.databases.sources, asked, scratch };
  const question = { install, remove: named(false), removeIfUnneeded: named(true) };
  return withShadow(input, (shadow) => solve(shadow, local.packages, question, market.build));
}

async function plannedMoves(
  { moves, incoming }: Solved,
  acting: readonly Choice[],
  { state, market, observed }: Resolution,
): Promise<readonly Planned[]> {
  const removes = moves.some(({ to }) => to === undefined);
  const protection = removes ? protectionOf(state.config, state.local.packages) : { held: [] };
  const context = {
    observed,
    choices: new Map(acting.map((choice) => [choice.change.name, choice])),
    incoming: new Map(incoming.map((artifact) => [artifact.name, artifact])),
    earlier: await earlierBuilds(moves, market),
    protectedBy: (name: string) => protectedReason({ name }, protection),
    because: reasons(incoming, state.local.packages),
  };
  return moves.map((move) => plannedMove(move, context));
}

async function earlierBuilds(moves: readonly Move[], market: Market): Promise<ReadonlyMap<string, Artifact>> {
  const found = new Map<string, Artifact>();
  for (const { name, from, to } of moves) {
    const build = from === undefined || from === to ? undefined : await market.build(name, from);
    if (build !== undefined) found.set(name, build);
  }
  return found;
}

function transactionOf(planned: readonly Planned[], answer: Solved, resolution: Resolution): Transaction {
  const { state, observed, options } = resolution;
  const steps = planned.map(({ step }) => step);
  const coming = planned.flatMap(({ artifact }) => artifact ?? []);
  const artifacts = [...withNewKeys(coming, steps), ...planned.flatMap(({ replaced }) => replaced ?? [])];
  const ignored = ignoredAmong(
    steps.map(({ name }) => name),
    state,
  );
  const conflicts = answer.moves.filter(({ conflict }) => conflict === true).map(({ name }) => name);
  return {
    provider: "pacman",
    steps,
    artifacts,
    problems: [...stepProblems(steps, options, ignored), ...brokenProblems(steps, observed, state.staleLock)],
    notes: [
      ...answer.notes,
      ...providerChoices(answer.incoming, state.local.packages.values(), askedIn(answer, steps), resolution.market),
      ...toBeBuilt(artifacts),
      ...partialUpgrade(steps, answer, resolution),
    ],
    payload: payloadOf(state, conflicts, existsSync),
  };
}

function toBeBuilt(artifacts: readonly Artifact[]): readonly string[] {
  const open = artifacts.flatMap(({ name, version, chain }) =>
    chain.type === "build" && chain.built === "not yet" ? [`${name} ${version} from commit ${chain.commit}`] : [],
  );
  return open.length === 0 ? [] : [`to be built here first, in a sandbox: ${open.join(", ")}`];
}

function askedIn({ incoming }: Solved, steps: readonly Step[]): ReadonlySet<string> {
  const byLock = new Set(steps.filter(({ cause }) => cause !== "dependency").map(({ name }) => name));
  return new Set(incoming.map(({ name }) => name).filter((name) => byLock.has(name)));
}

/** Arch supports machines that are upgraded as a whole: one package alone may need a library that the others have not got yet. */
function partialUpgrade(steps: readonly Step[], { after }: Solved, { state, market }: Resolution): readonly string[] {
  if (!steps.some(({ kind }) => kind === "install" || kind === "upgrade")) return [];
  const behind = updatesOf(after.values(), market.databases.listed, state.config);
  if (behind.length === 0) return [];
  const [first] = behind;
  const what = behind.length === 1 ? `${first?.name} stays` : `${first?.name} and ${behind.length - 1} more stay`;
  return [
    `this is a partial upgrade: ${what} behind what the repositories have. Arch supports only whole ones; \`omg update\` moves every pin`,
  ];
}
