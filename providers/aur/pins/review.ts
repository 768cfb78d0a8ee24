import { OmgError } from "../../../schema/error.ts";
import type { Recipes } from "../recipes.ts";
import type { AurRecords } from "../records.ts";
import type { Ask } from "../settings.ts";

export interface Reviewing {
  readonly recipes: Recipes;
  readonly records: AurRecords;
  readonly ask?: Ask;
}

/**
 * Shows what changed in a recipe since it was last accepted, or all of it, and asks whether to believe it. Errors: OmgError
 * `not-accepted`.
 */
export async function review(base: string, commit: string, since: string | undefined, means: Reviewing): Promise<void> {
  const { recipes, records, ask } = means;
  if (records.accepted(base) === commit || since === commit) return;
  if (ask === undefined) throw notAccepted(base, commit, "there is nobody to ask");
  const repository = await recipes.repository(base);
  const known = since !== undefined && (await repository.has(since)) ? since : undefined;
  const text = await repository.diff(known, commit);
  const what = known === undefined ? "all of the recipe" : `the recipe since ${short(known)}`;
  const title = `${base} · ${what}, as of ${short(commit)}`;
  const question = "Build what this recipe says?";
  if (!(await ask({ title, text, question }))) throw notAccepted(base, commit, "you said no");
  records.accept(base, commit);
}

/** The lock has the whole name. */
function short(commit: string): string {
  return commit.slice(0, 12);
}

function notAccepted(base: string, commit: string, why: string): OmgError {
  return new OmgError({
    code: "not-accepted",
    exit: "consent",
    message: `Nobody has accepted commit ${commit} of the AUR's ${base}: ${why}.`,
    state: "Nothing was built or changed.",
    hint: `\`omg lock\` at a terminal shows what changed and asks; or read it, and write { version: "*", commit: ${commit} } into the lock.`,
  });
}
