import { existsSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { type FetchedFile, keptCopy } from "../../host/fetched-file.ts";
import { makeFolder, writeSoon } from "../../host/files.ts";
import type { PublisherKeys } from "../../schema/model/artifact.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";
import { failureOf, withoutKeys } from "./failures.ts";

/** Where a publisher hands out its keys, and which of them omg knows to be its own. */
export interface PublishedKeys {
  /** `{fingerprint}` stands for each of them. */
  readonly address: string;
  /** In upper case. */
  readonly fingerprints: readonly string[];
}

export interface KeyOptions {
  readonly runtime: Runtime;
  /** Where the publisher's keys are, in place of where it hands them out; false: nowhere, and only people's own count. */
  readonly keys?: string | false;
  /** A folder of this user's for answers that can be had again. */
  readonly cache: string;
  /** Files of keys that people put there, whether they are there or not: the user's own comes first. */
  readonly keyFiles: readonly string[];
}

const MAX_KEYS = 8 * 1024 * 1024;
/** Keys are renewed now and then. Milliseconds. */
const KEYS_FRESH = 24 * 3_600_000;

/**
 * The keys that may sign: what the publisher hands out, told by its fingerprints, and what people put there.
 * @throws OmgError `keys-unreachable`
 */
export async function keysOf(
  { address, fingerprints }: PublishedKeys,
  { keys: configured, keyFiles, cache, runtime }: KeyOptions,
  get: (address: string, maxBytes: number, freshMs: number) => Promise<FetchedFile>,
): Promise<PublisherKeys> {
  const own = keyFiles.filter((file) => existsSync(file));
  const place = keyFiles[0] ?? "";
  if (configured === false && own.length > 0) return { own, place };
  const from = configured === undefined || configured === false ? address : configured;
  const addresses = from.includes("{fingerprint}")
    ? fingerprints.map((fingerprint) => from.replaceAll("{fingerprint}", fingerprint))
    : [from];
  const answers = await Promise.all(
    addresses.map((each) =>
      get(each, MAX_KEYS, KEYS_FRESH).catch((cause: unknown) => keptCopy(each, cache) ?? failureOf(cause)),
    ),
  );
  const found = answers.filter((answer): answer is FetchedFile => !(answer instanceof FetchFailure));
  if (found.length === 0 && own.length === 0) throw withoutKeys(runtime, from, place, answers);
  if (found.length === 0) return { own, place };
  const bytes = Buffer.concat(found.flatMap(({ bytes: each }) => [each, Buffer.from(isArmoured(each) ? "\n" : "")]));
  const file = join(cache, `keys-${sha256(bytes).slice(0, 32)}`);
  makeFolder(cache, 0o700);
  writeSoon(file, bytes, 0o600);
  return { published: { file, fingerprints }, own, place };
}

function isArmoured(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 5) === "-----";
}
