import { compressionOf, decompressFile } from "../../host/compression.ts";
import { tarEntries } from "../../host/tar-in-memory.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/** What a repository's database says of its packages. */
export interface DatabaseListing {
  /** Versions by name. */
  readonly versions: ReadonlyMap<string, string>;
  /** When the last of them was built, as the database says. */
  readonly lastBuilt?: Date;
  /** Whether it lists this very package. */
  lists(artifact: Pick<Artifact, "name" | "version" | "sha256">): boolean;
}

/** @throws Refusal `unreadable` */
export async function readListing(path: string): Promise<DatabaseListing> {
  const versions = new Map<string, string>();
  let lastBuilt = 0;
  const hashes = new Map<string, string>();
  try {
    for (const { name: entry, content } of tarEntries(await decompressFile(path, MAX_BYTES, compressionOf(path)))) {
      if (!entry.endsWith("/desc")) continue;
      const text = content.toString("utf8");
      const [name, version] = [field(text, "NAME"), field(text, "VERSION")];
      if (name === undefined || version === undefined) continue;
      hashes.set(`${name}-${version}`, field(text, "SHA256SUM")?.toLowerCase() ?? "");
      versions.set(name, version);
      lastBuilt = Math.max(lastBuilt, secondsIn(field(text, "BUILDDATE")));
    }
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Refusal("unreadable", `${path} could not be read: ${reason}`);
  }
  return {
    versions,
    ...(lastBuilt === 0 ? {} : { lastBuilt: new Date(lastBuilt * 1000) }),
    lists: ({ name, version, sha256 }) => hashes.get(`${name}-${version}`) === sha256,
  };
}

/** Since 1970; 0 for what is no time. */
function secondsIn(text: string | undefined): number {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : 0;
}

/** The first value of a field of a description, as pacman's databases have them. */
function field(text: string, name: string): string | undefined {
  const head = `%${name}%\n`;
  const at = text.indexOf(head);
  if (at < 0 || (at > 0 && text[at - 1] !== "\n")) return undefined;
  const start = at + head.length;
  const end = text.indexOf("\n", start);
  const value = text.slice(start, end < 0 ? undefined : end);
  return value === "" ? undefined : value;
}
