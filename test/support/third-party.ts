import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AptRepo } from "./apt-repo.ts";
import type { DebSpec } from "./deb.ts";
import { GpgHome } from "./gpg-home.ts";

/** A repository of somebody else's, on disk, signed with one of two keys that nobody on the machine knows. */
export interface ThirdParty {
  /** As a source has it. */
  readonly uri: string;
  /** Both public keys in ASCII armour; the first one signs. */
  readonly keys: readonly [string, string];
  /** Fingerprints of both. */
  readonly fingerprints: readonly [string, string];
  /** The first key in binary form. */
  readonly keyring: string;
  publish(specs: readonly DebSpec[], label?: string): Promise<void>;
  dispose(): Promise<void>;
}

export async function createThirdParty(folder: string): Promise<ThirdParty> {
  mkdirSync(folder, { mode: 0o755 });
  const repo = new AptRepo(folder);
  const gpg = new GpgHome();
  const at = new Date();
  const fingerprints = [gpg.makeKey("third", { at }), gpg.makeKey("other", { at })] as const;
  const armoured = (key: string) => readFileSync(gpg.exportTo(join(folder, `${key}.asc`), [key], "armour"), "utf8");
  await repo.init();
  return {
    uri: `file://${repo.path}`,
    keys: [armoured(fingerprints[0]), armoured(fingerprints[1])],
    fingerprints,
    keyring: gpg.exportTo(join(folder, "third.gpg"), [fingerprints[0]]),
    publish: async (specs, label = "Third") => {
      await Promise.all(specs.map((spec) => repo.add(spec)));
      await repo.publish({ label });
      for (const suite of repo.suites()) {
        const dist = join(repo.path, "dists", suite);
        gpg.clearsign(join(dist, "Release"), join(dist, "InRelease"), { keys: [fingerprints[0]], at: new Date() });
      }
    },
    dispose: async () => {
      gpg.dispose();
      await repo.dispose();
    },
  };
}
