import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf } from "../../../host/disk.ts";
import { listFolder } from "../../../host/folder.ts";
import { discard, give, passage, workerFolder } from "../../../host/worker.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { Recipes } from "../recipes.ts";
import { gatherSources } from "../sources/fetch.ts";
import { signersOf, withholdSignatures } from "../sources/signatures.ts";

/** Where everything of one build lies. */
export interface Place {
  /** What the build sees, and may write. */
  readonly inside: string;
  readonly recipe: string;
  readonly sources: string;
  readonly work: string;
  readonly out: string;
  readonly home: string;
  readonly temporary: string;
  /** With the accounts that the build sees. */
  readonly accounts: string;
  /** For the keys that its sources are signed with; not seen by the build. */
  readonly keys: string;
}

export interface PlaceMeans {
  readonly recipes: Recipes;
  /** Folder for everything of the AUR's. */
  readonly folder: string;
  /** Folder of the repositories that are sources. */
  readonly repositories: string;
  readonly signal: AbortSignal;
}

/**
 * A recipe at a commit, with every source where makepkg looks for it, for as long as `use` takes. `signers`: who signed what. Errors:
 * those of its sources.
 */
export async function withPlace<T>(
  recipe: Recipe,
  { commit, commits }: { readonly commit: string; readonly commits: Readonly<Record<string, string>> },
  { recipes, folder: top, repositories, signal }: PlaceMeans,
  use: (place: Place & { readonly signers: ReadonlyMap<string, string> }) => Promise<T>,
): Promise<T> {
  const all = passage(join(top, "build"));
  await removeLeft(all);
  const folder = passage(join(all, `${recipe.base}.${process.pid}.${randomBytes(4).toString("hex")}`));
  try {
    const place = placeIn(folder);
    await (await recipes.repository(recipe.base)).checkOut(commit, place.recipe);
    const means = { commits, repositories, kept: join(top, "sources"), signal };
    await gatherSources(recipe, place.sources, place.recipe, means);
    const signers = await signersOf(recipe, place);
    withholdSignatures(recipe, place);
    for (const path of [place.sources, place.inside]) give(path);
    return await use({ ...place, signers });
  } finally {
    await discard(folder);
  }
}

/** What root puts something into is handed over when that is done. */
function placeIn(folder: string): Place {
  const inside = passage(join(folder, "inside"));
  const below = (name: string) => workerFolder(join(inside, name));
  return {
    inside,
    recipe: below("recipe"),
    sources: passage(join(inside, "sources")),
    work: below("work"),
    out: below("out"),
    home: below("home"),
    temporary: below("tmp"),
    accounts: passage(join(folder, "accounts")),
    keys: workerFolder(join(folder, "keys")),
  };
}

/** What killed runs left. */
async function removeLeft(all: string): Promise<void> {
  for (const name of listFolder(all)) {
    const pid = Number(name.split(".").at(-2));
    if (!Number.isInteger(pid) || !isAlive(pid)) await discard(join(all, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
