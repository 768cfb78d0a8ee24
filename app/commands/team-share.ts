import { hostname } from "node:os";
import { resolve } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { readRegular } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { parseMembers } from "../../schema/files/members.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { nextNumber } from "../../team/bundle/number.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import { bundleBytes } from "../../team/bundle/write.ts";
import { ensureHostKey, type HostKey } from "../../team/host-key.ts";
import { type Contents, contentsOf } from "../bundle/contents.ts";
import { type BundleTarget, deliver, refuseTarget } from "../bundle/deliver.ts";
import { alone, ownPaths, refuseElevated } from "../bundle/place.ts";
import { newPassphrase, type Passphrases } from "../bundle/secrets.ts";
import { MEMBERS } from "../bundle/sender.ts";
import type { Context, Selection } from "../context.ts";
import { readLock } from "../lock-file.ts";
import { readPolicies } from "../policies.ts";

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
