import { withoutCredentials } from "../../../host/address.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { SourceRepository } from "../recipe/source.ts";
import { openRepository, type Repository } from "../repository.ts";

type Commits = Readonly<Record<string, string>>;

/** Everything that a server has of branches and tags; what a recipe means by `HEAD` is its own branch. */
const EVERYTHING = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+HEAD:refs/omg/head"];

/**
 * The commit of each git source of a recipe: the pinned one, else what its fragment means now. `fresh`: nothing that is pinned counts.
 * Errors: OmgError `repository-unreachable`, `source-missing`.
 */
export async function pinnedSources(
  { sources }: Recipe,
  pinned: Commits,
  where: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Commits> {
  const found: Record<string, string> = {};
  for (const source of sources) {
    if (source.type !== "git") continue;
    found[source.file] = pinned[source.file] ?? (await commitNow(source, where));
  }
  return found;
}

async function commitNow(
  source: SourceRepository,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<string> {
  const repository = await openRepository({ folder, address: source.address, strict: false });
  await repository.fetch(EVERYTHING, signal);
  const commit = await repository.commitOf(referenceOf(source));
  if (commit === undefined) throw missing(source, referenceOf(source));
  return commit;
}

function referenceOf({ fragment }: SourceRepository): string {
  if (fragment === undefined) return "refs/omg/head";
  return fragment.kind === "branch"
    ? `refs/heads/${fragment.name}`
    : fragment.kind === "tag"
      ? `refs/tags/${fragment.name}`
      : fragment.name;
}

/** The repository of a source, with this commit in it. Errors: as for `pinnedSources`. */
export async function sourceRepository(
  source: SourceRepository,
  commit: string,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Repository> {
  const repository = await openRepository({ folder, address: source.address, strict: false });
  if (!(await repository.has(commit))) await repository.fetch(EVERYTHING, signal);
  if (!(await repository.has(commit))) throw missing(source, commit);
  return repository;
}

function missing({ address }: SourceRepository, what: string): OmgError {
  return new OmgError({
    code: "source-missing",
    exit: "unreachable",
    message: `${withoutCredentials(address)} does not have ${what} (any more).`,
    state: "Nothing was built or changed.",
    hint: "`omg update` pins what is there now, when its recipe goes along with it.",
  });
}
