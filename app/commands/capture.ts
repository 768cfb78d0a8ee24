import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { writeOwned } from "../../host/files.ts";
import { readPlatform } from "../../host/platform.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockProposal, Provider } from "../../schema/model/provider.ts";
import type { Observed } from "../../schema/model/resource.ts";
import type { Context, Selection } from "../context.ts";
import { keepEvidence } from "../evidence.ts";
import { refuseLaidOut } from "../laid-out.ts";
import { nameOfLock } from "../lock-file.ts";
import { type Proposals, pinsOf } from "../pinning.ts";
import { allProviders } from "../providers.ts";
import type { CaptureResult } from "../results.ts";
import { chooseProviders } from "../selection.ts";
import { readOnlyScope } from "../world.ts";
import { adopt } from "./adopt.ts";

type Sources = NonNullable<LockProposal["sources"]>;

export interface CaptureOptions extends Selection {
  /** Where to write; default: `omg.lock` in this folder. */
  readonly file?: string;
  /** Own what is captured from now on. */
  readonly adopt?: boolean;
  /** Replace a lock that is there. */
  readonly force?: boolean;
  /** Only show the text. */
  readonly print?: boolean;
}

/** Writes this machine down as a lock: what was asked for, and what all of it is pinned to. Owns nothing unless told to. */
export async function capture(ctx: Context, options: CaptureOptions): Promise<CaptureResult> {
  const path = resolve(ctx.cwd, options.file ?? "omg.lock");
  if (options.print !== true && options.force !== true && existsSync(path)) throw present(path);
  if (options.print !== true) refuseLaidOut(path);
  const { seen, notes } = await seenHere(ctx, options);
  const proposals = new Map([...seen].map(([provider, { proposal }]) => [provider, proposal] as const));
  if (options.print !== true) await keepEvidence(readOnlyScope(ctx, "system").store, proposals.values());
  const platform = readPlatform().platform;
  const text = await lockFrom(nameOfLock(ctx, path), platform, proposals);
  if (options.print !== true) writeOwned(path, text);
  const adopted = options.adopt === true && options.print !== true;
  if (adopted) await adopt(ctx, { ...options, lock: path, names: [], all: true });
  const pins = [...proposals.values()].flatMap((proposal) => proposal.pins);
  return {
    path,
    platform,
    requests: [...proposals.values()].reduce((sum, proposal) => sum + Object.keys(proposal.requests).length, 0),
    pins: pins.length,
    sources: Object.keys(sourcesOf(proposals)).length,
    withoutHash: pins.filter(({ pin }) => pin.sha256 === undefined).map(({ name }) => name),
    adopted,
    notes: [...notes, ...[...proposals.values()].flatMap((proposal) => proposal.notes)],
    text,
    written: options.print !== true,
  };
}

/** What a provider saw of the machine, and what a lock would say of that. */
export interface Seen {
  readonly observed: Observed;
  readonly proposal: LockProposal;
}

/** Looks at the machine with every provider that it has. */
export async function seenHere(
  ctx: Context,
  options: Selection,
): Promise<{ readonly seen: ReadonlyMap<Provider, Seen>; readonly notes: readonly string[] }> {
  const { providers, notes } = await chooseProviders(await allProviders(ctx), options, undefined);
  const seen = new Map<Provider, Seen>();
  for (const provider of providers) {
    const observed = await provider.observe();
    const { records } = readOnlyScope(ctx, provider.scope);
    seen.set(provider, { observed, proposal: await provider.propose({ observed, records }) });
  }
  return { seen, notes };
}

/** The text of a new lock that says what was proposed. */
export async function lockFrom(name: string, platform: string, proposals: Proposals): Promise<string> {
  const { newLock } = await import("../../schema/files/new-lock.ts");
  const { writePins } = await import("../../schema/files/pins-writer.ts");
  const sections: Record<string, LockProposal["requests"]> = {};
  for (const [{ name: provider, section = provider }, { requests }] of proposals)
    sections[section] = { ...sections[section], ...requests };
  return writePins(newLock({ name, sections, sources: sourcesOf(proposals) }), platform, pinsOf(proposals));
}

function sourcesOf(proposals: Proposals): Sources {
  return Object.fromEntries([...proposals.values()].flatMap((proposal) => Object.entries(proposal.sources ?? {})));
}

function present(path: string): OmgError {
  return new OmgError({
    code: "lock-present",
    exit: "error",
    message: `${path} is there already.`,
    state: "It was left as it is.",
    hint: "`omg lock` updates its pins, `omg env capture --print` shows what a capture would write, and --force replaces it.",
  });
}
