import type { VersionRequest } from "../../../schema/runtimes/request.ts";
import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";
import type { PublishedKeys } from "../keys.ts";
import type { Machine } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

/** https://adoptium.net/installation/linux: who signs Temurin. */
const KEYS: PublishedKeys = {
  address: "https://packages.adoptium.net/artifactory/api/gpg/key/public",
  fingerprints: ["3B04D753C9050D9A5D343F39843C48A565F8F04B"],
};

/** Releases that one answer holds, and how many answers are looked at. */
const PAGE = 20;
const MOST_PAGES = 10;

interface Release {
  readonly version: string;
  readonly lts?: string;
  readonly link: string;
  readonly filename: string;
  readonly sha256: string;
  readonly size: number;
  readonly signature: string;
}

/** Eclipse Temurin by Adoptium's API (https://api.adoptium.net): a version has its build behind it, `21.0.5+11`. */
export const java: Publisher = {
  name: "Eclipse Temurin",
  origin: "adoptium.net",
  mirror: "https://api.adoptium.net",
  index: ({ mirror }) => `${mirror}/v3/info/available_releases`,
  layout: { format: "tar.gz", strip: 1 },
  versions: async (ask, machine, request) => {
    const known = await lines(ask);
    const of = (line: number) => releases(ask, machine, line, known.lasting);
    if (request?.type !== "latest") return (await Promise.all(linesFor(known, request).map(of))).flat();
    // The newest line may not have been built for every machine yet.
    for (const line of known.all) {
      const found = await of(line);
      if (found.length > 0) return found;
    }
    return [];
  },
  published: async (ask, machine, version) => {
    const { lasting } = await lines(ask);
    const line = Number(/^\d+/.exec(version)?.[0]);
    const found = (await releases(ask, machine, line, lasting)).find((each) => each.version === version);
    if (found === undefined) return undefined;
    const { path } = await ask.proof(found.signature, "the signature over the archive");
    const { link: url, filename, sha256, size, lts } = found;
    const proof = { type: "signed", signature: path, keys: await ask.keys(KEYS) } as const;
    return { version, url, filename, sha256, size, proof, ...(lts === undefined ? {} : { lts }) };
  },
};

interface Lines {
  /** Major versions, the newest first. */
  readonly all: readonly number[];
  /** Those of long-term support. */
  readonly lasting: readonly number[];
}

async function lines(ask: Asking): Promise<Lines> {
  const answer = ((await ask.list(ask.index)) ?? {}) as Readonly<Record<string, unknown>>;
  const numbers = (value: unknown) =>
    Array.isArray(value) ? value.filter((each): each is number => Number.isInteger(each)).sort((a, b) => b - a) : [];
  const found = { all: numbers(answer.available_releases), lasting: numbers(answer.available_lts_releases) };
  if (found.all.length === 0) throw invalidIndex(ask.index, "it names no releases");
  return found;
}

function linesFor({ all, lasting }: Lines, request: VersionRequest | undefined): readonly number[] {
  if (request?.type === "version") return [Number(/^\d+/.exec(request.text)?.[0])].filter((line) => all.includes(line));
  return request?.type === "lts" ? lasting : all;
}

/** Releases of one major version for this machine. */
async function releases(
  { mirror, list }: Asking,
  { arch, libc }: Machine,
  line: number,
  lasting: readonly number[],
): Promise<readonly Release[]> {
  const query = new URLSearchParams({
    os: libc === "musl" ? "alpine-linux" : "linux",
    architecture: arch === "x64" ? "x64" : "aarch64",
    image_type: "jdk",
    jvm_impl: "hotspot",
    heap_size: "normal",
    vendor: "eclipse",
    page_size: String(PAGE),
    sort_order: "DESC",
  });
  const found: Release[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const address = `${mirror}/v3/assets/feature_releases/${line}/ga?${query}&page=${page}`;
    const answer = await list(address);
    if (!Array.isArray(answer)) throw invalidIndex(address, "it is no list of releases");
    found.push(...answer.flatMap((release) => releaseIn(release, lasting.includes(line))));
    if (answer.length < PAGE) break;
  }
  return found;
}

function releaseIn(release: unknown, lasts: boolean): readonly Release[] {
  const { version_data: data, binaries } = (release ?? {}) as Readonly<Record<string, unknown>>;
  const version = versionOf(data);
  if (version === undefined || !Array.isArray(binaries)) return [];
  return binaries.flatMap((binary: { readonly package?: unknown } | null) => {
    const {
      name,
      link,
      size,
      checksum,
      signature_link: signature,
    } = (binary?.package ?? {}) as Readonly<Record<string, unknown>>;
    const isSound =
      typeof name === "string" &&
      /^OpenJDK[\w.+-]+\.tar\.gz$/.test(name) &&
      typeof checksum === "string" &&
      /^[0-9a-f]{64}$/.test(checksum) &&
      Number.isSafeInteger(size);
    if (!isSound || !isAddress(link) || !isAddress(signature)) return [];
    return [
      { version, link, filename: name, sha256: checksum, size: Number(size), signature, ...(lasts ? { lts: "" } : {}) },
    ];
  });
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\/[!-~]{1,2000}$/.test(value);
}

/** Java's own scheme (JEP 322), with the build behind it. */
function versionOf(data: unknown): string | undefined {
  const { major, minor, security, patch, build } = (data ?? {}) as Readonly<Record<string, unknown>>;
  const numbers = [major, minor, security, ...(patch === undefined || patch === null || patch === 0 ? [] : [patch])];
  if (![...numbers, build].every((each) => Number.isInteger(each))) return undefined;
  return `${numbers.join(".")}+${String(build)}`;
}
