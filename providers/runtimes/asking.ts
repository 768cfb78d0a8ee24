import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { sha256 } from "../../host/digest.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { type FetchedFile, fetchedFile, keptCopy } from "../../host/fetched-file.ts";
import { makeFolder } from "../../host/files.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { stripControls } from "../../host/text.ts";
import { OmgError } from "../../schema/error.ts";
import type { PublisherKeys } from "../../schema/model/artifact.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";

/** Where a publisher hands out its keys, and which of them omg knows to be its own. */
export interface PublishedKeys {
  /** `{fingerprint}` stands for each of them. */
  readonly address: string;
  /** In upper case. */
  readonly fingerprints: readonly string[];
}

/** Addresses of one runtime as config.toml has them, and what is known besides. */
export interface AskingOptions {
  readonly runtime: Runtime;
  /** Without a slash at the end. */
  readonly mirror: string;
  readonly index: string;
  /** Of GitHub's API, without a slash at the end. */
  readonly github: string;
  /** For that server, and for no other. */
  readonly token?: string;
  /** Where the publisher's keys are, in place of where it hands them out; false: nowhere, and only people's own count. */
  readonly keys?: string | false;
  /** A folder of this user's for answers that can be had again. */
  readonly cache: string;
  /** Files of keys that people put there, whether they are there or not: the user's own comes first. */
  readonly keyFiles: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** How publishers are asked. Answers are kept, and asked for again only where they may have changed. */
export interface Asking extends Pick<AskingOptions, "mirror" | "index" | "github"> {
  /** A list of versions. @throws OmgError `index-unreachable`, `index-invalid` */
  list(address: string): Promise<unknown>;
  listText(address: string): Promise<string>;
  /**
   * A file that vouches for an archive. `what` it is, for people.
   * @throws OmgError `proof-missing` where there is none, `proof-unreachable`
   */
  proof(address: string, what: string): Promise<FetchedFile>;
  /** The same; undefined where there is none. */
  proofIfAny(address: string, what: string): Promise<FetchedFile | undefined>;
  /** Attestations of these bytes in a repository on GitHub: paths of bundles. @throws OmgError as `proof` */
  attestations(repository: string, digest: string): Promise<readonly string[]>;
  /** @throws OmgError `keys-unreachable` */
  keys(published: PublishedKeys): Promise<PublisherKeys>;
}

const MAX_LIST = 64 * 1024 * 1024;
const MAX_PROOF = 32 * 1024 * 1024;
const MAX_KEYS = 8 * 1024 * 1024;
const MOST_BUNDLES = 30;
/** Keys are renewed now and then. Milliseconds. */
const KEYS_FRESH = 24 * 3_600_000;
const PATIENCE = { connectMs: 20_000, stallMs: 30_000, retries: 2, backoffMs: 500 };

export function askingOf(options: AskingOptions): Asking {
  const { runtime, cache, github, now } = options;
  const get = (address: string, maxBytes: number, freshMs = 0) =>
    fetchedFile(address, cache, {
      ...PATIENCE,
      maxBytes,
      freshMs,
      now,
      routing: environmentRouting(options.env),
      headers: headersFor(address, options),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  const proofIfAny = async (address: string, what: string) => {
    try {
      return await get(address, MAX_PROOF);
    } catch (cause) {
      const failure = failureOf(cause);
      if (failure.isAbsent) return undefined;
      // It is verified whatever its age: an old one that holds is as good.
      const kept = keptCopy(address, cache);
      if (kept !== undefined) return kept;
      throw unreachable(runtime, "proof-unreachable", what, address, failure, options);
    }
  };
  const proof = async (address: string, what: string) => {
    const found = await proofIfAny(address, what);
    if (found === undefined) throw missing(runtime, what, address);
    return found;
  };
  const listText = async (address: string) => {
    try {
      return (await get(address, MAX_LIST)).bytes.toString("utf8");
    } catch (cause) {
      throw unreachable(runtime, "index-unreachable", "the list of versions", address, failureOf(cause), options);
    }
  };
  return {
    mirror: options.mirror,
    index: options.index,
    github,
    proof,
    proofIfAny,
    listText,
    list: async (address) => parsed(await listText(address), address),
    attestations: async (repository, digest) => {
      const address = `${github}/repos/${repository}/attestations/sha256:${digest}?per_page=${MOST_BUNDLES}`;
      const what = "the attestation of its build";
      const { bytes } = await proof(address, what);
      const bundles = bundlesIn(parsed(bytes.toString("utf8"), address));
      if (bundles.length === 0) throw missing(runtime, what, address);
      return bundles.map((bundle) => keepBundle(cache, bundle));
    },
    keys: (published) => keysOf(published, options, get),
  };
}

/** A token is for GitHub's own API; for another server that config.toml names, only one that says that it is for omg. */
function headersFor(address: string, { github, token, env }: AskingOptions): Readonly<Record<string, string>> {
  if (!URL.canParse(address) || !new URL(address).href.startsWith(`${github}/`)) return {};
  const own = env.OMG_GITHUB_TOKEN;
  const isGithub = new URL(github).origin === "https://api.github.com";
  const known = own ?? (isGithub ? token : undefined);
  return {
    accept: "application/vnd.github+json",
    ...(known === undefined || known === "" || !/^[!-~]{1,512}$/.test(known)
      ? {}
      : { authorization: `Bearer ${known}` }),
  };
}

async function keysOf(
  { address, fingerprints }: PublishedKeys,
  { keys: configured, keyFiles, cache, runtime }: AskingOptions,
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
  writeFileSync(file, bytes, { mode: 0o600 });
  return { published: { file, fingerprints }, own, place };
}

function isArmoured(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 5) === "-----";
}

function failureOf(cause: unknown): FetchFailure {
  if (cause instanceof FetchFailure) return cause;
  throw cause;
}

function parsed(text: string, address: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidIndex(address, "it is not JSON", cause);
  }
}

/** GitHub's REST API, "List attestations". */
function bundlesIn(answer: unknown): readonly object[] {
  const { attestations } = (answer ?? {}) as { readonly attestations?: unknown };
  if (!Array.isArray(attestations)) return [];
  return attestations
    .map((each) => (each as { readonly bundle?: unknown } | null)?.bundle)
    .filter((bundle): bundle is object => typeof bundle === "object" && bundle !== null)
    .slice(0, MOST_BUNDLES);
}

function keepBundle(cache: string, bundle: object): string {
  const text = JSON.stringify(bundle);
  const path = join(cache, `${sha256(text).slice(0, 32)}.sigstore.json`);
  makeFolder(cache, 0o700);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function shown(address: string): string {
  return stripControls(withoutCredentials(address));
}

export function invalidIndex(address: string, why: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "index-invalid",
    exit: "unreachable",
    message: `${shown(address)} answered with something else than what it should have: ${why}.`,
    state: "Nothing was changed.",
    hint: "Look at what is there; a mirror of your own is set by `mirror` under [runtimes] in config.toml.",
    cause,
  });
}

