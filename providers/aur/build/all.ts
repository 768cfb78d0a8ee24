import type { Artifact } from "../../../schema/model/artifact.ts";
import { review } from "../pins/review.ts";
import type { AllMeans, ToBuild } from "./means.ts";
import { buildOne } from "./one.ts";

/**
 * Builds each recipe whose needs are met by now, one after the other: what is shown of one is not mixed with another, and each may use
 * the whole machine.
 * @returns how many packages were made
 */
export async function buildAll(
  artifacts: readonly Artifact[],
  isMet: (relation: string) => boolean,
  means: AllMeans,
): Promise<number> {
  let made = 0;
  for (const group of byRecipe(artifacts)) {
    const { base, commit } = group[0].chain;
    const recipe = { ...(await means.recipes.at(base, commit)), version: group[0].version };
    if (!recipe.buildNeeds.every(isMet)) continue;
    means.signal.throwIfAborted();
    const { ask } = means.options;
    // Without anybody to ask, what the lock pins is what was agreed to.
    if (ask !== undefined) await review(base, commit, means.records.accepted(base), { ...means, ask });
    made += await buildOne(recipe, group, means);
    means.records.accept(base, commit);
  }
  return made;
}

type Group = readonly [ToBuild, ...ToBuild[]];

function byRecipe(artifacts: readonly Artifact[]): readonly Group[] {
  const groups = new Map<string, [ToBuild, ...ToBuild[]]>();
  for (const artifact of artifacts) {
    const { chain } = artifact;
    if (chain.type !== "build") continue;
    const key = `${chain.base} ${chain.commit}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [{ ...artifact, chain }]);
    else known.push({ ...artifact, chain });
  }
  return [...groups.values()];
}
