import type { LockProposal, PinProposal } from "../../../schema/model/provider.ts";
import type { Observed } from "../../../schema/model/resource.ts";
import type { Market } from "../sync/market.ts";
import { pinTo, unknownHashes } from "./pin.ts";

/** A lock that describes this machine: what was asked for as requests, everything installed as pins. */
export async function proposeCapture(observed: Observed, market: Market): Promise<LockProposal> {
  const found = [...observed.resources.values()].filter(({ health }) => health === "installed");
  const pins: PinProposal[] = [];
  for (const { name, attributes, requested } of found) {
    const version = String(attributes.version);
    pins.push({ name, pin: pinTo(version, await market.build(name, version)), auto: !requested });
  }
  const asked = found.filter(({ requested }) => requested).map(({ name }) => [name, { version: "*" }] as const);
  return {
    requests: Object.fromEntries(asked),
    pins,
    indexes: {},
    notes: [...unknownHashes(pins), ...broken(observed), ...foreign(observed)],
  };
}

/** Who built them, and from what, nobody wrote down; whether the AUR has the name says nothing of it. */
function foreign({ resources }: Observed): readonly string[] {
  const names = [...resources.values()].filter((found) => found.foreign === true).map(({ name }) => name);
  if (names.length === 0) return [];
  const list = names.slice(0, 20).join(", ") + (names.length > 20 ? ` and ${names.length - 20} more` : "");
  return [
    `in no repository: ${list}. Those from the AUR belong under \`aur:\`; \`omg lock\` then shows their recipes and asks`,
  ];
}

function broken({ resources }: Observed): readonly string[] {
  const names = [...resources.values()].filter(({ health }) => health !== "installed").map(({ name }) => name);
  return names.length === 0 ? [] : [`left out, because it is half done or cannot be read: ${names.join(", ")}`];
}
