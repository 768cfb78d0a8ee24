import { type Stanza, stanzasOf } from "../../../host/deb822.ts";
import { adjusted, parseFlag, parseSignedBy, type SourceEntry, sourcesInvalid } from "./source-entry.ts";

/** Entries of a file in deb822 style (sources.list(5)). Errors: OmgError `apt-sources-invalid`. Pure. */
export function parseSourceStanzas(bytes: Buffer, file: string): SourceEntry[] {
  return stanzasOf(bytes).map((stanza, index) => parseEntry(stanza, file, index + 1));
}

function parseEntry(stanza: Stanza, file: string, ordinal: number): SourceEntry {
  const line = stanza.line();
  const words = (field: string) => (stanza.get(field) ?? "").split(/\s+/).filter((word) => word !== "");
  const wrong = stanza.malformed();
  if (wrong !== undefined) throw sourcesInvalid(file, line, `${JSON.stringify(wrong)} is not a field.`);
  for (const field of ["Types", "URIs", "Suites"]) {
    if (words(field).length === 0) throw sourcesInvalid(file, line, `the source lacks the field ${field}.`);
  }
  const trusted = parseFlag(stanza.get("Trusted"));
  return {
    types: words("Types"),
    uris: words("URIs"),
    suites: words("Suites"),
    components: words("Components"),
    architectures: adjusted(words("Architectures"), words("Architectures-Add"), words("Architectures-Remove")),
    signedBy: parseSignedBy(stanza.get("Signed-By") ?? ""),
    ...(trusted !== undefined && { trusted }),
    enabled: parseFlag(stanza.get("Enabled")) !== false,
    file,
    line,
    ordinal,
  };
}
