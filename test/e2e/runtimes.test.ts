import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import type { RuntimeLab } from "../support/runtime-lab.ts";
import {
  attestationPath,
  createMirrorLab,
  KEYED,
  type Mirrored,
  mirrorBun,
  mirrorDeno,
  mirrorGo,
  mirrorJava,
  mirrorPython,
  mirrorRuby,
  mirrorRust,
} from "../support/runtime-mirrors.ts";
import type { SigstoreLab } from "../support/sigstore-lab.ts";

/** Their programs come from npm, for this processor. */
const ONLY_X64: readonly (readonly [string, string])[] =
  process.arch === "x64"
    ? [
        ["bun", "verified"],
        ["deno", "community"],
      ]
    : [];
const JAVA = "/usr/lib/jvm/java-17-openjdk-amd64";

describe.runIf(needs("python3-minimal", "golang-go", "rustc", "cargo", "ruby", "openjdk-17-jre-headless", "xz-utils"))(
  "every runtime, from its publisher's own layout to a program that runs",
  () => {
    let lab: RuntimeLab;
    let sigstore: SigstoreLab;
    let stranger: string;
    const mirrors: Readonly<Record<string, () => Promise<Mirrored> | Mirrored>> = {
      python: () => mirrorPython(lab, sigstore),
      ruby: () => mirrorRuby(lab, sigstore),
      go: () => mirrorGo(lab),
      rust: () => mirrorRust(lab),
      java: () => mirrorJava(lab, JAVA),
      bun: () => mirrorBun(lab),
      deno: () => mirrorDeno(lab),
    };

    beforeAll(async () => {
      ({ lab, sigstore } = await createMirrorLab());
      stranger = lab.gpg.makeKey("stranger", { at: new Date(Date.now() - 86_400_000) });
    });
    afterAll(() => lab.dispose());

    it.each<readonly [string, string]>([
      ["python", "verified"],
      ["ruby", "verified"],
      ["go", "verified"],
      ["rust", "verified"],
      ["java", "verified"],
      ...ONLY_X64,
    ])(
      "%s (%s)",
      async (runtime, grade) => {
        const mirrored = await mirrors[runtime]?.();
        if (mirrored === undefined) throw new Error("no mirror");
        const { request, version, runs, archive, proof } = mirrored;
        const vouching = lab.server.files.get(proof) ?? "";
        lab.server.files.delete(proof);
        const bare = await lab.omg(["use", runtime, request, "--yes"]);
        expect([bare.code, bare.stderr]).toEqual([4, expect.stringContaining(" is not at http")]);
        lab.server.files.set(proof, vouching);
        if (KEYED.includes(runtime)) {
          lab.trust(runtime, [stranger]);
          const foreign = await lab.omg(["use", runtime, request, "--yes"]);
          expect([foreign.code, `${foreign.stdout}${foreign.stderr}`]).toEqual([
            4,
            expect.stringContaining("none of the keys that"),
          ]);
          lab.trust(runtime);
        }
        expect(existsSync(join(lab.data, "versions", runtime))).toBe(false);
        const used = JSON.parse((await lab.expect(0, "use", runtime, request, "--yes", "--json")).stdout);
        expect(used.apply.verdict.judgements.map((each: { grade: string }) => each.grade)).toEqual([grade]);
        const [{ evidence }] = used.apply.verdict.judgements;
        const signature = evidence.find(({ check }: { check: string }) => check === "signature");
        expect(signature.facts.date).toEqual(grade === "verified" ? expect.stringMatching(/^20.*Z$/) : undefined);
        const bin = join(lab.data, "versions", runtime, version, "bin");
        const [program, args, prints] = runs;
        const ran = spawnSync(join(bin, program), args, {
          encoding: "utf8",
          env: { PATH: "/usr/bin:/bin", HOME: lab.home },
        });
        expect(`${ran.stdout}${ran.stderr}`.trim()).toMatch(prints);
        expect(readFileSync(join(lab.project, "omg.lock"), "utf8")).toContain(`${runtime}: { version: "${version}"`);
        lab.server.files.delete(archive); // what is here needs nobody
      },
      120_000,
    );

    it("leaves out of Rust's archive what is not the tool chain", () => {
      const [version = ""] = JSON.parse(JSON.stringify(readLocked("rust")));
      const folder = join(lab.data, "versions/rust", version);
      expect(["bin/rustc", "bin/cargo", "lib/rustlib"].every((name) => existsSync(join(folder, name)))).toBe(true);
      expect(
        ["manifest.in", "share/doc/rust", "share/html", "install.sh", "components"].filter((name) =>
          existsSync(join(folder, name)),
        ),
      ).toEqual([]);
    });

    function readLocked(runtime: string): readonly string[] {
      const lock = readFileSync(join(lab.project, "omg.lock"), "utf8");
      return [new RegExp(`${runtime}: \\{ version: "([^"]+)"`).exec(lock)?.[1] ?? ""];
    }

    it("then is in sync as a whole, and listed, and in the bill of materials", async () => {
      await lab.expect(0, "check", "--only", "runtimes");
      const listed = JSON.parse((await lab.expect(0, "list", "--json")).stdout).versions;
      expect(listed.map(({ runtime }: { runtime: string }) => runtime)).toEqual([
        "python",
        "go",
        "rust",
        "ruby",
        "java",
        ...ONLY_X64.map(([name]) => name),
      ]);
      const bill = JSON.parse((await lab.expect(0, "audit", "sbom", "--only", "runtimes")).stdout);
      expect(bill.components.map(({ purl }: { purl: string }) => purl.replace(/@.*/, "")).sort()).toEqual(
        [...ONLY_X64.map(([name]) => name), "cpython", "go", "ruby", "rust", "temurin"]
          .sort()
          .map((name) => `pkg:generic/${name}`),
      );
    });

    it.each([
      [
        "another repository",
        { repository: "mallory/python-build-standalone" },
        /built from https:\/\/github\.com\/mallory/,
      ],
      [
        "other bytes",
        { subjects: [{ name: "cpython.tar.gz", digest: { sha256: "0".repeat(64) } }] },
        /about other bytes/,
      ],
      ["a person", { person: "mallory@example.org" }, /not the identity of a build/],
    ])("refuses Python with an attestation of %s", async (_, claims, pattern) => {
      const { request } = await mirrorPython(lab, sigstore, claims);
      const ran = await lab.omg(["use", "python", request, "--yes"], elsewhere());
      expect([ran.code, `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ")]).toEqual([
        4,
        expect.stringMatching(pattern),
      ]);
    });

    /** A folder where nothing is installed or remembered. */
    function elsewhere(env: Readonly<Record<string, string>> = {}) {
      const folder = mkdtempSync(join(lab.folder, "elsewhere-"));
      const at = (name: string) => join(folder, name);
      return {
        env: { OMG_DATA_DIR: at("data"), OMG_STATE_DIR: at("state"), OMG_CACHE_DIR: at("cache"), ...env },
        cwd: folder,
      };
    }

    it("refuses Python without any attestation, and explains a limit of GitHub's", async () => {
      const { request, archive } = await mirrorPython(lab, sigstore);
      const path = attestationPath("astral-sh/python-build-standalone", lab.server.files.get(archive) as Buffer);
      lab.server.files.set(path, JSON.stringify({ attestations: [] }));
      const bare = await lab.omg(["use", "python", request, "--yes"], elsewhere());
      expect([bare.code, bare.stderr]).toEqual([4, expect.stringContaining("The attestation of its build is not at")]);
      const reset = String(Math.floor(Date.now() / 1000) + 1500);
      lab.server.files.set(path, {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset },
      });
      const limited = await lab.omg(
        ["use", "python", request, "--yes"],
        elsewhere({ OMG_GITHUB_TOKEN: "secret-token" }),
      );
      expect([limited.code, limited.stderr]).toEqual([8, expect.stringMatching(/in 2[45] min, or set GITHUB_TOKEN/)]);
      expect(lab.server.asked.get(path)?.authorization).toBe("Bearer secret-token");
      expect(lab.server.asked.get("/python/latest-release.json")?.authorization).toBeUndefined();
      expect(limited.stderr).not.toContain("secret-token");
    });
  },
);
