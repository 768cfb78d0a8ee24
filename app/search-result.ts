import type { PackageIndex } from "../catalog/index.ts";
import type { SearchResult } from "./answers.ts";

/** What one provider is searched with. */
export interface Searched {
  readonly provider: string;
  readonly index: Pick<PackageIndex, "search" | "nearest">;
  /** Versions by name. */
  installed(): ReadonlyMap<string, string>;
}

/** What terms find in all providers, one after the other. Pure. */
export function searchResult(parts: readonly Searched[], terms: readonly string[], limit: number): SearchResult {
  const found = parts.map((part) => searchOne(part, terms, limit));
  return {
    terms,
    hits: found.flatMap(({ hits }) => hits).slice(0, limit),
    total: found.reduce((sum, { total }) => sum + total, 0),
    nearest: found.flatMap(({ nearest }) => nearest),
  };
}

function searchOne(
  { provider, index, installed }: Searched,
  terms: readonly string[],
  limit: number,
): Pick<SearchResult, "hits" | "total" | "nearest"> {
  let known: ReadonlyMap<string, string> | undefined;
  const here = () => {
    known ??= installed();
    return known;
  };
  const { hits, total } = index.search(terms, limit, here);
  return {
    hits: hits.map(({ name, version, summary, section, source }) => {
      const shown = { name, provider, version, summary, section, source };
      const present = here().get(name);
      return present === undefined ? shown : { ...shown, installed: present };
    }),
    total,
    nearest: total === 0 ? index.nearest(terms.join("-")) : [],
  };
}
