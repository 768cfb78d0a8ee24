import type { Records } from "../../../schema/model/provider.ts";
import type { Observed, ObservedResource } from "../../../schema/model/resource.ts";
import { buildsIn, type Market } from "../offers/market.ts";
import { installedPin, type Proposed, unknownHashes } from "./pins.ts";

export interface CaptureInput {
  readonly market: Market;
  readonly observed: Observed;
  readonly records: Records;
}

/** A lock that describes this machine: what was asked for as requests, everything installed as pins. Pure. */
export function proposeCapture({ observed, market, records }: CaptureInput): Proposed {
  const found = [...observed.resources.values()].filter(({ health }) => health === "installed");
  const asked = found.filter(({ requested }) => requested);
  const build = buildsIn(market, records);
  const pins = found.map((resource) => ({
    name: resource.name,
    pin: installedPin(resource, build),
    auto: !resource.requested,
  }));
  return {
    requests: Object.fromEntries(asked.map((resource) => [resource.name, requestFor(resource)])),
    pins,
    notes: unknownHashes(pins),
  };
}

function requestFor({ attributes }: ObservedResource): { version: string; hold?: true } {
  return attributes.hold === true ? { version: "*", hold: true } : { version: "*" };
}
