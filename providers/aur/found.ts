import type { Artifact } from "../../schema/model/artifact.ts";
import type { Power } from "../../schema/model/desired.ts";
import { descriptionOf, filenameOf } from "./recipe/description.ts";
import type { Recipe } from "./recipe/recipe.ts";
import { invalid } from "./recipe/srcinfo.ts";
import { placeholder } from "./records.ts";
import { heldBy } from "./sources/held.ts";

/** What the pin says of it. */
export interface ToBuildFrom {
  /** As the build will have it, which for some recipes depends on the sources. */
  readonly version: string;
  readonly commit: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly allow?: readonly Power[];
}

/** A package as it will be once it is built; what it takes to build it counts as needed. Pure. Errors: OmgError `recipe-invalid`. */
export function toBuildAs(
  name: string,
  written: Recipe,
  { version, commit, sources, allow = [] }: ToBuildFrom,
  arch: string,
): Artifact {
  const recipe = { ...written, version };
  const found = recipe.packages.find((each) => each.name === name);
  if (found === undefined) throw invalid(`it makes no package named ${name}`);
  return {
    address: `pacman.${name}`,
    name,
    version,
    arch: found.arch,
    sha256: placeholder({ base: recipe.base, commit, arch, sources }, name),
    urls: [],
    filename: filenameOf(recipe, found),
    origin: "aur",
    chain: {
      type: "build",
      built: "not yet",
      base: recipe.base,
      commit,
      commits: sources,
      sources: heldBy(recipe),
      allow,
    },
    role: "install",
    control: descriptionOf(recipe, found, recipe.buildNeeds),
  };
}
