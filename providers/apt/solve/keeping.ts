import type { AptConfig } from "../machine/config.ts";
import type { Market } from "../offers/market.ts";
import { withExactNeeds } from "./exact.ts";
import { type SolverAnswer, type SolverQuestion, simulate } from "./simulate.ts";
import type { Move } from "./solver-output.ts";

/** Each round names what the one before gave up; more than a few mean that it cannot be had. */
const MAX_ROUNDS = 4;

export interface Wishes {
  /** The version of a key that is to be left alone, if one is. */
  readonly keep: (key: string) => string | undefined;
  readonly market: Pick<Market, "settled" | "offers">;
}

type Solve = (question: SolverQuestion) => Promise<SolverAnswer>;

interface Solved {
  readonly answer: SolverAnswer;
  readonly question: SolverQuestion;
}

/**
 * The solver prefers the newest of everything it touches: also of what is there already in the very version that is wanted, and
 * of what only some machines are to get yet. Where its answer does so, it is asked again with the better versions named, and
 * those are kept for which it finds a way; for the rest its answer shows what stands against what.
 */
export async function simulateKeeping(
  config: AptConfig,
  question: SolverQuestion,
  { keep, market }: Wishes,
  scratch: string,
): Promise<SolverAnswer> {
  const solve = (asked: SolverQuestion) => simulate(config, asked, scratch);
  const first = await solved(question, market, solve);
  // Whatever is named would be installed again as well.
  if (question.reinstall) return first.answer;
  const kept = await narrowed(first, ({ name }) => keep(name), solve);
  const settled = ({ name, to }: Move) => (to === undefined ? undefined : market.settled(name, to));
  return (await narrowed(kept, settled, solve)).answer;
}

async function solved(question: SolverQuestion, market: Wishes["market"], solve: Solve): Promise<Solved> {
  const answer = await solve(question);
  if (answer.solved) return { answer, question };
  const install = withExactNeeds(question.install, market);
  if (install.length === question.install.length) return { answer, question };
  const exact = { ...question, install };
  const second = await solve(exact);
  return second.solved ? { answer: second, question: exact } : { answer, question };
}

/** With the versions that `better` has for what the solver moves, as many of them as it finds a way for. */
async function narrowed(start: Solved, better: (move: Move) => string | undefined, solve: Solve): Promise<Solved> {
  const givenUp = new Set<string>();
  let at = start;
  for (let round = 0; round < MAX_ROUNDS && at.answer.solved; round += 1) {
    const named = new Set(at.question.install.map(({ name }) => name));
    const wishes = at.answer.moves.flatMap((move) => {
      const version = named.has(move.name) || givenUp.has(move.name) ? undefined : better(move);
      return version === undefined || version === move.to ? [] : [{ name: move.name, version }];
    });
    if (wishes.length === 0) return at;
    at = await withMost(at, wishes, givenUp, solve);
  }
  return at;
}

/** One wish that cannot be had takes no other with it: what fails together is tried in halves. */
async function withMost(
  at: Solved,
  wishes: SolverQuestion["install"],
  givenUp: Set<string>,
  solve: Solve,
): Promise<Solved> {
  const question = { ...at.question, install: [...at.question.install, ...wishes] };
  const answer = await solve(question);
  if (answer.solved) return { answer, question };
  if (wishes.length < 2) {
    for (const { name } of wishes) givenUp.add(name);
    return at;
  }
  const middle = Math.ceil(wishes.length / 2);
  const half = await withMost(at, wishes.slice(0, middle), givenUp, solve);
  return withMost(half, wishes.slice(middle), givenUp, solve);
}
