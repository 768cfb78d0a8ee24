import { OmgError } from "../../schema/error.ts";
import { type Recipe, recipeOf } from "./recipe/recipe.ts";
import { openRepository, type Repository } from "./repository.ts";

/** The AUR's repositories, one for each recipe. */
export interface Recipes {
  /**
   * What a recipe says at a commit, fetched where it is not here. Errors: OmgError `history-rewritten` where the AUR does not have that
   * commit in its branch, `recipe-invalid`, `repository-unreachable`.
   */
  at(base: string, commit: string): Promise<Recipe>;
  /** The newest commit. `accepted`: one that was believed before, which it must follow. Errors: as for `at`. */
  newest(base: string, accepted?: string): Promise<string>;
  /** Whether its version is worked out from its sources, by a pkgver() of the PKGBUILD. */
  hasOwnVersion(base: string, commit: string): Promise<boolean>;
  repository(base: string): Promise<Repository>;
}

export interface RecipesOptions {
  /** Of the AUR, without a slash at the end. */
  readonly address: string;
  readonly folder: string;
  /** As pacman calls it. */
  readonly arch: string;
  readonly signal?: AbortSignal;
}

const HEAD = "refs/omg/head";
const PKGVER = /^\s*(?:function\s+)?pkgver\s*\(\s*\)/m;

/** What is fetched once in a run is not fetched again. */
export function openRecipes({ address, folder, arch, signal }: RecipesOptions): Recipes {
  const opened = new Map<string, Promise<Repository>>();
  const heads = new Map<string, Promise<string>>();
  const read = new Map<string, Promise<Recipe>>();
  const repository = (base: string) =>
    remembered(opened, base, () => openRepository({ folder, address: `${address}/${base}.git`, strict: true }));
  const head = (base: string) =>
    remembered(heads, base, async () => {
      const from = await repository(base);
      await from.fetch([`+HEAD:${HEAD}`], signal);
      const commit = await from.commitOf(HEAD);
      if (commit === undefined) throw empty(base);
      return commit;
    });
  const followed = async (base: string, commit: string) => {
    const newest = await head(base);
    const from = await repository(base);
    if (!(await from.has(commit)) || !(await from.isAncestor(commit, newest))) throw rewritten(base, commit);
    return newest;
  };
  return {
    repository,
    hasOwnVersion: async (base, commit) => PKGVER.test((await (await repository(base)).text(commit, "PKGBUILD")) ?? ""),
    newest: (base, accepted) => (accepted === undefined ? head(base) : followed(base, accepted)),
    at: (base, commit) =>
      remembered(read, `${base} ${commit}`, async () => {
        const from = await repository(base);
        if (!(await from.has(commit))) await followed(base, commit);
        await from.files(commit);
        const text = await from.text(commit, ".SRCINFO");
        if (text === undefined) throw empty(base);
        const recipe = recipeOf(text, arch);
        if (recipe.base !== base) throw misnamed(base, recipe.base);
        return recipe;
      }),
  };
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

function rewritten(base: string, commit: string): OmgError {
  return new OmgError({
    code: "history-rewritten",
    exit: "refused",
    message: `The AUR's ${base} does not have commit ${commit} in its history any more: somebody rewrote it, or the lock names a commit that never was there.`,
    state: "Nothing was built or changed.",
    hint: "Find out who and why. To begin anew with what is there now, take its pin out of omg.lock and run `omg lock`, which shows all of the recipe.",
  });
}

function empty(base: string): OmgError {
  return new OmgError({
    code: "recipe-missing",
    exit: "error",
    message: `The AUR has no recipe with a .SRCINFO for ${base}.`,
    state: "Nothing was changed.",
    hint: "It was removed, merged into another, or never finished.",
  });
}

function misnamed(base: string, found: string): OmgError {
  return new OmgError({
    code: "recipe-invalid",
    exit: "refused",
    message: `The AUR's ${base} holds a recipe for ${found}.`,
    state: "Nothing was built or changed.",
  });
}
