import type { Release } from "../../schema/wire/release-schema.ts";

/** What a statement is held against. */
export interface Expected {
  readonly repository: string;
  readonly channel: string;
  readonly now: Date;
  /** The highest version that was believed here, and for which commit. */
  readonly before?: { readonly version: number; readonly commit: string };
}

/** Why a statement does not count, as code and sentence; undefined where it does. Pure. */
export function faultOf(
  { repository, channel, commit, version, expires }: Release,
  { repository: ours, channel: followed, now, before }: Expected,
): { readonly code: string; readonly detail: string } | undefined {
  if (repository !== ours || channel !== followed)
    return { code: "release-of-another", detail: `It is about ${channel} of ${repository}.` };
  if (new Date(expires) <= now) return { code: "release-expired", detail: `It ended at ${expires}.` };
  if (before === undefined || version > before.version) return undefined;
  if (version < before.version)
    return {
      code: "release-older",
      detail: `It has version ${version}, and ${before.version} was believed here before.`,
    };
  if (commit === before.commit) return undefined;
  return { code: "release-older", detail: `Version ${version} was believed here for commit ${before.commit}.` };
}
