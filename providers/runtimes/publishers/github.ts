import type { Asking } from "../asking.ts";
import { invalidIndex } from "../failures.ts";

/** A release as GitHub's REST API has it ("List releases"), as far as omg reads it. */
export interface GithubRelease {
  readonly tag: string;
  readonly assets: readonly {
    readonly name: string;
    readonly size?: number;
    /** Hex; absent for what was uploaded before GitHub kept them. */
    readonly sha256?: string;
  }[];
}

/** Answers that are looked at, of as many releases as the address asks for (GitHub's REST API, "Using pagination"). */
const MOST_PAGES = 10;

/** Releases that the index lists, drafts and prereleases left out. @throws OmgError `index-unreachable`, `index-invalid` */
export async function githubReleases(ask: Asking): Promise<readonly GithubRelease[]> {
  if (!URL.canParse(ask.index)) throw invalidIndex(ask.index, "it is no address");
  const address = new URL(ask.index);
  const size = Number(address.searchParams.get("per_page") ?? Number.POSITIVE_INFINITY);
  const found: GithubRelease[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    if (page > 1) address.searchParams.set("page", String(page));
    const answer = await ask.list(address.href);
    if (!Array.isArray(answer)) throw invalidIndex(address.href, "it is no list of releases");
    found.push(...answer.flatMap(releaseIn));
    if (answer.length < size) break;
  }
  return found;
}

function releaseIn(value: unknown): readonly GithubRelease[] {
  const { tag_name: tag, draft, prerelease, assets } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof tag !== "string" || draft === true || prerelease === true || !Array.isArray(assets)) return [];
  return [{ tag, assets: assets.flatMap(assetIn) }];
}

function assetIn(value: unknown): GithubRelease["assets"] {
  const { name, size, digest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || !/^[\w.+-]{1,200}$/.test(name)) return [];
  const [, sha256] = /^sha256:([0-9a-f]{64})$/.exec(typeof digest === "string" ? digest : "") ?? [];
  return [
    {
      name,
      ...(typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
  ];
}
