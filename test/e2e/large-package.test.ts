import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const SIZE = 400 * 2 ** 20;
const MOST_MEGABYTES = 200;

describe.runIf(needs("apt-utils", "gpg", "gpg-agent", "root"))("a package of 400 MB", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: [{ name: "omg-large", version: "1.0", filler: SIZE }] });
    rmSync(lab.apt.repo.deb("omg-large", "1.0").path); // the cache of packages is not for this
    await lab.apt.serve();
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf({ "omg-large": "1.0" }));
    await lab.expect(0, "lock");
  }, 120_000);
  afterAll(() => lab.dispose());

  /** The most memory that the process held at any time (proc(5), VmHWM), as often as it could be asked. */
  async function peakOf(...args: readonly string[]): Promise<number> {
    let peak = 0;
    const ran = await lab.omg(args, {
      onStart: (child) => {
        const timer = setInterval(() => {
          try {
            const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
            peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
          } catch {
            clearInterval(timer); // it has ended
          }
        }, 10);
        child.once("close", () => clearInterval(timer));
      },
    });
    expect(ran.code, ran.stderr).toBe(0);
    return peak;
  }

  it("is fetched, verified and installed in memory of a fixed size", async () => {
    const peak = await peakOf("apply", "--yes");
    expect((await lab.apt.installed()).get("omg-large")?.status).toBe("ii");
    expect(statSync(join(lab.apt.root, "usr/share/omg-large/filler")).size).toBe(SIZE);
    expect(peak).toBeGreaterThan(30);
    expect(peak).toBeLessThan(MOST_MEGABYTES);
  }, 120_000);
});
