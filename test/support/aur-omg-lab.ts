import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AurLab, createAurLab } from "./aur-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "./pacman-omg-lab.ts";

/** As `PacmanOmgLab`, with an AUR of its own that config.toml names. */
export interface AurOmgLab extends PacmanOmgLab {
  readonly aur: AurLab;
  /** Replaces the `packages:` of the lock's `aur`, and asks for nothing else. */
  build(packages: Readonly<Record<string, unknown>>): void;
}

export async function createAurOmgLab(): Promise<AurOmgLab> {
  const [aur, lab] = await Promise.all([createAurLab(), createPacmanOmgLab()]);
  const config = lab.env.OMG_CONFIG_DIR ?? "";
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "config.toml"), `[aur]\naddress = "${aur.url}"\n`);
  return {
    ...lab,
    aur,
    build: (packages) => lab.want({}, "", packages),
    dispose: async () => {
      await Promise.all([aur.close(), lab.dispose()]);
    },
  };
}
