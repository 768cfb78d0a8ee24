import { z } from "zod";
import { absolutePath } from "./names.ts";

/** config.toml: how omg works here. It grows with what omg can do. */
export const configSchema = z
  .strictObject({
    apt: z
      .strictObject({
        config: absolutePath
          .exactOptional()
          .describe("Configuration file for apt, as APT_CONFIG. Counts only where root itself runs omg."),
      })
      .exactOptional(),
  })
  .meta({ title: "config.toml: how omg works here" });

export type Config = z.infer<typeof configSchema>;
