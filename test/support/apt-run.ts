import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { execute } from "../../host/execute.ts";
import { CLEAN_ENV } from "../../host/run.ts";
import type { Program } from "../../providers/apt/act/operations.ts";
import { createAptProvider } from "../../providers/apt/index.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { Provider } from "../../schema/model/provider.ts";
import type { Operation } from "../../schema/model/transaction.ts";
import type { AptLab } from "./apt-lab.ts";

/** What the tests of the apt provider need besides the lab: a store, the hook's bundle, and a way to run operations. */
export interface Bench {
  readonly program: Program;
  readonly provider: Provider;
  objectPath(sha256: string): string;
  stored(sha256: string): boolean;
  /** Puts a package of the repository into the store, as a fetch would. */
  store(name: string, version: string): string;
  /** Fetches what a transaction needs from the lab's repository (`file:` only). */
  fetch(artifacts: readonly Artifact[]): void;
  workspace(): string;
  /** Runs the operations one after the other with the project's own executor; resolves to the lines that were shown. */
  run(operations: readonly Operation[], before?: (operation: Operation) => void): Promise<string[]>;
}

export function createBench(lab: AptLab): Bench {
  const objects = join(lab.folder, "store");
  const hook = join(lab.folder, "apt-hook.cjs");
  mkdirSync(objects, { recursive: true });
  buildSync({
    entryPoints: ["providers/apt/hook.ts"],
    outfile: hook,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
  });
  const objectPath = (sha256: string) => join(objects, sha256);
  const provider = createAptProvider({
    env: lab.env,
    node: process.execPath,
    hook,
    cache: join(lab.folder, "cache"),
  });
  return {
    provider,
    program: { node: process.execPath, hook, env: { ...CLEAN_ENV, DEBIAN_FRONTEND: "noninteractive", ...lab.env } },
    objectPath,
    stored: (sha256) => existsSync(objectPath(sha256)),
    store: (name, version) => {
      const { path, sha256 } = lab.repo.deb(name, version);
      copyFileSync(path, objectPath(sha256));
      return sha256;
    },
    fetch: (artifacts) => {
      for (const { urls, sha256 } of artifacts) {
        const [url] = urls.filter((each) => each.startsWith("file:"));
        if (url !== undefined && !existsSync(objectPath(sha256)))
          copyFileSync(decodeURI(new URL(url).pathname), objectPath(sha256));
      }
    },
    workspace: () => mkdtempSync(join(lab.folder, "run-")),
    run: async (operations, before) => {
      const lines: string[] = [];
      for (const operation of operations) {
        before?.(operation);
        await execute(operation, { objectPath, onOutput: (line) => lines.push(line) });
      }
      return lines;
    },
  };
}
