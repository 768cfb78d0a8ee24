import { copyFileSync, createReadStream } from "node:fs";
import { join } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { openRegular } from "../../host/files.ts";
import { git, gitOk } from "../../host/git.ts";
import { addressOfRemote } from "../../host/git-head.ts";
import { type Mirror, openMirror } from "../../host/git-mirror.ts";
import type { SshMeans } from "../../host/git-ssh.ts";
import { give } from "../../host/worker.ts";
import { OmgError } from "../../schema/error.ts";
import { isRepositoryAddress } from "../../schema/files/addresses.ts";
import { refusal } from "../../team/bundle/errors.ts";
import { readConfig } from "../config.ts";
import type { Context } from "../context.ts";

/** A git repository that bundles go through. */
export interface BundleRemote {
  /** An address, or the name of a remote of the repository that the folder lies in. */
  readonly remote: string;
  /** For an `ssh:` address; default: those of `[daemon]` in config.toml. */
  readonly sshKey?: string;
  readonly knownHosts?: string;
}

const FILE = "bundle.omg";
/** With what it was not asked for. Bytes. */
const LARGEST = 70 * 2 ** 30;
/** Whoever made it stands in the bundle, signed. */
const NOBODY = { NAME: "omg", EMAIL: "omg@localhost" };
const IDENTITY = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((role) => Object.entries(NOBODY).map(([what, is]) => [`GIT_${role}_${what}`, is])),
);

const refOf = (lock: string) => `refs/omg/bundles/${lock}`;

/** Replaces the bundle of this lock in the repository: one commit without a past, under a name that is nobody's branch. */
export async function pushBundle(
  ctx: Context,
  to: BundleRemote,
  lock: string,
  file: string,
  folder: string,
): Promise<string> {
  const mirror = await mirrorOf(ctx, to, folder);
  const own = join(folder, "handed-over");
  copyFileSync(file, own);
  give(own);
  const how = { folder: mirror.folder, config: ["core.compression=0"], env: IDENTITY, signal: ctx.signal };
  const blob = (await gitOk(["hash-object", "-w", "--no-filters", "--", own], how)).trim();
  const tree = (await gitOk(["mktree"], { ...how, input: `100644 blob ${blob}\t${FILE}\n` })).trim();
  const commit = (await gitOk(["commit-tree", tree, "-m", `omg bundle of ${lock}`], how)).trim();
  await mirror.push([`${commit}:${refOf(lock)}`], ctx.signal);
  return refOf(lock);
}

/** The bytes of the newest bundle of this lock. @param folder private, where they lie meanwhile */
export async function fetchBundle(
  ctx: Context,
  from: BundleRemote,
  lock: string,
  folder: string,
): Promise<AsyncIterable<Uint8Array>> {
  const mirror = await mirrorOf(ctx, from, folder);
  await mirror.fetch([`+${refOf(lock)}:${refOf(lock)}`], ctx.signal);
  const how = { folder: mirror.folder, signal: ctx.signal, largest: LARGEST };
  const blob = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${refOf(lock)}:${FILE}`], how);
  if (blob.code !== 0)
    throw refusal("bundle-damaged", `${refOf(lock)} holds no ${FILE}.`, "Have it sent again: `omg team share`.");
  const name = (await gitOk(["unpack-file", blob.stdout.trim()], how)).trim();
  return createReadStream("", { fd: openRegular(join(mirror.folder, name)) });
}

async function mirrorOf(ctx: Context, { remote, ...means }: BundleRemote, folder: string): Promise<Mirror> {
  const address = isRepositoryAddress(remote) ? remote : addressOfRemote(ctx.cwd, remote);
  if (address === undefined || !isRepositoryAddress(address)) throw noAddress(remote, address);
  const ssh = address.startsWith("ssh:") ? await sshMeans(ctx, means) : undefined;
  return openMirror({
    folder,
    address,
    strict: true,
    protocols: "https:ssh:http:file",
    largest: LARGEST,
    ...(ssh === undefined ? {} : { ssh }),
  });
}

async function sshMeans(ctx: Context, means: Omit<BundleRemote, "remote">): Promise<SshMeans> {
  const config = (await readConfig(ctx, ctx.uid === 0 ? "system" : "user"))?.daemon;
  const [key, knownHosts] = [means.sshKey ?? config?.["ssh-key"], means.knownHosts ?? config?.["known-hosts"]];
  if (key !== undefined && knownHosts !== undefined) return { key, knownHosts };
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: "An ssh address needs a key and the keys of its server.",
    state: "Nothing was changed.",
    hint: "Give --ssh-key FILE and --known-hosts FILE, or have both in config.toml below [daemon].",
  });
}

function noAddress(remote: string, address: string | undefined): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message:
      address === undefined
        ? `${remote} is neither a remote of the repository here nor an address.`
        : `The remote ${remote} has an address that omg does not speak: ${withoutCredentials(address)}.`,
    state: "Nothing was changed.",
    hint: "Addresses are such as https://host/team.git, ssh://git@host/team.git and file:///srv/team.git.",
  });
}
