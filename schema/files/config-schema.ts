import { z } from "zod";
import { absolutePath, archiveAddress, snapshotAddress, sourceName } from "./names.ts";

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
    pacman: z
      .strictObject({
        config: absolutePath
          .exactOptional()
          .describe("Configuration file for pacman, as OMG_PACMAN_CONFIG. Counts only where root itself runs omg."),
        archive: archiveAddress
          .exactOptional()
          .describe("Where repositories were on a day, with $date (2026/11/20), $repo and $arch."),
      })
      .exactOptional(),
  })
  .meta({ title: "config.toml: how omg works here" });

export type Config = z.infer<typeof configSchema>;
