import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { type FaultKind, type FaultServer, startFaultProxy } from "../support/fault-server.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { expectRefusal, omgPath, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root", "util-linux");

/** A package for each fault, large enough to be cut in two. */
function packageFor(kind: string): DebSpec {
  return { name: `omg-f-${kind}`, version: "1.0", files: { [`usr/share/omg-faults/${kind}`]: `${kind}\n`.repeat(50) } };
}

const RESUMES: readonly [FaultKind, number][] = [
  ["truncate", 1],
  ["stall", 1],
  ["drop", 1],
  ["error", 1],
  ["broken", 1],
  ["too-many", 1],
  ["redirect", 1],
  ["wrong-range", 2],
  ["lying-range", 2],
  ["no-range", 2],
  ["whole-again", 2],
];

const REFUSES: readonly [FaultKind, number, RegExp][] = [
  ["truncate", 8, /broke before the end/],
  ["stall", 8, /nothing came for 1000 ms/],
  ["trickle", 8, /less than 1024 a second/],
  ["endless", 4, /more than \d+ bytes came/],
  ["drop", 8, /connection failed/],
  ["missing", 8, /answered 404/],
  ["error", 8, /answered 503/],
  ["broken", 8, /answered 500/],
  ["too-many", 8, /answered 429/],
  ["not-modified", 8, /answered 304/],
  ["unasked-part", 8, /answered 206/],
  ["redirect-loop", 8, /more than 5 redirects/],
  ["redirect-to-file", 8, /redirect from http: to file:.* is not followed/],
  ["wrong-range", 8, /broke before the end/],
  ["corrupt", 4, /other bytes/],
];

describe.runIf(HERE)("a proxy", () => {
  let proxy: FaultServer;
  let lab: OmgLab;
  let wanted: Record<string, string> = {};
  beforeAll(async () => {
    proxy = await startFaultProxy();
    const kinds = ["killed", ...RESUMES.map(([kind]) => `r-${kind}`), ...REFUSES.map(([kind]) => `n-${kind}`)];
    const conf = `Acquire::http::Proxy "${proxy.url}"; Acquire::http::Timeout "1"; Acquire::Retries "1"; Acquire::Retries::Delay "false";`;
    lab = await createOmgLab({ conf, packages: kinds.map(packageFor) });
    await lab.apt.serve();
    await lab.apt.aptOk("update");
  });
  afterAll(async () => {
    await lab.dispose();
    await proxy.close();
  });

  async function isRight(name: string): Promise<void> {
    expect((await lab.apt.installed()).get(name)?.status).toBe("ii");
    const deb = lab.apt.repo.deb(name, "1.0");
    const object = omgPath(lab, `data/store/sha256/${deb.sha256.slice(0, 2)}/${deb.sha256.slice(2)}`);
    expect(readFileSync(object).equals(readFileSync(deb.path))).toBe(true);
  }

  it("that does all this to different packages in one run is put up with", async () => {
    proxy.fail(...RESUMES.map(([kind, times]) => ({ match: new RegExp(`omg-f-r-${kind}_`), kind, times })));
    for (const [kind] of RESUMES) wanted = { ...wanted, [`omg-f-r-${kind}`]: "*" };
    lab.writeLock(lockOf(wanted));
    await lab.expect(0, "apply", "--yes");
    expect(readdirSync(omgPath(lab, "data/store/incoming"))).toEqual([]);
    await lab.expect(0, "check");
  });

  it.each(RESUMES)("%s, %d times: asked again, and the right bytes in the end", async (kind) => {
    await isRight(`omg-f-r-${kind}`);
    const requests = proxy.requests.filter((path) => path.includes(`omg-f-r-${kind}_`));
    expect(requests.length).toBeGreaterThan(1);
  });

  it("that falls silent while omg is killed: the next run asks for the rest alone", async () => {
    const name = "omg-f-killed";
    proxy.fail({ match: /omg-f-killed_/, kind: "stall" });
    wanted = { ...wanted, [name]: "*" };
    lab.writeLock(lockOf(wanted));
    const { sha256, size } = lab.apt.repo.deb(name, "1.0");
    const incoming = omgPath(lab, "data/store/incoming");
    const half = Math.floor(size / 2);
    const killed = await lab.omg(["apply", "--yes"], {
      onStart: (child) => {
        const timer = setInterval(() => {
          const [part] = readdirSync(incoming).filter((file) => file.startsWith(sha256));
          if (part !== undefined && statSync(join(incoming, part)).size === half) child.kill("SIGKILL");
        }, 5);
        child.once("close", () => clearInterval(timer));
      },
    });
    expect(killed.signal).toBe("SIGKILL");
    proxy.fail();
    await lab.expect(0, "apply", "--yes");
    await isRight(name);
    expect(proxy.ranges.at(-1)).toMatch(new RegExp(`omg-f-killed_.* bytes=${half}-$`));
    expect(readdirSync(incoming)).toEqual([]);
  });

  it.each(REFUSES)("that always does this is refused: %s, exit %d", async (kind, exit, says) => {
    const name = `omg-f-n-${kind}`;
    proxy.fail({ match: new RegExp(`${name}_`), kind });
    lab.writeLock(lockOf({ ...wanted, [name]: "*" }));
    const { stderr } = await expectRefusal(lab, { exit, says: [says] });
    expect(words(stderr)).toMatch(new RegExp(`apt\\.${name}|/${name}_`));
    const { sha256, path } = lab.apt.repo.deb(name, "1.0");
    const part = omgPath(lab, `data/store/incoming/${sha256}`);
    expect(existsSync(part)).toBe(["truncate", "stall", "trickle", "wrong-range"].includes(kind));
    if (existsSync(part)) expect(readFileSync(path).indexOf(readFileSync(part))).toBe(0);
    proxy.fail();
  });

  it("that loses several files is told of all of them, and nothing is half done", async () => {
    proxy.fail({ match: /omg-f-n-(?:missing|drop|error)_/, kind: "missing" });
    for (const [kind] of REFUSES) wanted = { ...wanted, [`omg-f-n-${kind}`]: "*" };
    lab.writeLock(lockOf(wanted));
    const says = [
      /3 artifacts could not be fetched/,
      "apt.omg-f-n-missing 1.0:",
      "apt.omg-f-n-drop 1.0:",
      "apt.omg-f-n-error 1.0:",
    ];
    await expectRefusal(lab, { exit: 8, says });
  });

  it("that behaves again: everything arrives, and what was there was not fetched again", async () => {
    proxy.fail();
    const before = proxy.requests.length;
    await lab.expect(0, "apply", "--yes");
    for (const [kind] of REFUSES) await isRight(`omg-f-n-${kind}`);
    expect(proxy.requests.slice(before)).toHaveLength(3);
    await lab.expect(0, "check");
  });
});
