import { join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import { type FetchedFile, fetchedFile, keptCopy } from "../../host/fetched-file.ts";
import { makeFolder, writeSoon } from "../../host/files.ts";
import { environmentRouting } from "../../host/proxy.ts";
import type { PublisherKeys } from "../../schema/model/artifact.ts";
import { failureOf, invalidIndex, missing, unreachable } from "./failures.ts";
import { type KeyOptions, keysOf, type PublishedKeys } from "./keys.ts";

/** Addresses of one runtime as config.toml has them, and what is known besides. */
export interface AskingOptions extends KeyOptions {
  /** Without a slash at the end. */
  readonly mirror: string;
  readonly index: string;
  /** Of GitHub's API, without a slash at the end. */
  readonly github: string;
  /** For that server, and for no other. */
  readonly token?: string;
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
const MOST_BUNDLES = 30;
/** Some lists have ten megabytes, and not every line is fast; what trickles is given up earlier. */
const PATIENCE = { connectMs: 20_000, stallMs: 30_000, retries: 2, backoffMs: 500, overallMs: 300_000 };

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
      throw unreachable(runtime, "proof-unreachable", what, address, failure, github);
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
      throw unreachable(runtime, "index-unreachable", "the list of versions", address, failureOf(cause), github);
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
  writeSoon(path, text, 0o600);
  return path;
}
