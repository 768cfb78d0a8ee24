import { dirname, join } from "node:path";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { LicenseFinding } from "../../../schema/model/license.ts";
import type { AptConfig } from "../machine/config.ts";
import { documentedInArchive } from "./archive.ts";
import type { Documented } from "./documents.ts";
import { documentsOnDisk } from "./installed.ts";
import { type KnownTexts, knownTexts } from "./known-texts.ts";

/** Links between packages that are followed one after the other. */
const MOST_LINKS = 4;

/** Undefined where only bytes would tell that are not here. */
type Look = (name: string) => Documented | undefined | Promise<Documented | undefined>;

/** The licenses of installed packages, by the names that were asked for, `curl` or `libc6:i386`. */
export async function licensesOfInstalled(
  config: AptConfig,
  names: readonly string[],
): Promise<ReadonlyMap<string, LicenseFinding>> {
  const texts = knownTexts(config.cache);
  const read = reader(documentsOnDisk(config.dpkgRoot), texts);
  const found = new Map<string, LicenseFinding>();
  for (const name of names) found.set(name, (await read(bare(name))) ?? unknown(`${name} was not read.`));
  texts.keep();
  return found;
}

/**
 * The licenses of artifacts, from their own bytes; undefined for those that are not here yet. A package that shares the copyright
 * file of another has it from that one's bytes where it is among the artifacts, and otherwise from the machine.
 */
export async function licensesOfArtifacts(
  config: AptConfig,
  artifacts: readonly Artifact[],
  pathOf: (sha256: string) => string | undefined,
): Promise<readonly (LicenseFinding | undefined)[]> {
  const unpacker = join(dirname(config.paths.dpkg), "dpkg-deb");
  const byName = new Map(artifacts.map((artifact) => [bare(artifact.name), artifact]));
  const onDisk = documentsOnDisk(config.dpkgRoot);
  const read = reader((name) => {
    const artifact = byName.get(name);
    if (artifact === undefined) return onDisk(name);
    const path = pathOf(artifact.sha256);
    return path === undefined ? undefined : documentedInArchive(unpacker, path, name);
  }, knownTexts(undefined));
  const found: (LicenseFinding | undefined)[] = [];
  // One after the other: unpacking keeps a processor busy.
  for (const { name } of artifacts) found.push(await read(bare(name)));
  return found;
}

/** Looks at each package once, and follows it to where its copyright file is. */
function reader(look: Look, texts: KnownTexts): (name: string) => Promise<LicenseFinding | undefined> {
  const documents = new Map<string, Promise<Documented | undefined>>();
  // What `look` throws at once belongs to whoever waits, like what it throws later.
  const looked = async (name: string) => look(name);
  const documentOf = (name: string): Promise<Documented | undefined> => {
    const found = documents.get(name) ?? looked(name);
    documents.set(name, found);
    return found;
  };
  const follow = async (name: string): Promise<LicenseFinding | undefined> => {
    let of = name;
    for (let links = 0; links < MOST_LINKS; links++) {
      const document = await documentOf(of);
      if (document?.type !== "shared") return document && findingOf(of, document, texts);
      of = document.with;
    }
    return unknown(`${name} shares its copyright file with others, which do so in a circle.`);
  };
  return (name) => follow(name).catch((error: unknown) => unknown(reasonOf(error)));
}

function findingOf(name: string, document: Exclude<Documented, { type: "shared" }>, texts: KnownTexts): LicenseFinding {
  switch (document.type) {
    case "missing":
      return unknown(`${name} has no copyright file.`);
    case "elsewhere":
      return unknown(`The copyright file of ${name} is a link to ${document.target}, which is not followed.`);
    case "text":
      return texts.findingOf(document, `/usr/share/doc/${name}/copyright`);
  }
}

function unknown(detail: string): LicenseFinding {
  return { basis: "unknown", detail };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The folder of a package below /usr/share/doc has no architecture. */
function bare(name: string): string {
  return name.replace(/:.*$/, "");
}
