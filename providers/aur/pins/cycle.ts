import type { Recipe } from "../recipe/recipe.ts";

/** Names of recipes that need one another before any can be built, the first at the end again; undefined where there is an order. Pure. */
export function cycleAmong(recipes: readonly Recipe[]): readonly string[] | undefined {
  const makers = new Map<string, Recipe>();
  for (const recipe of recipes)
    for (const { name, provides } of recipe.packages)
      for (const each of [name, ...provides]) makers.set(each.replace(/[<>=].*$/, ""), recipe);
  const done = new Set<string>();
  const visit = (recipe: Recipe, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(recipe.base);
    if (at >= 0) return [...path.slice(at), recipe.base];
    if (done.has(recipe.base)) return undefined;
    for (const needed of neededBy(recipe, makers)) {
      const found = visit(needed, [...path, recipe.base]);
      if (found !== undefined) return found;
    }
    done.add(recipe.base);
    return undefined;
  };
  for (const recipe of recipes) {
    const found = visit(recipe, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Other recipes. What its own packages need of one another is there when all of them are. */
function neededBy({ base, buildNeeds, packages }: Recipe, makers: ReadonlyMap<string, Recipe>): readonly Recipe[] {
  const needs = [...buildNeeds, ...packages.flatMap(({ depends }) => depends)];
  const found = needs.flatMap((relation) => makers.get(relation.replace(/[<>=].*$/, "")) ?? []);
  return [...new Set(found)].filter((recipe) => recipe.base !== base);
}
