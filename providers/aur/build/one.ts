import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { listFolder } from "../../../host/folder.ts";
import { discard, workerFolder } from "../../../host/worker.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { gatherSources } from "../sources/fetch.ts";
import { heldBy } from "../sources/held.ts";
import { runMakepkg } from "./makepkg.ts";
import type { AllMeans, ToBuild } from "./means.ts";
import { outputsOf } from "./outputs.ts";
import { placeIn } from "./place.ts";
import { refusePowers } from "./powers.ts";

/**
 * Builds one recipe at the commit of these artifacts, and keeps of what comes out what they ask for.
 * @returns how many packages were kept
 */
export async function buildOne(recipe: Recipe, wanted: readonly ToBuild[], means: AllMeans): Promise<number> {
  const { recipes, records, arch, options, signal } = means;
  const all = join(options.folder, "build");
  removeLeft(all);
  const folder = workerFolder(
    join(workerFolder(all), `${recipe.base}.${process.pid}.${randomBytes(4).toString("hex")}`),
  );
  try {
    const place = placeIn(folder);
    const commit = wanted[0]?.chain.commit ?? "";
    const repository = await recipes.repository(recipe.base);
    await repository.checkOut(commit, place.recipe);
    const commits = wanted[0]?.chain.commits ?? {};
    const kept = join(options.folder, "sources");
    const found = { commits, repositories: means.repositories, kept, signal };
    await gatherSources(recipe, place.sources, place.recipe, found);
    await runMakepkg(recipe, place, means);
    const outputs = await outputsOf(recipe, place.out);
    const names = new Set(wanted.map(({ name }) => name));
    const taken = outputs.filter(({ name }) => names.has(name));
    await refusePowers(taken, wanted, options.ask);
    for (const { sha256, fill } of taken) await means.keep({ sha256, fill });
    records.keep({
      inputs: { base: recipe.base, commit, arch, sources: commits },
      sources: heldBy(recipe),
      packages: Object.fromEntries(taken.map(({ name, sha256 }) => [name, sha256])),
    });
    return taken.length;
  } finally {
    discard(folder);
  }
}

/** What killed runs left. */
function removeLeft(all: string): void {
  for (const name of listFolder(all)) {
    const pid = Number(name.split(".").at(-2));
    if (!Number.isInteger(pid) || !isAlive(pid)) discard(join(all, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
