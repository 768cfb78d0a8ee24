import { lstatSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../host/files.ts";
import { discard, passage } from "../../host/worker.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleManifest } from "../../schema/wire/bundle-schema.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import { readBundle } from "../../team/bundle/read.ts";
import { bundleFolder, readReceived, refuseOlder } from "../../team/bundle/received.ts";
import { finishEarlier, logBundle, remember } from "../bundle/accepted.ts";
import { storeArtifacts } from "../bundle/artifacts.ts";
import type { FileDifference } from "../bundle/differences.ts";
import { closeLayout, compareWith, layOut, layoutOf, openLayout, treeIn } from "../bundle/layout.ts";
import { type Opening, openedBytes } from "../bundle/opening.ts";
import { alone, ownPaths, refuseElevated } from "../bundle/place.ts";
import { readUnpacked, refuseOtherLock } from "../bundle/received-bundle.ts";
import { refuseUnknown, type SenderTrust, trustIn } from "../bundle/sender.ts";
import type { Context } from "../context.ts";
import { refuseForeign } from "../own-files.ts";
import type { ApplyResult } from "../results.ts";
import { apply } from "./apply.ts";

export interface TeamReceiveOptions extends Opening {
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
  const manifest = await readBundle(await openedBytes(ctx, options, incoming), treeIn(incoming), admit);
  const here = join(folder, "omg.lock");
  if (lstatSync(here, { throwIfNoEntry: false }) !== undefined) await refuseOtherLock(ctx, here, manifest);
  const { lock } = await readUnpacked(ctx, treeIn(incoming), manifest);
  const bundle = describe(folder, incoming, manifest, trustIn(folder, manifest, known, options.from));
  const declined = { ...bundle, outcome: "declined", notes: earlier } as const;
  if (bundle.sender.trust === "unknown" && (await options.recognise?.(bundle)) !== true) return declined;
  const same = bundle.files.every(({ state: each }) => each === "same");
  if (!same && !(await agreed(bundle, options))) return declined;
  ctx.signal.throwIfAborted();
  await logBundle(ctx, folder, bundle.sender.trust, manifest);
  const left = await storeArtifacts(ctx, lock, manifest, treeIn(incoming));
  layOut(incoming, layoutOf(folder, manifest, bundle.files, incoming), bundle.files);
  remember(ctx, known, manifest, bundle.sender.trust === "accepted" || bundle.sender.trust === "member");
  closeLayout(incoming);
  const unnamed =
    left === 0 ? [] : [`${left} of its artifacts are none that the lock names for this machine: not kept.`];
  return { ...bundle, outcome: same ? "nothing" : "laid out", notes: [...earlier, ...unnamed] };
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
