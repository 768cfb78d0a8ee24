import type { BuildSource } from "../../../schema/model/artifact.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { Source } from "../recipe/source.ts";

/** What holds each source of a recipe fast, before any was fetched. Pure. */
export function heldBy({ sources }: Pick<Recipe, "sources">): readonly BuildSource[] {
  const withheld = new Set(looseSignatures(sources));
  return sources
    .filter(({ file }) => !withheld.has(file))
    .map((source) => ({ name: source.file, heldBy: holderOf(source) }));
}

/** Endings of detached signatures, as makepkg knows them. */
export const SIGNATURE = /\.(?:sig|sign|asc)$/;

/** Signatures of other sources that nothing else holds fast: no build gets to see them. Pure. */
export function looseSignatures(sources: readonly Source[]): readonly string[] {
  const names = new Set(sources.map(({ file }) => file));
  return sources
    .filter((source) => SIGNATURE.test(source.file) && holderOf(source) === "nothing")
    .map(({ file }) => file)
    .filter((file) => names.has(file.replace(SIGNATURE, "")));
}

/** MD5 and SHA-1 keep out accidents, and nobody who means it. */
function holderOf(source: Source): BuildSource["heldBy"] {
  if (source.type === "git") return "commit";
  if (source.type === "companion") return "recipe";
  return source.sums.some(({ kind }) => kind !== "md5" && kind !== "sha1") ? "checksum" : "nothing";
}
