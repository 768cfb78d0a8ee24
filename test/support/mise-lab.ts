import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { nodeConfig } from "./node-dist.ts";
import { createRuntimeLab, type RuntimeLab } from "./runtime-lab.ts";
import { tarGz } from "./tar-writer.ts";

const require = createRequire(import.meta.url);

/** npm has the programs for this processor only. */
export const HAS_MISE = process.arch === "x64";
/** The real mise. */
export const MISE_PROGRAM = HAS_MISE ? require.resolve("@jdxcode/mise-linux-x64/bin/mise") : "";
/** A real program in its publisher's archive, and the version that it says it is. */
export const JUST = "1.57.0";

export interface MiseLab extends RuntimeLab {
  /** What mise was started with, a line each. */
  calls(): readonly string[];
  /** Puts a script in mise's place, which finds the real one in `$MISE_REAL`; without one the real mise is back. */
  miseIs(script?: string): void;
  /** Puts a release on the server, as GitHub has it, and what it said before besides. @returns path of the archive on the server */
  release(repository: string, release: Release): string;
}

export interface Release {
  readonly tag: string;
  readonly file: string;
  readonly bytes: Buffer;
  /** As GitHub names it: `sha256:…`. */
  readonly digest?: string;
}

const GITHUB = ["https://api.github.com/", "https://github.com/", "https://mise-versions.jdx.dev/"];

/** A lab with the real mise on PATH, and everything that mise and omg would ask on the loopback interface. */
export async function createMiseLab(): Promise<MiseLab> {
  const lab = await createRuntimeLab(["bin"]);
  const program = join(lab.folder, "bin/mise");
  const log = join(lab.folder, "mise-calls");
  const releases = new Map<string, object[]>();
  mkdirSync(join(lab.folder, "bin"));
  const mirrors = GITHUB.map((address) => `"${address}" = "${lab.server.url}/${new URL(address).hostname}/"`);
  lab.config(`${nodeConfig(lab)}[runtimes.mise.mirrors]\n${mirrors.join("\n")}\n`);
  const miseIs = (script = 'exec "$MISE_REAL" "$@"') => {
    writeFileSync(program, `#!/bin/sh\necho "$*" >> '${log}'\nMISE_REAL='${MISE_PROGRAM}'\n${script}\n`);
    chmodSync(program, 0o755);
  };
  miseIs();
  return {
    ...lab,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    miseIs,
    release: (repository, { tag, file, bytes, digest }) => {
      const path = `/${repository}/releases/download/${tag}/${file}`;
      const found = {
        tag_name: tag,
        draft: false,
        prerelease: false,
        created_at: "2026-01-01T00:00:00Z",
        published_at: "2026-01-01T00:00:00Z",
        assets: [
          {
            name: file,
            url: `https://api.github.com/repos/${repository}/releases/assets/1`,
            browser_download_url: `https://github.com${path}`,
            ...(digest === undefined ? {} : { digest }),
          },
        ],
      };
      const all = [found, ...(releases.get(repository) ?? [])];
      releases.set(repository, all);
      const api = `/api.github.com/repos/${repository}/releases`;
      lab.server.files.set(api, JSON.stringify(all));
      lab.server.files.set(`${api}/tags/${tag}`, JSON.stringify(found));
      lab.server.files.set(`/github.com${path}`, bytes);
      return `/github.com${path}`;
    },
  };
}

/** just's own archive: the real program, and what lies beside it. */
export function justRelease(version = JUST): Release {
  const program =
    version === JUST
      ? readFileSync(require.resolve("rust-just-linux-x64/bin/just"))
      : Buffer.from(`#!/bin/sh\necho "just ${version}"\n`);
  const bytes = tarGz([
    { name: "just", content: program, mode: 0o755 },
    { name: "README.md", content: "# just\n" },
    { name: "completions/just.bash", content: "# completions\n" },
  ]);
  return { tag: version, file: `just-${version}-x86_64-unknown-linux-musl.tar.gz`, bytes };
}
