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

/** Releases of a repository, the newest first, drafts and prereleases left out. @throws OmgError `index-unreachable`, `index-invalid` */
export async function githubReleases(ask: Asking, address: string): Promise<readonly GithubRelease[]> {
  const answer = await ask.list(address);
  if (!Array.isArray(answer)) throw invalidIndex(address, "it is no list of releases");
  return answer.flatMap(releaseIn);
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
