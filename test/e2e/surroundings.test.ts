import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf } from "../support/omg-lab.ts";
import { expectRefusal, omgPath, onReadOnlyDisk, openIntents, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root", "util-linux");

describe.runIf(HERE)("a disk that fills up at every write", () => {
  it("says so, and goes on when there is more room", async () => {
    const lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-base": "1.0" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-base": "1.0", "omg-script": "1.0", "omg-lib": "1.0" }));
    const folder = join(lab.apt.folder, "omg");
    const before = await lab.apt.installed();
    const end = onGrowingDisk(folder);
    try {
      let failures = 0;
      for (let room = 0; ; room += 4) {
        end.leave(room);
        const ran = await lab.omg(["apply", "--yes"]);
        if (ran.code === 0) break;
        failures += 1;
        expect([1, 6], ran.stderr).toContain(ran.code);
        expect(words(ran.stderr)).toMatch(
          /[Nn]o space( is)? left|not enough free space|could not be written to its end/i,
        );
        expect(ran.stderr).not.toMatch(/bug in omg|inside omg/);
        const now = await lab.apt.installed();
        for (const name of ["omg-script", "omg-lib"]) expect(["ii", undefined]).toContain(now.get(name)?.status);
        if (ran.code === 1) expect(now).toEqual(before);
        expect(room).toBeLessThan(1024);
      }
      expect(failures).toBeGreaterThan(2);
      expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
      expect(openIntents(lab)).toEqual([]);
      await lab.expect(0, "check");
      await lab.expect(0, "history");
    } finally {
      end.unmount();
      await lab.dispose();
    }
  });
});

/** Puts a folder on a file system of its own, whose free room can be set. */
function onGrowingDisk(folder: string) {
  const below = `${folder}.below`;
  cpSync(folder, below, { recursive: true, preserveTimestamps: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m,mode=755", "omg-test", folder]);
  execFileSync("cp", ["-a", `${below}/.`, folder]);
  return {
    /** KiB */
    leave: (room: number) => {
      const used = Number(execFileSync("df", ["--output=used", folder], { encoding: "utf8" }).split("\n")[1]);
      execFileSync("mount", ["-o", `remount,size=${used + room}k`, folder]);
    },
    unmount: () => {
      execFileSync("umount", [folder]);
      rmSync(below, { recursive: true });
    },
  };
}

describe.runIf(HERE)("/var that can only be read", () => {
  it("is looked at and planned for, and nothing is changed; later everything is", async () => {
    const lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-app": "2.0", "omg-script": "1.0" }));
    const folders = [join(lab.apt.root, "var"), ...["data", "state", "cache"].map((name) => omgPath(lab, name))];
    const readOnly = (left: readonly string[], act: () => Promise<unknown>): Promise<unknown> => {
      const [first, ...rest] = left;
      return first === undefined ? act() : onReadOnlyDisk(first, () => readOnly(rest, act));
    };
    await readOnly(folders, async () => {
      await lab.expect(2, "check");
      await lab.expect(0, "plan");
      await expectRefusal(lab, { exit: 1, says: [/file system can only be read/, /Now: Nothing was changed/] });
    });
    // omg's own folders elsewhere, and dpkg's on the disk that can only be read.
    await readOnly(folders.slice(0, 1), () =>
      expectRefusal(lab, { exit: 1, says: [/[Rr]ead-only file system|can only be read/, /Now: Nothing/] }),
    );
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
    await lab.dispose();
  });
});

describe.runIf(HERE && needs("faketime"))("a clock that was set back by ten years", () => {
  it("refuses what was signed in its future, until it is right again", async () => {
    const files = execFileSync("dpkg-query", ["--listfiles", "libfaketime"], { encoding: "utf8" }).split("\n");
    const library = files.find((file) => file.endsWith("/libfaketime.so.1")) ?? "";
    const env = { LD_PRELOAD: library, FAKETIME: "-10y", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    const lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf({ "omg-app": "2.0", "omg-script": "1.0" }));
    await lab.expect(0, "lock");
    await expectRefusal(lab, { exit: 4, says: [/dated in the future/, "Set this machine's clock"], run: { env } });
    const planned = await lab.omg(["plan"], { env });
    expect([planned.code, words(planned.stdout)]).toEqual([4, expect.stringContaining("dated in the future")]);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
    // What is there stays known: a clock alone is no drift.
    expect((await lab.omg(["check"], { env })).code).toBe(0);
    await lab.expect(0, "history");
    await lab.dispose();
  });
});
