import type { Change } from "../../../schema/model/change.ts";
import type { ResolveOptions } from "../../../schema/model/provider.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { Problem, Transaction } from "../../../schema/model/transaction.ts";
import { UNPACKED } from "../act/operations.ts";
import type { AptConfig } from "../machine/config.ts";
import { protectedReason, protectionOf, withNodeOwner } from "../machine/protection.ts";
import { awaitsScripts, type InstalledPackage, readStatus } from "../machine/status.ts";
import { notesBefore } from "../machine/surroundings.ts";
import { buildsIn, isUnlisted, type Market } from "../offers/market.ts";
import { reasons } from "./because.ts";
import { type Choice, choose, needsSolver } from "./choose.ts";
import { simulateKeeping, type Wishes } from "./keeping.ts";
import { brokenProblems, moveProblems, standing, stepProblems, unsolved } from "./problems.ts";
import type { SolverAnswer, SolverQuestion } from "./simulate.ts";
import type { Move } from "./solver-output.ts";
import { type Planned, plannedAlone, plannedMove } from "./steps.ts";
import { keepNeeded } from "./unneeded.ts";

export interface Resolution {
  readonly config: AptConfig;
  readonly market: Market;
  readonly observed: Observed;
  readonly options: ResolveOptions;
  /** Folder for files of one run of the solver. */
  readonly scratch: string;
}

/**
 * apt's exact answer to a list of changes. Every name and version is looked up first, so that apt sees only what exists;
 * then one run of its solver says what else has to move; and what it says is held against what was asked for.
 */
export async function resolveChanges(changes: readonly Change[], resolution: Resolution): Promise<Transaction> {
  const { config, market, options, scratch } = resolution;
  const chosen = changes.map((change) => choose(change, market, options.records));
  const problems = chosen.flatMap((each) => ("problem" in each ? [each.problem] : []));
  if (problems.length > 0) return refused(problems);
  const preferences = chosen.flatMap((each) => ("choice" in each ? (each.choice.note ?? []) : []));
  const all = chosen.flatMap((each) => ("choice" in each ? [each.choice] : []));
  const wishes = { keep: options.keep ?? (() => undefined), market };
  const status = () => readStatus(config).packages;
  const [{ choices, answer, notes: kept }] = await Promise.all([
    keepNeeded(all, {
      solve: (some) => solveFor(config, some, wishes, scratch),
      installed: status,
      build: buildsIn(market, options.records),
    }),
    // What is installed will be asked about where any of it changes; read while apt thinks, for a second or two.
    all.some(({ change }) => change.before !== null) ? Promise.resolve().then(status) : undefined,
  ]);
  const notes = [...preferences, ...kept];
  if (!answer.solved)
    return refused(unsolved(choices, answer.explanation), [...notes, ...standing(answer.explanation, market)]);
  const asked = new Map(choices.filter(needsSolver).map((choice) => [choice.change.name, choice]));
  const contradictions = moveProblems(asked, answer.moves);
  if (contradictions.length > 0) return refused(contradictions, notes);
  const alone = choices.filter((choice) => !needsSolver(choice)).map(plannedAlone);
  const moved = plannedMoves(answer.moves, asked, status, resolution);
  return transactionOf([...moved, ...alone], resolution, notes);
}

function refused(problems: readonly Problem[], notes: readonly string[] = []): Transaction {
  return { provider: "apt", steps: [], artifacts: [], problems, notes };
}

function transactionOf(
  planned: readonly Planned[],
  { config, observed, options }: Resolution,
  notes: readonly string[],
): Transaction {
  const steps = planned.map(({ step }) => step);
  const artifacts = [
    ...planned.flatMap(({ artifact }) => artifact ?? []),
    ...planned.flatMap(({ replaced }) => replaced ?? []),
  ];
  return {
    provider: "apt",
    steps,
    artifacts,
    problems: [
      ...stepProblems(steps, options),
      ...brokenProblems(steps, observed),
      ...planned.flatMap(({ step, artifact }) =>
        step.kind !== "modify" && step.after !== null && artifact === undefined ? [unknownBuild(step)] : [],
      ),
    ],
    notes: [...notes, ...notesBefore(config, steps, artifacts)],
    ...payloadOf(steps, () => readStatus(config).packages),
  };
}

/** Packages of the wanted version that only wait for their scripts. */
function payloadOf(
  steps: readonly Planned["step"][],
  installed: () => ReadonlyMap<string, InstalledPackage>,
): Pick<Transaction, "payload"> {
  const names = steps.flatMap(({ kind, name, after }) => {
    const found = kind === "reinstall" ? installed().get(name) : undefined;
    if (found === undefined || found.reinstallRequired) return [];
    return awaitsScripts(found) && found.version === after?.version ? [name] : [];
  });
  return names.length === 0 ? {} : { payload: { [UNPACKED]: names.join(" ") } };
}

function unknownBuild({ address, name, after }: Planned["step"]): Problem {
  return {
    code: "unsupported",
    address,
    message: `apt would install ${name} ${after?.version}, which no index describes with a SHA-256.`,
    hint: "Run apt-get update, and see whether its source publishes SHA-256 hashes.",
  };
}

function plannedMoves(
  moves: readonly Move[],
  choices: ReadonlyMap<string, Choice>,
  installed: () => ReadonlyMap<string, InstalledPackage>,
  { config, market, observed, options }: Resolution,
): readonly Planned[] {
  const build = buildsIn(market, options.records);
  const builds = new Map(
    moves.flatMap(({ name, to, arch }) => {
      const artifact = to === undefined ? undefined : (choices.get(name)?.artifact ?? build(name, to, arch));
      return artifact === undefined ? [] : [[name, artifact] as const];
    }),
  );
  const removes = moves.some(({ to }) => to === undefined);
  const protection = removes ? withNodeOwner(protectionOf(config), config) : {};
  const protectedBy = (name: string): string | undefined => {
    const found = installed().get(name);
    return found === undefined ? undefined : protectedReason(found, protection);
  };
  const because = reasons(moves, builds, installed);
  return moves.map((move) => plannedMove(move, { observed, choices, installed, protectedBy, because, build }));
}

async function solveFor(
  config: AptConfig,
  choices: readonly Choice[],
  wishes: Wishes,
  scratch: string,
): Promise<SolverAnswer> {
  const question = questionOf(choices);
  return isEmpty(question) ? { solved: true, moves: [] } : simulateKeeping(config, question, wishes, scratch);
}

function questionOf(choices: readonly Choice[]): SolverQuestion {
  const asked = choices.filter(needsSolver);
  const builds = asked.flatMap(({ artifact }) => artifact ?? []);
  return {
    install: builds.map(({ name, version }) => ({ name, version })),
    reinstall: asked.some(({ change }) => change.kind === "reinstall"),
    remove: asked.flatMap(({ change, artifact }) => (artifact === undefined ? [change.name] : [])),
    pinned: asked.every(({ change }) => change.request === undefined),
    extra: builds.filter(isUnlisted),
  };
}

function isEmpty({ install, remove }: SolverQuestion): boolean {
  return install.length === 0 && remove.length === 0;
}
