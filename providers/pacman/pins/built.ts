import type { BuilderPins, PackageBuilder } from "../../../schema/model/builder.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import { BUILT, desiredOf } from "../desired.ts";
import { answersAmong } from "../relations.ts";
import type { ProposalInput } from "./which.ts";

const NOTHING: BuilderPins = { pins: [], artifacts: [], notes: [] };

/** Pins of what is built here, by whoever builds it. Errors: those of the builder. */
export async function builtPins(
  lock: PlatformLock,
  { builder }: { readonly builder?: () => Promise<PackageBuilder> },
  { state, market, update }: ProposalInput,
): Promise<BuilderPins> {
  const requests = lock.packages[BUILT]?.packages ?? {};
  if (builder === undefined || Object.keys(requests).length === 0) return NOTHING;
  const offered = answersAmong(market.databases.mentioning(""));
  const installed = answersAmong(state.local.packages.values());
  return (await builder()).pin({
    requests,
    wanted: desiredOf(lock).wanted.filter(({ from }) => from === BUILT),
    isOffered: (relation) => offered.to(relation).length > 0,
    isMet: (relation) => installed.to(relation).length > 0,
    ...(update === undefined ? {} : { update }),
  });
}
