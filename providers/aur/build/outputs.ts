import { constants, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { sha256File } from "../../../host/digest.ts";
import { listFolder } from "../../../host/folder.ts";
import { OmgError } from "../../../schema/error.ts";
import type { KeptObject } from "../../../schema/model/provider.ts";
import { filenameOf } from "../recipe/description.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { inspectPackage, type PackageContent } from "./inspect.ts";

/** A package that came out of a build, and is what the recipe said. */
export interface Output extends KeptObject {
  readonly name: string;
  readonly content: PackageContent;
}

/**
 * What a build left, held against its recipe: every package that it names, in its version, and no other. Errors: OmgError
 * `build-unexpected`.
 */
export async function outputsOf(recipe: Recipe, folder: string): Promise<readonly Output[]> {
  const wanted = new Map(recipe.packages.map((each) => [filenameOf(recipe, each), each]));
  // Symbols for a debugger, where makepkg.conf asks for them: nobody asked omg, and they stay behind.
  const isSymbols = (file: string) => file.startsWith(`${recipe.base}-debug-${recipe.version}-`);
  const files = listFolder(folder).filter((file) => !isSymbols(file));
  const strange = files.filter((file) => !wanted.has(file));
  const missing = [...wanted.keys()].filter((file) => !files.includes(file));
  if (strange.length + missing.length > 0) throw unexpected(recipe, named(strange, missing));
  const outputs: Output[] = [];
  for (const [file, { name, arch }] of wanted) {
    const path = join(folder, file);
    const content = await inspectPackage(path);
    const { version } = recipe;
    const same = content.name === name && content.version === version && content.arch === arch;
    if (!same || content.base !== recipe.base)
      throw unexpected(
        recipe,
        `${file} calls itself ${content.name} ${content.version} (${content.arch}) of ${content.base}`,
      );
    outputs.push({ name, content, sha256: (await sha256File(path)).sha256, fill: (to) => copy(path, to) });
  }
  return outputs;
}

/** No link that the build left leads anywhere; the store hashes what came. */
async function copy(from: string, to: string): Promise<void> {
  const file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  await pipeline(file.createReadStream(), createWriteStream(to, { mode: 0o600 }));
}

function named(strange: readonly string[], missing: readonly string[]): string {
  const short = (files: readonly string[]) =>
    files
      .slice(0, 5)
      .map((file) => JSON.stringify(file.slice(0, 200)))
      .join(", ");
  return [
    ...(missing.length === 0 ? [] : [`it did not make ${short(missing)}`]),
    ...(strange.length === 0 ? [] : [`it made ${short(strange)}, which nobody planned`]),
  ].join("; ");
}

function unexpected({ base, version }: Recipe, what: string): OmgError {
  return new OmgError({
    code: "build-unexpected",
    exit: "refused",
    message: `The build of ${base} ${version} is not what its .SRCINFO says: ${what}.`,
    state: "What it made was thrown away.",
    hint: "Its maintainer has to bring .SRCINFO and PKGBUILD together; or somebody means you to install something else.",
  });
}
