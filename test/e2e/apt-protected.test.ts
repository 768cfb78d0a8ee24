import { release } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { debianBase } from "../support/debian-base.ts";
import { createDebianRoot, type DebianRoot } from "../support/debian-root.ts";
import { needs } from "../support/needs.ts";
import { lockOf } from "../support/omg-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

/** What a machine needs to start, to mend itself and to run omg, with the words in which omg says so. */
const GUARDED: readonly (readonly [name: string, why: string, fields: DebSpec["fields"]])[] = [
  ["omg-essential", "Essential", { Essential: "yes" }],
  ["omg-protected", "Protected", { Protected: "yes" }],
  ["omg-important", "Protected", { Important: "yes" }],
  [`linux-image-${release()}`, "the running kernel", undefined],
  [`linux-image-${release()}-unsigned`, "the running kernel", undefined],
  ["grub-pc", "a boot loader", undefined],
  ["omg", "omg itself", undefined],
  ["some-node", "the Node that runs omg", undefined],
];
const OTHERS = ["linux-image-1.0.0-1-amd64", "plain"];
const LOCK = "/root/env/omg.lock";

// Whatever asks for it: the lock, its cleaning up, another package, with every flag there is.
describe.runIf(base !== undefined)("what a machine depends on", () => {
  let debian: DebianRoot;

  beforeAll(async () => {
    if (base === undefined) return;
    const names = [...GUARDED.map(([name]) => name), ...OTHERS];
    debian = await createDebianRoot(base, {
      withoutDebian: true,
      packages: [
        ...GUARDED.map(([name, , fields = {}]): DebSpec => ({ name, version: "1", fields })),
        ...OTHERS.map((name) => ({ name, version: "1" })),
        ...names.map((name) => ({ name: `hates-${name}`, version: "1", fields: { Conflicts: name } })),
      ],
    });
    await debian.sh(`apt-get -qq -y install ${names.join(" ")} >/dev/null 2>&1`);
    // A package that has the Node in its list of files, as nodejs has.
    await debian.sh("mkdir env; readlink -f /usr/bin/node >> /var/lib/dpkg/info/some-node.list");
  });
  afterAll(() => debian?.dispose());

  const apply = (lock: string) => {
    debian.write(LOCK, lock);
    return debian.run(["/usr/local/bin/omg", "apply", "--yes", "--allow-downgrades", "--lock", LOCK]);
  };
  const refused = async (lock: string, name: string, why: string) => {
    const before = debian.snapshot();
    const { code, stderr } = await apply(lock);
    expect(stderr.replace(/\s+/g, " ")).toContain(`${name} would be removed`);
    expect(stderr.replace(/\s+/g, " ")).toContain(`the machine depends on it: ${why}.`);
    expect(code).toBe(4);
    expect(debian.snapshot()).toBe(before);
  };

  it.each(GUARDED)("%s stays, whatever the lock says of it", async (name, why) => {
    for (const request of ["absent", "purged"]) await refused(lockOf({ [name]: request }), name, why);
  });

  // For what packages say of themselves, apt's solver finds no way already.
  it.each(GUARDED)("%s stays, whatever conflicts with it", async (name, why, fields) => {
    const lock = lockOf({ [`hates-${name}`]: "*" });
    if (fields === undefined) return refused(lock, name, why);
    const before = debian.snapshot();
    const { code, stderr } = await apply(lock);
    expect(stderr).toContain(`Conflicts: ${name}`);
    expect(code).toBe(1);
    expect(debian.snapshot()).toBe(before);
  });

  it("all of it stays when everything else may go", async () => {
    const lock = (names: readonly string[]) =>
      lockOf(Object.fromEntries(names.map((name) => [name, "*"]))).replace(
        "apt:\n",
        "apt:\n  unmanaged: remove\n  foreign: remove\n",
      );
    const manual = (await debian.marks()).manual;
    const { code, stderr } = await apply(
      lock(manual.filter((name) => !name.startsWith("omg-") && !OTHERS.includes(name))),
    );
    expect(stderr).not.toContain("would be removed");
    expect(code, stderr).toBe(0);
    const left = await debian.installed();
    for (const [name] of GUARDED) expect(left.get(name)?.status, name).toBe("ii");
    for (const name of OTHERS) expect(left.has(name), name).toBe(false);
  });
});
