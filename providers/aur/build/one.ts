import type { Recipe } from "../recipe/recipe.ts";
import { heldBy } from "../sources/held.ts";
import { requireSameSources, runMakepkg } from "./makepkg.ts";
import type { AllMeans, ToBuild } from "./means.ts";
import { outputsOf } from "./outputs.ts";
import { withPlace } from "./place.ts";
import { refusePowers } from "./powers.ts";

type Wanted = readonly [ToBuild, ...ToBuild[]];

/**
 * Builds one recipe at the commit of these artifacts, and keeps of what comes out what they ask for.
 * @returns how many packages were kept
 */
export async function buildOne(recipe: Recipe, wanted: Wanted, means: AllMeans): Promise<number> {
  const { records, arch, options } = means;
  const { commit, commits } = wanted[0].chain;
  return withPlace(recipe, { commit, commits }, { ...means, folder: options.folder }, async (place) => {
    await requireSameSources(recipe, place, means, arch);
    await runMakepkg(recipe, place, means);
    const names = new Set(wanted.map(({ name }) => name));
    const taken = (await outputsOf(recipe, place.out)).filter(({ name }) => names.has(name));
    await refusePowers(taken, wanted, options.ask);
    for (const { sha256, fill } of taken) await means.keep({ sha256, fill });
    records.keep({
      inputs: { base: recipe.base, commit, arch, sources: commits },
      sources: heldBy(recipe).map((source) => {
        const signedBy = place.signers.get(source.name);
        return signedBy === undefined ? source : { ...source, signedBy };
      }),
      packages: Object.fromEntries(taken.map(({ name, sha256 }) => [name, sha256])),
    });
    return taken.length;
  });
}
