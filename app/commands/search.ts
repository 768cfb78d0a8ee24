import { OmgError } from "../../schema/error.ts";
import type { Provider } from "../../schema/model/provider.ts";
import type { SearchResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { type Answering, answering, indexOf } from "../questions.ts";
import { type Searched, searchResult } from "../search-result.ts";

export interface SearchOptions extends Pick<Selection, "only" | "skip"> {
  readonly terms: readonly string[];
  /** Most hits to give back. */
  readonly limit: number;
  /** Whether names that are only known once they were fetched are fetched, where that was long ago. */
  readonly fetch?: boolean;
}

/** Finds packages by name and summary, in the index of all that the sources of this machine have. */
export async function search(
  ctx: Context,
  { terms, limit, fetch, ...selection }: SearchOptions,
): Promise<SearchResult> {
  if (terms.every((term) => term.trim() === "")) throw nothingAsked();
  const providers = await answering(ctx, selection, "catalog");
  if (fetch === true) await fetchNames(providers);
  const parts = await Promise.all(providers.map((provider) => searchedIn(ctx, provider)));
  return searchResult(parts, terms, limit);
}

async function searchedIn(ctx: Context, provider: Answering<"catalog">): Promise<Searched> {
  const catalog = await provider.catalog();
  return { provider: provider.name, index: await indexOf(ctx, provider, catalog), installed: catalog.installed };
}

async function fetchNames(providers: readonly Provider[]): Promise<void> {
  const able = providers.flatMap(({ fetchNames: act }) => act ?? []);
  if (able.length === 0) throw nothingToFetch();
  for (const act of able) await act();
}

function nothingToFetch(): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message: "The AUR is for Arch Linux, and this is none.",
    hint: "Without --aur, `omg search` looks in what this machine's sources have.",
  });
}

function nothingAsked(): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message: "There is nothing to search for.",
    hint: "Give one word or more: `omg search json parser`.",
  });
}
