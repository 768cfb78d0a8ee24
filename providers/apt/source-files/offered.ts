import { wordsOf } from "../../../schema/files/source-words.ts";
import type { Attributes } from "../../../schema/model/resource.ts";
import type { SourceEntry } from "../sources/source-entry.ts";
import { plainUri } from "../sources/stanza-text.ts";
import { sameKeys } from "./keys.ts";

/** The lists that make up a source. */
type Lists = Pick<SourceEntry, "types" | "uris" | "suites" | "components" | "architectures">;

/**
 * The entries that together offer everything that a source asks for, by the same keys; undefined where something is missing.
 * `native`: the machine's architectures, which an entry without any means. System errors of keyrings pass.
 */
export function offering(
  attributes: Attributes,
  entries: readonly SourceEntry[],
  native: readonly string[],
): readonly SourceEntry[] | undefined {
  const asked = placesOf(listsOf(attributes), native);
  const missing = new Set(asked);
  const givers = entries.filter((entry) => {
    const places = placesOf(entry, native).filter((place) => asked.includes(place));
    if (places.length === 0 || entry.trusted !== undefined) return false;
    if (!sameKeys(String(attributes.key), entry.signedBy)) return false;
    for (const place of places) missing.delete(place);
    return true;
  });
  return missing.size === 0 ? givers : undefined;
}

/** Whether two sources have a suite of one address in common: apt takes their keys for those of one source then. */
export function overlaps(a: Pick<Lists, "uris" | "suites">, b: Pick<Lists, "uris" | "suites">): boolean {
  const uris = new Set(a.uris.map(plainUri));
  const suites = new Set(a.suites);
  return b.uris.some((uri) => uris.has(plainUri(uri))) && b.suites.some((suite) => suites.has(suite));
}

export function listsOf(attributes: Attributes): Lists {
  const words = (name: keyof Lists) => wordsOf(String(attributes[name] ?? ""));
  return {
    types: words("types"),
    uris: words("uris"),
    suites: words("suites"),
    components: words("components"),
    architectures: words("architectures"),
  };
}

/** Every single index that a source stands for. */
function placesOf({ types, uris, suites, components, architectures }: Lists, native: readonly string[]): string[] {
  const parts = components.length === 0 ? [""] : components;
  const arches = architectures.length === 0 ? native : architectures;
  return types.flatMap((type) =>
    uris.flatMap((uri) =>
      suites.flatMap((suite) =>
        parts.flatMap((part) => arches.map((arch) => [type, plainUri(uri), suite, part, arch].join("\n"))),
      ),
    ),
  );
}