function missing(runtime: Runtime, what: string, address: string): OmgError {
  return new OmgError({
    code: "proof-missing",
    exit: "refused",
    message: `${what[0]?.toUpperCase()}${what.slice(1)} is not at ${shown(address)}, and ${runtime}'s publisher has one for each version.`,
    state: "Nothing was changed: without it nobody vouches for the archive.",
    hint: "If a mirror is set in config.toml, have it keep these files, too; otherwise take another version.",
  });
}

function unreachable(
  runtime: Runtime,
  code: string,
  what: string,
  address: string,
  failure: FetchFailure,
  { github }: AskingOptions,
): OmgError {
  const limited = [403, 429].includes(failure.answer?.status ?? 0) && address.startsWith(`${github}/`);
  const until = failure.answer?.retryAfterMs;
  const when = until === undefined ? "in an hour" : `in ${Math.max(1, Math.ceil(until / 60_000))} min`;
  return new OmgError({
    code: limited ? "rate-limited" : code,
    exit: "unreachable",
    message: `${what[0]?.toUpperCase()}${what.slice(1)} of ${runtime} could not be had: ${shown(address)}: ${failure.message}.`,
    state: "Nothing was changed.",
    hint: limited
      ? `GitHub answers only so many questions an hour. Try again ${when}, or set GITHUB_TOKEN: with a token it answers many more.`
      : "Try again when it answers; a mirror is set by `mirror` and `index` under [runtimes] in config.toml.",
    cause: failure,
  });
}

function withoutKeys(runtime: Runtime, address: string, place: string, answers: readonly unknown[]): OmgError {
  const reason = answers.find((answer) => answer instanceof FetchFailure)?.message ?? "it answered nothing";
  return new OmgError({
    code: "keys-unreachable",
    exit: "unreachable",
    message: `The keys of ${runtime}'s publisher could not be had: ${shown(address)}: ${reason}.`,
    state: "Nothing was changed.",
    hint: `Try again when it answers, or put the keys into ${place}.`,
  });
}
