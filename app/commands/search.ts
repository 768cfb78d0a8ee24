import { OmgError } from "../../schema/error.ts";
import type { SearchResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { type Answering, answering, indexOf } from "../questions.ts";

export interface SearchOptions extends Pick<Selection, "only" | "skip"> {
  readonly terms: readonly string[];
  /** Most hits to give back. */
  readonly limit: number;
}

/** Finds packages by name and summary, in the index of all that the sources of this machine have. */
export async function search(ctx: Context, { terms, limit, ...selection }: SearchOptions): Promise<SearchResult> {
  if (terms.every((term) => term.trim() === "")) throw nothingAsked();
  const providers = await answering(ctx, selection, "catalog");
  const found = await Promise.all(providers.map((provider) => searchOne(ctx, provider, terms, limit)));
  return {
    terms,
    hits: found.flatMap(({ hits }) => hits).slice(0, limit),
    total: found.reduce((sum, { total }) => sum + total, 0),
    nearest: found.flatMap(({ nearest }) => nearest),
  };
}

async function searchOne(
  ctx: Context,
  provider: Answering<"catalog">,
  terms: readonly string[],
  limit: number,
): Promise<Pick<SearchResult, "hits" | "total" | "nearest">> {
  const catalog = await provider.catalog();
  const index = await indexOf(ctx, provider, catalog);
  const { hits, total } = index.search(terms, limit);
  const installed = hits.length > 0 ? catalog.installed() : new Map<string, string>();
  return {
    hits: hits.map(({ name, version, summary, section, source }) => {
      const here = installed.get(name);
      const shown = { name, provider: provider.name, version, summary, section, source };
      return here === undefined ? shown : { ...shown, installed: here };
    }),
    total,
    nearest: total === 0 ? index.nearest(terms.join("-")) : [],
  };
}

function nothingAsked(): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message: "There is nothing to search for.",
    hint: "Give one word or more: `omg search json parser`.",
  });
}
