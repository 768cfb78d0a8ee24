import { stripControls } from "../../host/text.ts";
import type { VerifiedSource } from "../source/verify.ts";

/** Who vouches for what a team's repository says. */
export interface Vouching {
  readonly team: string;
  readonly channel: string;
  readonly commit: string;
  readonly subject: string;
  /** Who signed the newest commit. */
  readonly by: string;
  readonly verified: number;
  /** Version of the trust document in force, and until when it counts. */
  readonly version: number;
  readonly expires?: string;
  /** How many of its trust keys a later one takes. */
  readonly threshold: number;
  /** Owner and roles of each key. */
  readonly keys: readonly { readonly owner: string; readonly fingerprint: string; readonly roles: readonly string[] }[];
}

export function vouchingOf({ settings, name, by, count, commit, chain }: VerifiedSource): Vouching {
  const trust = chain?.at(-1);
  if (trust === undefined) throw new Error("a team's repository has trust documents");
  return {
    team: trust.team,
    channel: settings.channel,
    commit: name,
    subject: stripControls(Buffer.from(commit.subject, "latin1").toString("utf8")).slice(0, 100),
    by,
    verified: count,
    version: trust.version,
    ...(trust.expires === undefined ? {} : { expires: trust.expires }),
    threshold: trust.threshold,
    keys: Object.entries(trust.keys).map(([fingerprint, { owner }]) => ({
      owner: stripControls(owner),
      fingerprint,
      roles: Object.entries(trust.roles).flatMap(([role, holders]) => (holders.includes(fingerprint) ? [role] : [])),
    })),
  };
}
