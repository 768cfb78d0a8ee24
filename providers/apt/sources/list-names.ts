import { existsSync } from "node:fs";
import { wordsOf } from "../../../schema/files/source-words.ts";
import type { Attributes } from "../../../schema/model/resource.ts";

/**
 * Release files of a source that were never fetched into the folder of lists, as `address suite`; empty when all are there.
 * What apt puts in itself, as `$(ARCH)`, is not looked for.
 */
export function unfetched(attributes: Attributes, lists: string): string[] {
  const suites = wordsOf(String(attributes.suites));
  const pairs = wordsOf(String(attributes.uris)).flatMap((uri) => suites.map((suite) => [uri, suite] as const));
  return pairs
    .filter(([uri, suite]) => !`${uri}${suite}`.includes("$("))
    .filter(([uri, suite]) => !["InRelease", "Release"].some((name) => existsSync(lists + listName(uri, suite) + name)))
    .map((pair) => pair.join(" "));
}

/**
 * The beginning of the names that apt gives to what it fetches of a suite: the address without its method, `_` for slashes,
 * and some characters percent-encoded, of the suite some of them twice (apt.conf(5), Acquire::URIEncode). Pure.
 */
export function listName(uri: string, suite: string): string {
  const encoded = suite.replace(/[+~%]/g, percent);
  const base = `${uri.replace(/\/*$/, "/")}${suite.endsWith("/") ? encoded.replace(/^\/$/, "") : `dists/${encoded}/`}`;
  return asFileName(base.replace(/^[a-z]+:(?:\/\/)?/, ""));
}

/** As apt spells an address in the name of a file: some characters percent-encoded, and `_` for slashes. Pure. */
export function asFileName(text: string): string {
  return text.replace(/[\\|{}[\]<>"^~_=!@#$%&*]/g, percent).replaceAll("/", "_");
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
