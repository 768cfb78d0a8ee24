import { basename } from "node:path";
import { OmgError } from "../../../schema/error.ts";
import { keyBlock } from "../../../schema/files/key-block.ts";
import {
  KEYRING,
  MAX_KEY,
  SOURCE_KEY,
  SOURCE_WORDS,
  suitesFault,
  wordsOf,
  wordsPattern,
} from "../../../schema/files/source-words.ts";
import type { Attributes } from "../../../schema/model/resource.ts";
import { sourceFileName } from "../sources/overlay-sources.ts";
import { stanzaText } from "../sources/stanza-text.ts";

const FILE = /^omg-([a-z0-9][a-z0-9_-]*)\.sources$/;

/** Path of the one file that omg writes for a source. `folder` ends in a slash. */
export function sourceFile(folder: string, name: string): string {
  return folder + sourceFileName(name);
}

/** Name of the source that a file of omg's is for; undefined for a file of somebody else's. */
export function sourceNameOf(path: string, folder: string): string | undefined {
  return path.startsWith(folder) ? FILE.exec(basename(path))?.[1] : undefined;
}

/** The whole file. Pure. */
export function fileText(name: string, attributes: Attributes): string {
  return [
    `# Written by omg: the source \`${name}\` of \`apt.sources\` in an omg.lock. Change it there: edits to this file are`,
    "# reported as drift and undone.",
    stanzaText(attributes),
  ].join("\n");
}

/**
 * Checks a source before it becomes a file of apt's. The lock's own check is not enough: sources also come back from
 * generations.
 * @throws OmgError `source-invalid`
 */
export function requireSource(name: string, attributes: Attributes): void {
  const fault = SOURCE_KEY.test(name) ? sourceFault(attributes) : "that is no name for a source";
  if (fault === undefined) return;
  throw new OmgError({
    code: "source-invalid",
    exit: "invalid",
    message: `The source ${JSON.stringify(name)} cannot be set up: ${fault}.`,
    state: "Nothing was changed.",
    hint: "Write it in omg.lock as docs/omg-lock.md describes, under `apt.sources`.",
  });
}

/** Why a lock could not hold such a source, in words; undefined for one that it could. Pure. */
export function sourceFault(attributes: Attributes): string | undefined {
  const text = (name: string) => String(attributes[name] ?? "");
  const wrong = (["types", "uris", "suites", "components", "architectures"] as const).find((field) => {
    const optional = field === "components" || field === "architectures";
    return !(optional && text(field) === "") && !wordsPattern(SOURCE_WORDS[field]).test(text(field));
  });
  if (wrong !== undefined) return `its ${wrong} are not what a lock may ask for`;
  const key = text("key");
  if (key.length > MAX_KEY || !(key === "" || KEYRING.test(key) || keyBlock(key) === key))
    return "its key is neither a block of public keys nor a keyring in /usr/share/keyrings";
  const fault = suitesFault(wordsOf(text("suites")), wordsOf(text("components")));
  return fault === undefined ? undefined : `its suite ${fault}`;
}
