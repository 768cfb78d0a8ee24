import { dirname, join, relative } from "node:path";
import { readRegular } from "../../host/files.ts";
import { parseMembers } from "../../schema/files/members.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { refusal } from "../../team/bundle/errors.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import type { Context } from "../context.ts";
import { type FoundLock, readLockAt } from "../lock-file.ts";
import { readPolicies } from "../policies.ts";
import { MEMBERS } from "./sender.ts";

/**
 * Reads what a bundle brought, as it would be read in its place, before anything of it gets there.
 * @param tree where it was unpacked
 * @throws OmgError `bundle-files` where it holds what does not belong to its lock, or lacks what does; `bundle-of-another`; `lock-invalid`,
 * `policy-invalid`, `members-invalid`
 */
export async function readUnpacked(ctx: Context, tree: string, manifest: BundleManifest): Promise<FoundLock> {
  const paths = manifest.files.filter((file) => !isArtifact(file)).map(({ path }) => path);
  if (!paths.includes("omg.lock")) throw otherFiles("it has no omg.lock");
  const found = await readLockAt(ctx, join(tree, "omg.lock"), "drop");
  if (found.lock.name !== manifest.lock)
    throw ofAnother(`is announced as ${manifest.lock}, and its lock is ${found.lock.name}`);
  const wanted = new Set([
    "omg.lock",
    "policy.toml",
    ...found.includes.map((path) => relative(dirname(found.lock.path), path)),
  ]);
  const extra = paths.find((path) => !wanted.has(path) && !path.startsWith(".omg/"));
  if (extra !== undefined) throw otherFiles(`${extra} does not belong to its lock`);
  const lacking = [...wanted].find((path) => path !== "policy.toml" && !paths.includes(path));
  if (lacking !== undefined) throw otherFiles(`its lock includes ${lacking}, which it lacks`);
  await readPolicies(ctx, found.lock.path);
  if (paths.includes(MEMBERS))
    parseMembers({ path: MEMBERS, text: readRegular(join(tree, MEMBERS), 1 << 20).toString("utf8") });
  return found;
}

/** @throws OmgError `bundle-of-another` where the folder has a lock of another name */
export async function refuseOtherLock(ctx: Context, path: string, { lock }: BundleManifest): Promise<void> {
  const name = (await readLockAt(ctx, path, "drop")).lock.name;
  if (name !== lock) throw ofAnother(`is for the lock ${lock}, and ${path} is ${name}`);
}

function ofAnother(what: string): Error {
  return refusal(
    "bundle-of-another",
    `The bundle ${what}.`,
    "Receive it in the folder that it is for, or in an empty one.",
  );
}

function otherFiles(what: string): Error {
  return refusal(
    "bundle-files",
    `The bundle is not what omg makes: ${what}.`,
    "Do not use it, and ask whoever sent it.",
  );
}
