import { lstatSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { digestOf } from "../../host/canonical-json.ts";
import { makeFolder, readRegular } from "../../host/files.ts";
import { discard, passage } from "../../host/worker.ts";
import { takeLeases } from "../../reconciler/lease.ts";
import { note } from "../../reconciler/note.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleManifest, Received } from "../../schema/wire/bundle-schema.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import { readBundle } from "../../team/bundle/read.ts";
import { bundleFolder, readReceived, refuseOlder, withBundle, writeReceived } from "../../team/bundle/received.ts";
import { storeArtifacts } from "../bundle/artifacts.ts";
import type { FileDifference } from "../bundle/differences.ts";
import { closeLayout, compareWith, finish, layOut, layoutOf, openLayout, treeIn } from "../bundle/layout.ts";
import { alone, ownPaths, refuseElevated } from "../bundle/place.ts";
import { readUnpacked, refuseOtherLock } from "../bundle/received-bundle.ts";
import { type Passphrases, passphraseOf } from "../bundle/secrets.ts";
import { refuseUnknown, type SenderTrust, trustIn } from "../bundle/sender.ts";
import { type BundleSource, bytesFrom, formOf } from "../bundle/source.ts";
import type { Context } from "../context.ts";
import { refuseForeign } from "../own-files.ts";
import type { ApplyResult } from "../results.ts";
import { witnessesFor } from "../witness.ts";
import { readOnlyScope } from "../world.ts";
import { apply } from "./apply.ts";

export interface TeamReceiveOptions {
  readonly source: BundleSource;
  /** File of the secret key that it is for. */
  readonly key?: string;
  readonly passphrase: Passphrases;
  /** Key that the sender has, known from elsewhere. */
  readonly from?: string;
  readonly yes: boolean;
  readonly apply: boolean;
  /** Has the person recognise a sender that nothing here knows; absent where there is nobody to ask. */
  readonly recognise?: (bundle: ReceivedBundle) => Promise<boolean>;
  /** Asks the person; absent where there is nobody to ask. */
  readonly agree?: (bundle: ReceivedBundle) => Promise<boolean>;
}

/** A bundle that is whole and signed, and what it would do to the folder. */
export interface ReceivedBundle {
  readonly lock: string;
  /** Absolute. */
  readonly folder: string;
  readonly sender: { readonly key: string; readonly host: string; readonly trust: SenderTrust };
  /** RFC 3339. */
  readonly created: string;
  readonly files: readonly FileDifference[];
  readonly artifacts: { readonly count: number; readonly bytes: number };
}

export interface TeamReceiveResult extends ReceivedBundle {
  readonly outcome: "laid out" | "nothing" | "declined";
  readonly notes: readonly string[];
  /** Absent where the command ended before. */
  readonly apply?: ApplyResult;
}

/**
 * Verifies a bundle, lays it out in the folder once somebody agreed, and applies its lock. Until then it lies in a private folder, and whatever is
 * wrong with it leaves everything as it was.
 * @throws OmgError of docs/team-bundles.md
 */
export async function teamReceive(ctx: Context, options: TeamReceiveOptions): Promise<TeamReceiveResult> {
  refuseElevated(ctx);
  refuseForeign(ctx, ctx.cwd, "folder-of-another", "say what is installed here");
  const received = await alone(ctx, async () => {
    const incoming = join(bundleFolder(ownPaths(ctx).state), "incoming");
    const notes = finishEarlier(ctx, incoming);
    await discard(incoming);
    passage(incoming);
    makeFolder(treeIn(incoming), 0o700);
    try {
      return await receive(ctx, options, incoming, notes);
    } finally {
      if (openLayout(incoming) === undefined) await discard(incoming);
    }
  });
  if (received.outcome === "declined" || !options.apply) return received;
  const selection = { lock: join(ctx.cwd, "omg.lock"), yes: options.yes };
  return { ...received, apply: await apply(ctx, selection) };
}

async function receive(
  ctx: Context,
  options: TeamReceiveOptions,
  incoming: string,
  earlier: readonly string[],
): Promise<TeamReceiveResult> {
  const folder = ctx.cwd;
  const { state } = ownPaths(ctx);
  const known = readReceived(state);
  const admit = (manifest: BundleManifest) => {
    if (trustIn(folder, manifest, known, options.from) === "unknown" && options.recognise === undefined)
      refuseUnknown(manifest);
    refuseOlder(known, manifest);
  };
  const manifest = await readBundle(await plainBytes(ctx, options, incoming), treeIn(incoming), admit);
  const here = join(folder, "omg.lock");
  if (lstatSync(here, { throwIfNoEntry: false }) !== undefined) await refuseOtherLock(ctx, here, manifest);
  const { lock } = await readUnpacked(ctx, treeIn(incoming), manifest);
  const bundle = describe(folder, incoming, manifest, trustIn(folder, manifest, known, options.from));
  const declined = { ...bundle, outcome: "declined", notes: earlier } as const;
  if (bundle.sender.trust === "unknown" && (await options.recognise?.(bundle)) !== true) return declined;
  const same = bundle.files.every(({ state: each }) => each === "same");
  if (!same && !(await agreed(bundle, options))) return declined;
  ctx.signal.throwIfAborted();
  await log(ctx, bundle, manifest);
  const left = await storeArtifacts(ctx, lock, manifest, treeIn(incoming));
  layOut(incoming, layoutOf(folder, manifest, bundle.files, incoming), bundle.files);
  remember(ctx, known, manifest, bundle.sender.trust === "accepted" || bundle.sender.trust === "member");
  closeLayout(incoming);
  const unnamed =
    left === 0 ? [] : [`${left} of its artifacts are none that the lock names for this machine: not kept.`];
  return { ...bundle, outcome: same ? "nothing" : "laid out", notes: [...earlier, ...unnamed] };
}

/** Whose word it was stands in the log before any of it counts. Errors: those of the log. */
async function log(ctx: Context, { folder, sender }: ReceivedBundle, manifest: BundleManifest): Promise<void> {
  const scope = readOnlyScope(ctx, ctx.uid === 0 ? "system" : "user", await witnessesFor(ctx));
  const leases = await takeLeases({ scopes: [{ ...scope, providers: [] }] });
  try {
    const { lock, from, host, number } = manifest;
    const data = { lock, from, host, number, trust: sender.trust, manifest: digestOf(manifest) };
    note({ actor: ctx.user, host: hostname() }, scope, "bundle.accepted", folder, data);
  } finally {
    for (const lease of leases) lease.release();
  }
}

function remember(ctx: Context, known: Received, manifest: BundleManifest, before: boolean): void {
  writeReceived(ownPaths(ctx).state, withBundle(known, manifest, before ? undefined : ctx.now()));
}

async function plainBytes(
  ctx: Context,
  { source, key, passphrase }: TeamReceiveOptions,
  incoming: string,
): Promise<AsyncIterable<Uint8Array>> {
  const { form, bytes } = await formOf(await bytesFrom(ctx, source, join(incoming, "git")));
  if (form === "plain") return bytes;
  const { opened } = await import("../../team/bundle/envelope.ts");
  return opened(bytes, form === "armored", async (kind) => {
    if (key === undefined && kind === "key") throw needsKey();
    if (key === undefined) return { passphrase: await passphraseOf(ctx, passphrase, "Passphrase of the bundle: ") };
    const { secretKeyIn } = await import("../../team/bundle/keys.ts");
    const ask = () => passphraseOf(ctx, passphrase, `Passphrase of ${key}: `);
    return { key: await secretKeyIn(key, readRegular(resolve(ctx.cwd, key), 1 << 20), ask) };
  });
}

function describe(folder: string, incoming: string, manifest: BundleManifest, trust: SenderTrust): ReceivedBundle {
  const { lock, from, host, created, files } = manifest;
  const artifacts = files.filter(isArtifact);
  return {
    lock,
    folder,
    sender: { key: from, host, trust },
    created,
    files: compareWith(folder, incoming, manifest),
    artifacts: { count: artifacts.length, bytes: artifacts.reduce((sum, { size }) => sum + size, 0) },
  };
}

async function agreed(bundle: ReceivedBundle, { yes, agree }: TeamReceiveOptions): Promise<boolean> {
  if (yes) return true;
  if (agree !== undefined) return agree(bundle);
  throw new OmgError({
    code: "no-consent",
    exit: "consent",
    message: "There is nobody to ask whether this may be written here.",
    state: "Nothing was changed.",
    hint: "Run it at a terminal, or give --yes.",
  });
}

/** Finishes what an earlier run was cut off in. */
function finishEarlier(ctx: Context, incoming: string): readonly string[] {
  const layout = openLayout(incoming);
  if (layout === undefined) return [];
  const left = finish(incoming, layout);
  remember(ctx, readReceived(ownPaths(ctx).state), layout.manifest, true);
  closeLayout(incoming);
  const but = left.length === 0 ? "" : ` Changed meanwhile, and left as they are: ${left.join(", ")}.`;
  return [`An earlier bundle of ${layout.manifest.lock} was laid out to its end in ${layout.folder}.${but}`];
}

function needsKey(): OmgError {
  return new OmgError({
    code: "bundle-needs-key",
    exit: "refused",
    message: "The bundle is for the holder of an OpenPGP key.",
    state: "Nothing was changed.",
    hint: "Give the key with --key FILE, or have gpg open it: `gpg --decrypt FILE | omg team receive - --yes`.",
  });
}
