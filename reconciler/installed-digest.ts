import { sha256 } from "../host/digest.ts";
import type { Observed } from "../schema/model/resource.ts";

/** Hex SHA-256 over every installed version, whoever asks in whatever order: the same for as long as nothing comes or goes. */
export function installedDigest(observed: Iterable<Observed>): string {
  const lines = [...observed].flatMap(({ provider, resources }) =>
    [...resources.values()].flatMap(({ name, health, attributes }) =>
      health === "residual" || typeof attributes.version !== "string"
        ? []
        : [`${provider} ${name} ${attributes.version}\n`],
    ),
  );
  return sha256(lines.sort().join(""));
}
