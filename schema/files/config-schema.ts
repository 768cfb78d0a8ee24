import { z } from "zod";
import { absolutePath, snapshotAddress, sourceName, webAddress } from "./names.ts";

/** config.toml: how omg works here. It grows with what omg can do. */
export const configSchema = z
  .strictObject({
    apt: z
      .strictObject({
        config: absolutePath
          .exactOptional()
          .describe("Configuration file for apt, as APT_CONFIG. Counts only where root itself runs omg."),
        snapshots: z
          .record(sourceName, z.union([snapshotAddress, z.literal(false)]))
          .exactOptional()
          .describe(
            "Addresses of snapshot archives by name of the source, with @SNAPSHOTID@ for the time; false: read it as it is now.",
          ),
      })
      .exactOptional(),
    provenance: z
      .strictObject({
        github: z
          .union([z.boolean(), webAddress])
          .exactOptional()
          .describe(
            "Asks GitHub for the attestations of what policy pins to a repository there; an address: that of another server's API.",
          ),
        rekor: z
          .union([z.boolean(), webAddress])
          .exactOptional()
          .describe(
            "Asks the transparency log for what policy has rules about, by its hash; an address: that of another log.",
          ),
      })
      .exactOptional(),
    trust: z
      .strictObject({
        address: webAddress
          .exactOptional()
          .describe(
            "TUF repository that the trust root for provenance is refreshed from. Default: Sigstore's public one.",
          ),
      })
      .exactOptional(),
  })
  .meta({ title: "config.toml: how omg works here" });

export type Config = z.infer<typeof configSchema>;
