import { z } from "zod";
import { absolutePath, dumpAddress, snapshotAddress, sourceName, webAddress } from "./names.ts";

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
    advisories: z
      .strictObject({
        osv: dumpAddress
          .exactOptional()
          .describe("Where OSV's dumps lie: ECOSYSTEM/all.zip below this address. Default: OSV's own."),
        "arch-tracker": dumpAddress
          .exactOptional()
          .describe("The Arch security tracker's all.json. Default: Arch's own."),
        online: z
          .boolean()
          .exactOptional()
          .describe(
            "Ask OSV's server about what comes from public sources. It learns what is installed here. Default: false.",
          ),
        api: webAddress.exactOptional().describe("OSV's server. Default: https://api.osv.dev"),
      })
      .exactOptional(),
  })
  .meta({ title: "config.toml: how omg works here" });

export type Config = z.infer<typeof configSchema>;
