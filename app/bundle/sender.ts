import { join } from "node:path";
import { parseMembers } from "../../schema/files/members.ts";
import type { BundleManifest, Received } from "../../schema/wire/bundle-schema.ts";
import { refusal } from "../../team/bundle/errors.ts";
import { readTextFile } from "../text-file.ts";

/** Why a sender counts: named by `--from`, listed in the team's members, accepted before; `unknown`: a person has to say so. */
export type SenderTrust = "named" | "member" | "accepted" | "unknown";

const LARGEST = 1 << 20;
export const MEMBERS = ".omg/members.toml";

/**
 * Whether the machine that made a bundle counts for this folder. Where the folder has a list of members, that list alone decides, so that whoever
 * was taken from it is out; a key that somebody names counts above all.
 * @throws OmgError `bundle-other-sender`, `bundle-unknown-sender`, `members-invalid`
 */
export function trustIn(
  folder: string,
  { from, host }: BundleManifest,
  received: Received,
  named: string | undefined,
): SenderTrust {
  if (named !== undefined && named !== from)
    throw refusal(
      "bundle-other-sender",
      `The bundle is from ${from} (${host}), and not from ${named}.`,
      "Compare the key with the sender's: `omg team share` shows it.",
    );
  if (named !== undefined) return "named";
  const path = join(folder, MEMBERS);
  const text = readTextFile(path, LARGEST);
  if (text === undefined) return Object.hasOwn(received.senders, from) ? "accepted" : "unknown";
  if (parseMembers({ path, text }).some(({ key }) => key === from)) return "member";
  throw refusal(
    "bundle-unknown-sender",
    `The bundle is from ${from} (${host}), which ${path} does not list.`,
    "If you know that key otherwise, name it: --from KEY.",
  );
}

/** Where nobody can be asked, who is unknown does not count. */
export function refuseUnknown({ from, host }: BundleManifest): void {
  throw refusal(
    "bundle-unknown-sender",
    `The bundle is from ${from} (${host}), a machine that nothing here knows.`,
    "Compare the key with the sender's by another way, then name it: --from KEY.",
  );
}
