import type { AptConfig } from "../machine/config.ts";
import { type SolverAnswer, type SolverQuestion, simulate } from "./simulate.ts";

/** Each round names what the one before gave up; more than a few mean that it cannot be had. */
const MAX_ROUNDS = 4;

/**
 * The solver prefers the newest of everything it touches, also of what is there already in the very version that is wanted.
 * Where its answer would move such packages, it is asked again with their versions named, for as long as it finds a way; where
 * it finds none, its first answer shows what stands against what. `keep`: versions by key.
 */
export async function simulateKeeping(
  config: AptConfig,
  question: SolverQuestion,
  keep: ReadonlyMap<string, string>,
  scratch: string,
): Promise<SolverAnswer> {
  const first = await simulate(config, question, scratch);
  // Whatever is named would be installed again as well.
  if (question.reinstall) return first;
  const named = new Map(question.install.map(({ name, version }) => [name, version]));
  let answer = first;
  for (let round = 0; round < MAX_ROUNDS && answer.solved; round += 1) {
    const lost = answer.moves.filter(({ name, to }) => keep.has(name) && keep.get(name) !== to && !named.has(name));
    if (lost.length === 0) return answer;
    for (const { name } of lost) named.set(name, keep.get(name) ?? "");
    const install = [...named].map(([name, version]) => ({ name, version }));
    answer = await simulate(config, { ...question, install }, scratch);
  }
  return first;
}
