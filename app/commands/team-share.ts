import { closeSync, createWriteStream, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { withoutCredentials } from "../../host/address.ts";
import { diskFullOr } from "../../host/disk.ts";
import { readRegular, syncFolder, temporarySibling } from "../../host/files.ts";
import { discard, passage } from "../../host/worker.ts";
import { OmgError } from "../../schema/error.ts";
import { parseMembers } from "../../schema/files/members.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { nextNumber } from "../../team/bundle/number.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import { bundleFolder } from "../../team/bundle/received.ts";
import { bundleBytes } from "../../team/bundle/write.ts";
import { ensureHostKey, type HostKey } from "../../team/host-key.ts";
import { type Contents, contentsOf } from "../bundle/contents.ts";
import { addressOf, type Endpoint, putBundle } from "../bundle/endpoint.ts";
import { type BundleRemote, pushBundle } from "../bundle/git.ts";
import { alone, ownPaths, refuseElevated } from "../bundle/place.ts";
import { newPassphrase, type Passphrases } from "../bundle/secrets.ts";
import { MEMBERS } from "../bundle/sender.ts";
import type { Context, Selection } from "../context.ts";
import { readLock } from "../lock-file.ts";
import { readPolicies } from "../policies.ts";

/** Where a bundle goes. */
export type BundleTarget =
  | { readonly type: "file"; readonly path: string; readonly force: boolean }
  | ({ readonly type: "git" } & BundleRemote)
  | ({ readonly type: "url" } & Endpoint);

export interface TeamShareOptions extends Selection {
  readonly target: BundleTarget;
  /** Files with the recipients' public keys; none: a passphrase opens it. */
  readonly to: readonly string[];
  readonly passphrase: Passphrases;
  readonly artifacts: boolean;
  readonly yes: boolean;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (bundle: SharedBundle) => Promise<boolean>;
}

/** What is about to leave this machine. */
export interface SharedBundle {
  readonly lock: string;
  /** This machine's key, for the receivers to compare. */
  readonly from: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** `missing`: named by the lock, and in no store here. */
  readonly artifacts: { readonly count: number; readonly bytes: number; readonly missing: number };
  /** Empty: whoever knows the passphrase. */
  readonly recipients: readonly { readonly fingerprint: string; readonly name: string }[];
  /** In words: a file, an address without a login. */
  readonly target: string;
  /** Whether the list of members that goes with it has this machine; absent where there is no list. */
  readonly listed?: boolean;
}

export interface TeamShareResult extends SharedBundle {
  readonly outcome: "sent" | "declined";
}

/**
 * Makes an encrypted bundle of a lock and what goes with it, and takes it where it should go. Secrets are looked for first.
 * @throws OmgError `elevated`, `secrets-found`, `not-shareable`, `recipient-invalid`, `file-exists`, `no-consent`, `push-failed`, `endpoint-failed`
 */
export async function teamShare(ctx: Context, options: TeamShareOptions): Promise<TeamShareResult> {
  const { target } = options;
  refuseElevated(ctx);
  refuseTarget(ctx, target);
  const found = await readLock(ctx, options);
  await readPolicies(ctx, found.lock.path);
  const contents = await contentsOf(ctx, found, options.artifacts);
  const { recipientsIn } = await import("../../team/bundle/keys.ts");
  const given = options.to.map((path) => recipientsIn(path, readRegular(resolve(ctx.cwd, path), 1 << 20)));
  const recipients = (await Promise.all(given)).flat();
  const key = ensureHostKey(ownPaths(ctx).data);
  const bundle = describe(found.lock.name, key, contents, recipients, target);
  if (!(await agreed(bundle, options))) return { ...bundle, outcome: "declined" };
  const lid =
    recipients.length > 0
      ? { keys: recipients.map((recipient) => recipient.key) }
      : { passphrase: await newPassphrase(ctx, options.passphrase) };
  await alone(ctx, async () => {
    const manifest = manifestOf(ctx, found.lock.name, key, contents);
    const { sealed } = await import("../../team/bundle/envelope.ts");
    const bytes = await sealed(bundleBytes(manifest, key, contents.source), lid);
    await deliver(ctx, target, manifest, bytes);
  });
  return { ...bundle, outcome: "sent" };
}

function refuseTarget(ctx: Context, target: BundleTarget): void {
  if (target.type === "url") addressOf(target);
  if (target.type !== "file" || target.force || !existsSync(resolve(ctx.cwd, target.path))) return;
  throw new OmgError({
    code: "file-exists",
    exit: "error",
    message: `${target.path} is there already.`,
    state: "Nothing was written.",
    hint: "Name another file, or give --force to replace it.",
  });
}

function manifestOf(ctx: Context, lock: string, key: HostKey, { files }: Contents): BundleManifest {
  const host =
    hostname()
      .replace(/[^ -~]/g, "?")
      .slice(0, 200) || "unnamed";
  const number = nextNumber(ownPaths(ctx).data, ctx.now());
  return {
    format: "omg-bundle-1",
    lock,
    from: key.open,
    host,
    number,
    created: ctx.now().toISOString(),
    files: [...files],
  };
}

async function deliver(
  ctx: Context,
  target: BundleTarget,
  { lock }: BundleManifest,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (target.type === "file") return writeWhole(ctx, bytes, resolve(ctx.cwd, target.path));
  const outgoing = join(bundleFolder(ownPaths(ctx).state), "outgoing");
  await discard(outgoing);
  passage(outgoing);
  try {
    const file = join(outgoing, "bundle");
    await writeWhole(ctx, bytes, file);
    if (target.type === "url") await putBundle(ctx, target, file);
    else await pushBundle(ctx, target, lock, file, join(outgoing, "git"));
  } finally {
    await discard(outgoing);
  }
}

/** For this user only, and under its name once it is whole. */
async function writeWhole(ctx: Context, bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const temporary = temporarySibling(path);
  try {
    const out = createWriteStream(temporary, { flags: "wx", mode: 0o600 });
    await pipeline(Readable.from(bytes), out, { signal: ctx.signal });
    const fd = openSync(temporary, "r");
    fsyncSync(fd);
    closeSync(fd);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw diskFullOr(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function describe(
  lock: string,
  key: HostKey,
  { files, missing, source }: Contents,
  recipients: SharedBundle["recipients"],
  target: BundleTarget,
): SharedBundle {
  const artifacts = files.filter(isArtifact);
  const members = source(MEMBERS).toString("utf8");
  return {
    lock,
    from: key.open,
    files: files.filter((file) => !isArtifact(file)).map(({ path, size }) => ({ path, size })),
    artifacts: { count: artifacts.length, bytes: artifacts.reduce((sum, { size }) => sum + size, 0), missing },
    recipients: recipients.map(({ fingerprint, name }) => ({ fingerprint, name })),
    ...(members === ""
      ? {}
      : { listed: parseMembers({ path: MEMBERS, text: members }).some((each) => each.key === key.open) }),
    target:
      target.type === "file" ? target.path : withoutCredentials(target.type === "git" ? target.remote : target.url),
  };
}

async function agreed(bundle: SharedBundle, { yes, agree }: TeamShareOptions): Promise<boolean> {
  if (yes) return true;
  if (agree !== undefined) return agree(bundle);
  throw new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this may leave the machine.",
    state: "Nothing left this machine.",
    hint: "Run it at a terminal, or give --yes.",
  });
}
