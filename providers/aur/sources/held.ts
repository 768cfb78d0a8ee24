import type { BuildSource } from "../../../schema/model/artifact.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { Source } from "../recipe/source.ts";

/** What holds each source of a recipe fast, before any was fetched. Pure. */
export function heldBy({ sources }: Pick<Recipe, "sources">): readonly BuildSource[] {
  return sources.map((source) => ({ name: source.file, heldBy: holderOf(source) }));
}

/** MD5 and SHA-1 keep out accidents, and nobody who means it. */
function holderOf(source: Source): BuildSource["heldBy"] {
  if (source.type === "git") return "commit";
  if (source.type === "companion") return "recipe";
  return source.sums.some(({ kind }) => kind !== "md5" && kind !== "sha1") ? "checksum" : "nothing";
}
